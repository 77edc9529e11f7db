"""Facts about a Dotprompt-shaped prompt file: front matter, then prose with `{{variables}}`.

Source: the Dotprompt specification (https://github.com/google/dotprompt), of which Countersign takes the shape and
leaves the logic: no helpers, no partials, no roles, no model.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from catalog import strict_yaml
from catalog.strict_yaml import Unreadable

Json = Any

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
# No braces inside braces: a search that looks past them takes quadratic time over a file of nothing else.
_BRACES = re.compile(r"\{\{\{([^{}]*)\}\}\}|\{\{([^{}]*)\}\}|\{\{|\}\}")
# Dotprompt readers skip these before the front matter; what they would find there must not stay unread here.
_HIDDEN_FRONT = re.compile(r"\ufeff?(?:[ \t\r]*(?:#[^\n]*)?\n)*\ufeff?---")
_ROLE = re.compile(r"<<<dotprompt:[^>\n]*(?:>>>)?")
"""Dotprompt's marker for who speaks, or for what is put in its place."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

MOST = 64
"""Different things in braces that a prompt may hold: as many as its front matter may declare."""
_SHOWN = 40
"""Characters of one of them, or of a model, that the rules see."""


def split(content: bytes) -> tuple[dict[str, Json], str]:
    """Front matter (empty when there is none) and body. Raises `Unreadable`; its line counts from the file's top."""
    text = _decode(content)
    found = _FRONT.match(text)
    if not found:
        if text.startswith("---"):
            raise Unreadable("Must close the front matter with a line of ---", 1)
        if _HIDDEN_FRONT.match(text):
            raise Unreadable("Must begin with the front matter: nothing may stand before its first ---", 1)
        _refuse_many(text, 0)
        return {}, text
    try:
        front = strict_yaml.parse(found[1].encode())
    except Unreadable as error:
        raise Unreadable(error.problem.message, error.problem.line + 1) from None
    if not isinstance(front, dict):
        raise Unreadable("Must have a mapping as front matter", 2)
    _refuse_many(text, found.end())
    return front, text[found.end() :]


def lines(content: bytes) -> dict[str, int]:
    """The 1-based line in the file of every path of the front matter. Raises `Unreadable` as `split` does."""
    split(content)
    found = _FRONT.match(_decode(content))
    return {place: line + 1 for place, line in strict_yaml.lines(found[1].encode()).items()} if found else {}


def facts(front: dict[str, Json], body: str) -> dict[str, Json]:
    """What the rules see of a prompt: variables used and declared, the model it names, and logic it must not have."""
    inner = [_inner(match) for match in _BRACES.finditer(body)]
    used = {text for text in inner if _VARIABLE.fullmatch(text)}
    logic = {text[:_SHOWN] for text in inner if not _VARIABLE.fullmatch(text)}
    logic |= {match[0][:_SHOWN] for match in islice(_ROLE.finditer(body), MOST)}
    schema = (front.get("input") or {}).get("schema") or {}
    return {
        "used": sorted(used),
        "declared": sorted(key.rstrip("?").split("(")[0] for key in schema),
        "model": _text(front.get("model")),
        "logic": sorted(logic),
    }


def _inner(match: re.Match[str]) -> str:
    return match[match.lastindex].strip() if match.lastindex else "{{"


def _refuse_many(text: str, begin: int) -> None:
    """Raise `Unreadable` where one thing in braces is too many: a rule has a sentence about each."""
    found: set[str] = set()
    for match in _BRACES.finditer(text, begin):
        found.add(_inner(match))
        if len(found) > MOST:
            line = text.count("\n", 0, match.start()) + 1
            raise Unreadable(f"Must hold at most {MOST} different things in {{{{braces}}}} (got more)", line)


def _text(model: Json) -> str | None:
    # As text whatever it is: of a number, each engine would make a text of its own.
    if model is None:
        return None
    return (model if isinstance(model, str) else json.dumps(model, ensure_ascii=False, sort_keys=True))[:_SHOWN]


def _decode(content: bytes) -> str:
    try:
        # As any reader would: that line ends must be LF is told once, by the rule workflow.files.
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Unreadable("Must be UTF-8 text", content.count(b"\n", 0, error.start) + 1) from None
