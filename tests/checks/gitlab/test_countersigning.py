"""Countersigning from a terminal approves exactly what was read, and only for who is asked."""

from __future__ import annotations

from support.desk import NAME, PROMPT
from support.forge_desk import ForgeDesk, ready


def test_who_is_asked_countersigns_with_one_command(forge_desk: ForgeDesk) -> None:
    """Finn sees the verdict and the line, says yes, and the change passes."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    said = forge_desk.sign(request, "finn", "--yes")
    assert said.exit_code == 0, said.output
    assert f"countersigned {NAME} {forge_desk.desk.countersigned()}" in said.output
    assert forge_desk.judge(request).exit_code == 0


def test_without_a_yes_nothing_is_approved(forge_desk: ForgeDesk) -> None:
    """Asked, and not answered: no approval and no comment."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    notes = len(request.notes)
    assert forge_desk.sign(request, "finn").exit_code != 0
    assert (request.approvals, len(request.notes)) == ([], notes)


def test_a_push_meanwhile_takes_no_approval(forge_desk: ForgeDesk) -> None:
    """T03: what was pushed while one read is not approved, and nothing is written."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])

    def push() -> None:
        forge_desk.desk.replace(PROMPT, "at most 90", "at most 5")
        forge_desk.desk.commit("Quickly")
        forge_desk.push(request)

    forge_desk.forge.before("POST", "/approve$", push)
    said = forge_desk.sign(request, "finn", "--yes")
    assert said.exit_code == 3
    assert "409" in said.output
    assert "look at what is new" in said.output
    assert request.approvals == []


def test_an_approval_of_something_older_is_given_anew(forge_desk: ForgeDesk) -> None:
    """T03: a click that stands from before the last push is replaced by one of this commit."""
    request = ready(forge_desk)
    forge_desk.desk.replace(PROMPT, "at most 90", "at most 80")
    forge_desk.desk.commit("Shorter still")
    forge_desk.push(request)
    forge_desk.desk.record_drill(NAME)
    forge_desk.desk.git("push", "--quiet", "origin", "records")
    assert forge_desk.judge(request).exit_code == 4
    assert forge_desk.sign(request, "finn", "--yes").exit_code == 0
    assert forge_desk.judge(request).exit_code == 0


def test_who_is_not_asked_approves_nothing(forge_desk: ForgeDesk) -> None:
    """T02: the author, or anybody else, is told whose approval is missing."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    said = forge_desk.sign(request, "dana", "--yes")
    assert said.exit_code == 2
    assert "waits for dana" in said.output
    assert request.approvals == []


def test_a_stranger_countersigns_nothing(forge_desk: ForgeDesk) -> None:
    """T04: an account that is nobody in team/people.yaml is refused by its number."""
    request = ready(forge_desk)
    stranger = forge_desk.join("mallory", 999)
    said = forge_desk.sign(request, stranger.username, "--yes")
    assert said.exit_code == 2
    assert "999" in said.output
