"""What a program writes back: notes, statuses; and what it must not write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.forge.scene import Scene

Begin = Callable[..., Scene]


def test_sticky_note(scene: Scene) -> None:
    """A note keeps its place and author when it is changed, and shows when."""
    mr, api = scene.open(), scene.api(scene.ana)
    made = api.post(scene.path(mr, "notes"), body="<!-- gate -->\nrefuse").body
    scene.forge.tick(seconds=30)
    changed = api.put(scene.path(mr, "notes", made["id"]), body="<!-- gate -->\npass").body
    assert changed == {**made, "body": "<!-- gate -->\npass", "updated_at": "2026-11-27T09:00:30.000Z"}


def test_others_notes(scene: Scene) -> None:
    """Nobody changes another's note but a Maintainer, who leaves no trace but the time."""
    mr = scene.open()
    note = scene.forge.note(mr, scene.finn, "I approve h1:one=")
    assert scene.api(scene.dana).put(scene.path(mr, "notes", note.id), body="I approve h1:two=").status == 403
    scene.forge.tick(seconds=5)
    told = scene.api(scene.ana).put(scene.path(mr, "notes", note.id), body="I approve h1:two=").body
    assert (told["author"]["id"], told["body"]) == (scene.finn.id, "I approve h1:two=")
    assert told["created_at"] != told["updated_at"]


def test_system_notes_cannot_be_changed(scene: Scene) -> None:
    """What GitLab itself noted nobody changes or deletes; a person who types the same is not the system."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    typed = scene.forge.note(mr, scene.dana, "approved this merge request")
    own = mr.notes[0]
    assert scene.api(scene.ana).put(scene.path(mr, "notes", own.id), body="Nothing").status == 403
    assert scene.api(scene.ana).call("DELETE", scene.path(mr, "notes", own.id)).status == 403
    assert (own.system, typed.system) == (True, False)


def test_deleting_notes(scene: Scene) -> None:
    """Its author deletes a note, and then it is not there."""
    mr = scene.open()
    note = scene.forge.note(mr, scene.finn, "Hello")
    assert scene.api(scene.dana).call("DELETE", scene.path(mr, "notes", note.id)).status == 403
    assert scene.api(scene.finn).call("DELETE", scene.path(mr, "notes", note.id)).status == 204
    assert scene.api(scene.finn).get(scene.path(mr, "notes", note.id)).status == 404


def test_order_of_notes(scene: Scene) -> None:
    """The newest note comes first unless asked otherwise; a change moves one only by time of change."""
    mr, api = scene.open(), scene.api(scene.ana)
    first = scene.forge.note(mr, scene.finn, "one")
    scene.forge.tick(seconds=1)
    scene.forge.note(mr, scene.finn, "two")
    scene.forge.tick(seconds=1)
    scene.forge.edit_note(first, "one, changed")
    listed = [
        [one["body"] for one in api.get(scene.path(mr, "notes"), **query).body]
        for query in ({}, {"sort": "asc"}, {"sort": "asc", "order_by": "updated_at"})
    ]
    assert listed == [["two", "one, changed"], ["one, changed", "two"], ["two", "one, changed"]]


def test_length_of_notes(scene: Scene) -> None:
    """A note has at most a million characters, and is not empty."""
    mr, api = scene.open(), scene.api(scene.ana)
    assert api.post(scene.path(mr, "notes"), body="a" * 1_000_000).status == 201
    assert api.post(scene.path(mr, "notes"), body="a" * 1_000_001).status == 400
    assert api.post(scene.path(mr, "notes"), body="").status == 400


@pytest.mark.parametrize(
    ("body", "names", "left"),
    [("See:\n/label ~prompt ~high\nDone.", ["label"], "See:\nDone."), ("/APPROVE", ["approve"], None),
     ("see /merge", [], "see /merge"), ("`/merge`", [], "`/merge`"), ("/unheard-of", [], "/unheard-of"),
     ("```text\n/close\n```\nend", [], "```text\n/close\n```\nend"), ("~~~\n/close\n~~~", ["close"], "~~~\n~~~"),
     ("```\n/close", ["close"], "```"), ("> /merge", [], "> /merge"), ("  /merge\n", ["merge"], None)],
)  # fmt: skip
def test_quick_actions(body: str, names: list[str], left: str | None, scene: Scene) -> None:
    """A line that starts with a command is obeyed as its writer's, and leaves the note; a fence protects it."""
    mr = scene.open()
    reply = scene.api(scene.ana).post(scene.path(mr, "notes"), body=body)
    assert [(one.name, one.user) for one in scene.forge.quick_actions] == [(name, scene.ana) for name in names]
    assert (reply.status, reply.body.get("body")) == (202 if left is None else 201, left)


def test_quick_actions_of_a_change(scene: Scene) -> None:
    """Changing a note obeys commands too."""
    mr = scene.open()
    note = scene.forge.note(mr, scene.ana, "Fine.")
    scene.api(scene.ana).put(scene.path(mr, "notes", note.id), body="Fine.\n/approve")
    assert ([one.user for one in mr.approvals], note.body) == ([scene.ana], "Fine.")


def test_effects_of_quick_actions(scene: Scene) -> None:
    """A command does what a click would, and no more than its writer may."""
    scene.git("push", "--quiet", "origin", "main:dev")
    mr = scene.open()
    for line in ("/approve", "/draft", "/ready", "/close", "/reopen", "/label ~prompt", "/target_branch dev", "/merge"):
        scene.api(scene.ana).post(scene.path(mr, "notes"), body=line)
    assert (mr.state, mr.labels, mr.target_branch, mr.draft) == ("merged", ["prompt"], "dev", False)
    other = scene.open("other")
    scene.api(scene.dana).post(scene.path(other, "notes"), body="/unapprove\n/merge\n/tableflip")
    assert (other.state, len(scene.forge.quick_actions)) == ("opened", 11)


def test_status(scene: Scene) -> None:
    """A status goes to the newest pipeline of its commit, else to an external one of the branch that holds it."""
    mr, api = scene.open(), scene.api(scene.ana)
    told = api.post(f"{scene.base}/statuses/{mr.sha}", state="running", name="gate").body
    (made,) = scene.forge.pipelines
    assert (made.source, told["pipeline_id"], told["ref"]) == ("external", made.id, "shorter")
    assert api.get(scene.path(mr)).body["head_pipeline"]["status"] == "running"


@pytest.mark.parametrize(
    ("states", "event"), [(["pending", "pending"], "enqueue"), (["running", "pending"], "enqueue"),
                          (["running", "running"], "run")],
)  # fmt: skip
def test_refused_transitions(states: list[str], event: str, scene: Scene) -> None:
    """A status that stands still or goes back is refused with 400."""
    mr, api = scene.open(), scene.api(scene.ana)
    first, second = (api.post(f"{scene.base}/statuses/{mr.sha}", state=state, name="gate") for state in states)
    assert (first.status, second.status) == (201, 400)
    assert second.body["message"].startswith(f"Cannot transition status via :{event} from :{states[0]}")


def test_status_after_status(scene: Scene) -> None:
    """An unfinished status changes; a finished one gets a successor, which alone is listed unless all are asked for."""
    mr, api = scene.open(), scene.api(scene.ana)
    path = f"{scene.base}/statuses/{mr.sha}"
    pending, success = (api.post(path, state=state, name="gate").body for state in ("pending", "success"))
    failed = api.post(path, state="failed", name="gate").body
    assert (pending["id"] == success["id"], success["id"] == failed["id"]) == (True, False)
    listed = api.get(f"{scene.base}/repository/commits/{mr.sha}/statuses").body
    every = api.get(f"{scene.base}/repository/commits/{mr.sha}/statuses", all="true").body
    assert ([one["status"] for one in listed], len(every)) == (["failed"], 2)


def test_status_of_another_user(scene: Scene) -> None:
    """A status of the same name by another user is another status, so a Developer can shadow the gate's."""
    mr = scene.open()
    path = f"{scene.base}/statuses/{mr.sha}"
    ours = scene.api(scene.ana).post(path, state="failed", name="gate").body
    theirs = scene.api(scene.dana).post(path, state="success", name="gate").body
    assert ours["id"] != theirs["id"]
    assert scene.forge.pipelines[0].status == "success"


def test_status_of_a_pipeline(scene: Scene) -> None:
    """Where pipelines share a commit, the status goes to the one that is named."""
    mr, api = scene.open(), scene.api(scene.ana)
    one = scene.forge.pipeline(scene.project, mr.sha, "shorter", scene.dana, source="merge_request_event")
    scene.forge.pipeline(scene.project, mr.sha, "shorter", scene.dana, source="push")
    path = f"{scene.base}/statuses/{mr.sha}"
    assert api.post(path, state="success", pipeline_id=one.id).body["pipeline_id"] == one.id
    assert api.post(path, state="success", pipeline_id=1).status == 404


def test_bad_statuses(scene: Scene) -> None:
    """A status of an unknown commit or state, or with a text of more than 255 characters, is refused."""
    mr, api = scene.open(), scene.api(scene.ana)
    path = f"{scene.base}/statuses/{mr.sha}"
    assert api.post(f"{scene.base}/statuses/{'0' * 40}", state="success").status == 404
    assert api.post(path).status == 400
    assert api.post(path, state="passed").status == 400
    assert api.post(path, state="success", description="a" * 255).status == 201
    for name in ("description", "name", "target_url"):
        assert api.post(path, state="success", **{name: "a" * 256}).status == 400


def test_status_on_a_protected_branch(scene: Scene) -> None:
    """A status on a protected branch needs the right to push there or to merge."""
    sha = scene.git("rev-parse", "main")
    assert scene.api(scene.dana).post(f"{scene.base}/statuses/{sha}", state="success").status == 403
    assert scene.api(scene.ana).post(f"{scene.base}/statuses/{sha}", state="success").status == 201


def test_version(begin: Begin) -> None:
    """A forge says its release and edition; one whose approvals carry no time is an older one."""
    newer, older = begin(), begin(edition="ce", approved_at=False)
    assert newer.api(newer.ana).get("/version").body["version"].endswith("-ee")
    told = older.api(older.ana).get("/metadata").body
    assert (told["enterprise"], told["version"] < newer.api(newer.ana).get("/version").body["version"]) == (False, True)
