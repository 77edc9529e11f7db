"""A sweep makes good for what was lost: merges without a record, and merge requests that nobody judged."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from types import SimpleNamespace
from typing import Any

import pytest
from support.desk import NAME, PEOPLE, PROMPT, WAIVERS, Desk
from support.forge import Fault, Forge, MergeRequest
from support.forge_desk import BOT, ForgeDesk, main, ready, records

from checks.gitlab import client, sweep
from checks.gitlab.merging import LABEL
from checks.gitlab.transport import Session


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


def test_what_was_given_after_a_merge_by_hand_is_too_late(forge_desk: ForgeDesk) -> None:
    """T14: neither the approval nor the drill that comes after the merge makes it one that was approved and drilled."""
    forge_desk.desk.replace(PROMPT, "at most 120", "at most 90")
    forge_desk.desk.commit("Shorter replies")
    request = forge_desk.open("shorter")
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    forge_desk.desk.git("push", "--quiet", "origin", "records")
    known = len(records(forge_desk))
    forge_desk.countersign(request, "finn")
    assert forge_desk.sweep().exit_code == 3
    forge_desk.desk.on_forge = False  # drilled now, which is after the merge
    forge_desk.desk.record_drill(NAME)
    forge_desk.desk.git("push", "--quiet", "origin", "records")
    said = forge_desk.sweep()
    assert (said.exit_code, len(records(forge_desk))) == (3, known)
    assert "it was wait" in said.output


@pytest.mark.parametrize("late", ["approval", "drill"])
def test_each_of_them_alone_is_too_late(forge_desk: ForgeDesk, late: str) -> None:
    """T14: with the other one given in time, what is missing at the merge is missing for good."""
    desk = forge_desk.desk
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    request = forge_desk.open("shorter")
    if late == "approval":
        desk.record_drill(NAME)
    else:
        forge_desk.countersign(request, "finn")
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    desk.on_forge = False
    if late == "approval":
        forge_desk.countersign(request, "finn")
    else:
        desk.record_drill(NAME)
    desk.git("push", "--quiet", "origin", "records")
    assert forge_desk.sweep().exit_code == 3


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


def test_a_countersignature_that_comes_late_says_nothing_of_the_merge(forge_desk: ForgeDesk) -> None:
    """T14: the sweep says what the merge was, and what it lacked then, whatever stands by now; and records nothing."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    forge_desk.countersign(request, "finn")
    known, merged = len(records(forge_desk)), f"{request.merged_at:%Y-%m-%dT%H:%M:%SZ}"
    said = forge_desk.sweep()
    assert said.exit_code == 3, said.output
    assert f"at its merge, {merged}, it was wait. It lacked approver.countersign (finn)" in said.output
    assert len(records(forge_desk)) == known


def test_an_older_gitlab_revives_no_approval_that_was_taken_back(desk: Desk) -> None:
    """T14, T19: without `approved_at`, an approval withdrawn before the merge and given again is a late one."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        request = ready(there)
        there.forge.unapprove(request, there.users["finn"])
        there.forge.merge(request, there.users["ana"])
        there.approve(request, "finn")
        said = there.sweep()
        assert said.exit_code == 3, said.output
        assert "it was wait" in said.output


def test_an_older_gitlab_has_its_merges_recorded_too(desk: Desk) -> None:
    """What stood at the merge is recorded, when only GitLab's log says since when."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        there.forge.merge(ready(there), there.users[BOT])
        said = there.sweep()
        assert said.exit_code == 0, said.output


def test_a_merge_that_gitlab_does_not_date_is_an_error(forge_desk: ForgeDesk) -> None:
    """T19: what stood at an unknown moment cannot be told."""
    request = ready(forge_desk)
    forge_desk.forge.merge(request, forge_desk.users[BOT])
    request.merged_at = None
    said = forge_desk.sweep()
    assert said.exit_code == 3
    assert "does not say when !1 was merged" in said.output


def _merged_long_ago(there: ForgeDesk, *, waived: tuple[int, int] | None, target: str, days_ago: int) -> MergeRequest:
    """Five days ago a drilled change was countersigned and merged, under a waiver between two days from today."""
    there.forge.now -= timedelta(days=5)
    desk = there.desk
    if waived:
        begin, end = ((datetime.now(UTC).date() + timedelta(days=days)).isoformat() for days in waived)
        desk.git("switch", "--quiet", "main")
        desk.write(
            WAIVERS,
            f"waivers:\n  - rule: rollback.sandbox-only\n    workflow: {NAME}\n    owner: ana\n"
            f"    reason: Staging is being rebuilt.\n    from: {begin}\n    until: {end}\n",
        )
        desk.land()
        desk.git("switch", "--quiet", "-C", "change", "main")
        desk.git("config", "countersign.anchor", desk.git("rev-parse", "main"))
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    desk.record_drill(NAME, target=target, days_ago=days_ago)
    desk.git("push", "--quiet", "origin", "records")
    request = there.open("shorter")
    there.countersign(request, "finn")
    there.forge.merge(request, there.users[BOT])
    return request


@pytest.mark.parametrize(
    ("waived", "target", "days_ago"), [(None, "staging", 33), ((-10, -2), "sandbox", 6)], ids=["a drill", "a waiver"]
)
def test_what_was_in_date_at_the_merge_is_recorded(
    forge_desk: ForgeDesk, waived: tuple[int, int] | None, target: str, days_ago: int
) -> None:
    """However late the sweep comes: a drill that is too old by now, or a waiver that has ended, was good then."""
    _merged_long_ago(forge_desk, waived=waived, target=target, days_ago=days_ago)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    found = [one.predicate for one in records(forge_desk)]
    [made] = [one for one in found if one["merge"]["commit"] == main(forge_desk)]
    assert [one["rule"] for one in made["waivers"]] == (["rollback.sandbox-only"] if waived else [])


def test_a_waiver_that_began_after_the_merge_excuses_nothing(forge_desk: ForgeDesk) -> None:
    """T13, T14: merged by hand before the waiver began, it was refused then, and is not recorded."""
    _merged_long_ago(forge_desk, waived=(-2, 10), target="sandbox", days_ago=6)
    said = forge_desk.sweep()
    assert said.exit_code == 3, said.output
    assert "it was refuse. It lacked rollback.sandbox-only" in said.output


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


def test_what_is_open_is_judged_and_merged(forge_desk: ForgeDesk) -> None:
    """A merge request whose event was lost is judged, told, merged and recorded; the next sweep finds nothing to do."""
    request = ready(forge_desk)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert request.state == "merged"
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)
    assert forge_desk.sweep().output == ""


def test_what_gitlab_will_not_merge_is_no_failure_of_the_sweep(forge_desk: ForgeDesk) -> None:
    """A request that passes, and that GitLab holds back for reasons of its own, waits, and the sweep is green."""
    request = ready(forge_desk)
    request.forced_status = "ci_must_pass"
    before = main(forge_desk)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert "GitLab refused PUT" in said.output
    assert (request.state, main(forge_desk)) == ("opened", before)
    request.forced_status = None
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_a_sweep_that_takes_too_long_says_what_it_left(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: it ends by itself, in red, before its job is ended, and the next one comes to the rest."""
    request = ready(forge_desk)
    with monkeypatch.context() as slow:
        slow.setattr(sweep, "SPAN", 0.0)
        said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "opened")
    assert f"!{request.iid}  FAILED: not looked at, since time ran out" in said.output
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_sweeps_take_merge_requests_in_changing_order(forge_desk: ForgeDesk) -> None:
    """T19: none is the last one each time, however often sweeps are cut short."""
    for number in range(8):
        forge_desk.desk.git("switch", "--quiet", "--force-create", f"change-{number}", "origin/main")
        forge_desk.desk.write("docs/page.md", f"Page {number}.\n")
        forge_desk.desk.commit("A page")
        forge_desk.open(f"change-{number}")
    forge_desk.sweep()
    orders = {tuple(line.split()[0] for line in forge_desk.sweep().output.splitlines()) for _ in range(4)}
    assert {tuple(sorted(order)) for order in orders} == {tuple(f"!{number}" for number in range(1, 9))}
    assert len(orders) > 1


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


def spoiled_git(folder: Path, pattern: str) -> Path:
    """A folder with a git that fails when its words are such."""
    program = folder / "bin/git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncase " $* " in {pattern}) exit 128;; esac\nexec {which("git")} "$@"\n')
    program.chmod(0o755)
    return program.parent


def test_a_git_that_fails_is_no_judgement(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """T19: a runner that cannot read what it judges turns the sweep red each time, and remembers nothing."""
    request = ready(forge_desk)
    folder = spoiled_git(tmp_path, '*" diff-tree "*')
    with monkeypatch.context() as broken:
        broken.setenv("PATH", str(folder), prepend=os.pathsep)
        for _ in range(2):
            said = forge_desk.sweep()
            assert (said.exit_code, request.state) == (3, "opened")
            assert "FAILED: `git diff-tree" in said.output
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_one_odd_merge_request_does_not_stop_a_sweep(forge_desk: ForgeDesk) -> None:
    """T19: what GitLab describes oddly is named, in red, and the others are judged and merged."""
    request = ready(forge_desk)
    forge_desk.desk.git("switch", "--quiet", "-c", "odd", "origin/main")
    forge_desk.desk.write("docs/page.md", "A page.\n")
    forge_desk.desk.commit("A page")
    odd = forge_desk.open("odd")
    forge_desk.forge.fault(Fault("GET", "/merge_requests$", "lie", edit=lambda listed: [
        one | ({"labels": None} if one["iid"] == odd.iid else {}) for one in listed
    ]))  # fmt: skip
    said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "merged")
    assert f"FAILED: GitLab described !{odd.iid} without `labels`" in said.output


def test_what_a_sweep_prints_is_harmless(forge_desk: ForgeDesk) -> None:
    """T15: a path of the change under review neither moves the cursor of a job's log nor forges a line of it."""
    desk, name = forge_desk.desk, "docs/\x1b[2J\n!9  merged 0123.md"
    for words in ("Theirs", "Ours"):
        desk.git("switch", "--quiet", "--force-create", words.lower(), "origin/main")
        desk.write(name, f"{words}.\n")
        desk.commit(words)
    desk.git("push", "--quiet", "origin", "theirs:main")
    request = forge_desk.open("ours", labels=(LABEL,))
    said = forge_desk.sweep()
    assert "\x1b" not in said.output
    [line] = [line for line in said.output.splitlines() if line.startswith("!")]
    assert line.startswith(f"!{request.iid}  The change does not merge cleanly: ")


def test_merges_that_take_long_leave_time_for_what_is_open(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T19: half of a sweep is kept for merge requests, however many merges cannot be recorded."""
    desk = forge_desk.desk
    for number in range(2):
        desk.git("switch", "--quiet", "--force-create", f"unseen-{number}", "origin/main")
        desk.write(f"docs/page-{number}.md", "A page.\n")
        desk.commit("A page")
        forge_desk.forge.merge(forge_desk.open(f"unseen-{number}"), forge_desk.users["ana"])
        desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "change", "origin/main")
    request = ready(forge_desk)
    now = [0.0]
    record = sweep._record

    def slow(*given: Any) -> list[str]:
        now[0] += sweep.SPAN * 0.6
        return record(*given)

    monkeypatch.setattr(sweep, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(sweep, "_record", slow)
    said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "merged"), said.output
    assert "it was wait" in said.output
    assert "FAILED: not looked at, since time ran out" in said.output


@pytest.mark.parametrize("path", ["/versions$", "/notes$", "/approvals$"])
@pytest.mark.parametrize("status", [406, 409, 422])
def test_a_refusal_that_passes_is_no_judgement(forge_desk: ForgeDesk, path: str, status: int) -> None:
    """T19: GitLab, or a proxy, that will not answer just now turns the sweep red, and the next one merges."""
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("GET", path, "html", status=status))
    assert forge_desk.sweep().exit_code == 3
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_a_status_that_gitlab_does_not_take_turns_a_sweep_red(forge_desk: ForgeDesk) -> None:
    """T19: what nobody can be told of is not judged in silence."""
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("POST", "/statuses/", "html", status=409, times=None))
    assert (forge_desk.sweep().exit_code, request.state) == (3, "opened")


def test_a_wrong_anchor_is_remembered_as_no_judgement(forge_desk: ForgeDesk) -> None:
    """T17: as soon as it is put right, what is ready is merged."""
    request = ready(forge_desk)
    good = forge_desk.desk.git("config", "countersign.anchor")
    forge_desk.desk.git("config", "countersign.anchor", forge_desk.desk.git("rev-parse", "HEAD"))
    assert (forge_desk.sweep().exit_code, request.state) == (3, "opened")
    forge_desk.desk.git("config", "countersign.anchor", good)
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_a_change_whose_own_rules_are_broken_is_no_failure_of_the_sweep(forge_desk: ForgeDesk) -> None:
    """T01: that is its author's to mend; they are told, and it is judged once."""
    forge_desk.desk.write(
        "policies/gate/prompt/odd.rego", "package countersign.gate.prompt.odd\n\nthis is } not rego\n"
    )
    forge_desk.desk.commit("Odd")
    request = forge_desk.open("odd")
    for words in ("Must have a METADATA block", "as before: error"):
        said = forge_desk.sweep()
        assert (said.exit_code, words in said.output) == (0, True), said.output
    assert forge_desk.status(request) == "failed"


def test_what_could_not_be_read_for_a_while_keeps_its_status(forge_desk: ForgeDesk) -> None:
    """T19: a sweep that cannot read a merge request's notes tells nobody of anything, be it open or merged."""
    request = ready(forge_desk)
    request.labels = []
    assert forge_desk.judge(request).status == "success"
    forge_desk.forge.fault(Fault("GET", "/notes$", "503", times=6))
    assert forge_desk.sweep().exit_code == 3
    assert forge_desk.sweep().exit_code == 0
    assert forge_desk.status(request) == "success"
    forge_desk.forge.merge(request, forge_desk.users[BOT])
    forge_desk.forge.fault(Fault("GET", "/notes$", "503", times=6))
    assert forge_desk.sweep().exit_code == 3
    assert forge_desk.sweep().exit_code == 0
    assert forge_desk.status(request) == "success"


def test_a_merge_that_hangs_does_not_stop_the_sweep(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: what asking about one merge cost is not taken from all that is open."""
    monkeypatch.setattr(client, "Session", lambda: Session(deadline=0.5, budget=3.0))
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "--force-create", "unseen", "origin/main")
    desk.write("docs/page.md", "A page.\n")
    desk.commit("A page")
    by_hand = forge_desk.open("unseen")
    forge_desk.forge.merge(by_hand, forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "change", "origin/main")
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("GET", f"/merge_requests/{by_hand.iid}/notes$", "slow", seconds=1.0, times=None))
    assert (forge_desk.sweep().exit_code, request.state) == (3, "merged")


def test_an_odd_merge_request_of_the_same_head_hides_nothing(forge_desk: ForgeDesk) -> None:
    """T19: what cannot be read of one does not keep the merge from being recorded by the other."""
    _, twin = twins(forge_desk)
    odd = Fault("GET", f"/merge_requests/{twin.iid}$", "lie", times=None, edit=lambda one: one | {"labels": None})
    forge_desk.forge.fault(odd)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_a_push_that_cannot_be_fetched_just_now_voids_no_approval(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """T19: only a server that says it does not have it makes an approval one of something unknown."""
    request = ready(forge_desk)
    desk = forge_desk.desk
    old = desk.git("rev-parse", "HEAD")
    desk.git("commit", "--quiet", "--amend", "--message", "Shorter replies, once more")
    forge_desk.push(request)
    desk.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    desk.git("gc", "--quiet", "--prune=now")
    assert subprocess.run(["git", "cat-file", "-e", old], cwd=desk.folder, check=False).returncode
    folder = spoiled_git(tmp_path, f'*" fetch "*" {old} "*')
    with monkeypatch.context() as broken:
        broken.setenv("PATH", str(folder), prepend=os.pathsep)
        said = forge_desk.sweep()
        assert (said.exit_code, request.state) == (3, "opened")
        assert f"The earlier push {old[:12]} cannot be fetched" in said.output
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_what_changes_nothing_is_judged_by_no_sweep(forge_desk: ForgeDesk) -> None:
    """T19: an empty commit is merged and on no record; no sweep comes back to it."""
    forge_desk.desk.git("commit", "--quiet", "--allow-empty", "-m", "Nothing")
    assert forge_desk.merge(forge_desk.open("empty", labels=(LABEL,))).exit_code == 0
    assert forge_desk.sweep().output == ""


def test_what_was_merged_meanwhile_is_told_nothing(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: merged between the list and its turn, a request keeps its note and its status; the next sweep records it."""
    request = ready(forge_desk)
    assert forge_desk.judge(request).status == "success"
    told, one = forge_desk.note(request), sweep._one

    def late(*given: Any) -> sweep.Line:
        forge_desk.forge.merge(request, forge_desk.users[BOT])
        return one(*given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sweep, "_one", late)
        forge_desk.desk.replace(PROMPT, "at most 90", "at most 80")
        forge_desk.say(request, "dana", "countersigned? Not by me.")  # so that it is judged anew
        said = forge_desk.sweep()
    assert f"!{request.iid}  it is merged by now" in said.output
    assert (forge_desk.status(request), forge_desk.note(request)) == ("success", told)
    assert forge_desk.sweep().exit_code == 0
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_people_that_nobody_approved_let_nothing_pass(forge_desk: ForgeDesk) -> None:
    """T01, T14: with two accounts swapped by a merge by hand, the wrong one's approval is worth nothing."""
    desk = forge_desk.desk
    text = desk.path(PEOPLE).read_text()
    swapped = (
        text.replace("forge: 103", "forge: 0").replace("forge: 106", "forge: 103").replace("forge: 0", "forge: 106")
    )
    desk.write(PEOPLE, swapped)
    desk.commit("Swap")
    swap = forge_desk.open("swap")
    forge_desk.forge.merge(swap, forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "again", "origin/main")
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    desk.record_drill(NAME)
    desk.git("push", "--quiet", "origin", "records")
    request = forge_desk.open("shorter", labels=(LABEL,))
    forge_desk.countersign(request, "gita")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (3, "opened"), heard.output
    assert "are not those on record" in heard.output
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    known = len(records(forge_desk))
    assert forge_desk.sweep().exit_code == 3
    assert len(records(forge_desk)) == known


def test_what_nobody_approved_can_be_taken_back(forge_desk: ForgeDesk) -> None:
    """T14: the way out is a merge request that brings back what is on record, approved by the owner."""
    desk = forge_desk.desk
    text = desk.path(PEOPLE).read_text()
    desk.write(PEOPLE, text.replace("Finn", "Fin"))
    desk.commit("Misspell")
    forge_desk.forge.merge(forge_desk.open("misspelt"), forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "back", "origin/main")
    desk.write(PEOPLE, text)
    desk.commit("Take it back")
    request = forge_desk.open("back", labels=(LABEL,))
    forge_desk.approve(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output


def test_what_would_be_built_on_a_direct_push_waits_until_that_is_taken_back(forge_desk: ForgeDesk) -> None:
    """T14: a step outside workflows that no record could follow is not made; taken back first, it is."""
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "main")
    desk.write("docs/quick.md", "x\n")
    desk.commit("Straight to main")
    desk.push()
    desk.git("switch", "--quiet", "-C", "change", "main")
    desk.replace(PEOPLE, "name: Finn Albrecht", "name: Finn F. Albrecht")
    desk.commit("A name")
    request = forge_desk.open("name", labels=(LABEL,))
    forge_desk.approve(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (3, "opened"), heard.output
    assert "First bring those paths back to what they are at" in " ".join(heard.output.split())
    desk.git("switch", "--quiet", "-C", "back", "main")
    desk.path("docs/quick.md").unlink()
    desk.commit("Take it back")
    back = forge_desk.open("back", labels=(LABEL,))
    forge_desk.approve(back, "ana")
    assert forge_desk.merge(back).exit_code == 0
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (4, "opened"), heard.output  # approved beside a page that is gone
    forge_desk.forge.unapprove(request, forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "-C", "change", "origin/main")
    desk.replace(PEOPLE, "name: Finn Albrecht", "name: Finn F. Albrecht")
    desk.commit("A name")
    forge_desk.push(request)
    forge_desk.approve(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output
