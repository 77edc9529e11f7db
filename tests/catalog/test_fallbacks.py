"""A fallback is a page a person can follow: steps, who is told, where the work goes."""

from __future__ import annotations

import pytest
from support.growth import linear

from catalog import fallbacks

PAGE = """\
# By hand

## Who is told

- The team, in #support-leads.

## Steps

1. Post what stopped.
2. Move the tickets.
10) Answer by hand.

## Where the work goes

- Queue "Manual".
"""


def test_a_whole_page() -> None:
    """Steps are counted, and the three headings found."""
    assert fallbacks.facts(PAGE.encode(), "#support-leads") == {
        "steps": 3,
        "told": True,
        "destination": True,
        "mentions_tell": True,
    }


def test_an_empty_page() -> None:
    """An empty page has nothing."""
    assert fallbacks.facts(b"", None) == {"steps": 0, "told": False, "destination": False, "mentions_tell": False}


@pytest.mark.parametrize("tell", [None, "", "#other"])
def test_the_channel_must_be_named(tell: str | None) -> None:
    """A channel that is not on the page, or none, is not mentioned."""
    assert not fallbacks.facts(PAGE.encode(), tell)["mentions_tell"]


def test_headings_alone_say_nothing() -> None:
    """Headings with nothing but blanks below them count for nothing."""
    page = b"## Who is told\n\n \n## Steps\n\n## Where the work goes\n\t\n"
    assert fallbacks.facts(page, None) == {"steps": 0, "told": False, "destination": False, "mentions_tell": False}


def test_steps_elsewhere_do_not_count() -> None:
    """Numbered lines outside the steps, unnumbered ones and empty ones inside are no steps."""
    page = (
        b"1. Not here.\n## Steps\n- Not this.\n2.\n3.Nor this.\nStep 4.\n1234. Nor this.\n5. This.\n## Other\n6. No.\n"
    )
    assert fallbacks.facts(page, None)["steps"] == 1


@pytest.mark.parametrize("heading", ["## Steps", "##\tSTEPS", "##   steps  \t", "## Steps\r"])
def test_headings_are_read_kindly(heading: str) -> None:
    """Case and blanks around a heading do not matter, nor does CRLF."""
    assert fallbacks.facts(f"{heading}\n1. Do it.\n".encode(), None)["steps"] == 1


@pytest.mark.parametrize(
    "heading", ["# Steps", "### Steps", "##Steps", " ## Steps", "## Steps to take", "Steps\n-----"]
)
def test_other_headings(heading: str) -> None:
    """Only a heading of the second level with exactly this title opens the steps."""
    assert fallbacks.facts(f"{heading}\n1. Do it.\n".encode(), None)["steps"] == 0


@pytest.mark.parametrize(
    "line", ["## a" + " " * 900_000 + "b", "##" + " \t" * 450_000, "## a b" * 150_000, "1" * 900_000, "1. " * 300_000]
)
def test_time_grows_with_size(line: str) -> None:
    """A line of nearly a megabyte is read in seconds (T12)."""
    with linear():
        fallbacks.facts(f"## Steps\n{line}\n".encode(), "x")
