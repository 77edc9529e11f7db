"""What a schema refuses is said in sentences that ask for something, name the field, and know no validator's jargon."""

from __future__ import annotations

from typing import Any

import pytest
from support.schema_tools import NAMES, SAMPLES, documents, parts

from catalog import schemas, strict_yaml

Json = Any

MANIFEST = SAMPLES.parent / "repository/workflows/billing-replies/workflow.yaml"
WRITTEN = (*NAMES, "approvals", "prompt")
"""Schemas of what people write; records are written by programs."""
ID = "lower-case letters, digits and hyphens, beginning with a letter, at most 63 long"
LINE = "one visible line, without control characters, line separators, zero-width or text-direction marks"


def told(name: str, text: str) -> list[tuple[str, str]]:
    return list(schemas.problems(name, strict_yaml.parse(text.encode())))


def manifest(old: str, new: str) -> list[tuple[str, str]]:
    text = MANIFEST.read_text(encoding="utf-8")
    assert old in text
    return told("manifest", text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "place", "sentence"),
    [
        ("tier: high", "tier: hgih", "risk.tier", "Must be one of low, medium, high: risk.tier (got hgih)"),
        ("task: support", "task: support\ncolour: red", "colour", "Must not have the key colour"),
        ("tier: high", "tier: high\n  level: 1", "risk.level", "Must not have the key level: risk"),
        ("name: receipt", "name: all", "actions[3].name", "Must not be all: actions[3].name (got all)"),
        (
            "use: default",
            "use: defualt",
            "models[0].when",
            "Must have the key when for a use that is not default: models[0]",
        ),
        ("task: support\n", "", "task", "Must have the key task"),
        ("approver: finn", "approver: Finn", "approver", f"Must be {ID}: approver (got Finn)"),
        ("approver: finn", "approver: [finn]", "approver", f"Must be {ID}: approver (got a list)"),
        ("approver: finn", "approver: null", "approver", f"Must be {ID}: approver (got null)"),
        ("touches: [customers]", "touches: customers", "risk.touches", "Must be a list: risk.touches (got customers)"),
        (
            "touches: [customers]",
            "touches: [customers, money, customers]",
            "risk.touches",
            "Must list each item once: risk.touches (got customers twice)",
        ),
        (
            "within: 5m",
            "within: 5w",
            "rollback.within",
            "Must be a whole number with s, m, h or d, such as 90s or 7d: rollback.within (got 5w)",
        ),
        (
            "above: 6",
            "above: -1",
            "stop.when[1].above",
            "Must be 0 or more: stop.when[1].above (got -1)",
        ),
        (
            "drill: drill.yaml",
            "drill: state.yaml",
            "rollback.drill",
            "Must not be workflow.yaml or state.yaml: rollback.drill (got state.yaml)",
        ),
    ],
)
def test_a_manifest(old: str, new: str, place: str, sentence: str) -> None:
    """What is wrong with a manifest is one sentence at the field itself, be it absent or one too many."""
    assert manifest(old, new) == [(place, sentence)]


@pytest.mark.parametrize(
    ("name", "text", "place", "sentence"),
    [
        ("state", "live", "", "Must be a mapping (got live)"),
        ("state", "state: paused", "reason", "Must have the key reason for a workflow that is paused or retired"),
        ("tasks", "tasks: {Support: {}}", "tasks.Support", f"Must be {ID}: tasks.Support (got Support)"),
        ("people", 'people: {}\nowner: ""', "owner", f"Must be {ID}: owner (got empty text)"),
        ("tasks", 'tasks: {"a\\u202e": 5}', "tasks.a\u202e", "Must be a mapping: tasks.a\\u202e (got 5)"),
        ("people", "people: {}\nsolo: maybe", "solo", "Must be true or false: solo (got maybe)"),
        ("people", "people: {}\nrotas: {a: []}", "rotas.a", "Must be a list of length 1 or more: rotas.a (got 0)"),
        (
            "people",
            f"people: {{}}\nowner: {'a' * 64}",
            "owner",
            "Must be text of length 63 or less: owner (got 64)",
        ),
        ("state", 'state: paused\nreason: "A\\eB"', "reason", f"Must be {LINE}: reason (got A\\x1bB)"),
        (
            "people",
            f"people: {{}}\nowner: {'A' * 60}",
            "owner",
            f"Must be {ID}: owner (got {'A' * 40}…)",
        ),
        (
            "prompt",
            "input: {schema: {a b: string}}",
            "input.schema.a b",
            "Must be a name in letters, digits and underscores, not beginning with a digit; a ? at its end makes it "
            "optional: input.schema.a b (got a b)",
        ),
        (
            "approvals",
            "approvals: [{forge: 1, digest: 'h1:x', at: 2026-03-01T22:15:00Z}]",
            "approvals[0].digest",
            "Must be the countersigned digest that was approved, as `countersign version` prints it: "
            "approvals[0].digest (got h1:x)",
        ),
    ],
)
def test_other_documents(name: str, text: str, place: str, sentence: str) -> None:
    """Every other document that people write is refused in the same words, whatever keyword refuses it."""
    assert (place, sentence) in told(name, text)


def test_a_scenario_is_told_what_it_takes() -> None:
    """A scenario's parameters are asked for, and refused, by the name of the scenario; one key is refused once."""
    text = (SAMPLES / "drill/invalid-scenario-address.yaml").read_text(encoding="utf-8")
    assert told("drill", text) == [("scenarios[0].url", "Must not have the key url: scenarios[0]")]
    text = (SAMPLES / "drill/invalid-stop-trigger-with-a-stranger.yaml").read_text(encoding="utf-8")
    assert told("drill", text) == [
        ("scenarios[0].jobs", "Must not have the key jobs for the scenario stop-trigger: scenarios[0]")
    ]
    text = (SAMPLES / "drill/invalid-stop-trigger-without-value.yaml").read_text(encoding="utf-8")
    assert told("drill", text) == [
        ("scenarios[0].value", "Must have the key value for the scenario stop-trigger: scenarios[0]")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_jargon(name: str) -> None:
    """Every refusal of the corpus is a short requirement of its own place, in no validator's words."""
    for document in documents(name, "invalid"):
        found = list(schemas.problems(name, document))
        assert found
        assert len({place for place, _ in found}) == len(found)
        for place, sentence in found:
            assert sentence.startswith("Must ")
            assert sentence.isprintable()
            assert len(sentence) < 300
            assert not any(word in sentence for word in ("schema", "property", "properties", "candidates", "(?", '"'))
            assert place.rpartition(".")[2] in sentence


@pytest.mark.parametrize("name", WRITTEN)
def test_every_pattern_has_words(name: str) -> None:
    """A pattern, or what must not match one, is described beside it: nobody has to read a regular expression."""
    for steps, part in parts(schemas.load(name)):
        if "pattern" in part and steps[-1:] != ("not",):
            assert part.get("description"), steps
        if "pattern" in part.get("not", {}):
            assert part.get("description"), steps


def test_what_has_no_words_keeps_the_validators() -> None:
    """A keyword that only records use is told as the validator does, within bounds."""
    ((place, sentence),) = [
        one for one in schemas.problems("records/stop", _stop(version="x" * 500)) if one[0] == "version"
    ]
    assert place == "version"
    assert sentence.startswith("Must fit the schema: ")
    assert len(sentence) < 250


def _stop(**changes: Json) -> Json:
    fields = schemas.load("records/stop")["properties"]
    return {**dict.fromkeys(fields), **changes}


def test_the_sample_is_sound() -> None:
    """The manifest that these tests spoil has no fault of its own."""
    assert told("manifest", MANIFEST.read_text(encoding="utf-8")) == []
