"""T14: around the gate: direct push, [skip ci], another target, a fork, a merge by hand."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from support.attack import (
    Act,
    Attack,
    Edit,
    ask,
    asked,
    attempt,
    both,
    drill,
    harmless,
    pass_through,
    shorten,
    silence,
    writing,  # fmt: skip
)
from support.desk import FOLDER, NAME, PROMPT, Desk
from support.forge import MergeRequest
from support.forge_desk import BOT, ForgeDesk, main, ready, records

from catalog.git import Repository
from checks.gitlab import lock
from checks.gitlab.merging import LABEL


def straight_to_main(message: str, edit: Edit) -> Act:
    """Somebody with the right to push takes the short way; then an honest change merges."""

    def act(there: ForgeDesk) -> MergeRequest:
        there.desk.git("switch", "--quiet", "main")
        edit(there.desk)
        there.desk.commit(message)
        there.desk.push()
        there.desk.git("switch", "--quiet", "-C", "change", "main")
        there.desk.write("notes.md", "A page.\n")
        there.desk.commit("A page")
        request = there.open("change")
        there.approve(request, "ana")
        return request

    return act


def merged_by_hand(there: ForgeDesk) -> MergeRequest:
    """The owner presses Merge on what nobody countersigned."""
    request = ready(there)
    there.forge.unapprove(request, there.users["finn"])
    there.forge.merge(request, there.users["ana"])
    return request


def merged_then_approved(there: ForgeDesk) -> MergeRequest:
    """Merged by hand, and countersigned afterwards."""
    request = ready(there)
    there.forge.unapprove(request, there.users["finn"])
    there.forge.merge(request, there.users["ana"])
    there.countersign(request, "finn")
    return request


def merged_then_approved_away(there: ForgeDesk) -> MergeRequest:
    """Merged by hand with the countersignature, which is then taken back."""
    request = ready(there)
    there.forge.merge(request, there.users["ana"])
    there.forge.unapprove(request, there.users["finn"])
    return request


def auto_merged(there: ForgeDesk) -> MergeRequest:
    """The owner sets auto-merge; the branch's own pipeline, in which waiting is allowed, passes, and GitLab merges."""
    request = ready(there)
    there.forge.unapprove(request, there.users["finn"])
    there.forge.set_auto_merge(request, there.users["ana"])
    there.forge.pipeline(
        there.project, request.sha, request.source_branch, there.users["dana"],
        source="merge_request_event", gate="success",
    )  # fmt: skip
    there.forge.settle(there.project)
    assert request.state == "merged"
    return request


def clicked_and_named_late(there: ForgeDesk) -> MergeRequest:
    """Drilled and clicked, then merged by hand; the line comes afterwards."""
    shorten(there.desk)
    request = ask(there)
    drill(there, NAME)
    there.approve(request, "finn")
    there.forge.merge(request, there.users["ana"])
    there.say(request, "finn", f"countersigned {NAME} {there.desk.countersigned()}")
    return request


def countersigned_and_drilled_late(there: ForgeDesk) -> MergeRequest:
    """All of it stood at the merge but the drill."""
    shorten(there.desk)
    request = ask(there)
    there.countersign(request, "finn")
    there.forge.merge(request, there.users["ana"])
    drill(there, NAME, at=datetime.now(UTC).replace(microsecond=0))
    return request


def pushed_and_landed(there: ForgeDesk) -> MergeRequest:
    """The head is pushed to main by hand: GitLab calls the merge request merged."""
    request = ready(there)
    there.forge.unapprove(request, there.users["finn"])
    there.desk.git("push", "--quiet", "origin", "HEAD:main")
    there.forge.landed(request, there.users["ana"])
    return request


def edited_merge(there: ForgeDesk) -> MergeRequest:
    """A countersigned change is merged by hand, on the desk, with something more in the merge commit."""
    request = ready(there)
    desk = there.desk
    desk.git("switch", "--quiet", "main")
    desk.git("merge", "--quiet", "--no-ff", "--no-commit", "change")
    desk.replace(PROMPT, "Never promise", "Always promise")
    desk.commit("Merge branch 'change' into 'main'\n\nSee merge request acme/workflows!1")
    desk.push()
    there.forge.landed(request, there.users["ana"])
    return request


def own_branch(silenced: bool) -> Act:
    """Dana makes a branch whose rules find nothing, and asks for a merge into that."""

    def act(there: ForgeDesk) -> MergeRequest:
        there.desk.git("switch", "--quiet", "-c", "playground", "main")
        if silenced:
            silence(there.desk)
            there.desk.commit("Quiet")
        there.desk.git("push", "--quiet", "origin", "playground")
        there.desk.git("switch", "--quiet", "-C", "change", "playground")
        shorten(there.desk)
        there.desk.commit("Shorter")
        there.desk.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
        return there.forge.open(there.project, "change", "playground", there.users["dana"], labels=(LABEL,))

    return act


def from_a_fork(by: str, edit: Edit) -> Act:
    """The change comes from a fork, where its author may do anything."""

    def act(there: ForgeDesk) -> MergeRequest:
        folder = there.desk.folder.parent / "fork.git"
        shutil.copytree(there.desk.folder.parent / "remote.git", folder)
        fork = there.forge.project(f"{by}/workflows", folder, forked_from=there.project)
        if by not in there.users:
            there.join(by, 666)
        edit(there.desk)
        there.desk.commit("From afar")
        drill(there, NAME)
        there.desk.git("push", "--quiet", str(folder), "HEAD:refs/heads/change")
        there.forge.tick(minutes=1)
        request = there.forge.open(there.project, "change", "main", there.users[by], fork=fork, labels=(LABEL,))
        there.countersign(request, "finn")
        return request

    return act


def retargeted(there: ForgeDesk) -> MergeRequest:
    """Approved for a branch where it does not matter, then retargeted to the one where it does."""
    shorten(there.desk)
    there.desk.git("push", "--quiet", "origin", "main:refs/heads/playground")
    request = asked(there)
    there.forge.tick(minutes=1)
    there.forge.retarget(request, "playground", there.users["dana"])
    there.forge.tick(minutes=1)
    there.forge.retarget(request, "main", there.users["dana"])
    return request


def closed(there: ForgeDesk) -> MergeRequest:
    request = ready(there)
    there.forge.close(request)
    return request


def fallback(desk: Desk) -> None:
    desk.write(f"{FOLDER}/fallback.md", desk.path(f"{FOLDER}/fallback.md").read_text() + "\n")


ATTACKS = (
    Attack("Somebody pushes straight to main.", straight_to_main("Quickly", fallback),
           "error", "came with no merge request.", job="sweep"),
    Attack("The push says [skip ci], so that no pipeline sees it.", straight_to_main("Quickly [skip ci]", shorten),
           "error", "came with no merge request.", job="sweep"),
    Attack("The pushed commit claims in its message to be a merge of a merge request.",
           straight_to_main("Merge branch 'x'\n\nSee merge request acme/workflows!1", shorten),
           "error", "came with no merge request.", job="sweep"),
    Attack("The owner merges by hand what nobody countersigned.", merged_by_hand,
           "error", "it was wait", job="sweep"),
    Attack("The owner sets auto-merge on it, and GitLab merges as soon as the pipeline passes.", auto_merged,
           "error", "it was wait", job="sweep"),
    Attack("It is merged by hand, and countersigned afterwards.", merged_then_approved,
           "error", "it was wait. It lacked approver.countersign (finn)", job="sweep"),
    Attack("It was clicked before the merge by hand, and is named afterwards.", clicked_and_named_late,
           "error", "it was wait. It lacked approver.countersign (finn)", job="sweep"),
    Attack("It was countersigned before the merge by hand, and is drilled afterwards.", countersigned_and_drilled_late,
           "error", "it was wait. It lacked rollback.", job="sweep"),
    Attack("It is merged by hand, and the countersignature is taken back.", merged_then_approved_away,
           "error", "it was wait", job="sweep"),
    Attack("The branch is pushed to main, and GitLab calls the merge request merged.", pushed_and_landed,
           "error", "it was wait", job="sweep"),
    Attack("A countersigned change is merged by hand, with something more in the merge.", edited_merge,
           "error", "is not what merging !1 gives.", job="sweep"),
    Attack("The merge request asks for a branch of the author's own, whose rules find nothing.", own_branch(True),
           "error", "asks to be merged into playground, and only main is judged"),
    Attack("It asks for a branch that is like main, only unprotected.", own_branch(False),
           "error", "asks to be merged into playground, and only main is judged"),
    Attack("It is approved, retargeted, and retargeted back.", retargeted,
           "waits", "approver.countersign", "it was given before the target branch was changed"),
    Attack("It comes from a fork of somebody whom nobody knows.", from_a_fork("mallory", shorten),
           "refused", "people.identity", "forge user 666"),
    Attack("It comes from a fork with a pipeline and code owners of its own.",
           from_a_fork("dana", both(shorten, writing(".gitlab-ci.yml", "gate: {script: 'true'}\n"),
                                    writing(".gitlab/CODEOWNERS", "* @dpetrova\n"))),
           "waits", "control.owner", ".gitlab-ci.yml"),
    Attack("It is closed, so that nobody looks, and the job is asked all the same.", closed, "error", "is closed"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T14: whatever reaches main some other way is not recorded, and each sweep says so; no other way is judged."""
    attempt(attack, forge_desk)


def test_a_sweep_stays_red(forge_desk: ForgeDesk) -> None:
    """T14: a direct push is named by every sweep until it is undone, and what came after is recorded all the same."""
    desk = forge_desk.desk
    straight_to_main("Quickly [skip ci]", fallback)(forge_desk)
    pushed = main(forge_desk)
    desk.git("switch", "--quiet", "-C", "change", "main")
    forge_desk.forge.merge(ready(forge_desk), forge_desk.users[BOT])
    for _ in range(2):
        said = forge_desk.sweep()
        assert said.exit_code == 3
        assert f"{pushed[:12]}  FAILED: {pushed[:12]} came with no merge request." in said.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_a_fork_passes_like_a_branch(forge_desk: ForgeDesk) -> None:
    """A colleague's fork is judged as a branch of theirs would be."""
    pass_through(forge_desk, from_a_fork("dana", shorten))


def test_a_target_that_is_swapped_while_merging_is_not_recorded(forge_desk: ForgeDesk) -> None:
    """T14: retargeted between the judgement and the merge to a branch just like main, it has no record."""
    request = ready(forge_desk)
    before, known = main(forge_desk), len(records(forge_desk))
    forge_desk.desk.git("push", "--quiet", "origin", "main:refs/heads/playground")
    dana = forge_desk.users["dana"]
    forge_desk.forge.before("PUT", "/merge$", lambda: forge_desk.forge.retarget(request, "playground", dana))
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk), len(records(forge_desk))) == (3, before, known), heard.output
    assert "is not what was judged" in heard.output
    harmless(forge_desk, heard)


def test_two_jobs_do_not_merge_at_once(forge_desk: ForgeDesk) -> None:
    """T14: while one job merges, another is told to come back."""
    request = ready(forge_desk)
    with Repository.discover(forge_desk.desk.folder) as clone, lock.held(clone, "origin", ""):
        assert forge_desk.merge(request).exit_code == 3
    assert request.state == "opened"
