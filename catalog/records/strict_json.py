"""JSON as records need it: one text for one value, and nothing that two readers could read differently."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from catalog.errors import RecordError

Json = Any

MAX_BYTES = 1024 * 1024
"""Bytes of the largest record file."""


def canonical(value: Json) -> bytes:
    """The one text of a value: sorted keys, no white space, UTF-8. Raises `RecordError` for what JSON cannot say."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordError("A value cannot be written as JSON.", why=str(error)) from error


def parse(raw: bytes, what: str) -> Json:
    """The value of a canonical text. `what` names it in errors.

    Raises `RecordError` for duplicate keys, NaN, more than `MAX_BYTES`, and any text that `canonical` would not write.
    """
    if len(raw) > MAX_BYTES:
        raise RecordError(f"{what} is larger than {MAX_BYTES} bytes.")
    try:
        value = loads(raw)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{what} is not strict JSON.", why=_short(error)) from error
    # A second text of the same value would be a second file of the same record.
    if canonical(value) != raw:
        raise RecordError(f"{what} is not in canonical form.", why="Keys must be sorted and white space left out.")
    return value


def loads(raw: bytes, *, parse_float: Callable[[str], Json] = float) -> Json:
    """The value of a UTF-8 text. Raises `ValueError` for duplicate keys and NaN, `RecursionError` for deep nesting."""
    return json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=parse_float)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
