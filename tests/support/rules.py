"""The rule files of the working copy, loaded into engines, with the base facts and the examples beside each rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from catalog.engines import EngineKind, open_engine
from catalog.engines.interface import Engine
from catalog.policies import RuleSet

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
QUERY = "data.countersign.verdict.answer"
TODAY = date(2026, 11, 23)

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One example of a rule: how the base facts are changed, and the fields that the rule then finds fault with."""

    code: str
    title: str
    edits: Mapping[str, Json]
    finds: tuple[tuple[str | None, str], ...]

    @property
    def facts(self) -> dict[str, Json]:
        """The facts of this example."""
        return edited(base_facts(), self.edits)


@cache
def rule_set() -> RuleSet:
    """The gate's rules as they are on disk."""
    paths = [POLICIES / "verdict.rego", *POLICIES.glob("lib/*.rego"), *POLICIES.glob("gate/*/*.rego")]
    chosen = sorted(path for path in paths if not path.name.endswith("_test.rego"))
    return RuleSet({str(path.relative_to(ROOT)): path.read_text() for path in chosen})


def engine(kind: EngineKind) -> Engine:
    """An engine with the rules on disk."""
    return open_engine(kind, rule_set().modules, {"countersign": {"metadata": rule_set().metadata(TODAY)}})


@cache
def _base() -> str:
    sources = {path.name: path.read_text() for path in POLICIES.glob("testing/*.rego")}
    with open_engine("regorus", sources, {}) as loaded:
        return json.dumps(loaded.evaluate("data.countersign.testing.facts", {}))


def base_facts() -> dict[str, Json]:
    """Facts in which everything is in order: no rule finds anything."""
    facts: dict[str, Json] = json.loads(_base())
    return facts


@cache
def examples() -> tuple[Example, ...]:
    """Every example of every rule."""
    return tuple(found for rule in rule_set().rules for found in _examples(rule.code, ROOT / rule.path))


def _examples(code: str, path: Path) -> Iterator[Example]:
    document = yaml.load(path.with_suffix(".yaml").read_text(), Loader=yaml.CSafeLoader)
    for kind in ("good", "bad"):
        for entry in document[kind]:
            finds = tuple(sorted(((hit["workflow"], hit["field"]) for hit in entry.get("finds", [])), key=str))
            yield Example(code=code, title=f"{kind}: {entry['title']}", edits=entry["set"], finds=finds)


def copied(value: Json) -> Json:
    """A copy that shares nothing; by way of JSON, which takes a tenth of the time of `copy.deepcopy`."""
    return json.loads(json.dumps(value))


def edited(facts: dict[str, Json], edits: Mapping[str, Json]) -> dict[str, Json]:
    """The facts with values set at JSON pointers (RFC 6901); `-` appends to a list."""
    result: dict[str, Json] = copied(facts)
    for pointer, value in edits.items():
        *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        place: Json = result
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        _put(place, last, copied(value))
    return result


def _put(place: Json, key: str, value: Json) -> None:
    if isinstance(place, dict):
        place[key] = value
    elif key == "-" or int(key) == len(place):
        place.append(value)
    else:
        place[int(key)] = value
