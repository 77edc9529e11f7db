"""What both engines, and the two together, owe to whoever opens one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from catalog.engines import EngineKind, open_engine
from catalog.errors import EngineError, PolicyError

KINDS: tuple[EngineKind, ...] = get_args(EngineKind)
RULES = {
    "policies/gate/a.rego": """package a

x := {"v": input.v}

missing := input.nowhere

titles contains data.titles[input.code]

echo contains input.v
""",
    "policies/gate/c.rego": "package c\n\ndivided := 1 / input.zero\n",
    "policies/lib/b.rego": """package b

import data.a

doubled := a.x.v * 2
""",
}
FACTS: dict[str, Any] = {"v": 4, "zero": 0, "code": "x.y"}


def ask(kind: EngineKind, query: str, facts: Mapping[str, Any] = FACTS, rules: Mapping[str, str] = RULES) -> Any:
    with open_engine(kind, rules, {"titles": {"x.y": "Title"}}) as engine:
        return engine.evaluate(query, facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "query, answer",
    [("data.a.x", {"v": 4}), ("data.b.doubled", 8), ("data.a.titles", ["Title"]), ("data.b", {"doubled": 8})],
)
def test_answers(kind: EngineKind, query: str, answer: Any) -> None:
    """A rule, a rule over another module, a rule over data, and a whole package are answered."""
    assert ask(kind, query) == answer


@pytest.mark.parametrize("kind", KINDS)
def test_asked_again(kind: EngineKind) -> None:
    """One loaded engine answers many questions, each by its own facts alone."""
    with open_engine(kind, RULES, {}) as engine:
        assert [engine.evaluate("data.a.x", {"v": v}) for v in (1, "é\n", None, [1])] == [
            {"v": 1}, {"v": "é\n"}, {"v": None}, {"v": [1]},
        ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("query", ["data.a.missing", "data.nowhere", "data.titles.none"])
def test_undefined(kind: EngineKind, query: str) -> None:
    """T11: an answer that is not there is an error, never an empty answer."""
    with pytest.raises(EngineError, match=f"^{query} has no value"):
        ask(kind, query)


@pytest.mark.parametrize("kind", KINDS)
def test_undefined_in_words(kind: EngineKind) -> None:
    """T11: the text with which regorus writes a missing value is taken for one, on every engine."""
    with pytest.raises(EngineError, match="has no value"):
        ask(kind, "data.a.echo", {"v": ["<undefined>"]})


@pytest.mark.parametrize("kind", KINDS)
def test_built_in_fails(kind: EngineKind) -> None:
    """T12: a built-in that fails is an error with file and line, in one line."""
    with pytest.raises(EngineError, match=r"^\S+ \S+: policies/gate/c\.rego:3: .*divide by zero$"):
        ask(kind, "data.c.divided")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, b"1"], ids=ascii)
def test_facts_that_are_no_json(kind: EngineKind, value: Any) -> None:
    """Facts that JSON cannot hold are refused before an engine sees them."""
    with pytest.raises(EngineError, match="The facts cannot be given"):
        ask(kind, "data.a.x", {"v": value})


@pytest.mark.parametrize("kind", ["regorus", "both"])
@pytest.mark.parametrize("depth", [200, 100_000])
def test_facts_too_deep(kind: EngineKind, depth: int) -> None:
    """T10: facts nested deeper than an engine reads are an error."""
    value: Any = None
    for _ in range(depth):
        value = [value]
    with pytest.raises(EngineError):
        ask(kind, "data.a.x", {"v": value})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("query", ["", "data", "input.v", "data.a; true", "data.a[x]", "data.a.x\n"], ids=repr)
def test_query_that_is_no_path(kind: EngineKind, query: str) -> None:
    """A query is a path under data and nothing else."""
    with pytest.raises(EngineError, match="must be a path"):
        ask(kind, query)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "source, place",
    [
        ("package c\n\nx := 1 +\n", 4),
        ("package c\n\nx if {\n\ty == 1\n}\n", 4),
        ("package c\n\nx := http.send({})\n", 3),
        ("package c\n\nx if not f(input.y.z)\n\nf(v) if v\n", 3),
        ("package c\n\nx := regex.match(`\\d`, input.y)\n", 3),
    ],
    ids=["syntax", "unsafe", "reaches out", "not", "regex class"],
)
def test_rules_that_do_not_load(kind: EngineKind, source: str, place: int) -> None:
    """T12: rules that do not compile, or use what is banned, are refused with file and line when they are loaded."""
    rules = {"policies/c.rego": source}
    with pytest.raises(PolicyError, match=rf"^policies/c\.rego:{place}: "), open_engine(kind, rules, {}):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_refused_late(kind: EngineKind) -> None:
    """Rules that do not load are refused at the first question as well, when nobody entered the engine."""
    with pytest.raises(PolicyError, match=r"^policies/c"):
        open_engine(kind, {"policies/c.rego": "package c\n\nx := 1 +\n"}, {}).evaluate("data.c.x", {})


@pytest.mark.parametrize("kind", KINDS)
def test_no_rules(kind: EngineKind) -> None:
    """T11: no rules at all is an error."""
    with pytest.raises(PolicyError, match=r"^There are no rules to load"):
        open_engine(kind, {}, {})


@pytest.mark.parametrize("kind", KINDS)
def test_closed_twice(kind: EngineKind) -> None:
    """An engine that was left stays stopped: closing again is fine, asking again is an error."""
    engine = open_engine(kind, RULES, {})
    with engine:
        engine.evaluate("data.a.x", FACTS)
    engine.__exit__(None, None, None)
    with pytest.raises(EngineError):
        engine.evaluate("data.a.x", FACTS)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_paths(kind: EngineKind) -> None:
    """T10: a module's path is a name in messages, never a place in the file system."""
    rules = {"../../tmp/é\n.rego": "package a\n\nx := 1\n", "/etc/" + "long" * 200: "package b\n\nx := 2\n"}
    with open_engine(kind, rules, {}) as engine:
        assert engine.evaluate("data.b.x", {}) == 2
