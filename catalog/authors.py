"""Who answers for a change: authors, committers and co-authors of its commits, by e-mail address (T02).

Commits are read as git stores them: what git prints of one leaves out an author without an address, and all that
follows a NUL byte. Every line that names a co-author counts, also outside the last paragraph, where git would not call
it a trailer: squashing joins the messages of many commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.errors import GitError
from catalog.git import Repository
from catalog.snapshot import Comparison

_CO_AUTHOR = re.compile(r"^[ \t>*-]*co-authored-by[ \t]*:(.*(?:\n[ \t]+<.*)?)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<([^<>]*)>")
_IDENTITY = re.compile(r"[^<>]*<[^<>]*[^<>\s][^<>]*>[^<>]*")
_ROLES = ("AUTHOR", "COMMITTER")
_HEADERS = (b"author", b"committer")


def emails(repository: Repository, comparison: Comparison) -> set[str]:
    """Every e-mail address behind what is judged, case-folded. A co-author without an address keeps the whole text.

    A commit that does not say for certain who made it adds some text that is nobody's address.
    """
    found: set[str] = set()
    if comparison.target and comparison.head and comparison.target != comparison.head:
        listed = repository.run("rev-list", f"{comparison.target}..{comparison.head}").decode().split()
        for commit, content in repository.read_many(listed):
            found.update(_behind(commit, content))
    if comparison.uncommitted:
        for role in _ROLES:
            found.update(map(_told, _addresses(repository.variables[f"GIT_{role}_IDENT"])))
    return {email.strip().casefold() for email in found if email.strip()}


def _behind(commit: str, content: bytes | None) -> Iterator[str]:
    if content is None:
        raise GitError(f"The commit {commit[:12]} is not here.", why="The clone is incomplete.", solution="Fetch it.")
    head, _, message = content.partition(b"\n\n")
    headers = [(key, value) for key, _, value in (line.partition(b" ") for line in head.split(b"\n"))]
    identities = [value.decode("utf-8", "replace") for key, value in headers if key in _HEADERS]
    for text in identities:
        yield from _ADDRESS.findall(text)
    if not (_is_plain(content, headers) and all(map(_IDENTITY.fullmatch, identities))):
        yield f"(no address in commit {commit[:8]})"
    yield from _co_authors(message.decode("utf-8", "replace"))


def _is_plain(content: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether every reader finds the same author, committer and message in a commit."""
    keys = [key for key, _ in headers]
    encodings = {value.strip().lower() for key, value in headers if key == b"encoding"}
    return b"\0" not in content and encodings <= {b"utf-8", b"utf8"} and all(keys.count(key) == 1 for key in _HEADERS)


def _co_authors(message: str) -> Iterator[str]:
    # Whatever any reader takes for the end of a line, a bare CR too, is one here.
    for named in _CO_AUTHOR.findall("\n".join(message.splitlines())):
        yield from _addresses(named)


def _addresses(text: str) -> list[str]:
    return _ADDRESS.findall(text) or [text]


def _told(email: str) -> str:
    # Git makes such an address up where nobody told it one, shows it, and refuses to commit with it.
    if email.strip() and not email.endswith(".(none)"):
        return email
    return f"{email or '(no address)'}: tell git yours by git config user.email"
