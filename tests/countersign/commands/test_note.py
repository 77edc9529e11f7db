"""`countersign note`: the five questions about one workflow, on one page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.desk import MANIFEST, NAME, STATE, Desk

from countersign.main import cli


@pytest.mark.parametrize(
    "name", ["billing-replies", "help-centre-edits", "meeting-notes", "refund-decisions", "ticket-triage"]
)
def test_a_note_is_one_page(desk: Desk, name: str) -> None:
    """Every workflow's note fits on a page and names who approves and what happens when it stops."""
    said = desk.run("note", name)
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert 20 < len(lines) <= 66
    assert name in lines[0]


def test_a_note_says_what_is_on_disk(desk: Desk) -> None:
    """The note is of the working tree, and names approver, owner, why it is paused and the newest drill."""
    assert "Last drill: passed" in desk.run("note", NAME).output
    desk.replace(MANIFEST, "approver: finn", "approver: ben")
    desk.write(STATE, "state: paused\nreason: It quotes a wrong fee.\n")
    text = desk.run("note", NAME).output
    assert "Approver: ben. Owner: ana." in text
    assert "Why paused: It quotes a wrong fee." in text
    assert "No drill of this version is on record." in text


def test_a_note_names_only_what_exists(desk: Desk) -> None:
    """The way to stop that the note names can be gone today: the file is there, and no command is made up."""
    text = desk.run("note", NAME).output
    assert f"in {STATE}: all of it by `state: paused`" in text
    assert set(re.findall(r"`countersign ([a-z-]+)", text)) <= set(cli.commands)


def test_an_unknown_workflow_is_bad_usage(desk: Desk) -> None:
    """A workflow that is not there is bad usage; those that are, are named."""
    for name in ("nothing", "../team", "\x1b[2J", "."):
        said = desk.run("note", name)
        assert said.exit_code == 2, said.output
        assert "billing-replies" in said.output
        assert "\x1b" not in said.output


def test_a_broken_manifest_is_an_error(desk: Desk) -> None:
    """A workflow that cannot be read has no note: file, line and reason instead."""
    desk.replace(MANIFEST, "tier: high", "tier: highest")
    said = desk.run("note", NAME)
    assert said.exit_code == 3
    assert f"{MANIFEST}:5" in said.output


def test_outside_a_clone(desk: Desk, tmp_path: Path) -> None:
    """Outside a repository it says so."""
    from support.desk import Desk as Seat

    empty = tmp_path / "empty" / "desk"
    empty.mkdir(parents=True)
    said = Seat(empty).run("note", NAME)
    assert said.exit_code == 3
    assert "No git repository" in said.output
