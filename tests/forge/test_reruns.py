"""What approvals set off, and how a pipeline is started from outside."""

from __future__ import annotations

import json

import pytest
from support.forge.scene import Scene


def actions(scene: Scene) -> list[str]:
    """What the webhooks were sent, in order."""
    return [one["object_attributes"]["action"] for one in scene.forge.sent]


def test_approval_starts_nothing(scene: Scene) -> None:
    """An approval starts no pipeline."""
    scene.forge.approve(scene.open(), scene.finn)
    assert scene.forge.pipelines == []


def test_hook_of_an_approval(scene: Scene) -> None:
    """An approval sends a webhook that says who, where and on which head."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    told = scene.forge.sent[-1]
    about = told["object_attributes"]
    assert (told["object_kind"], told["event_type"], told["user"]["id"]) == (
        "merge_request", "merge_request", scene.finn.id
    )  # fmt: skip
    assert (about["iid"], about["source_branch"], about["target_branch"]) == (1, "shorter", "main")
    assert (about["last_commit"]["id"], about["detailed_merge_status"]) == (mr.sha, "mergeable")


def test_hook_of_a_comment(scene: Scene) -> None:
    """A comment sends a webhook that says who, what and where, when it is written and when it is changed."""
    mr = scene.open()
    note = scene.forge.note(mr, scene.finn, "Looks good.")
    scene.forge.edit_note(note, "Looks bad.", scene.ana)
    written, changed = scene.forge.sent[-2:]
    assert (written["object_kind"], written["user"]["id"], written["merge_request"]["iid"]) == (
        "note", scene.finn.id, 1
    )  # fmt: skip
    assert written["object_attributes"]["noteable_type"] == "MergeRequest"
    assert [one["object_attributes"]["note"] for one in (written, changed)] == ["Looks good.", "Looks bad."]
    assert [one["object_attributes"]["action"] for one in (written, changed)] == ["create", "update"]
    assert (changed["user"]["id"], changed["object_attributes"]["author_id"]) == (scene.ana.id, scene.finn.id)


def test_actions_on_community(community: Scene) -> None:
    """The Community Edition calls each approval `approved`."""
    mr = community.open()
    for user in (community.finn, community.ana):
        community.forge.approve(mr, user)
    community.forge.unapprove(mr, community.ana)
    assert actions(community) == ["open", "approved", "approved", "unapproved"]


def test_actions_without_rules(scene: Scene) -> None:
    """Without rules the Enterprise Edition finds nothing left to approve, so each approval is `approved`."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    scene.forge.unapprove(mr, scene.finn)
    assert actions(scene) == ["open", "approved", "unapproval"]


def test_actions_with_rules(premium: Scene) -> None:
    """With rules an approval is `approval` while others are still asked for."""
    mr = premium.open()
    premium.forge.rule(premium.project, "Two", 2, [premium.finn, premium.ana])
    for user in (premium.finn, premium.ana):
        premium.forge.approve(mr, user)
    premium.forge.unapprove(mr, premium.ana)
    premium.forge.unapprove(mr, premium.finn)
    assert actions(premium) == ["open", "approval", "approved", "unapproved", "unapproval"]


def test_hook_of_a_push(scene: Scene) -> None:
    """Only a change of code names the former head."""
    mr = scene.open()
    old = mr.sha
    scene.forge.label(mr, "prompt")
    scene.push("shorter", "More")
    scene.forge.pushed(mr, scene.dana)
    named = [one["object_attributes"].get("oldrev") for one in scene.forge.sent]
    assert (actions(scene), named) == (["open", "update", "update"], [None, None, old])


def test_hook_of_a_reset(premium: Scene) -> None:
    """A reset by a push says that the system did it, and not whose approvals went."""
    mr = premium.open()
    premium.forge.rule(premium.project, "Owners", 1, [premium.finn])
    premium.forge.approve(mr, premium.finn)
    premium.push("shorter", "More")
    premium.forge.pushed(mr, premium.dana)
    reset, push = premium.forge.sent[-2:]
    about = reset["object_attributes"]
    assert (about["action"], about["system"], about["system_action"]) == (
        "unapproved", True, "approvals_reset_on_push"
    )  # fmt: skip
    assert (push["object_attributes"]["action"], reset["user"]["id"]) == ("update", premium.dana.id)


def test_life_of_a_merge_request(scene: Scene) -> None:
    """Closing, reopening, marking as draft and merging are each told."""
    mr = scene.open()
    scene.forge.close(mr)
    scene.forge.reopen(mr)
    scene.forge.set_draft(mr, True)
    scene.forge.set_draft(mr, False)
    scene.forge.merge(mr, scene.ana)
    assert actions(scene) == ["open", "close", "reopen", "update", "update", "merge"]


def test_trigger(scene: Scene) -> None:
    """A webhook that knows a trigger token starts a pipeline of a branch, as its owner, with all that it sent."""
    token = scene.forge.trigger(scene.project, scene.ana).token
    hook = scene.api_with(**{"X-Gitlab-Event": "Merge Request Hook"})
    sent = {"object_kind": "merge_request", "user": {"id": 102}}
    reply = hook.call("POST", f"{scene.base}/ref/main/trigger/pipeline?token={token}", sent)
    (made,) = scene.forge.pipelines
    assert (reply.status, reply.body["id"], made.source, made.user) == (201, made.id, "trigger", scene.ana)
    payload = json.loads(made.variables["TRIGGER_PAYLOAD"])
    assert payload == sent
    assert made.sha == scene.git("rev-parse", "main")


def test_trigger_with_slash(scene: Scene) -> None:
    """A slash in the ref is encoded."""
    scene.git("push", "--quiet", "origin", "main:side/one")
    token = scene.forge.trigger(scene.project, scene.ana).token
    reply = scene.api_with().post(f"{scene.base}/ref/side%2Fone/trigger/pipeline", token=token, variables={"A": "1"})
    assert (reply.body["ref"], scene.forge.pipelines[0].variables["A"]) == ("side/one", "1")


def test_wrong_trigger(scene: Scene) -> None:
    """A token that the project did not make starts nothing, and the project is not admitted to exist."""
    assert scene.api_with().post(f"{scene.base}/ref/main/trigger/pipeline", token="guess").status == 404
    assert scene.forge.pipelines == []


def test_trigger_by_a_pipeline_hook(scene: Scene) -> None:
    """A pipeline's webhook may not start a pipeline."""
    token = scene.forge.trigger(scene.project, scene.ana).token
    hook = scene.api_with(**{"X-Gitlab-Event": "Pipeline Hook"})
    assert hook.post(f"{scene.base}/ref/main/trigger/pipeline", token=token).status == 403


def test_trigger_of_a_protected_branch(scene: Scene) -> None:
    """The owner of a trigger token needs the right to push to a protected branch, or to merge into it."""
    token = scene.forge.trigger(scene.project, scene.dana).token
    assert scene.api_with().post(f"{scene.base}/ref/main/trigger/pipeline", token=token).status == 400


def test_others_trigger_tokens(scene: Scene) -> None:
    """Of somebody else's trigger token only the beginning is shown."""
    mine, theirs = (scene.forge.trigger(scene.project, user) for user in (scene.ana, scene.dana))
    shown = [one["token"] for one in scene.api(scene.ana).get(f"{scene.base}/triggers").body]
    assert shown == [mine.token, theirs.token.removeprefix("glptt-")[:4]]


def test_retry(scene: Scene) -> None:
    """A finished job is run again as a new one of the same pipeline; a running one is not."""
    mr = scene.open()
    made = scene.forge.pipeline(scene.project, mr.sha, "any", scene.dana, source="merge_request_event", gate="failed")
    reply = scene.api(scene.dana).post(f"{scene.base}/jobs/{made.jobs[0].id}/retry")
    assert (reply.status, reply.body["id"], made.status) == (201, made.jobs[1].id, "pending")
    assert scene.api(scene.dana).post(f"{scene.base}/jobs/{made.jobs[1].id}/retry").status == 403


def test_pipeline_of_a_merge_request(scene: Scene) -> None:
    """A Developer starts a pipeline of the head, which becomes the head's pipeline."""
    mr = scene.open()
    told = scene.api(scene.dana).post(scene.path(mr, "pipelines")).body
    assert (told["source"], told["ref"], told["sha"]) == ("merge_request_event", "refs/merge-requests/1/head", mr.sha)
    assert scene.api(scene.dana).get(scene.path(mr)).body["head_pipeline"]["id"] == told["id"]


def test_schedule_of_somebody_gone(scene: Scene) -> None:
    """A schedule shows its owner and whether it runs."""
    made = scene.forge.schedule(scene.project, scene.ana)
    made.active = False
    told = scene.api(scene.finn).get(f"{scene.base}/pipeline_schedules/{made.id}").body
    assert (told["active"], told["owner"]["id"], told["next_run_at"]) == (False, scene.ana.id, None)


@pytest.mark.parametrize("events", [{"merge_requests_events": True}, {"note_events": True, "push_events": False}])
def test_webhooks(events: dict[str, bool], scene: Scene) -> None:
    """A webhook is made and changed, and its token is never shown."""
    api, path = scene.api(scene.ana), f"{scene.base}/hooks"
    made = api.post(path, url="https://hooks.example.org/{token}", token="told-once", **events)
    changed = api.put(f"{path}/{made.body['id']}", url="https://hooks.example.org/new", push_events=False)
    assert {name: made.body[name] for name in events} == events
    assert (changed.body["url"], changed.body["push_events"]) == ("https://hooks.example.org/new", False)
    assert scene.project.hooks[0].token == "told-once"
    assert "told-once" not in made.text + changed.text + api.get(path).text
