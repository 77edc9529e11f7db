"""What an approval, a line or opening a merge request is worth after something happened that GitLab hardly logs."""

from __future__ import annotations

import pytest
from support.desk import MANIFEST, NAME, PEOPLE, PROMPT, STATE
from support.forge_desk import ForgeDesk, main, shorten

from checks.gitlab.merging import LABEL

ABSENCE = "- from: '2025-07-14'\n      to: '2025-07-25'"


def test_a_click_does_not_outlive_the_branch_that_it_was_given_for(forge_desk: ForgeDesk) -> None:
    """T03, T14: when the target is deleted, GitLab retargets and keeps approvals: what was below was seen by nobody."""
    desk = forge_desk.desk
    desk.write("docs/below.md", "Nobody looks at this.\n")
    desk.commit("Below")
    desk.git("push", "--quiet", "origin", "HEAD:refs/heads/stack")
    desk.write("docs/top.md", "Harmless.\n")
    desk.commit("Top")
    request = forge_desk.open("top", labels=(LABEL,))
    request.target_branch = "stack"
    request.pushes[-1] = forge_desk.forge._collect(request)
    forge_desk.approve(request, "ana")
    forge_desk.forge.tick(minutes=1)
    forge_desk.forge.target_deleted(request, "main", forge_desk.users["dana"])
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk)) == (4, before), heard.output
    assert "before the target branch was changed" in heard.note


@pytest.mark.parametrize(("who", "words"), [("finn", "requested changes"), ("dana", "requested review from @finn")])
def test_a_line_does_not_outlive_its_click(forge_desk: ForgeDesk, who: str, words: str) -> None:
    """T03: an approval may be taken away without a word; the old line counts beside no click on something else."""
    desk, forge = forge_desk.desk, forge_desk.forge
    shorten(forge_desk)
    request = forge_desk.open("shorter", labels=(LABEL,))
    forge_desk.countersign(request, "finn")
    forge.tick(minutes=1)
    request.approvals.clear()
    forge._system_note(request, forge_desk.users[who], words)
    desk.replace(PROMPT, "at most 90", "at most 80")
    desk.commit("As requested")
    forge_desk.push(request)
    forge_desk.approve(request, "finn")
    desk.git("revert", "--no-edit", "HEAD")
    forge_desk.push(request)
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk)) == (4, before), heard.output


def test_who_opened_it_consents_to_nothing_that_others_push(forge_desk: ForgeDesk) -> None:
    """T02: finn asks for a pause, gita makes it a retirement: finn, who may, has to click for that."""
    desk = forge_desk.desk
    desk.write(STATE, "state: paused\nreason: Odd replies.\n")
    desk.commit("Pause")
    request = forge_desk.open("pause", by="finn", labels=(LABEL,))
    desk.who = "gita"
    desk.write(STATE, "state: retired\nreason: Never again.\n")
    desk.commit("Retire it")
    forge_desk.push(request, by="gita")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (4, "opened"), heard.output
    forge_desk.approve(request, "finn")
    assert forge_desk.merge(request).exit_code == 0


def test_an_absence_is_not_pushed_out_by_somebody_else(forge_desk: ForgeDesk) -> None:
    """T04: finn opens a day of his own; dana makes it a year, in which his deputy would sign."""
    desk = forge_desk.desk
    text = desk.path(PEOPLE).read_text()
    desk.write(PEOPLE, text.replace(ABSENCE, f"{ABSENCE}\n    - from: '2026-12-24'\n      to: '2026-12-24'"))
    desk.commit("Off for Christmas")
    request = forge_desk.open("away", by="finn", labels=(LABEL,))
    desk.write(PEOPLE, text.replace(ABSENCE, f"{ABSENCE}\n    - from: '2026-11-01'\n      to: '2027-12-24'"))
    desk.commit("Off for a year")
    forge_desk.push(request, by="dana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (4, "opened"), heard.output


def test_a_hand_over_is_consented_to_as_it_is(forge_desk: ForgeDesk) -> None:
    """T04: finn opens a hand-over to ben; with a prompt that gita added, both have to approve it."""
    desk = forge_desk.desk
    desk.replace(MANIFEST, "approver: finn", "approver: ben")
    desk.commit("Hand over")
    request = forge_desk.open("hand", by="finn", labels=(LABEL,))
    desk.replace(PROMPT, "at most 120", "at most 5")
    desk.who = "gita"
    desk.commit("And this")
    desk.who = "dana"
    desk.record_drill(NAME)
    desk.git("push", "--quiet", "origin", "records")
    forge_desk.push(request, by="gita")
    forge_desk.countersign(request, "ben")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (4, "opened"), heard.output
