"""What may be merged, by whom, and what a merge leaves behind."""

from __future__ import annotations

import pytest
from support.forge.scene import Scene


def test_merge(scene: Scene) -> None:
    """A merge is a real commit of both parents on the target, by the one who merged."""
    mr = scene.open()
    main, head = scene.git("rev-parse", "main"), mr.sha
    scene.forge.tick(minutes=1)
    told = scene.api(scene.ana).put(scene.path(mr, "merge"), sha=head, merge_commit_message="Countersigned").body
    scene.git("fetch", "--quiet")
    about = scene.git("show", "--no-patch", "--format=%H %P %an %ct %s", "origin/main").split()
    assert about == [told["merge_commit_sha"], main, head, "Ana", "1795770060", "Countersigned"]
    assert (told["state"], told["merge_user"]["id"], told["merged_at"]) == (
        "merged", scene.ana.id, "2026-11-27T09:01:00.000Z"
    )  # fmt: skip


def test_default_message(scene: Scene) -> None:
    """Without a message the merge names branches, title and reference."""
    mr = scene.open()
    scene.forge.merge(mr, scene.ana)
    scene.git("fetch", "--quiet")
    assert scene.git("show", "--no-patch", "--format=%B", "origin/main") == (
        "Merge branch 'shorter' into 'main'\n\nChange of shorter\n\nSee merge request acme/flows!1"
    )


def test_squash(scene: Scene) -> None:
    """A squash is a commit of its author's, which the merge commit brings in."""
    mr = scene.open()
    scene.push("shorter", "More")
    scene.forge.pushed(mr, scene.dana)
    told = scene.api(scene.ana).put(scene.path(mr, "merge"), squash=True).body
    scene.git("fetch", "--quiet")
    assert scene.git("rev-parse", "origin/main^2") == told["squash_commit_sha"] != mr.sha
    assert scene.git("show", "--no-patch", "--format=%an %cn %s", told["squash_commit_sha"]) == (
        "Dana Ana Change of shorter"
    )


@pytest.mark.parametrize(("option", "asked", "squashed"), [("always", False, True), ("never", True, False)])
def test_squash_option(option: str, asked: bool, squashed: bool, scene: Scene) -> None:
    """Where a project always or never squashes, what the merger asks for does not count."""
    scene.project.settings["squash_option"] = option
    mr = scene.open()
    told = scene.api(scene.ana).put(scene.path(mr, "merge"), squash=asked).body
    assert (told["squash_commit_sha"] is not None) is squashed


@pytest.mark.parametrize("fast_forward", ["--no-ff", "--ff-only"])
def test_merge_by_hand(fast_forward: str, scene: Scene) -> None:
    """A push that brings the head into the target counts as a merge, whatever was still needed."""
    mr = scene.open(draft=True)
    scene.git("switch", "--quiet", "main")
    scene.git("merge", "--quiet", fast_forward, "shorter")
    scene.git("push", "--quiet", "origin", "main")
    scene.forge.landed(mr, scene.ana)
    told = scene.api(scene.ana).get(scene.path(mr)).body
    assert (told["state"], told["merge_commit_sha"]) == ("merged", scene.git("rev-parse", "main"))
    assert scene.forge.sent[-1]["object_attributes"]["action"] == "merge"


def test_fast_forward(scene: Scene) -> None:
    """A fast-forward makes no commit, and is refused once the target went on."""
    scene.project.settings["merge_method"] = "ff"
    mr, late = scene.open(), scene.open("late", file="other.prompt")
    told = scene.api(scene.ana).put(scene.path(mr, "merge")).body
    assert (told["merge_commit_sha"], told["squash_commit_sha"], told["state"]) == (None, None, "merged")
    assert scene.git("ls-remote", "origin", "main").split()[0] == mr.sha
    assert scene.api(scene.ana).put(scene.path(late, "merge")).status == 422
    assert scene.api(scene.ana).get(scene.path(late)).body["detailed_merge_status"] == "need_rebase"


def test_moved_head(scene: Scene) -> None:
    """A merge that names another commit than the head is refused with the head's name."""
    mr = scene.open()
    old = mr.sha
    scene.push("shorter", "Slipped in")
    scene.forge.before("PUT", "/merge$", lambda: scene.forge.pushed(mr, scene.dana))
    reply = scene.api(scene.ana).put(scene.path(mr, "merge"), sha=old)
    assert (reply.status, reply.body) == (409, {"message": f"SHA does not match HEAD of source branch: {mr.sha}"})
    assert mr.state == "opened"


def test_moved_target(scene: Scene) -> None:
    """What else was merged in between goes into the merge unasked: `sha` guards the source alone."""
    mr = scene.open()
    scene.forge.before("PUT", "/merge$", lambda: scene.push("main", "Slipped in", file="other.prompt"))
    assert scene.api(scene.ana).put(scene.path(mr, "merge"), sha=mr.sha).status == 200
    scene.git("fetch", "--quiet")
    assert scene.git("show", "origin/main:other.prompt") == "Slipped in"


def test_no_right_to_merge(scene: Scene) -> None:
    """Who may not merge into the target is told 401, whatever else is wrong."""
    mr = scene.open(draft=True)
    assert scene.api(scene.dana).put(scene.path(mr, "merge")).status == 401


@pytest.mark.parametrize("verb", ["set_draft", "close"])
def test_not_mergeable(verb: str, scene: Scene) -> None:
    """A draft, or what is closed, cannot be merged."""
    mr = scene.open()
    if verb == "close":
        scene.forge.close(mr)
    else:
        scene.forge.set_draft(mr, True)
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 405
    scene.forge.reopen(mr)
    scene.forge.set_draft(mr, False)
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 200


def test_merging_twice(scene: Scene) -> None:
    """What is merged cannot be merged again."""
    mr = scene.open()
    scene.forge.merge(mr, scene.ana)
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 405


def test_conflict(scene: Scene) -> None:
    """A conflict is shown and refused."""
    mr = scene.open()
    scene.push("main", "The other way")
    told = scene.api(scene.ana).get(scene.path(mr)).body
    assert (told["has_conflicts"], told["detailed_merge_status"], told["merge_status"]) == (
        True, "conflict", "cannot_be_merged"
    )  # fmt: skip
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 422


@pytest.mark.parametrize(
    ("job", "said", "status"),
    [(None, "ci_must_pass", 405), ("failed", "ci_must_pass", 405), ("running", "ci_still_running", 405),
     ("skipped", "ci_must_pass", 405), ("success", "mergeable", 200)],
)  # fmt: skip
def test_pipelines_must_succeed(job: str | None, said: str, status: int, scene: Scene) -> None:
    """Where pipelines must succeed, none, a failed, a running and a skipped one keep a merge from happening."""
    scene.project.settings["only_allow_merge_if_pipeline_succeeds"] = True
    mr, api = scene.open(), scene.api(scene.ana)
    if job:
        scene.forge.pipeline(scene.project, mr.sha, "any", scene.dana, source="merge_request_event", gate=job)
    assert api.get(scene.path(mr)).body["detailed_merge_status"] == said
    assert api.put(scene.path(mr, "merge")).status == status


def test_merge_request_pipelines_outrank(scene: Scene) -> None:
    """An older green pipeline of the merge request beats a newer red one of the branch."""
    scene.project.settings["only_allow_merge_if_pipeline_succeeds"] = True
    mr = scene.open()
    scene.forge.pipeline(scene.project, mr.sha, "any", scene.dana, source="merge_request_event", gate="success")
    scene.forge.pipeline(scene.project, mr.sha, "shorter", scene.dana, source="push", gate="failed")
    assert scene.api(scene.ana).get(scene.path(mr)).body["detailed_merge_status"] == "mergeable"


def test_open_threads(scene: Scene) -> None:
    """Where threads must be resolved, an open one keeps a merge from happening."""
    scene.project.settings["only_allow_merge_if_all_discussions_are_resolved"] = True
    mr = scene.open()
    thread = scene.forge.note(mr, scene.finn, "Why?", resolvable=True)
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 405
    thread.resolved = True
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 200


def test_auto_merge(scene: Scene) -> None:
    """What was set to merge is merged by GitLab itself at the moment when the pipeline turns green."""
    scene.project.settings["only_allow_merge_if_pipeline_succeeds"] = True
    mr, api = scene.open(), scene.api(scene.ana)
    scene.forge.pipeline(scene.project, mr.sha, "shorter", scene.dana, source="external")
    assert api.post(f"{scene.base}/statuses/{mr.sha}", state="pending", name="gate").status == 201
    told = api.put(scene.path(mr, "merge"), auto_merge=True).body
    assert (told["merge_when_pipeline_succeeds"], told["state"]) == (True, "opened")
    api.post(f"{scene.base}/statuses/{mr.sha}", state="success", name="gate")
    assert (mr.state, mr.merge_user) == ("merged", scene.ana)


def test_push_cancels_auto_merge(scene: Scene) -> None:
    """New commits cancel a merge that was to come."""
    mr = scene.open()
    scene.forge.set_auto_merge(mr, scene.ana)
    scene.push("shorter", "More")
    scene.forge.pushed(mr, scene.dana)
    assert scene.api(scene.ana).get(scene.path(mr)).body["merge_when_pipeline_succeeds"] is False


def test_source_branch(scene: Scene) -> None:
    """The source branch goes only when that is asked for."""
    kept, gone = scene.open("kept"), scene.open("gone", file="other.prompt")
    for mr, remove in ((kept, False), (gone, True)):
        assert scene.api(scene.ana).put(scene.path(mr, "merge"), should_remove_source_branch=remove).status == 200
    assert scene.git("ls-remote", "--heads", "origin", "kept", "gone").split()[1:] == ["refs/heads/kept"]


@pytest.mark.parametrize("status", ["checking", "approvals_syncing", "preparing"])
def test_undecided(status: str, scene: Scene) -> None:
    """While GitLab has not made up its mind, it says so."""
    mr = scene.open()
    mr.forced_status = status
    assert scene.api(scene.ana).get(scene.path(mr)).body["detailed_merge_status"] == status
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 405


def test_commit_to_merge_request(scene: Scene) -> None:
    """A commit leads to the merge request that brought it: as merge, as squash, or as one of its own."""
    mr, api = scene.open(squash=True), scene.api(scene.ana)
    scene.forge.merge(mr, scene.ana)
    for sha in (mr.merge_commit_sha, mr.squash_commit_sha, mr.sha):
        (told,) = api.get(f"{scene.base}/repository/commits/{sha}/merge_requests").body
        assert (told["iid"], told["merge_commit_sha"], told["merge_user"]["id"]) == (
            1, mr.merge_commit_sha, scene.ana.id
        )  # fmt: skip


def test_direct_push(scene: Scene) -> None:
    """A commit that was pushed past all merge requests leads to none."""
    scene.open()
    sha = scene.push("main", "See merge request acme/flows!1")
    assert scene.api(scene.ana).get(f"{scene.base}/repository/commits/{sha}/merge_requests").body == []


def test_listing(scene: Scene) -> None:
    """Merge requests are listed by state, target and time of change, the newest first unless asked otherwise."""
    old, new = scene.open(), scene.open("longer")
    scene.forge.tick(hours=1)
    scene.forge.close(old)
    api, path = scene.api(scene.ana), f"{scene.base}/merge_requests"
    listed = {
        query: [one["iid"] for one in api.get(path, **dict(query)).body]
        for query in [
            (), (("state", "opened"),), (("state", "closed"),), (("target_branch", "dev"),), (("sort", "asc"),),
            (("order_by", "updated_at"),), (("updated_after", "2026-11-27T09:30:00Z"),),
        ]
    }  # fmt: skip
    assert list(listed.values()) == [[2, 1], [2], [1], [], [1, 2], [1, 2], [1]]
    assert new.state == "opened"
