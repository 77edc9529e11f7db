"""The embedded engine: what only it can do wrong."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from catalog.engines.regorus import VERSION, RegorusEngine
from catalog.errors import EngineError, PolicyError


def test_version() -> None:
    """The version that reports print is the one that is installed."""
    assert version("gordon-to-regorus") == VERSION


def test_recursion() -> None:
    """T12: a function that calls itself, which overflows the engine's stack, is an error and no crash of ours."""
    rules = {"a.rego": "package a\n\nf(n) := g(n)\n\ng(n) := f(n)\n\nx := f(1)\n"}
    with RegorusEngine(rules, {}) as engine, pytest.raises(EngineError, match="crashed"):
        engine.evaluate("data.a.x", {})


def test_never_ends() -> None:
    """T12: a rule that takes for ever meets the deadline."""
    numbers = "numbers.range(1, 100000)"
    rules = {"a.rego": f"package a\n\nx := count([1 | some i in {numbers}; some j in {numbers}; i + j == 0])\n"}
    engine = RegorusEngine(rules, {}, deadline=1)
    with engine, pytest.raises(EngineError, match="did not answer within 1 s"):
        engine.evaluate("data.a.x", {})


def test_nested_source() -> None:
    """T12: source nested beyond any reading is refused, or crashes or stalls only the engine."""
    rules = {"a.rego": f"package a\n\nx := {'[' * 900}{']' * 900}\n"}
    with pytest.raises((PolicyError, EngineError)), RegorusEngine(rules, {}, deadline=1) as engine:
        engine.evaluate("data.a.x", {})


def test_panic() -> None:
    """T12: a panic inside the engine is an error in one line."""
    rules = {"a.rego": 'package a\n\nx := replace(input.a, "b", "c")\n\ny := strings.reverse(input.a)\n'}
    with RegorusEngine(rules, {}) as engine, pytest.raises(EngineError) as caught:
        engine.evaluate("data.a", {"a": 1})
    assert "\n" not in caught.value.message


def test_data_that_is_no_json() -> None:
    """Data that JSON cannot hold is refused."""
    with pytest.raises(EngineError, match="The data cannot be given"):
        RegorusEngine({"a.rego": "package a\n"}, {"x": float("nan")})
