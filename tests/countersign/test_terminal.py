"""Lines fit where they are read, and colours are left out where somebody asks for none."""

from __future__ import annotations

import sys

import pytest

from countersign import terminal

LONG = "name  " + " ".join(["word"] * 40)


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A terminal of 80 columns."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    return monkeypatch


@pytest.mark.usefixtures("at_terminal")
def test_a_long_line_goes_on_below() -> None:
    """Wrapped between words, and indented, so that it is not taken for the next one; nothing is lost."""
    lines = terminal.filled(LONG, 6).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("      word") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == " ".join(LONG.split())


@pytest.mark.usefixtures("at_terminal")
def test_a_line_that_fits_stays_as_it_is() -> None:
    """Its columns, too."""
    assert terminal.filled("a    b", 6) == "a    b"


def test_a_wide_terminal_is_not_filled(at_terminal: pytest.MonkeyPatch) -> None:
    """Nobody reads lines of 300 letters."""
    at_terminal.setenv("COLUMNS", "300")
    assert terminal.columns() == 120


def test_nothing_is_wrapped_in_a_pipe() -> None:
    """There, a line is what a program reads."""
    assert terminal.columns() == 0
    assert terminal.filled(LONG, 6) == LONG


def test_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR means none, whatever it says; without it, a terminal has them."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert terminal.colour() is None
    monkeypatch.setenv("NO_COLOR", "")
    assert terminal.colour() is False
