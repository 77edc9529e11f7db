"""The JSON report holds every raw run, and keeps to its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from support.drill_runs import HOSTILE, SELF_TEST, history, hostile, many, run
from support.records import NOW

from catalog import schemas
from catalog.records.statement import Kind, make_statement
from drills import publish as package
from drills.publish.interface import Edition
from drills.publish.json_report import JsonReport
from drills.publish.runs import Source, run_of
from drills.publish.self_test import SelfTest
from drills.publish.sources import History

Json = Any

SCHEMA = json.loads((Path(package.__file__).parent / "report.schema.json").read_text("utf-8"))
NAMED = [schemas.load("records/drill"), schemas.load("self-test")]
REGISTRY: Registry[Json] = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in NAMED])
VALIDATOR = Draft202012Validator(SCHEMA, registry=REGISTRY)
EDITION = Edition(now=NOW, records="a" * 40, self_test=SelfTest(said=SELF_TEST, mutants=()))


def written(folder: Path, *histories: History, edition: Edition = EDITION) -> str:
    """The report of these workflows."""
    with JsonReport(folder / "drills.json", edition) as form:
        for one in histories:
            form.add(one)
        form.finish()
    return (folder / "drills.json").read_text(encoding="ascii")


def test_the_schema_is_closed() -> None:
    """It is a schema, and no object in it takes keys that it does not name."""
    Draft202012Validator.check_schema(SCHEMA)
    for part in (SCHEMA, SCHEMA["$defs"]["workflow"], SCHEMA["$defs"]["figures"], SCHEMA["$defs"]["run"]):
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])


def test_every_run_is_there_raw(tmp_path: Path) -> None:
    """What each record says is there word for word, newest first, with its place; and the figures beside."""
    said = many(30)
    runs = [run_of(make_statement(Kind.DRILL, one), Source.RECORD, "billing-replies/drill/x") for one in said]
    document = json.loads(written(tmp_path, history(*runs), history(workflow="never-drilled")))
    VALIDATOR.validate(document)
    [first, second] = document["workflows"]
    assert [one["said"] for one in first["runs"]] == said
    assert {one["path"] for one in first["runs"]} == {"billing-replies/drill/x"}
    assert second["runs"] == []
    stop = first["figures"][0]
    assert (stop["target"], stop["phase"], stop["n"] + stop["failed"] + stop["not_run"]) == ("sandbox", "stop", 30)


def test_what_is_absent_is_null(tmp_path: Path) -> None:
    """Without records, self-test or declaration the document says so, and fits."""
    bare = Edition(now=NOW, records=None)
    document = json.loads(written(tmp_path, history(run(source=Source.FILE), declared=None), edition=bare))
    VALIDATOR.validate(document)
    assert (document["records"], document["self_test"]) == (None, None)
    [only] = document["workflows"]
    assert (only["tier"], only["evidence"], only["runs"][0]["path"]) == (None, None, None)
    VALIDATOR.validate(json.loads(written(tmp_path, edition=bare)))


def test_one_run_is_one_line(tmp_path: Path) -> None:
    """So that two reports can be compared, and the same runs are the same bytes."""
    text = written(tmp_path, history(run(), run(run="other")))
    assert sum('"said":' in line for line in text.splitlines()) == 2
    assert text == written(tmp_path, history(run(), run(run="other")))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    """T15: it comes back as it was, and is nothing but printable ASCII on the way."""
    told = written(tmp_path, history(hostile(text)))
    document = json.loads(told)
    VALIDATOR.validate(document)
    assert document["workflows"][0]["runs"][0]["said"]["runner"] == text
    assert all(line.isprintable() for line in told.splitlines())
