"""What goes into an engine and comes out of it: strict JSON, plain paths, and no answer that only looks like one."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from catalog.engines.interface import Json
from catalog.errors import EngineError

_QUERY = re.compile(r"data(?:\.[A-Za-z_][A-Za-z0-9_]*)+")
UNDEFINED = "<undefined>"
"""How regorus writes a part of an answer that has no value."""


def encode(document: Json, what: str) -> str:
    """The document as JSON text that every engine reads alike. Raises `EngineError` for NaN, over-deep or non-JSON."""
    try:
        text = json.dumps(document, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        text.encode("utf-8")
    except (ValueError, TypeError, RecursionError) as error:
        raise EngineError(f"The {what} cannot be given to a Rego engine.", why=first_line(error)) from error
    return text


def check_query(query: str) -> str:
    """The query itself, when it is a path such as `data.countersign.verdict`. Raises `EngineError` otherwise."""
    if not _QUERY.fullmatch(query):
        raise EngineError(f"A query must be a path of names under data, got {query!r}.")
    return query


def check_answer(answer: Json, query: str) -> Json:
    """The answer itself. Raises `EngineError` when any part of it stands for a value that is not there."""
    if _has_undefined(answer):
        undefined(query)
    return answer


def undefined(query: str) -> NoReturn:
    """Raise the one error for an answer that is not there."""
    raise EngineError(
        f"{query} has no value for these facts.",
        why="The rules left it undefined, which is never a pass.",
        solution="Give the rule a value for every input, or restore the file that defines it.",
    )


def first_line(error: object) -> str:
    """The first line of an error that says something, without what an engine adds below it."""
    text = str(error).strip()
    return text.splitlines()[0].strip() if text else type(error).__name__


def _has_undefined(value: Json) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.keys()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif one == UNDEFINED:
            return True
    return False
