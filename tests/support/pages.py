"""Generated pages: compared with what is committed, or written anew under `--write-pages` (`nox -s pages`)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPAIR = "Run `python3 start.py pages` and commit what it writes."


_COMMIT = re.compile(r"(?<![0-9a-f:])[0-9a-f]{12}(?![0-9a-f])")
_TREE = re.compile(r"(?<=tree:)[0-9a-f]{64}")
_POLICIES = re.compile(r"(?<=policies h1:)[\w+/]{8}|(?<=policies `h1:)[\w+/]{8}")


def settled(told: str) -> str:
    """What was told, with stand-ins for digests that change with any file of the repository, not with what is told.

    The same digest gets the same stand-in. A commit that `told` also names in full is made alike already.
    """
    met: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        digest = hashlib.sha256(str(len(met)).encode()).digest()
        text = b64encode(digest).decode() if found.re is _POLICIES else digest.hex()
        return met.setdefault(found[0], text[: len(found[0])])

    full = set(re.findall(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", told))
    told = _COMMIT.sub(lambda found: found[0] if found[0] in full else stand_in(found), told)
    return _POLICIES.sub(stand_in, _TREE.sub(stand_in, told))


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
