"""A merge request is merged when it passes and asks for it: what was judged, onto the tip it was judged on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from subprocess import CompletedProcess
from typing import Any

import pytest
from support.desk import NAME, PROMPT
from support.forge import Fault
from support.forge.faults import Kind
from support.forge_desk import BOT, ForgeDesk, main, ready, records

from catalog.errors import JudgeError
from catalog.git import Repository
from checks.gitlab import client, lock
from checks.gitlab.merging import LABEL
from checks.gitlab.transport import Session


def test_what_passes_and_asks_is_merged_and_recorded(forge_desk: ForgeDesk) -> None:
    """One record says what merged where, who approved it and how, and which drill it leans on."""
    request = ready(forge_desk)
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert heard.exit_code == 0, heard.output
    assert request.state == "merged"
    said = records(forge_desk)[0].predicate
    assert said["merge"] == {"target": "main", "commit": main(forge_desk), "first_parent": before}
    assert said["request"] == {"project": forge_desk.project.id, "number": request.iid}
    assert [(one["person"], one["forge"], one["role"], one["how"]) for one in said["approvals"]] == [
        ("finn", 103, "approver", "note")
    ]
    assert (said["authors"], said["kind"], said["assurance"]) == (["dana"], "widening", "trusted")
    assert said["after"]["countersigned"] == forge_desk.desk.countersigned()
    assert said["drill"]["path"].startswith(f"{NAME}/drill/")


def test_without_being_asked_nothing_is_merged(forge_desk: ForgeDesk) -> None:
    """What passes waits for the label or for auto-merge; a draft waits whatever it asks."""
    request = ready(forge_desk)
    request.labels.clear()
    before = main(forge_desk)
    assert "does not ask for it" in forge_desk.merge(request).output
    forge_desk.forge.set_draft(request, True)
    forge_desk.forge.label(request, LABEL)
    assert "it is a draft" in forge_desk.merge(request).output
    assert main(forge_desk) == before


def test_what_waits_is_not_merged(forge_desk: ForgeDesk) -> None:
    """Without the countersignature there is no merge, whatever the label says."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk)) == (4, before)
    assert "the verdict is wait" in heard.output


def test_a_push_during_judging_is_not_merged(forge_desk: ForgeDesk) -> None:
    """T03: GitLab is told which head to merge, and by then it has another."""
    request = ready(forge_desk)
    before = main(forge_desk)

    def push() -> None:
        forge_desk.desk.replace(PROMPT, "at most 90", "at most 5")
        forge_desk.desk.commit("Quickly")
        forge_desk.push(request)

    forge_desk.forge.before("PUT", "/merge$", push)
    heard = forge_desk.merge(request)
    assert heard.exit_code == 3, heard.output
    assert main(forge_desk) == before


def test_a_lost_answer_is_looked_up(forge_desk: ForgeDesk) -> None:
    """T19: when GitLab merges and its answer is lost, it is recorded all the same."""
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("PUT", "/merge$", "close", after=True))
    heard = forge_desk.merge(request)
    assert heard.exit_code == 0, heard.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_a_merge_that_comes_late_is_waited_for(forge_desk: ForgeDesk) -> None:
    """T19: GitLab still merges when something in front of it has given up, and nobody else may merge until then."""
    request = ready(forge_desk)
    forge = forge_desk.forge
    forge.fault(Fault("PUT", "/merge$", "504"))

    def done() -> None:
        request.state = "opened"
        forge.merge(request, forge_desk.users[BOT])

    def begun() -> None:
        request.state = "locked"
        forge.before("GET", path, done)

    path = f"/merge_requests/{request.iid}$"
    forge.before("PUT", "/merge$", lambda: forge.before("GET", path, begun))
    heard = forge_desk.merge(request)
    assert heard.exit_code == 0, heard.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


@pytest.mark.parametrize("state", ["opened", "locked"])
def test_while_nobody_knows_nothing_else_merges(forge_desk: ForgeDesk, state: str) -> None:
    """T03: a merge whose answer was lost may still come, so the lock stays; a sweep records what came late."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    forge_desk.forge.fault(Fault("PUT", "/merge$", "504"))
    forge_desk.forge.before("PUT", "/merge$", lambda: setattr(request, "state", state))
    heard = forge_desk.merge(request)
    assert heard.exit_code == 3, heard.output
    assert f"GitLab does not say whether it merges !{request.iid}, which is still {state}." in heard.output
    with (
        Repository.discover(forge_desk.desk.folder) as clone,
        pytest.raises(JudgeError, match="Something else is merging"),
        lock.held(clone, "origin", ""),
    ):
        pass
    request.state = "opened"
    forge_desk.forge.merge(request, forge_desk.users[BOT])
    assert forge_desk.sweep().exit_code == 0
    assert len(records(forge_desk)) == known + 1


@pytest.mark.parametrize(("kind", "exit_code"), [("500", 3), ("429", 3)])
def test_what_gitlab_did_not_do_leaves_the_lock_free(forge_desk: ForgeDesk, kind: Kind, exit_code: int) -> None:
    """GitLab itself says that it failed, or that it did not even begin: somebody else may merge at once."""
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("PUT", "/merge$", kind, times=None, retry_after=0))
    assert forge_desk.merge(request).exit_code == exit_code
    with Repository.discover(forge_desk.desk.folder) as clone, lock.held(clone, "origin", ""):
        pass


def test_several_commits_are_not_merged_by_a_fast_forward(forge_desk: ForgeDesk) -> None:
    """T14: each of them would enter the target by itself, and only the last one would be on record."""
    forge_desk.project.settings["merge_method"] = "ff"
    forge_desk.desk.write("docs/page.md", "A page.\n")
    forge_desk.desk.commit("A page")
    request = ready(forge_desk)
    forge_desk.approve(request, "ana")
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk)) == (3, before), heard.output
    assert "would come in as several commits" in heard.output


def test_one_merges_at_a_time(forge_desk: ForgeDesk) -> None:
    """While one merges, another is told to come back; afterwards the lock is free again."""
    request = ready(forge_desk)
    with Repository.discover(forge_desk.desk.folder) as clone, lock.held(clone, "origin", ""):
        heard = forge_desk.merge(request)
        assert heard.exit_code == 3
        assert "Something else is merging" in heard.output
    assert forge_desk.merge(request).exit_code == 0
    with Repository.discover(forge_desk.desk.folder) as clone, lock.held(clone, "origin", ""):
        pass


def test_the_lock_only_moves_forward(forge_desk: ForgeDesk) -> None:
    """A branch that GitLab protects can be neither deleted nor rewritten by a push, and the lock asks for neither."""
    remote = forge_desk.desk.folder.parent / "remote.git"
    for name in ("receive.denyDeletes", "receive.denyNonFastForwards"):
        forge_desk.desk.git("-C", str(remote), "config", name, "true")
    with Repository.discover(forge_desk.desk.folder) as clone:
        for _ in range(2):
            with lock.held(clone, "origin", ""):
                held = forge_desk.desk.git("ls-remote", "origin", lock.BRANCH)
            assert forge_desk.desk.git("ls-remote", "origin", lock.BRANCH) not in {"", held}


def test_a_lock_that_was_left_behind_is_broken(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was killed keeps others waiting for as long as a lock is believed, and no longer."""
    with Repository.discover(forge_desk.desk.folder) as clone:
        with lock.held(clone, "origin", "") as hold:
            hold.undecided = True
        with pytest.raises(JudgeError, match="Something else is merging"), lock.held(clone, "origin", ""):
            pass
        monkeypatch.setattr(lock, "LEASE", timedelta(0))
        with lock.held(clone, "origin", ""):
            pass


def test_somebody_else_who_merges_is_noticed(forge_desk: ForgeDesk) -> None:
    """T14: when the target moves between judging and merging, what came of it is not recorded as judged."""
    request = ready(forge_desk)
    desk = forge_desk.desk

    def meanwhile() -> None:
        desk.git("switch", "--quiet", "main")
        desk.write("docs/quick.md", "x\n")
        desk.commit("Straight to main")
        desk.push()
        desk.git("switch", "--quiet", "change")

    forge_desk.forge.before("PUT", "/merge$", meanwhile)
    known = len(records(forge_desk))
    heard = forge_desk.merge(request)
    assert heard.exit_code == 3, heard.output
    assert "is not what was judged" in heard.output
    assert len(records(forge_desk)) == known


def test_a_lock_that_was_held_too_long_merges_nothing(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T03: before somebody else may take the lock over, its holder merges no more."""
    request = ready(forge_desk)
    before = main(forge_desk)
    monkeypatch.setattr(lock, "HOLD", timedelta(0))
    heard = forge_desk.merge(request)
    assert heard.exit_code == 3
    assert "nothing is merged under it" in heard.output
    assert (request.state, main(forge_desk)) == ("opened", before)


def test_keeping_ones_own_side_of_a_merge_takes_a_new_approval(forge_desk: ForgeDesk) -> None:
    """T03: the owner approved a page, and not that what others merged meanwhile is taken back."""
    desk = forge_desk.desk
    desk.write("docs/page.md", "A page.\n")
    desk.commit("A page")
    request = forge_desk.open("page", labels=(LABEL,))
    forge_desk.approve(request, "ana")
    desk.git("switch", "--quiet", "main")
    desk.write("docs/guard.md", "A guard.\n")
    desk.commit("A guard")
    desk.push()
    desk.git("switch", "--quiet", "change")
    desk.git("merge", "--quiet", "--strategy", "ours", "-m", "Catch up", "main")
    forge_desk.push(request)
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk)) == (4, before), heard.output


def test_a_lock_from_the_future_is_an_error(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: runners whose clocks are apart could both hold the lock, so a sweep is red until that is mended."""
    request = ready(forge_desk)
    with Repository.discover(forge_desk.desk.folder) as clone, lock.held(clone, "origin", "") as hold:
        monkeypatch.setattr(lock, "SKEW", timedelta(seconds=-10))
        said = forge_desk.sweep()
        assert (said.exit_code, request.state) == (3, "opened")
        assert f"held since {hold.since:%Y-%m-%d %H:%M} UTC, which is yet to come" in said.output


def test_a_lock_that_may_not_be_taken_is_an_error(forge_desk: ForgeDesk) -> None:
    """An account without the right to move the lock is told so, and not that somebody else is merging."""
    request = ready(forge_desk)
    hook = forge_desk.desk.folder.parent / "remote.git/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\n[ "$1" != {lock.BRANCH} ] || {{ echo "GitLab: not allowed"; exit 1; }}\n')
    hook.chmod(0o755)
    said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "opened")
    assert "The lock of merging cannot be taken: " in said.output


@pytest.mark.parametrize("times", [1, 2], ids=["once", "for good"])
def test_a_lock_that_cannot_be_freed_is_warned_of(forge_desk: ForgeDesk, times: int) -> None:
    """What was merged and recorded stays so: freeing is tried again, and when it fails the job says what that means."""
    request = ready(forge_desk)
    hook = forge_desk.desk.folder.parent / "remote.git/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    seen = hook.with_name("seen")
    hook.write_text(
        f'#!/bin/sh\n[ "$1" = {lock.BRANCH} ] || exit 0\necho x >> {seen}\nlines=$(wc -l < {seen})\n'
        f'[ "$lines" = 1 ] || [ "$lines" -gt {1 + times} ] || {{ echo "disk full"; exit 1; }}\n'
    )
    hook.chmod(0o755)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)
    assert ("warning: The lock of merging could not be freed, and stops other" in heard.output) == (times == 2)
    assert forge_desk.sweep().exit_code == 0
    with Repository.discover(forge_desk.desk.folder) as clone:
        last = lock._last(clone, "origin", "")
    assert last
    assert last.held == (times == 2)


def test_a_branch_with_a_longer_name_is_no_lock(forge_desk: ForgeDesk) -> None:
    """T14: a branch whose name only ends like the lock's stops nobody."""
    request = ready(forge_desk)
    forge_desk.desk.git("push", "--quiet", "origin", f"main:refs/heads/a/{lock.BRANCH}")
    heard = forge_desk.merge(request)
    assert heard.exit_code == 0, heard.output
    assert request.state == "merged"


def test_ones_own_lock_is_known_when_the_answer_was_lost(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T19: it was taken and nobody said so: it is held, used and freed, and stops nobody for its whole lease."""
    request = ready(forge_desk)
    move, lost = lock._move, list[CompletedProcess[bytes]]()

    def losing(*given: Any) -> CompletedProcess[bytes]:
        done = move(*given)
        if not lost:
            lost.append(done)
            return CompletedProcess([], 128, b"", b"fatal: the remote end hung up unexpectedly")
        return done

    monkeypatch.setattr(lock, "_move", losing)
    assert forge_desk.merge(request).exit_code == 0
    assert request.state == "merged"
    with Repository.discover(forge_desk.desk.folder) as clone, lock.held(clone, "origin", ""):
        pass


def test_a_lock_of_no_possible_time_is_an_error(forge_desk: ForgeDesk) -> None:
    """T19: whatever somebody pushed there, it is said in plain words, and nothing is merged."""
    request = ready(forge_desk)
    desk, moment = forge_desk.desk, "a <a@b> 999999999999999 +0000"
    tree = desk.git("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nauthor {moment}\ncommitter {moment}\n\nFree since ever\n"
    with Repository.discover(desk.folder) as clone:
        odd = clone.run("hash-object", "-t", "commit", "-w", "--stdin", input=raw.encode()).decode().strip()
    desk.git("push", "--quiet", "origin", f"{odd}:{lock.BRANCH}")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (3, "opened")
    assert "does not say when it was taken" in heard.output


def test_a_merge_has_all_the_time_that_its_lock_reckons_with(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T19: what judging under the lock cost is not taken from the merge, which would be made and not recorded."""
    monkeypatch.setattr(client, "Session", lambda: Session(budget=3.0))
    request = ready(forge_desk)
    known = len(records(forge_desk))
    forge_desk.forge.fault(Fault("GET", "/projects/[^/]*$", "429", retry_after=2))
    forge_desk.forge.fault(Fault("PUT", "/merge$", "slow", seconds=1.5))
    heard = forge_desk.merge(request)
    assert (heard.exit_code, len(records(forge_desk))) == (0, known + 1), heard.output


def test_a_clock_that_is_set_back_lengthens_no_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """T13: by whichever clock more time has passed, it has."""
    hold = lock.Hold(since=datetime.now(UTC) + timedelta(hours=1))
    hold.check()
    monkeypatch.setattr(time, "monotonic", lambda: hold.began + lock.HOLD.total_seconds())
    with pytest.raises(JudgeError, match="nothing is merged under it"):
        hold.check()
