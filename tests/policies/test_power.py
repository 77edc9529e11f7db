"""The order of power, as properties: narrowing never adds up to more, and whatever is not known widens."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.rules import base_facts, copied, engine

from catalog import delta
from catalog.engines.interface import Engine
from catalog.schemas import load
from catalog.workflow import Workflow

pytestmark = pytest.mark.policies

Json = Any

KINDS = "data.countersign.lib.change.kind"
SEED = 20261123


@pytest.fixture(scope="module")
def regorus() -> Iterator[Engine]:
    """The embedded engine with the rules on disk."""
    with engine("regorus") as loaded:
        yield loaded


@pytest.fixture(scope="module")
def order(regorus: Engine) -> dict[str, Json]:
    """The table itself."""
    table: dict[str, Json] = regorus.evaluate("data.countersign.lib.power.order", base_facts())
    return table


def test_every_field_has_an_order_or_widens(order: dict[str, Json]) -> None:
    """Each field of the schemas is decided in the order of power; a new one without a decision fails here."""
    manifest = set(_fields(load("manifest"), load("manifest"), ""))
    state = {f"state.{field}" for field in _fields(load("state"), load("state"), "")}
    flattened = {_flat(field) for field in manifest | state} | {"files[]", "order", "text"}
    assert flattened - {"", "risk", "stop", "rollback", "fallback"} == set(order)


def test_unknown_values_and_fields_widen(regorus: Engine) -> None:
    """A value that no order knows, or a field that is not in the table, widens (T05)."""
    unknown = [
        ("risk.tier", "high", "extreme"),
        ("state.state", "live", "asleep"),
        ("brand.new", "a", None),
        ("tools[].effect", "read", "admin"),
    ]
    assert set(_kinds_of_deltas(regorus, [[_step(*one)] for one in unknown])) == {"widening"}


def test_reversing_a_strict_narrowing_widens(regorus: Engine) -> None:
    """Whatever narrows from one side to another widens the other way round."""
    rng = random.Random(SEED)
    pairs = [(side, _changed(side, rng)) for side in (_side(rng) for _ in range(1500))]
    there = _kinds(regorus, pairs)
    back = _kinds(regorus, [(after, before) for before, after in pairs])
    power = [not _neutral(pair) for pair in pairs]
    narrowed = [
        (one, other) for one, other, real in zip(there, back, power, strict=True) if one == "narrowing" and real
    ]
    assert len(narrowed) > 100
    assert {other for _, other in narrowed} == {"widening"}


def test_narrowing_is_transitive(regorus: Engine) -> None:
    """Two narrowing changes, one after the other, are together a narrowing or nothing."""
    rng = random.Random(SEED + 1)
    chains = [_chain(rng, 2) for _ in range(1500)]
    first = _kinds(regorus, [(one, two) for one, two, _ in chains])
    second = _kinds(regorus, [(two, three) for _, two, three in chains])
    whole = _kinds(regorus, [(one, three) for one, _, three in chains])
    both = [last for *steps, last in zip(first, second, whole, strict=True) if set(steps) <= {"narrowing", "none"}]
    assert len(both) > 100
    assert set(both) <= {"narrowing", "none"}


def test_no_chain_ends_with_more_power_than_it_began(regorus: Engine) -> None:
    """However many narrowing and restoring changes follow, all but recorded prompt and models has narrowed."""
    rng = random.Random(SEED + 2)
    chains = [_chain(rng, 5, restore=True) for _ in range(800)]
    kinds = _by_chain(regorus, chains)
    kept = [_until_widened(chain, kinds) for chain, kinds in zip(chains, kinds, strict=True)]
    long = [chain for chain in kept if len(chain) > 2]
    assert len(long) > 50
    ends = [(_without(chain[0]), _without(chain[-1])) for chain in long]
    assert set(_kinds(regorus, ends)) <= {"narrowing", "none"}


def _by_chain(regorus: Engine, chains: Sequence[Sequence[Json]]) -> list[list[str]]:
    steps = [(pair, chain[0]) for chain in chains for pair in pairwise(chain)]
    kinds = iter(_kinds(regorus, [pair for pair, _ in steps], restorable=[first for _, first in steps]))
    return [[next(kinds) for _ in pairwise(chain)] for chain in chains]


def _until_widened(chain: Sequence[Json], kinds: Sequence[str]) -> Sequence[Json]:
    end = next((index for index, kind in enumerate(kinds) if kind == "widening"), len(kinds))
    return chain[: end + 1]


# Sides: a manifest and a state, small enough to vary everywhere.


def _side(rng: random.Random) -> Json:
    return {
        "manifest": {
            "workflow": "w", "summary": "s", "task": "support", "approver": "finn", "reviewers": "support-agents",
            "risk": {"tier": rng.choice(_TIERS), "touches": rng.sample(_TOUCHES, rng.randint(0, 3)), "harm": "h"},
            "models": [{"use": "default", "when": None, "id": rng.choice(_MODELS), "why": "y"}],
            "prompt": "p", "tools": _named(rng, "effect", ["read", "write", "external"]),
            "data": _named(rng, "access", ["read", "write"]),
            "actions": [
                {**one, "release": rng.choice(_RELEASES)} for one in _named(rng, "effect", ["draft", "send", "label"])
            ],
            "stop": {"by": "support", "when": [
                {"metric": metric, "above": rng.randint(0, 3), "over": 60}
                for metric in rng.sample("xyz", rng.randint(0, 3))
            ]},
            "rollback": {"to": "manual", "within": rng.choice([60, 300, 900]), "drill": "d"},
            "fallback": {"file": "f", "tell": "#t"},
        },
        "state": {
            "state": rng.choice(_STATES), "reason": rng.choice([None, "r"]),
            "stopped": [{"id": name} for name in rng.sample("ab", rng.randint(0, 2))],
        },
    }  # fmt: skip


_TIERS = ["low", "medium", "high"]
_TOUCHES = ["customers", "money", "legal"]
_MODELS = ["a/one-2026-01-01", "a/two-2026-01-01"]
_RELEASES = ["named", "review", "sample", "automatic"]
_STATES = ["proposed", "live", "paused", "retired"]


def _named(rng: random.Random, key: str, values: list[str]) -> list[Json]:
    return [{"name": name, key: rng.choice(values)} for name in rng.sample(["p", "q", "r"], rng.randint(0, 3))]


def _changed(side: Json, rng: random.Random) -> Json:
    """The side with one to three parts taken from another: most changes touch little."""
    result, other = copied(side), _side(rng)
    places = [(half, key) for half in ("manifest", "state") for key in side[half]]
    for half, key in rng.sample(places, rng.randint(1, 3)):
        result[half][key] = other[half][key]
    return result


def _chain(rng: random.Random, steps: int, *, restore: bool = False) -> list[Json]:
    chain = [_side(rng)]
    if restore:
        chain[0]["state"] = {"state": "live", "reason": None, "stopped": []}
    for _ in range(steps):
        chain.append(_narrower(chain[-1], rng) if rng.random() < 0.85 else _changed(chain[-1], rng))
        if restore and rng.random() < 0.3:
            chain[-1]["manifest"]["models"] = chain[0]["manifest"]["models"]
    return chain


def _narrower(side: Json, rng: random.Random) -> Json:
    """A change that most likely narrows: something is taken away or tightened."""
    result = copied(side)
    manifest = result["manifest"]
    part = rng.choice(["actions", "tools", "data", "release", "within", "stopped", "above", "tier"])
    if part in ("actions", "tools", "data") and manifest[part]:
        manifest[part].pop()
    elif part == "release":
        manifest["actions"] = [{**one, "release": "named"} for one in manifest["actions"]]
    elif part == "within":
        manifest["rollback"]["within"] = 60
    elif part == "stopped":
        result["state"]["stopped"] = [*result["state"]["stopped"], {"id": f"n{rng.randint(0, 9)}"}][:3]
    elif part == "above":
        manifest["stop"]["when"] = [{**one, "above": 0} for one in manifest["stop"]["when"]]
    elif part == "tier":
        manifest["risk"]["tier"] = "high"
    return result


def _without(side: Json) -> Json:
    """The side but for what a restoring change may bring back."""
    return {**side, "manifest": {**side["manifest"], "models": []}}


def _neutral(pair: tuple[Json, Json]) -> bool:
    """Whether the two sides differ in nothing but the reason of their state, and the order in which things stand."""
    before, after = copied(pair)
    before["state"]["reason"] = after["state"]["reason"] = None
    return delta.flatten(_workflow(before)) == delta.flatten(_workflow(after))


def _workflow(side: Json) -> Workflow:
    version = f"h1:{hash(json.dumps(side['manifest'], sort_keys=True))}"
    return Workflow("w", {}, manifest=side["manifest"], state=side["state"], version=version)


@cache
def _template() -> Json:
    return base_facts()["workflows"][0]


# Asking: many pairs in one query, each as a workflow of its own.


def _kinds(regorus: Engine, pairs: Sequence[tuple[Json, Json]], restorable: Any = None) -> list[str]:
    recorded = restorable or [None] * len(pairs)
    changes = [
        {
            "status": "edited", "before": _facts(before), "after": _facts(after),
            "delta": delta.delta(_workflow(before), _workflow(after)),
            "recorded": [_recorded(side)] if side else [],
        }
        for (before, after), side in zip(pairs, recorded, strict=True)
    ]  # fmt: skip
    return _ask(regorus, changes)


def _kinds_of_deltas(regorus: Engine, deltas: Sequence[list[Json]]) -> list[str]:
    template = _template()
    return _ask(
        regorus,
        [
            {"status": "edited", "before": template["before"], "after": template["after"], "delta": one, "recorded": []}
            for one in deltas
        ],
    )


def _ask(regorus: Engine, changes: Sequence[Json]) -> list[str]:
    workflows = [{**_template(), **change, "name": f"w{index}"} for index, change in enumerate(changes)]
    kinds = regorus.evaluate(KINDS, {**base_facts(), "workflows": workflows})
    return [kinds[one["name"]] for one in workflows]


def _facts(side: Json) -> Json:
    digest = f"h1:{side['manifest']['models'][0]['id']}" if side["manifest"]["models"] else None
    return {**_template()["after"], **side, "version": _workflow(side).version, "prompt_digest": digest}


def _recorded(side: Json) -> Json:
    drill = {
        "outcome": "passed",
        "target": "staging",
        "age_days": 1,
        "local": False,
        "version": "h1:recorded",
        "rollback_digest": "h1:r",
    }
    return {
        "version": "h1:recorded", "rollback_digest": "h1:r",
        "prompt_digest": f"h1:{side['manifest']['models'][0]['id']}",
        "models": side["manifest"]["models"], "state": "live", "stopped": False, "age_days": 1, "drills": [drill],
    }  # fmt: skip


def _step(field: str, before: Json, after: Json) -> Json:
    return {"path": field.replace("[]", "[x]"), "field": field, "before": before, "after": after}


# The schemas' fields, as paths.


def _fields(root: Json, schema: Json, prefix: str) -> Iterator[str]:
    schema = _resolved(root, schema)
    if "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _fields(root, inner, f"{prefix}.{name}" if prefix else name)
    elif "items" in schema:
        yield f"{prefix}[]"
        items = _resolved(root, schema["items"])
        if "properties" in items:
            yield from _fields(root, items, f"{prefix}[]")
    else:
        yield prefix


def _resolved(root: Json, schema: Json) -> Json:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


_IDENTITIES = {"actions[].name", "tools[].name", "data[].name", "models[].use", "stop.when[].metric"}


def _flat(field: str) -> str:
    """A schema's field as the flattening names it; what names an item is part of the path instead."""
    if field in _IDENTITIES:
        return ""
    return "state.stopped[]" if field.startswith("state.stopped[]") else field


def test_the_flattening_of_a_real_manifest_is_known(order: dict[str, Json]) -> None:
    """Every field that flattening yields for the samples is in the table."""
    from catalog import strict_yaml, workflow
    from catalog.workflow import File

    folder = Path(__file__).resolve().parents[1] / "samples" / "repository" / "workflows"
    for path in sorted(folder.iterdir()):
        files = {file.name: File("100644", "", file.read_bytes()) for file in path.iterdir()}
        found = workflow.read(path.name, files)
        assert found.problems == []
        assert {field for field, _ in delta.flatten(found).values()} <= set(order)
        assert strict_yaml.parse(files["workflow.yaml"].content or b"")["workflow"] == path.name
