"""docs/manifest.md, the page about the files a team writes, says what the schemas say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.schema_tools import NAMES, fields

from catalog import schemas, strict_yaml

PAGE = Path(__file__).parents[2] / "docs/manifest.md"
FILES = {
    "manifest": "workflow.yaml",
    "state": "state.yaml",
    "drill": "drill.yaml",
    "people": "team/people.yaml",
    "tasks": "team/tasks.yaml",
    "waivers": "team/waivers.yaml",
    "points": "team/enforcement-points.yaml",
    "targets": "team/drill-targets.yaml",
}


def section(name: str) -> str:
    """What docs/manifest.md says about one kind of file."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^## `{re.escape(FILES[name])}`$(.+?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, f"docs/manifest.md has no section about {FILES[name]}"
    return found[1]


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_example_fits(name: str) -> None:
    """docs/manifest.md shows one example of each file, and it fits the schema."""
    (example,) = re.findall(r"```yaml\n(.+?)```", section(name), re.DOTALL)
    assert list(schemas.problems(name, strict_yaml.parse(example.encode()))) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_fields_are_the_schemas(name: str) -> None:
    """docs/manifest.md has one row for each field, in the schema's order and words."""
    rows = re.findall(r"^\| `(.+?)` \| (yes|no) \| (.+?) \|$", section(name), re.MULTILINE)
    assert list(fields(schemas.load(name))) == rows
