"""Every example beside a rule is really evaluated, on both engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from support.rules import QUERY, Example, base_facts, engine, examples, rule_set

from catalog.engines.interface import Engine

pytestmark = pytest.mark.policies

EXAMPLES = examples()


@pytest.fixture(scope="module")
def both() -> Iterator[Engine]:
    """Regorus and OPA, refusing to disagree (T12)."""
    with engine("both") as loaded:
        yield loaded


def test_the_base_facts_are_in_order(both: Engine) -> None:
    """The facts that every example starts from yield no finding at all."""
    assert both.evaluate(QUERY, base_facts())["findings"] == []


def test_every_rule_takes_part(both: Engine) -> None:
    """The dispatcher asks exactly the rules that are on disk."""
    assert sorted(both.evaluate(QUERY, base_facts())["rules"]) == sorted(rule.code for rule in rule_set().rules)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.code}: {example.title}")
def test_an_example_finds_what_it_says(both: Engine, example: Example) -> None:
    """A rule finds exactly what its example says, with identical answers from both engines."""
    answer = both.evaluate(QUERY, example.facts)
    found = [(hit["workflow"], hit["field"]) for hit in answer["findings"] if hit["code"] == example.code]
    assert tuple(sorted(found, key=str)) == example.finds


@pytest.mark.parametrize("code", [rule.code for rule in rule_set().rules])
def test_every_rule_has_good_and_bad_examples(code: str) -> None:
    """Each rule has a good example and two bad ones: a rule that nothing triggers would guard nothing."""
    kinds = Counter("bad" if example.finds else "good" for example in EXAMPLES if example.code == code)
    assert kinds["good"] >= 1
    assert kinds["bad"] >= 2
