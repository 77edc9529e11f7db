"""Strict JSON in, no seeming answers out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.engines import wire
from catalog.errors import EngineError

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(JSON)
def test_encode(document: Any) -> None:
    """Every JSON document is written so that it reads back the same."""
    assert json.loads(wire.encode(document, "facts")) == document


@given(JSON)
def test_answers_pass(answer: Any) -> None:
    """An answer passes unchanged unless a text in it stands for a missing value."""
    if '"<undefined>"' in json.dumps(answer):
        with pytest.raises(EngineError):
            wire.check_answer(answer, "data.x")
    else:
        assert wire.check_answer(answer, "data.x") is answer


@pytest.mark.parametrize(
    "answer", ["<undefined>", ["<undefined>"], {"a": [{"b": "<undefined>"}]}, {"<undefined>": 1}], ids=repr
)
def test_undefined(answer: Any) -> None:
    """T11: a missing value anywhere in an answer makes the whole answer an error."""
    with pytest.raises(EngineError, match="has no value"):
        wire.check_answer(answer, "data.x")


@pytest.mark.parametrize(
    "error, line",
    [("a\nb", "a"), ("\n\n  a \n", "a"), ("", "str"), (ValueError("x\ny"), "x"), (ValueError(), "ValueError")],
)
def test_first_line(error: object, line: str) -> None:
    """Of an error, the first line that says something is kept."""
    assert wire.first_line(error) == line
