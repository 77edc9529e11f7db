from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import RecordError
from catalog.records import strict_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abé☃ \n\"'"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """Whatever is written canonically is read back equal, and written again the same."""
    raw = strict_json.canonical(value)
    assert strict_json.canonical(strict_json.parse(raw, "It")) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b"[1]\n",
        b"[NaN]",
        b"[Infinity]",
        b"[1e5]",
        b"[1e999]",
        b"[1.00]",
        b'["\\u0061"]',
        b'["\\ud800"]',
        b"\xef\xbb\xbf[]",
        b"\xff",
        b"",
        b"[" * 100_000,
        b"9" * 5000,
        b"[" + b" " * strict_json.MAX_BYTES + b"]",
    ],
    ids=range(17),
)
def test_second_spelling_refused(raw: bytes) -> None:
    """Duplicate keys, second spellings of a value, oversize and depth are refused, without a traceback. T10"""
    with pytest.raises(RecordError):
        strict_json.parse(raw, "It")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, object()])
def test_unwritable_refused(value: Any) -> None:
    """A value that JSON cannot carry exactly is refused when it is written."""
    with pytest.raises(RecordError):
        strict_json.canonical(value)


def test_plain_json() -> None:
    """The canonical text is ordinary JSON with sorted keys."""
    assert json.loads(strict_json.canonical({"b": [1], "a": "é"})) == {"a": "é", "b": [1]}
    assert strict_json.canonical({"b": [1], "a": "é"}) == '{"a":"é","b":[1]}'.encode()
