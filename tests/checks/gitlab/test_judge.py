"""A merge request on GitLab is judged by who really countersigned what, and told the result."""

from __future__ import annotations

from typing import Any

import pytest
from support.desk import NAME, PROMPT, STATE, Desk
from support.forge import Fault, Forge
from support.forge.scene import Api
from support.forge_desk import BOT, ForgeDesk, shorten

from checks.gitlab import fetching


def test_the_named_approver_countersigns_in_the_browser(forge_desk: ForgeDesk) -> None:
    """Approve, and the line as a comment: the change passes, and nobody is asked any more."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    assert forge_desk.judge(request).exit_code == 4
    forge_desk.countersign(request, "finn")
    heard = forge_desk.judge(request)
    assert (heard.exit_code, heard.status) == (0, "success"), heard.output
    assert "press *Approve*" not in heard.note


def test_a_click_alone_is_not_enough_at_high(forge_desk: ForgeDesk) -> None:
    """T03: at high a click without the line waits for the line, and says so."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.approve(request, "finn")
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert "Must be named by finn, who approved it, in a note" in heard.output
    assert "it was a click alone" in heard.output


def test_a_line_alone_is_not_enough(forge_desk: ForgeDesk) -> None:
    """The line without a standing approval countersigns nothing: an approval can be withdrawn, a comment stays."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    assert forge_desk.judge(request).exit_code == 4


def test_an_edited_line_names_nothing(forge_desk: ForgeDesk) -> None:
    """T03: a comment that was edited may say something else than its author wrote."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.approve(request, "finn")
    note = forge_desk.say(request, "finn", "Looks good.")
    forge_desk.forge.tick(minutes=1)
    forge_desk.forge.edit_note(note, f"countersigned {NAME} {forge_desk.desk.countersigned()}")
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert "it was a click alone" in heard.output


def test_a_line_of_somebody_else_names_nothing(forge_desk: ForgeDesk) -> None:
    """T02: only the person who approved can name what they approved."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.approve(request, "finn")
    forge_desk.say(request, "dana", f"countersigned {NAME} {forge_desk.desk.countersigned()}")
    assert forge_desk.judge(request).exit_code == 4


def test_a_push_voids_what_was_approved_before(forge_desk: ForgeDesk) -> None:
    """T03: once the content has changed, the approval does not count, and is told with the time of the push."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    forge_desk.desk.replace(PROMPT, "at most 90", "at most 80")
    forge_desk.desk.commit("Shorter still")
    forge_desk.push(request)
    forge_desk.desk.record_drill(NAME)
    forge_desk.desk.git("push", "--quiet", "origin", "records")
    pushed = request.pushes[-1].created_at
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert f"by finn: it was given before the push of {pushed:%H:%M} UTC" in heard.output
    assert "press *Revoke approval*, then *Approve*." in heard.note


def test_a_push_of_something_else_leaves_it(forge_desk: ForgeDesk) -> None:
    """A push that changes other paths asks the owner for those, and nobody for the workflow again."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    forge_desk.desk.write("docs/replies.md", "Why they are shorter.\n")
    forge_desk.desk.commit("Say why")
    forge_desk.push(request)
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert "approver.countersign" not in heard.output
    assert "Must be approved by ana, naming tree:" in heard.output
    forge_desk.approve(request, "ana")
    assert forge_desk.judge(request).exit_code == 0


def test_a_clean_rebase_leaves_it(forge_desk: ForgeDesk) -> None:
    """Rebased onto a target that changed something else, the same content is still countersigned."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    _parallel(forge_desk, "workflows/help-centre-edits/edit.prompt")
    forge_desk.desk.git("rebase", "--quiet", "origin/main")
    forge_desk.push(request)
    heard = forge_desk.judge(request)
    assert heard.exit_code == 0, heard.output


def test_a_parallel_merge_of_the_same_workflow_voids_it(forge_desk: ForgeDesk) -> None:
    """T03: when the target changes the same workflow meanwhile, nobody has seen what would merge."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    _parallel(forge_desk, f"workflows/{NAME}/fallback.md")
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert "by finn: the target branch has changed this content since" in heard.output


def _parallel(there: ForgeDesk, path: str) -> None:
    """Another change of one file lands on main."""
    desk = there.desk
    branch = desk.git("branch", "--show-current")
    desk.git("switch", "--quiet", "main")
    desk.path(path).write_text(desk.path(path).read_text() + "\nOne more line.\n")
    desk.commit("Meanwhile")
    desk.push()
    desk.git("switch", "--quiet", branch)
    there.forge.tick(minutes=1)


@pytest.mark.parametrize("approver", ["dana", "gita", "stranger"])
def test_approvals_that_do_not_count_are_told(forge_desk: ForgeDesk, approver: str) -> None:
    """T02: the author's, a colleague's and a stranger's approval count for nothing, each with its reason."""
    if approver == "stranger":
        forge_desk.join("stranger", 666)
    shorten(forge_desk)
    request = forge_desk.open("shorter", by="dana")
    forge_desk.approve(request, approver)
    heard = forge_desk.judge(request)
    reasons = {
        "dana": "by dana: nobody approves what they wrote",
        "gita": "by gita: their approval is not the one asked for",
        "stranger": "by forge user 666: nobody in team/people.yaml has that forge id",
    }
    assert heard.exit_code == 4
    assert reasons[approver] in heard.output


def test_approved_without_anybody_is_no_approval(forge_desk: ForgeDesk) -> None:
    """T19: GitLab says `approved: true` where nobody is required to approve; only people count."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    token = forge_desk.forge.token(forge_desk.users[BOT])
    path = f"/projects/{forge_desk.project.id}/merge_requests/{request.iid}/approvals"
    said = Api(forge_desk.url, {"PRIVATE-TOKEN": token}).get(path).body
    assert (said["approved"], said["approved_by"]) == (True, [])
    assert forge_desk.judge(request).exit_code == 4


def test_an_older_gitlab_tells_the_time_in_its_log(desk: Desk) -> None:
    """Without `approved_at`, the moment comes from GitLab's own log of the merge request (T19)."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        shorten(there)
        request = there.open("shorter")
        there.countersign(request, "finn")
        assert there.judge(request).exit_code == 0
        there.desk.replace(PROMPT, "at most 90", "at most 80")
        there.desk.commit("Shorter still")
        there.push(request)
        assert there.judge(request).exit_code == 4


def test_a_forged_line_of_the_log_is_a_comment(desk: Desk) -> None:
    """T19: a person who writes GitLab's words does not write GitLab's log."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        shorten(there)
        request = there.open("shorter")
        there.countersign(request, "finn")
        there.desk.replace(PROMPT, "at most 90", "at most 80")
        there.desk.commit("Shorter still")
        there.push(request)
        there.say(request, "finn", "approved this merge request")
        heard = there.judge(request)
        assert heard.exit_code == 4
        assert "by finn: it was given before the push of" in heard.output


def test_a_retargeted_request_is_approved_anew(forge_desk: ForgeDesk) -> None:
    """T14: what was approved for another branch was not approved for this one."""
    shorten(forge_desk)
    forge_desk.desk.git("push", "--quiet", "origin", "main:refs/heads/playground")
    request = forge_desk.open("shorter")
    forge_desk.forge.retarget(request, "playground", forge_desk.users["dana"])
    forge_desk.countersign(request, "finn")
    forge_desk.forge.tick(minutes=1)
    forge_desk.forge.retarget(request, "main", forge_desk.users["dana"])
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert "by finn: it was given before the target branch was changed" in heard.output


def test_who_opened_it_counts_as_author_whatever_the_commits_say(forge_desk: ForgeDesk) -> None:
    """T02: gita commits under dana's address; on call or not, it is gita's change, and gita may not approve it."""
    forge_desk.desk.write(STATE, "state: paused\nreason: Odd replies.\n")
    forge_desk.desk.commit("Pause")
    request = forge_desk.open("pause", by="gita")
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4
    assert "Must be written or approved by one of" in heard.output


def test_on_call_pauses_alone(forge_desk: ForgeDesk) -> None:
    """A pause that on-call opens needs nobody else."""
    forge_desk.desk.write(STATE, "state: paused\nreason: Odd replies.\n")
    forge_desk.desk.commit("Pause")
    assert forge_desk.judge(forge_desk.open("pause", by="dana")).exit_code == 0


def test_a_closed_request_is_not_judged(forge_desk: ForgeDesk) -> None:
    """A closed merge request cannot be judged; reopened, it can, and what was approved is approved."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    forge_desk.forge.close(request, forge_desk.users["dana"])
    heard = forge_desk.judge(request)
    assert (heard.exit_code, heard.status) == (3, "failed")
    assert "is closed" in heard.note
    forge_desk.forge.reopen(request, forge_desk.users["dana"])
    assert forge_desk.judge(request).exit_code == 0


def test_judging_takes_six_calls(forge_desk: ForgeDesk) -> None:
    """One judgement asks GitLab four things and tells it two."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    forge_desk.forge.reset_calls()
    forge_desk.judge(request, "--me", "900")
    assert len(forge_desk.calls()) == 6, forge_desk.calls()
    forge_desk.forge.reset_calls()
    forge_desk.judge(request, "--me", "900")
    assert len(forge_desk.calls()) == 5, forge_desk.calls()


def test_another_run_in_the_same_clone_changes_nothing(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T03: a head that somebody else brings to this clone meanwhile is not judged in place of the one asked about."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    harmless, fetched = forge_desk.desk.git("rev-parse", "origin/main"), fetching.fetch

    def fetch(*arguments: Any) -> None:
        fetched(*arguments)
        forge_desk.desk.git("update-ref", "refs/countersign/head", harmless)

    monkeypatch.setattr("checks.gitlab.judge.fetch", fetch)
    heard = forge_desk.judge(request)
    assert heard.exit_code == 4, heard.output
    assert "finn" in heard.note


def test_what_cannot_be_told_hides_nothing(forge_desk: ForgeDesk) -> None:
    """T19: when GitLab fails at judging and again at telling, both are said."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.forge.fault(Fault("GET", "/versions$", "expired", times=None))
    forge_desk.forge.fault(Fault("POST", "/statuses/", "500", times=None))
    heard = forge_desk.judge(request)
    assert heard.exit_code == 3
    assert "does not take the token" in heard.output
    assert "Nor could that be told" in heard.output
