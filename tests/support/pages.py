"""Generated pages: compared with what is committed, or written anew under `--write-pages` (`nox -s pages`)."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPAIR = "Run `python3 start.py pages` and commit what it writes."


def check(config: pytest.Config, name: str, expected: str) -> None:
    """The page at `name` must equal `expected`; under `--write-pages` it is made to."""
    page = ROOT / name
    if config.getoption("--write-pages"):
        page.write_text(expected, encoding="utf-8")
    found = page.read_text(encoding="utf-8") if page.exists() else ""
    assert found == expected, f"{name} is out of date. {REPAIR}"


def check_block(config: pytest.Config, name: str, block: str, expected: str) -> None:
    """The same for one part of a page, between `<!-- begin BLOCK -->` and `<!-- end BLOCK -->`."""
    page = (ROOT / name).read_text(encoding="utf-8")
    begin, end = f"<!-- begin {block} -->\n", f"<!-- end {block} -->"
    head, _, rest = page.partition(begin)
    _, marker, tail = rest.partition(end)
    assert marker, f"{name} has no part {block}"
    check(config, name, f"{head}{begin}{expected}{marker}{tail}")
