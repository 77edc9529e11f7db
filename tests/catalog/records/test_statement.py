from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest
from support.records import NOW, control, failed, predicate, side, version

from catalog import schemas
from catalog.errors import RecordError
from catalog.records import strict_json
from catalog.records.statement import Kind, Statement, make_statement, moment, parse, time_text

Json = Any
Change = Callable[[dict[str, Json]], object]


@pytest.mark.parametrize("kind", list(Kind))
def test_round_trip(kind: Kind) -> None:
    """A statement of each kind is read back as it was written."""
    statement = make_statement(kind, predicate(kind))
    assert parse(statement.serialise()) == statement
    assert statement.at == NOW


def test_in_toto_shape() -> None:
    """The text is an in-toto Statement v1, and the predicate type, which names the kind, poses as no host of ours."""
    document = json.loads(make_statement(Kind.CHANGE, predicate(Kind.CHANGE)).serialise())
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert document["predicateType"] == "urn:countersign:change:v1"
    assert Kind.DRILL.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
    assert len({kind.predicate_type for kind in Kind}) == len(Kind)


def _document(kind: Kind = Kind.DRILL) -> dict[str, Json]:
    document: dict[str, Json] = json.loads(make_statement(kind, predicate(kind)).serialise())
    return document


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(extra=1),
        lambda d: d.pop("subject"),
        lambda d: d.update(_type="https://in-toto.io/Statement/v0.1"),
        lambda d: d.update(predicateType="urn:countersign:change:v2"),
        lambda d: d.update(predicateType=["urn:countersign:drill:v1"]),
        lambda d: d.update(subject=[]),
        lambda d: d["subject"].reverse(),
        lambda d: d["subject"].pop(),
        lambda d: d["subject"][0].update(name="other@version"),
        lambda d: d["subject"][0]["digest"].update(sha256="0" * 64),
        lambda d: d["subject"][0].update(uri="file:x"),
        lambda d: d.update(predicate=None),
        lambda d: d["predicate"].update(surprise=True),
        lambda d: d["predicate"].pop("outcome"),
        lambda d: d["predicate"].update(outcome="good"),
        lambda d: d["predicate"].update(result="FAILED"),
        lambda d: d["predicate"].update(at="2026-02-30T00:00:00.000Z"),
        lambda d: d["predicate"].update(at="2026-09-01T12:00:00.000Z\n"),
        lambda d: d["predicate"].update(workflow="../evil"),
        lambda d: d["predicate"].update(workflow="_control"),
        lambda d: d["predicate"].update(seconds=10**400),
    ],
)
def test_altered_statement(change: Change) -> None:
    """Unknown keys, other types, subjects that differ from the predicate and impossible values are refused. T07"""
    document = _document()
    change(document)
    with pytest.raises(RecordError):
        parse(strict_json.canonical(document))


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"1", b'"x"', b"{}", b'{"_type":1}'])
def test_no_statement(raw: bytes) -> None:
    """Text that is no statement at all is refused."""
    with pytest.raises(RecordError):
        parse(raw)


@pytest.mark.parametrize(
    "fields",
    [
        {"phases": [*predicate(Kind.DRILL)["phases"], {**predicate(Kind.DRILL)["phases"][0], "outcome": "late"}]},
        {"failedTests": ["late-fee-answer/drain"]},
        {"passedTests": []},
        {"undo": {"done": False, "steady": True}},
        {"undo": {"done": True, "steady": False}},
        {"silence": {"seen_before": False, "seen_after": False, "window": 20}},
        {"silence": {"seen_before": True, "seen_after": True, "window": 20}},
        {"silence": {"seen_before": True, "seen_after": False, "window": 0}},
        {"scenarios": [{"name": "late-fee-answer", "outcome": "inconclusive"}]},
        {"phases": []},
        {"scenarios": []},
    ],
)
def test_passed_drill_needs_positive_evidence(fields: dict[str, Json]) -> None:
    """A drill record that says passed without proof of every phase, undo and silence is refused. T08"""
    with pytest.raises(RecordError):
        make_statement(Kind.DRILL, predicate(Kind.DRILL, **fields))


@pytest.mark.parametrize("outcome", ["failed", "late", "inconclusive", "aborted", "undo_failed", "not_run"])
def test_failed_drill_is_recorded_as_failed(outcome: str) -> None:
    """Every other outcome is recorded as a failed test result."""
    statement = make_statement(Kind.DRILL, predicate(Kind.DRILL, **failed(outcome)))
    assert statement.predicate["result"] == "FAILED"
    with pytest.raises(RecordError):
        make_statement(Kind.DRILL, predicate(Kind.DRILL, **{**failed(outcome), "result": "PASSED"}))


@pytest.mark.parametrize(
    "kind, fields",
    [
        (Kind.CHANGE, {"after": None}),
        (Kind.CHANGE, {"control": control()["control"]}),
        (Kind.CHANGE, {**control(), "after": side()}),
        (Kind.CHANGE, {"workflow": "_control"}),
        (Kind.CHANGE, {"verdict": "refuse"}),
        (Kind.STOP, {"by": None}),
        (Kind.STOP, {"workflow": "_control"}),
        (Kind.STOP, {"reason": "line\u202ebreak"}),
        (Kind.RESUME, {"stops": []}),
        (Kind.RESULT, {"decision": "perhaps"}),
        (Kind.OVERRIDE, {"workflow": "billing-replies"}),
        (Kind.OVERRIDE, {"paths": ["team/people.yaml"]}),
        (Kind.OVERRIDE, {"approvals": predicate(Kind.OVERRIDE)["approvals"][:1]}),
        (Kind.OVERRIDE, {"approvals": predicate(Kind.OVERRIDE)["approvals"][:1] * 2}),
    ],
)
def test_inconsistent_predicate(kind: Kind, fields: dict[str, Json]) -> None:
    """A predicate that contradicts itself cannot be stated."""
    with pytest.raises(RecordError):
        make_statement(kind, predicate(kind, **fields))


def test_other_honest_predicates() -> None:
    """Deletions, control paths, stops of everything, triggers and solo repairs can be stated."""
    trigger = {"metric": "wrong_price", "value": 2, "above": 0, "over": 86400}
    approvals = predicate(Kind.OVERRIDE)["approvals"]
    honest: list[tuple[Kind, dict[str, Json]]] = [
        (Kind.CHANGE, {"before": side("old"), "after": None}),
        (Kind.CHANGE, control()),
        (Kind.STOP, {"workflow": "_control", "version": "*"}),
        (Kind.STOP, {"by": None, "key": None, "request_sha256": None, "trigger": trigger}),
        (Kind.STOP, {"rollback_to": version("old")}),
        (Kind.OVERRIDE, {"self_approved": True, "approvals": approvals[:1]}),
    ]
    made: list[Statement] = [make_statement(kind, predicate(kind, **fields)) for kind, fields in honest]
    assert [parse(statement.serialise()) for statement in made] == made


def test_schema_names_the_field() -> None:
    """The error of a predicate that does not fit names the place."""
    with pytest.raises(RecordError, match=r"phases\[0\]\.phase") as caught:
        make_statement(Kind.DRILL, predicate(Kind.DRILL, phases=[{**predicate(Kind.DRILL)["phases"][0], "phase": "x"}]))
    assert caught.value.why


def test_time_text_keeps_the_moment() -> None:
    """A time of any zone is written in UTC to the millisecond and read back."""
    berlin = timezone(timedelta(hours=2))
    assert time_text(datetime(2026, 9, 1, 14, 0, 0, 123_999, tzinfo=berlin)) == "2026-09-01T12:00:00.123Z"
    assert moment("2026-09-01T12:00:00.123Z") == datetime(2026, 9, 1, 12, 0, 0, 123_000, tzinfo=UTC)


def _objects(schema: Json) -> Iterator[dict[str, Json]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for value in schema.values():
            yield from _objects(value)
    if isinstance(schema, list):
        for value in schema:
            yield from _objects(value)


@pytest.mark.parametrize("kind", list(Kind))
def test_schemas_are_closed_and_described(kind: Kind) -> None:
    """Each predicate schema is valid, refuses unknown keys everywhere, requires every key and describes each.

    Only why a phase did not pass may be left out: one that passed has no reason; and whose word a drill is: the first
    release did not say.
    """
    schema = schemas.load(f"records/{kind}")
    jsonschema.Draft202012Validator.check_schema(schema)
    found = [one for one in _objects(schema) if "required" in one or "additionalProperties" in one]
    assert found
    for one in found:
        assert one["additionalProperties"] is False
        assert set(one["properties"]) - set(one["required"]) <= {"why", "attested"}
        assert set(one["required"]) <= set(one["properties"])
        assert [name for name, field in one["properties"].items() if not field.get("description")] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_second_validator_agrees(kind: Kind) -> None:
    """`jsonschema` accepts what `jsonschema-rs` accepts, and refuses each predicate with a key missing or added."""
    judge = jsonschema.Draft202012Validator(schemas.load(f"records/{kind}"))
    good = predicate(kind)
    bad = [{key: value for key, value in good.items() if key != left_out} for left_out in good]
    for document in [good, *bad, {**good, "extra": 1}]:
        assert judge.is_valid(document) == schemas.is_valid(f"records/{kind}", document)
    assert judge.is_valid(good)
