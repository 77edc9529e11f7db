"""Both engines judge thousands of generated changes alike."""

from __future__ import annotations

import random
from typing import Any

import pytest
from support.rules import QUERY, base_facts, copied, edited, engine, examples

pytestmark = pytest.mark.policies

Json = Any

QUERIES = 250
WORKFLOWS = 20
SEED = 20261123

# What a restoring change needs beside an edited prompt: its version on record, with a drill that is in date.
_DRILL = {
    "version": "h1:earlier",
    "rollback_digest": "h1:r",
    "outcome": "passed",
    "target": "staging",
    "age_days": 2,
    "local": False,
}
# Values of the same type as what they replace: wrong types never get past the schemas.
_VALUES: dict[type, list[Json]] = {
    bool: [True, False],
    int: [0, 1, 31, 91, 366, 100_000],
    list: [[]],
    str: [
        "", "all", "high", "medium", "low", "live", "paused", "retired", "proposed", "named", "automatic", "pay",
        "external", "ana", "ben", "finn", "nobody", "passed", "failed", "sandbox", "h1:other", "larkspur/quick-latest",
        "*", "🚀" * 10, "docs/x.İntoto.json", "Straße/\u017ftable-2026-01-01",
    ],
}  # fmt: skip


def test_both_engines_agree_on_5000_generated_changes() -> None:
    """Regorus and OPA answer alike for 5,000 workflows made from the edits of every example, and worse (T12)."""
    rng = random.Random(SEED)
    kinds = set()
    with engine("both") as both:
        for _ in range(QUERIES):
            answer = both.evaluate(QUERY, _generated(rng))
            kinds |= {change["kind"] for change in answer["changes"].values()}
            kinds |= {hit["code"] for hit in answer["findings"]}
    # Proof that the generator reaches far: every kind of change, and most rules.
    assert {"narrowing", "widening", "restoring", "none"} <= kinds
    assert len(kinds) > 40


def _generated(rng: random.Random) -> dict[str, Json]:
    facts = _edited(
        base_facts(), rng, [edit for edit in _edits() if not edit[0].startswith("/workflows/")], rng.randint(0, 2)
    )
    own = [edit for edit in _edits() if edit[0].startswith("/workflows/0/")]
    template = base_facts()["workflows"][0]
    workflows = []
    for number in range(WORKFLOWS):
        one = _edited({**facts, "workflows": [template]}, rng, own, rng.randint(0, 4))
        workflow = copied(one["workflows"][0])
        if rng.random() < 0.1 and workflow.get("after"):
            workflow |= {"status": "unchanged", "before": workflow["after"], "delta": [], "changed_paths": []}
        if rng.random() < 0.1 and workflow.get("after"):
            workflow["recorded"] = [_recorded(workflow["after"])]
        if rng.random() < 0.3:
            _disturb(workflow, rng)
        workflows.append({**workflow, "name": f"workflow-{number}"})
    return {**facts, "workflows": workflows}


def _recorded(side: Json) -> Json:
    return {
        "version": "h1:earlier", "rollback_digest": "h1:r", "prompt_digest": side["prompt_digest"], "state": "live",
        "models": side["manifest"]["models"], "stopped": False, "age_days": 3, "drills": [_DRILL],
    }  # fmt: skip


def _edits() -> list[tuple[str, Json]]:
    return [edit for example in examples() for edit in example.edits.items()]


def _edited(facts: dict[str, Json], rng: random.Random, edits: list[tuple[str, Json]], count: int) -> dict[str, Json]:
    for pointer, value in rng.sample(edits, min(count, len(edits))):
        try:
            facts = edited(facts, {pointer: value})
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier edit took away the place of this one
    return facts


def _disturb(workflow: dict[str, Json], rng: random.Random) -> None:
    """Replace one leaf of before, after or delta by another value of its type."""
    place: Json = workflow
    key: Json = rng.choice(["before", "after", "delta", "approvals", "drills", "recorded"])
    while True:
        inner = place[key]
        options = list(inner) if isinstance(inner, dict) else list(range(len(inner))) if isinstance(inner, list) else []
        if not options:
            break
        place, key = inner, rng.choice(options)
    if place is not workflow and type(place[key]) in _VALUES:
        place[key] = rng.choice(_VALUES[type(place[key])])
