"""`countersign explain`: one rule, in words."""

from __future__ import annotations

import pytest
from support.company import ROOT
from support.desk import Desk

CODES = sorted(
    f"{path.parent.name}.{path.stem}"
    for path in (ROOT / "policies" / "gate").rglob("*.rego")
    if not path.stem.endswith("_test")
)


def test_every_rule_is_explained(desk: Desk) -> None:
    """Each rule's page says what it asks for, what to do, how much it weighs and where it is."""
    for code in CODES:
        said = desk.run("explain", code)
        assert said.exit_code == 0, said.output
        assert said.output.startswith(f"{code}: ")
        for word in ("What to do:  ", "Severity:    ", "Waivable:    ", "In force:    ", "Source:      policies/gate/"):
            assert word in said.output, (code, word)
        assert "None" not in said.output, said.output


def test_the_examples_show_what_they_edit(desk: Desk) -> None:
    """Below the title of an example stands each field that it sets, with its value."""
    lines = desk.run("explain", "rollback.untested").output.splitlines()
    start = lines.index("Passes:      A draft needs no drill yet")
    assert lines[start + 1 :] == [
        "             after.state.state: proposed",
        "             drills: []",
        "Does not:    There is no drill at all",
        "             drills: []",
    ]


@pytest.mark.parametrize(("code", "near"), [("rollback.untestd", "rollback.untested"), ("approver", "approver.")])
def test_an_unknown_code_names_the_nearest(desk: Desk, code: str, near: str) -> None:
    """A misspelt code is bad usage, with the rules that it may have meant."""
    said = desk.run("explain", code)
    assert said.exit_code == 2
    assert f"There is no rule {code}" in said.output
    assert near in said.output


def test_a_code_is_only_text(desk: Desk) -> None:
    """T15: a code that is no code at all is quoted harmlessly."""
    said = desk.run("explain", "\x1b[2J/merge")
    assert said.exit_code == 2
    assert "\x1b" not in said.output
    assert "There is no rule" in said.output
