"""How wide lines may be where they are read, and whether they may have colours."""

from __future__ import annotations

import os
import sys
import textwrap
from shutil import get_terminal_size


def columns() -> int:
    """How many columns a line may fill on this terminal; 0 for a pipe, in which nothing is wrapped."""
    return min(get_terminal_size().columns, 120) if sys.stdout.isatty() else 0


def filled(words: str, hang: int) -> str:
    """A line as a terminal has room for it: what does not fit goes on below, from the column `hang` on."""
    width = columns()
    if not width or len(words) <= width:
        return words
    return textwrap.fill(
        words, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip


def colour() -> bool | None:
    """What click is told of colours: none where NO_COLOR asks for none, else by whether there is a terminal."""
    return False if "NO_COLOR" in os.environ else None
