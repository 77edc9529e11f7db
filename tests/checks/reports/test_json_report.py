"""The JSON report keeps to its schema."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, ValidationError
from support import pages
from support.hostile import hostile, reports
from support.reports import ERROR, SAMPLES

from catalog.errors import CountersignError, Interrupted, JudgeError, UsageError
from checks import reports as package
from checks.finding import Report
from checks.reports.json_report import write, write_error
from checks.reports.shape import arrange

SCHEMA = json.loads((Path(package.__file__).parent / "report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_schema_is_a_schema() -> None:
    """The published schema is itself valid."""
    Draft202012Validator.check_schema(SCHEMA)


@given(reports())
def test_any_report_fits_the_schema(hostile: Report) -> None:
    """T15: whatever it quotes, the document fits its schema and holds each finding once."""
    document = json.loads(write(hostile))
    VALIDATOR.validate(document)
    arranged = arrange(hostile)
    assert len(document["findings"]) == len(arranged.findings)
    assert len(document["launch"]) == len(arranged.launch)
    assert [f["message"] for f in document["findings"]] == [f.message for f in arranged.findings]


@given(hostile())
def test_any_error_fits_the_schema(text: str) -> None:
    """T11: an error is a document too, with verdict `error` and nothing judged."""
    document = json.loads(write_error(JudgeError(text, why=text, solution=text)))
    VALIDATOR.validate(document)
    assert (document["verdict"], document["judged"]) == ("error", None)


@pytest.mark.parametrize(
    ("error", "code"), [(ERROR, 3), (UsageError("x"), 2), (Interrupted("x"), 130), (CountersignError("x"), 3)]
)
def test_errors_carry_the_exit_code(error: CountersignError, code: int) -> None:
    """The document says what the command exits with."""
    document = json.loads(write_error(error))
    VALIDATOR.validate(document)
    assert document["exit_code"] == code


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"verdict": "error"},
        {"verdict": "pass"},
        {"exit_code": 0},
        {"judged": None},
        {"error": {"message": "x", "why": None, "solution": None}},
    ],
)
def test_schema_is_closed_and_consistent(change: dict[str, object]) -> None:
    """A document whose parts contradict each other, or that says more, is refused."""
    document = json.loads(write(SAMPLES["wait"]))
    VALIDATOR.validate(document)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document | change)


def test_schema_closes_every_object() -> None:
    """No object anywhere in the schema takes unknown keys, and every property is required."""
    objects = [SCHEMA, *SCHEMA["$defs"].values()]
    for shape in (s for s in objects if s.get("type") == "object"):
        assert shape["additionalProperties"] is False
        assert set(shape["required"]) == set(shape["properties"])


def test_the_page_explains_every_key() -> None:
    """docs/report.md names each key of the schema, and no other."""
    page = (pages.ROOT / "docs/report.md").read_text(encoding="utf-8")
    section = page.partition("\n## JSON\n")[2].partition("\n## ")[0]
    rows = [row.split(" | ")[0] for row in section.splitlines() if row.startswith("| `")]
    named = {key.removeprefix("judged.") for row in rows for key in re.findall("`(.+?)`", row)}
    shapes = [SCHEMA, *(shape for name, shape in SCHEMA["$defs"].items() if name != "error")]
    assert named == {key for shape in shapes for key in shape.get("properties", {})}
