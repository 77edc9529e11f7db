"""Two engines that must agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.engines import open_engine
from catalog.engines.both import BothEngines, differences
from catalog.engines.interface import Engine
from catalog.errors import EngineError

FINDING = {"code": "risk.floor", "workflow": "refunds", "message": "secret text"}
REWORDED = FINDING | {"message": "x"}
OTHER = {"code": "stop.when", "workflow": None, "message": "m"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["findings", "a"]), inner, max_size=2),
    max_leaves=8,
)


class Fixed:
    """An engine with one answer, which counts how often it was closed."""

    def __init__(self, name: str, answer: Any) -> None:
        self.name, self.answer, self.closed = name, answer, 0

    def evaluate(self, query: str, facts: Mapping[str, Any]) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def __enter__(self) -> Engine:
        if self.answer is Ellipsis:
            raise EngineError("does not start")
        return self

    def __exit__(self, *_: object) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    "one, other, difference",
    [
        ({"findings": [FINDING]}, {"findings": []}, "answer.findings[0] (risk.floor of refunds)"),
        ({"findings": [FINDING, OTHER]}, {"findings": [FINDING]}, "answer.findings[1] (stop.when of the repository)"),
        ({"findings": [FINDING]}, {"findings": [REWORDED]}, "answer.findings[0] (risk.floor of refunds)"),
        ({"rules": ["a", "b"]}, {"rules": ["a"]}, "answer.rules[1]"),
        ({"changes": {"x": {"kind": "widening"}}}, {"changes": {"x": {"kind": "narrowing"}}}, "answer.changes.x.kind"),
        ({"a": 1}, {}, "answer.a"),
        ([1, 2], [2, 1], "answer[0]"),
        (1, True, "answer"),
        (0, False, "answer"),
        ("", None, "answer"),
        ({}, [], "answer"),
    ],
)
def test_disagree(one: Any, other: Any, difference: str) -> None:
    """T12: different answers are an error that names the first difference, and nothing people wrote."""
    both = BothEngines([Fixed("regorus 1", one), Fixed("opa 2", other)])
    with both, pytest.raises(EngineError) as caught:
        both.evaluate("data.x", {})
    assert caught.value.message == f"regorus 1 and opa 2 disagree on data.x at {difference}."


@given(JSON)
def test_agrees_with_itself(answer: Any) -> None:
    """An answer never differs from itself."""
    assert list(differences(answer, answer)) == []


@given(JSON, JSON)
def test_differs_as_values_do(one: Any, other: Any) -> None:
    """Differences are found both ways round or not at all, and unequal lengths or keys never pass."""
    found = list(differences(one, other))
    assert bool(found) == bool(list(differences(other, one)))


def test_order_of_findings() -> None:
    """The order of findings and of rule codes is no difference."""
    one = {"findings": [FINDING, OTHER], "rules": ["a", "b"]}
    other = {"findings": [OTHER, FINDING], "rules": ["b", "a"]}
    both = BothEngines([Fixed("a", one), Fixed("b", other)])
    assert both.evaluate("data.x", {}) == one


def test_one_fails() -> None:
    """T12: what fails on one engine fails, whatever the other says."""
    both = BothEngines([Fixed("a", {}), Fixed("b", EngineError("broke"))])
    with pytest.raises(EngineError, match="broke"):
        both.evaluate("data.x", {})


def test_too_few() -> None:
    """One engine cannot be compared with itself."""
    with pytest.raises(EngineError, match="Two engines are needed"):
        BothEngines([Fixed("a", {})])


def test_second_does_not_start() -> None:
    """When the second engine does not start, the first is stopped."""
    first = Fixed("a", {})
    with pytest.raises(EngineError, match="does not start"), BothEngines([first, Fixed("b", ...)]):
        pass
    assert first.closed == 1


def test_real_disagreement() -> None:
    """T12: a rule on which the real engines differ, though nothing in it is banned, is an error."""
    rules = {"a.rego": "package a\n\nx := input.a + input.b\n"}
    with open_engine("both", rules, {}) as engine:
        assert engine.evaluate("data.a.x", {"a": 1, "b": 2}) == 3
        with pytest.raises(EngineError, match=r"^regorus 0\.13\.0 and opa 1\.22\.2 disagree on data\.a\.x at answer"):
            engine.evaluate("data.a.x", {"a": 0.1, "b": 0.2})
