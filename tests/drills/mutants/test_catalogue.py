"""The mutants: each is on the page, and what they are held to covers what a drill must catch."""

from __future__ import annotations

from pathlib import Path

from drills.mutants.catalogue import MUTANTS
from drills.outcomes import Outcome

PAGE = (Path(__file__).parents[3] / "docs/drills.md").read_text(encoding="utf-8")


def test_each_is_on_the_page() -> None:
    """docs/drills.md has a row for each, in their order, with how it must end."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "(`" in line]
    assert rows == [f"| {one.words[:-1]} (`{one.name}`) | {one.outcome} | {one.phase or 'none'} |" for one in MUTANTS]


def test_the_first_one_breaks_nothing() -> None:
    """T08: a drill that fails whatever happens would catch all others, too."""
    assert (MUTANTS[0].name, MUTANTS[0].outcome) == ("none", Outcome.PASSED)
    assert all(one.broken != MUTANTS[0].broken or one.acts or one.fallback or one.killed for one in MUTANTS[1:])


def test_there_are_many_and_each_has_its_own_name() -> None:
    """T08: twenty, of which all but a stepped clock must be noticed."""
    assert len({one.name for one in MUTANTS}) == len(MUTANTS) == 23
    assert [one.name for one in MUTANTS[1:] if one.outcome is Outcome.PASSED] == ["stepped-clock"]
