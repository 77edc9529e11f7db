"""A sweep makes good for merges that nobody recorded, and never for what nobody approved."""

from __future__ import annotations

from support.desk import NAME, PROMPT
from support.forge import Fault, MergeRequest
from support.forge_desk import BOT, ForgeDesk, main, ready, records

from checks.gitlab.merging import LABEL


def test_a_merge_that_was_not_recorded_is_recorded_once(forge_desk: ForgeDesk) -> None:
    """Killed between merge and record, the record is made by the next sweep, as it would have been, and only once."""
    request = ready(forge_desk)
    before = main(forge_desk)
    forge_desk.forge.merge(request, forge_desk.users[BOT])
    known = len(records(forge_desk))
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert f"{main(forge_desk)[:12]}  recorded {NAME}" in said.output
    made = records(forge_desk)[0].predicate
    assert made["merge"] == {"target": "main", "commit": main(forge_desk), "first_parent": before}
    assert [one["person"] for one in made["approvals"]] == ["finn"]
    assert forge_desk.sweep().exit_code == 0
    assert len(records(forge_desk)) == known + 1


def test_two_merges_are_recorded_in_their_order(forge_desk: ForgeDesk) -> None:
    """However many were missed, each is judged onto the tip that it was merged into."""
    first = ready(forge_desk, "first", 90)
    forge_desk.forge.merge(first, forge_desk.users[BOT])
    desk = forge_desk.desk
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "-c", "again", "origin/main")
    desk.write("docs/replies.md", "Why they are shorter.\n")
    desk.commit("Say why")
    second = forge_desk.open("second")
    forge_desk.approve(second, "ana")
    forge_desk.forge.merge(second, forge_desk.users[BOT])
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    control = records(forge_desk, "_control")[0].predicate
    assert control["merge"]["first_parent"] == records(forge_desk)[0].predicate["merge"]["commit"]
    assert [(one["person"], one["role"], one["how"]) for one in control["approvals"]] == [("ana", "owner", "button")]
    assert [path["path"] for path in control["control"]["paths"]] == ["docs/replies.md"]


def test_what_nobody_countersigned_is_never_recorded(forge_desk: ForgeDesk) -> None:
    """T14: merged by hand without the approval, it has no record, and every sweep is red until it is undone."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    known = len(records(forge_desk))
    for _ in range(2):
        said = forge_desk.sweep()
        assert said.exit_code == 3, said.output
        assert "it was wait" in said.output
    assert len(records(forge_desk)) == known


def test_a_fast_forward_of_several_commits_is_never_recorded(forge_desk: ForgeDesk) -> None:
    """T14: merged by hand, its last commit would bring in the others under a record that judged only itself."""
    forge_desk.project.settings["merge_method"] = "ff"
    forge_desk.desk.replace(PROMPT, "at most 120", "at most 5")
    first = forge_desk.desk.commit("Nobody looks at this")
    forge_desk.desk.replace(PROMPT, "at most 5", "at most 120")
    request = ready(forge_desk)
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    known = len(records(forge_desk))
    for _ in range(2):
        said = forge_desk.sweep()
        assert said.exit_code == 3
        assert f"{first[:12]}  FAILED: " in said.output
        assert f"{request.sha[:12]}  FAILED: {request.sha[:12]} brings {first[:12]} with it" in said.output
    assert len(records(forge_desk)) == known


def test_records_that_are_not_taken_turn_a_sweep_red(forge_desk: ForgeDesk) -> None:
    """T07: an account that may not push records says so each time, until it may, and then nothing is missing."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    hook = forge_desk.desk.folder.parent / "remote.git/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/records ] || { echo "GitLab: not allowed"; exit 1; }\n')
    hook.chmod(0o755)
    for _ in range(2):
        said = forge_desk.sweep()
        assert (said.exit_code, request.state) == (3, "merged")
        assert "FAILED: The records were not taken: " in said.output
    hook.unlink()
    assert forge_desk.sweep().exit_code == 0
    assert len(records(forge_desk)) == known + 1


def test_a_direct_push_is_never_recorded(forge_desk: ForgeDesk) -> None:
    """T14: what came with no merge request is named, and what came after it is recorded all the same."""
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "main")
    desk.write("docs/quick.md", "x\n")
    pushed = desk.commit("Straight to main [skip ci]")
    desk.push()
    desk.git("switch", "--quiet", "-C", "change", "main")
    forge_desk.forge.merge(ready(forge_desk), forge_desk.users[BOT])
    said = forge_desk.sweep()
    assert said.exit_code == 3
    assert f"{pushed[:12]}  FAILED: {pushed[:12]} came with no merge request." in said.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def twins(there: ForgeDesk) -> tuple[MergeRequest, MergeRequest]:
    """Two merge requests of one head, which one commit brought in: the countersigned one, and another."""
    there.desk.replace(PROMPT, "at most 120", "at most 90")
    there.desk.commit("Shorter replies")
    twin = there.open("same-head")
    there.desk.record_drill(NAME)
    there.desk.git("push", "--quiet", "origin", "records")
    request = there.open("shorter", labels=(LABEL,))
    there.countersign(request, "finn")
    there.forge.merge(request, there.users[BOT])
    return request, twin


def test_a_merge_request_of_the_same_head_does_not_hide_what_was_merged(forge_desk: ForgeDesk) -> None:
    """T14: GitLab calls both merged by one commit; it is recorded by the one that was approved."""
    request, twin = twins(forge_desk)
    assert (twin.state, twin.merge_commit_sha) == ("merged", request.merge_commit_sha)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert records(forge_desk)[0].predicate["request"] == {"project": forge_desk.project.id, "number": request.iid}


def test_an_odd_merge_request_of_the_same_head_hides_nothing(forge_desk: ForgeDesk) -> None:
    """T19: what cannot be read of one does not keep the merge from being recorded by the other."""
    _, twin = twins(forge_desk)
    odd = Fault("GET", f"/merge_requests/{twin.iid}$", "lie", times=None, edit=lambda one: one | {"labels": None})
    forge_desk.forge.fault(odd)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_what_changes_nothing_is_judged_by_no_sweep(forge_desk: ForgeDesk) -> None:
    """T19: an empty commit is merged and on no record; no sweep comes back to it."""
    forge_desk.desk.git("commit", "--quiet", "--allow-empty", "-m", "Nothing")
    assert forge_desk.merge(forge_desk.open("empty", labels=(LABEL,))).exit_code == 0
    assert forge_desk.sweep().output == ""
