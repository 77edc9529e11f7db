"""docs/countersigning.md: what it quotes is what merge requests are told, and what it advises works."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support.desk import NAME, PROMPT, Desk
from support.desks import company, desk
from support.forge import MergeRequest
from support.forge.answers import Refused
from support.forge_desk import ForgeDesk
from support.pages import ROOT

from catalog.errors import SourceError
from checks.gitlab.countersignatures import line
from checks.gitlab.note import error_text
from checks.reports import render_error

__all__ = ["company", "desk"]

PAGE = (ROOT / "docs/countersigning.md").read_text(encoding="utf-8")
SAID_ELSEWHERE = {
    "the target branch has changed this content since, and is to be brought into the branch first",
    "just this once, we fix it later",
    "Narrowing",
    "Restoring",
}
"""Quotes that no note of these tests holds: the first is held to the code, the second is what nobody may say."""


@pytest.fixture
def forge_desk(desk: Desk) -> Iterator[ForgeDesk]:
    """The sample company on a GitLab."""
    with ForgeDesk.begin(desk) as found:
        yield found


def quotes() -> set[str]:
    """What the page quotes, as a browser shows it."""
    return {as_shown(" ".join(quote.split())) for quote in re.findall(r'"([^"]+)"', prose())}


def prose() -> str:
    return re.sub(r"^ *```.*?^ *```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)


def as_shown(text: str) -> str:
    """Markdown without its marks."""
    return re.sub(r"[`*]|\[([^]]+)\]\([^)]+\)", r"\1", text)


def change(there: ForgeDesk, words: int = 90, by: str = "dana") -> None:
    """Somebody shortens a prompt, and the pipeline has drilled it."""
    there.desk.who = by
    there.desk.write(PROMPT, re.sub(r"at most \d+", f"at most {words}", there.desk.path(PROMPT).read_text()))
    there.desk.commit("Shorter replies")
    there.desk.record_drill(NAME)
    there.desk.git("push", "--quiet", "origin", "records")


def told(there: ForgeDesk, request: MergeRequest) -> str:
    """The note, as a browser shows it."""
    return as_shown(there.judge(request).note)


def every_note(there: ForgeDesk) -> Iterator[str]:
    """The notes of one request: asked for, a click alone, done, overtaken, refused; one for several; and an error's."""
    change(there)
    request = there.open("shorter")
    yield told(there, request)
    there.approve(request, "finn")
    yield told(there, request)
    there.say(request, "finn", line(NAME, there.desk.countersigned()))
    yield told(there, request)
    change(there, 80)
    there.push(request)
    yield told(there, request)
    there.desk.path(f"workflows/{NAME}/fallback.md").unlink()
    there.desk.commit("Tidy")
    there.push(request)
    yield told(there, request)
    there.desk.git("switch", "--quiet", "-C", "medium", "origin/main")
    prompt = there.desk.path("workflows/help-centre-edits/edit.prompt")
    prompt.write_text(f"{prompt.read_text()}\nBe brief.\n")
    there.desk.commit("Shorter edits")
    yield told(there, there.open("medium"))
    yield as_shown(error_text(render_error(SourceError("GitLab cannot be asked now."), "markdown"), ""))


def test_what_is_quoted_is_said(forge_desk: ForgeDesk) -> None:
    """Each phrase that the page puts in quotation marks stands in a note that is really written."""
    notes = "\n".join(every_note(forge_desk))
    missing = {quote for quote in quotes() - SAID_ELSEWHERE if quote not in notes and quote != OWN}
    assert missing == set()
    assert len(quotes()) > 9


OWN = "nobody approves what they wrote"


def test_ones_own_change_is_signed_by_somebody_else(forge_desk: ForgeDesk) -> None:
    """T02: the approver who wrote it is told so, and the note names who signs instead."""
    change(forge_desk, by="finn")
    request = forge_desk.open("shorter", by="finn")
    forge_desk.approve(request, "finn")
    note = told(forge_desk, request)
    assert OWN in note
    assert "ben: open this merge request and press Approve." in note


def test_the_other_reason_is_the_codes() -> None:
    """The reason that takes a parallel merge to provoke is quoted as the code has it."""
    from checks.gitlab import countersignatures

    assert countersignatures._MERGED_SINCE in SAID_ELSEWHERE & quotes()


def test_the_line_looks_as_shown() -> None:
    """The example is a line as the note shows it, and as it is looked for."""
    (example,) = re.findall(r"^ *```text\n *(.+)\n *```$", PAGE, re.MULTILINE)
    word, workflow, digest = example.split()
    assert line(workflow, digest) == example
    assert (word, len(digest)) == ("countersigned", len("h1:") + 44)


def test_the_advice_works(forge_desk: ForgeDesk) -> None:
    """T03: after a push, approving again takes revoking first; then the new line, and nothing more is asked."""
    change(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    change(forge_desk, 80)
    forge_desk.push(request)
    with pytest.raises(Refused):
        forge_desk.approve(request, "finn")
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    forge_desk.countersign(request, "finn")
    assert "Countersign: pass" in told(forge_desk, request)


def test_an_edited_line_is_written_anew(forge_desk: ForgeDesk) -> None:
    """T03: an edited comment counts for nothing, a new one does; and revoking takes all back."""
    change(forge_desk)
    request = forge_desk.open("shorter")
    forge_desk.countersign(request, "finn")
    forge_desk.forge.tick(minutes=1)
    forge_desk.forge.edit_note(request.notes[-1], line(NAME, forge_desk.desk.countersigned()) + ",")
    assert "it was a click alone" in told(forge_desk, request)
    forge_desk.say(request, "finn", line(NAME, forge_desk.desk.countersigned()))
    assert "Countersign: pass" in told(forge_desk, request)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    assert "Countersign: wait" in told(forge_desk, request)
