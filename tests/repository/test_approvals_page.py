"""docs/approvals.md: its fields are the schema's, and its examples work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from support.pages import ROOT
from support.schema_tools import fields

from catalog import change, schemas, snapshot
from catalog.git import Repository
from checks.sources.file import ApprovalsFile


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
    found = ApprovalsFile(tmp_path / "approvals.json").read()
    assert [(one.forge, one.workflow, one.digest.split(":")[0]) for one in found] == [
        (103, "billing-replies", "h1"),
        (101, None, "tree"),
    ]


def test_the_documented_fields_of_approvals() -> None:
    """docs/approvals.md has one row for each field of an approval, in the schema's order and words."""
    rows = re.findall(r"^\| `(.+?)` \| (yes|no) \| (.+?) \|$", page(), re.MULTILINE)
    assert list(fields(schemas.load("approvals")["properties"]["approvals"]["items"])) == rows


def test_the_documented_program_prints_the_tree_digest(tmp_path: Path) -> None:
    """The program that docs/approvals.md shows prints the digest that approvals of other paths must name."""
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "notes.md").write_text("New.\n")
    program = example("python")
    said = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with Repository.discover(tmp_path) as repository:
        repository.use_scratch()
        expected = change.control_digest(repository, snapshot.working_tree(repository))
    assert said.stdout == f"{expected}\n"
