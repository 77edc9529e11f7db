"""docs/approvals.md: its fields are the schema's, and its examples work."""

from __future__ import annotations

import json
import re
from pathlib import Path

from support.desk import Desk
from support.desks import company, desk
from support.pages import ROOT
from support.schema_tools import fields

from catalog import schemas
from catalog.change import Change
from catalog.git import Repository
from checks.sources.file import ApprovalsFile

__all__ = ["company", "desk"]


def page() -> str:
    """The page's text."""
    return (ROOT / "docs/approvals.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    """The one fenced example of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", page(), re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_documented_approvals_are_read() -> None:
    """docs/approvals.md shows a file of approvals that fits the schema."""
    assert list(schemas.problems("approvals", json.loads(example("json")))) == []


def test_the_documented_approvals_are_understood(tmp_path: Path) -> None:
    """The file of approvals that docs/approvals.md shows is read as one workflow's approval and one of other paths."""
    (tmp_path / "approvals.json").write_text(example("json"))
    source = ApprovalsFile(tmp_path / "approvals.json")
    found = source.read(Repository(tmp_path / "clone"), Change(workflows=(), control=()))
    assert [(one.forge, one.workflow, str(one.digest).split(":")[0]) for one in found] == [
        (103, "billing-replies", "h1"),
        (101, None, "tree"),
    ]


def test_the_documented_fields_of_approvals() -> None:
    """docs/approvals.md has one row for each field of an approval, in the schema's order and words."""
    rows = re.findall(r"^\| `(.+?)` \| (yes|no) \| (.+?) \|$", page(), re.MULTILINE)
    assert list(fields(schemas.load("approvals")["properties"]["approvals"]["items"])) == rows


def test_the_gate_prints_the_tree_digest(desk: Desk) -> None:
    """Where docs/approvals.md says that the digest of the paths outside workflows is printed, it is."""
    assert "the finding `control.owner` names the digest to approve" in page()
    desk.write("notes.md", "New.\n")
    desk.waits().asks("control.owner", "notes.md", desk.control_digest(), severity="wait")
