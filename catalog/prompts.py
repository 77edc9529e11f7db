"""Facts about a Dotprompt-shaped prompt file: front matter, then prose with `{{variables}}`.

Source: the Dotprompt specification (https://github.com/google/dotprompt), of which Countersign takes the shape and
leaves the logic: no helpers, no partials, no roles, no model.
"""

from __future__ import annotations

import re
from typing import Any

from catalog import strict_yaml
from catalog.strict_yaml import Unreadable

Json = Any

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
# No braces inside braces: a search that looks past them takes quadratic time over a file of nothing else.
_BRACES = re.compile(r"\{\{\{([^{}]*)\}\}\}|\{\{([^{}]*)\}\}|\{\{|\}\}")
# Dotprompt readers skip these before the front matter; what they would find there must not stay unread here.
_HIDDEN_FRONT = re.compile(r"\ufeff?(?:[ \t\r]*(?:#[^\n]*)?\n)*\ufeff?---")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def split(content: bytes) -> tuple[dict[str, Json], str]:
    """Front matter (empty when there is none) and body. Raises `Unreadable`; its line counts from the file's top."""
    text = _decode(content)
    found = _FRONT.match(text)
    if not found:
        if text.startswith("---"):
            raise Unreadable("Must close the front matter with a line of ---", 1)
        if _HIDDEN_FRONT.match(text):
            raise Unreadable("Must begin with the front matter: nothing may stand before its first ---", 1)
        return {}, text
    try:
        front = strict_yaml.parse(found[1].encode())
    except Unreadable as error:
        raise Unreadable(error.problem.message, error.problem.line + 1) from None
    if not isinstance(front, dict):
        raise Unreadable("Must have a mapping as front matter", 2)
    return front, text[found.end() :]


def facts(front: dict[str, Json], body: str) -> dict[str, Json]:
    """What the rules see of a prompt: variables used and declared, the model it names, and logic it must not have."""
    inner = [match[match.lastindex].strip() if match.lastindex else "{{" for match in _BRACES.finditer(body)]
    used = {text for text in inner if _VARIABLE.fullmatch(text)}
    logic = {text[:40] for text in inner if not _VARIABLE.fullmatch(text)}
    schema = (front.get("input") or {}).get("schema") or {}
    return {
        "used": sorted(used),
        "declared": sorted(key.rstrip("?").split("(")[0] for key in schema),
        "model": front.get("model"),
        "logic": sorted(logic),
    }


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("Must be UTF-8 text", content.count(b"\n", 0, error.start) + 1) from None
