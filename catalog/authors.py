"""Who answers for a change: authors, committers and co-authors of its commits, by e-mail address (T02).

Every line that names a co-author counts, also outside the last paragraph, where git would not call it a trailer:
squashing joins the messages of many commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.git import Repository
from catalog.snapshot import Comparison

_FORMAT = "%ae%x00%ce%x00%B"
_CO_AUTHOR = re.compile(r"^[ \t>*-]*co-authored-by[ \t]*:(.*(?:\n[ \t]+<.*)?)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<([^<>]*)>")


def emails(repository: Repository, comparison: Comparison) -> set[str]:
    """Every e-mail address behind what is judged, case-folded. A co-author without an address keeps the whole text."""
    found: set[str] = set()
    if comparison.target and comparison.head and comparison.target != comparison.head:
        options = ("--no-show-signature", "--encoding=UTF-8", "-z", f"--format={_FORMAT}")
        log = repository.run("log", *options, f"{comparison.target}..{comparison.head}").decode("utf-8", "replace")
        fields = log.removesuffix("\0").split("\0")
        for author, committer, message in zip(fields[0::3], fields[1::3], fields[2::3], strict=log != ""):
            found |= {author, committer, *_co_authors(message)}
    if comparison.uncommitted:
        for role in _ROLES:
            found |= set(_addresses(repository.variables[f"GIT_{role}_IDENT"]))
    return {email.strip().casefold() for email in found if email.strip()}


_ROLES = ("AUTHOR", "COMMITTER")


def _co_authors(message: str) -> Iterator[str]:
    for named in _CO_AUTHOR.findall(message):
        yield from _addresses(named)


def _addresses(text: str) -> list[str]:
    return _ADDRESS.findall(text) or [text]
