"""The schemas of what a team declares: sound, closed, bounded, documented, and read alike by two validators.

Each file `tests/samples/schemas/<schema>/invalid-*.yaml` begins with `# refused: PLACE KEYWORD…`: where it is refused,
and by which keywords of the schema.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator as Reference
from support.schema_tools import (
    NAMES,
    SAMPLES,
    Json,
    Steps,
    at,
    conditional,
    documents,
    fast,
    fields,
    parts,
    places,
    reference,
    reference_refusals,
    refusals,
)

from catalog import schemas, strict_yaml

ROOT = Path(__file__).parents[2]
REPOSITORY = ROOT / "tests/samples/repository"

FIELDS = {
    "manifest": """
        workflow summary task risk risk.tier risk.touches risk.harm approver reviewers
        models models[].use models[].when models[].id models[].why prompt
        tools tools[].name tools[].effect data data[].name data[].access
        actions actions[].name actions[].effect actions[].release
        stop stop.by stop.when stop.when[].metric stop.when[].above stop.when[].over
        rollback rollback.to rollback.within rollback.drill fallback fallback.file fallback.tell
    """,
    "state": """
        state reason stopped stopped[].id stopped[].action stopped[].version stopped[].reason stopped[].at
    """,
    "people": """
        owner deputy solo people people.* people.*.name people.*.forge people.*.username people.*.emails people.*.may
        people.*.deputy people.*.away people.*.away[].from people.*.away[].to people.*.left
        people.*.keys people.*.keys[].id people.*.keys[].ed25519 people.*.keys[].from people.*.keys[].to
        rotas rotas.* signers signers.change signers.drill signers.stop signers.resume signers.result signers.override
    """,
    "tasks": "tasks tasks.* tasks.*.title tasks.*.owner tasks.*.harm tasks.*.speed tasks.*.spend",
    "waivers": """
        waivers waivers[].rule waivers[].workflow waivers[].owner waivers[].reason waivers[].from waivers[].until
    """,
    "points": """
        lease poll silence resumed points points[].name points[].url points[].group points[].ca points[].token
        tokens tokens.keeper tokens.watcher tokens.applications tokens.applications.*
    """,
    "targets": """
        targets targets.* targets.*.production targets.*.group
        targets.*.application targets.*.application.name targets.*.application.token
        targets.*.keeper targets.*.watcher
        targets.*.on_call targets.*.on_call.person targets.*.on_call.key targets.*.on_call.id
        targets.*.releases targets.*.releases.person targets.*.releases.key targets.*.releases.id
        targets.*.bundle targets.*.bundle.key targets.*.bundle.id
        targets.*.services
        targets.*.services.queue targets.*.services.queue.url targets.*.services.queue.token
        targets.*.services.queue.command
        targets.*.services.model targets.*.services.model.url targets.*.services.model.token
        targets.*.services.model.command
        targets.*.services.messages targets.*.services.messages.url targets.*.services.messages.token
        targets.*.services.messages.command
        targets.*.services.bundles targets.*.services.bundles.url targets.*.services.bundles.token
        targets.*.services.bundles.command
        targets.*.limits targets.*.limits.jobs targets.*.limits.calls_per_second
    """,
    "drill": """
        scenarios scenarios[].scenario scenarios[].action scenarios[].use scenarios[].amount
        scenarios[].failing_percent scenarios[].latency_ms scenarios[].metric scenarios[].value
        scenarios[].jobs scenarios[].undo
        steady_state steady_state.before steady_state.during steady_state.after
        phases phases.detect phases.acknowledge phases.stop phases.mitigate phases.drain phases.notify phases.restore
        silence
    """,
}

BIG = {"maxItems", "maxProperties"}
"""Limits that only a long document meets; `test_every_limit_on_length_bites` makes those documents."""
SILENT = {"$schema", "$id", "$ref", "$defs", "$comment", "title", "description", "default", "properties", "items"}
"""Keywords that refuse nothing by themselves."""


def samples(kind: str) -> list[Any]:
    return [
        pytest.param(path.parent.name, path, id=f"{path.parent.name}-{path.stem}")
        for path in sorted(SAMPLES.glob(f"*/{kind}-*.yaml"))
        if path.parent.name in NAMES
    ]


def expected(path: Path) -> set[tuple[str, str]]:
    found = re.match(r"# refused: (\S+) (.+)\n", path.read_text(encoding="utf-8"))
    assert found, f"{path.name} does not say where it is refused"
    return {(found[1], keyword) for keyword in found[2].split()}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_itself_valid(name: str) -> None:
    """A schema that its own meta-schema refuses would judge nothing, so both validators check it."""
    jsonschema_rs.meta.validate(schemas.load(name))
    Reference.check_schema(schemas.load(name))
    assert schemas.load(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_closed(name: str) -> None:
    """No object takes a key that its schema does not know; a map of free keys bounds what they are, and how many."""
    for steps, part in parts(schemas.load(name)):
        if part.get("type") != "object":
            assert conditional(steps) or "properties" not in part, steps
        elif part.get("additionalProperties") is not False:
            assert {"additionalProperties", "propertyNames", "maxProperties"} <= part.keys(), steps


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described(name: str) -> None:
    """Every field says in a sentence what it must be."""
    for steps, part in parts(schemas.load(name)):
        field = steps[-1:] == ("additionalProperties",) or steps[-2:-1] == ("properties",)
        if field and not conditional(steps):
            assert re.fullmatch(r"\S.{5,}\.", part.get("description", "")), steps


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_bounded(name: str) -> None:
    """Every text, list and number has a largest size, so no document can exhaust its reader (T10)."""
    limits = {"string": {"maxLength"}, "array": {"maxItems"}, "number": {"minimum", "maximum"}}
    limits["integer"] = limits["number"]
    line = "#/$defs/line"  # each use of it says how long
    for steps, part in parts(schemas.load(name)):
        if not conditional(steps) and steps != ("$defs", "line"):
            kind = "string" if part.get("$ref") == line else part.get("type", "")
            assert limits.get(kind, set()) <= part.keys(), steps
            assert {"type", "enum", "$ref"} & part.keys(), steps


@pytest.mark.parametrize("name", NAMES)
def test_every_designed_field_is_there(name: str) -> None:
    """A schema has the fields of the contract, all of them and no others."""
    assert sorted(FIELDS[name].split()) == sorted(field for field, _, _ in fields(schemas.load(name)))


def test_shared_terms_mean_the_same_everywhere() -> None:
    """An id, a date, a duration or a line of text follows one definition in every schema."""
    seen: dict[str, Json] = {}
    for name in NAMES:
        for term, definition in schemas.load(name)["$defs"].items():
            assert seen.setdefault(term, definition) == definition, f"{name}: {term}"


@pytest.mark.parametrize(("name", "path"), samples("valid"))
def test_a_valid_sample_is_accepted(name: str, path: Path) -> None:
    """What a team may write is accepted by the judge and by the reference validator."""
    document = strict_yaml.parse(path.read_bytes())
    assert list(schemas.problems(name, document)) == []
    assert set() == refusals(fast(name), document) == reference_refusals(name, document)


@pytest.mark.parametrize(("name", "path"), samples("invalid"))
def test_an_invalid_sample_is_refused_where_it_is_wrong(name: str, path: Path) -> None:
    """Each invalid sample is refused by both validators, at the place and for the reason it names (T09, T10, T15)."""
    document = strict_yaml.parse(path.read_bytes())
    assert expected(path) == refusals(fast(name), document)
    assert expected(path) == reference_refusals(name, document)


def constraints(name: str) -> list[tuple[Steps, str]]:
    return [
        (steps, keyword)
        for steps, part in parts(schemas.load(name))
        for keyword in part
        if keyword not in SILENT | BIG and steps[-1:] != ("if",)
    ]


def without(name: str, steps: Steps, keyword: str) -> Json:
    schema = copy.deepcopy(schemas.load(name))
    part: Json = schema
    for step in steps:
        part = part[step]
    del part[keyword]
    return schema


@pytest.mark.parametrize("name", NAMES)
def test_every_constraint_is_noticed(name: str) -> None:
    """Whichever constraint a schema loses, some sample tells: none is there for show."""
    corpus = documents(name, "valid") + documents(name, "invalid")
    before = [refusals(fast(name), document) for document in corpus]
    lost = []
    for steps, keyword in constraints(name):
        weaker = jsonschema_rs.Draft202012Validator(without(name, steps, keyword))
        if before == [refusals(weaker, document) for document in corpus]:
            lost.append((*steps, keyword))
    assert lost == []


def grown(value: Json) -> Json:
    """The value with far more items, keys or characters of the kind it has; None when it cannot grow."""
    if isinstance(value, list) and value:
        return [*value, *([value[-1]] * 1000)]
    if isinstance(value, str):
        return value + "x" * 1000
    return None


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_on_length_bites(name: str) -> None:
    """A list or text of a thousand more than it may have is refused wherever it stands (T10)."""
    for document in documents(name, "valid"):
        for steps in list(places(document)):
            if steps and (longer := grown(at(document, steps))) is not None:
                changed = copy.deepcopy(document)
                at(changed, steps[:-1])[steps[-1]] = longer
                assert not schemas.is_valid(name, changed), steps
                assert not reference(name).is_valid(changed), steps


TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["all", "low", "Low", "5m", "0d", "2026-03-01", "2026-13-01", "a" * 64, "x\n", "\u202e", " ", "h1:"]
    ),
    st.from_regex(r"\A[a-z][a-z0-9-]{0,8}\n?\Z"),
)
# The judge reports a numeric key as an index and leaves an empty one out: both refuse it, at places spelt differently.
KEYS = TEXTS.filter(lambda text: re.search(r"[^0-9+]", text) is not None)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.sampled_from([0, 1, 0.0, 1.0, -0.0, 101.0, 100.5]),
    TEXTS,
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(KEYS, SCALARS, max_size=3))


@st.composite
def mutated(draw: st.DrawFn, name: str) -> Json:
    """A sample with one to three things replaced, removed, added, doubled or lengthened."""
    document = copy.deepcopy(draw(st.sampled_from(documents(name, "valid") + documents(name, "invalid"))))
    for _ in range(draw(st.integers(1, 3))):
        steps = draw(st.sampled_from(list(places(document))))
        if not steps:
            continue
        parent, last = at(document, steps[:-1]), steps[-1]
        match draw(st.sampled_from(["replace", "remove", "add", "double", "lengthen"])):
            case "replace":
                parent[last] = draw(VALUES)
            case "remove":
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(KEYS)] = draw(VALUES)
            case "double" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[-1]))
            case "lengthen" if isinstance(parent[last], str):
                parent[last] += draw(TEXTS)
    return document


@pytest.mark.parametrize("name", NAMES)
def test_both_validators_agree_on_mutated_documents(name: str) -> None:
    """The judge and the reference validator refuse mutated documents at the same places, for the same reasons."""

    @settings(max_examples=400, deadline=None)
    @given(mutated(name))
    def agree(document: Json) -> None:
        assert reference_refusals(name, document) == refusals(fast(name), document)
        assert schemas.is_valid(name, document) is reference(name).is_valid(document)

    agree()


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("people", "team/people.yaml"),
        ("tasks", "team/tasks.yaml"),
        ("waivers", "team/waivers.yaml"),
        ("points", "team/enforcement-points.yaml"),
        ("targets", "team/drill-targets.yaml"),
        ("manifest", "workflows/*/workflow.yaml"),
        ("state", "workflows/*/state.yaml"),
        ("drill", "workflows/*/drill.yaml"),
    ],
)
def test_the_sample_repository_fits(name: str, pattern: str) -> None:
    """Every document of the sample repository fits its schema under both validators."""
    paths = sorted(REPOSITORY.glob(pattern))
    assert paths
    for path in paths:
        document = strict_yaml.parse(path.read_bytes())
        assert list(schemas.problems(name, document)) == [], path
        assert reference(name).is_valid(document), path
