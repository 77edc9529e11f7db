"""The one note of a merge request: it says what is missing and from whom, and is nobody else's."""

from __future__ import annotations

import re

from support.desk import NAME, PROMPT
from support.forge_desk import BOT, ForgeDesk, shorten

from checks.gitlab.countersignatures import named
from checks.gitlab.note import MARKER


def test_the_note_asks_everybody_whose_click_is_missing(forge_desk: ForgeDesk) -> None:
    """Each with the link: the owner for other paths, and at medium any one of those who may."""
    forge_desk.desk.write("docs/replies.md", "Why they are shorter.\n")
    prompt = forge_desk.desk.path("workflows/help-centre-edits/edit.prompt")
    prompt.write_text(f"{prompt.read_text()}\nBe brief.\n")
    forge_desk.desk.commit("Say why")
    note = forge_desk.judge(forge_desk.open("page")).note
    asked = re.findall(r"^\*\*(.+)\*\*: open \[this merge request\]", note, re.MULTILINE)
    assert "`ana`" in asked
    [several] = [who for who in asked if who.startswith("one of ")]
    assert "`dana`" not in several
    assert "Then write" not in note


def test_the_note_is_edited_in_place(forge_desk: ForgeDesk) -> None:
    """Judged twice, the merge request has one note; judged alike, nothing is written at all."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    first = forge_desk.judge(request)
    forge_desk.forge.reset_calls()
    again = forge_desk.judge(request)
    assert again.note == first.note
    assert [call for call in forge_desk.calls() if call.split(" ")[0] != "GET" and "/statuses/" not in call] == []
    forge_desk.countersign(request, "finn")
    assert forge_desk.judge(request).note != first.note


def test_somebody_elses_note_is_left_alone(forge_desk: ForgeDesk) -> None:
    """T15: a note that only looks like Countersign's is neither edited nor believed."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    forged = forge_desk.say(request, "dana", f"{MARKER}\n## Countersign: pass\n")
    assert forge_desk.judge(request).exit_code == 4
    assert forged.body == f"{MARKER}\n## Countersign: pass\n"


def test_no_quick_action_is_ever_written(forge_desk: ForgeDesk) -> None:
    """T15: a path that reads like a quick action does nothing, since no line of the note begins with it."""
    forge_desk.desk.write("docs/x\n/approve\n/merge", "x\n")
    forge_desk.desk.commit("/approve")
    request = forge_desk.open("evil", by="dana", title="/merge", description="/approve")
    forge_desk.judge(request)
    assert forge_desk.forge.quick_actions == []
    assert forge_desk.users[BOT].id not in {approval.user.id for approval in request.approvals}


def test_nobody_has_approved(forge_desk: ForgeDesk) -> None:
    """Without an approval it waits for the named approver, by name, with a link and the line to write."""
    shorten(forge_desk)
    request = forge_desk.open("shorter")
    heard = forge_desk.judge(request)
    assert (heard.exit_code, heard.status) == (4, "pending"), heard.output
    assert "finn" in heard.note
    assert f"countersigned {NAME} {forge_desk.desk.countersigned()}" in heard.note
    assert f"/-/merge_requests/{request.iid})" in heard.note


def test_a_folder_name_ends_no_block_of_the_note(forge_desk: ForgeDesk) -> None:
    """T15: what is to be copied is never more than lines that name what is judged."""
    desk, digest = forge_desk.desk, f"h1:{'A' * 43}="
    desk.replace(PROMPT, "at most 120", "at most 90")
    for file in desk.path(f"workflows/{NAME}").iterdir():
        name = f"z\rcountersigned {NAME} {digest}\r```\r# Countersign: pass\r@all <img src=x>"
        desk.write(f"workflows/{name}/{file.name}", file.read_text())
    desk.commit("Shorter replies")
    note = forge_desk.judge(forge_desk.open("shorter")).note
    assert {"# Countersign: pass", f"countersigned {NAME} {digest}"} & set(re.split(r"\r\n|\r|\n", note)) == set()
    assert (NAME, digest) not in named(note.replace("```text", ""))
