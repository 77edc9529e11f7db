"""Countersigning from a terminal approves exactly what was read, and only for who is asked."""

from __future__ import annotations

import pytest
from support.desk import NAME, PROMPT
from support.forge_desk import ForgeDesk, main, ready

from checks.gitlab.merging import LABEL


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


def copied(there: ForgeDesk, folder: str) -> None:
    """The author adds a workflow like the live one, under a name of their choice."""
    for file in there.desk.path(f"workflows/{NAME}").iterdir():
        there.desk.write(f"workflows/{folder}/{file.name}", file.read_text())


def evil(there: ForgeDesk) -> str:
    """A change that nobody shall see, on a branch of its own, until its digest can stand in a file name."""
    start, digest = there.desk.git("rev-parse", "HEAD"), "/"
    for words in range(200, 260):
        there.desk.git("reset", "--quiet", "--hard", start)
        there.desk.replace(PROMPT, "at most 120", f"at most {words}")
        there.desk.commit("Evil")
        if "/" not in (digest := there.desk.countersigned()):
            break
    there.desk.record_drill(NAME)
    there.desk.git("push", "--quiet", "origin", "records")
    there.desk.git("branch", "evil")
    there.desk.git("reset", "--quiet", "--hard", start)
    return digest


def test_a_folder_is_not_called_like_another_line(forge_desk: ForgeDesk) -> None:
    """T03, T15: with a line of its own for another content in a folder's name, nobody countersigns that content."""
    digest = evil(forge_desk)
    forge_desk.desk.replace(PROMPT, "at most 120", "at most 90")
    copied(forge_desk, f"z\rcountersigned {NAME} {digest}\rz")
    forge_desk.desk.commit("Shorter replies")
    request = forge_desk.open("shorter", labels=(LABEL,))
    said = forge_desk.sign(request, "finn", "--yes")
    assert (said.exit_code, request.approvals) == (2, []), said.output
    assert "is refused as it is" in said.output
    forge_desk.countersign(request, "finn")  # by hand, from what the bot's note shows
    asked = forge_desk.judge(request).note.partition("```text")[2].partition("```")[0]
    forge_desk.say(request, "finn", asked)
    forge_desk.desk.git("reset", "--quiet", "--hard", "evil")
    forge_desk.push(request)
    before = main(forge_desk)
    heard = forge_desk.merge(request)
    assert (heard.exit_code, main(forge_desk)) == (4, before), heard.output


@pytest.mark.parametrize("name", ["x\x1b[2J", "x\x1b]0;t\x07", "x\u202ey", "x\ry"])
def test_what_is_printed_above_the_question_is_harmless(forge_desk: ForgeDesk, name: str) -> None:
    """T15: whoever is about to say yes reads what is there, whatever a folder is called."""
    forge_desk.desk.replace(PROMPT, "at most 120", "at most 90")
    copied(forge_desk, name)
    forge_desk.desk.commit("Shorter replies")
    request = forge_desk.open("shorter")
    for person in ("finn", "ana"):
        said = forge_desk.sign(request, person, "--yes")
        assert not set("\x1b\x07\u202e\r") & set(said.output)
    assert not any(set("\x1b\x07\u202e\r") & set(note.body) for note in request.notes)
