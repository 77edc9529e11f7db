"""The Code Quality report is one GitLab takes, and keeps findings recognisable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from support.hostile import hostile, reports
from support.reports import ALIAS, DRILL, FALLBACK, FOLDER, OWNER, SANDBOX, finding, report

from catalog.errors import JudgeError
from checks.finding import Finding, Report, Severity
from checks.reports.codequality import JUDGED, write, write_error
from checks.reports.shape import arrange

VALIDATOR = Draft202012Validator(json.loads((FOLDER / "codequality.schema.json").read_text()))


def read(page: str) -> Any:
    """The entries of a valid document, but for the one on the judgement, which is the last."""
    entries = json.loads(page)
    VALIDATOR.validate(entries)
    return [entry for entry in entries if entry["check_name"] != JUDGED]


@pytest.mark.parametrize("level", ["desk", "cooperative", "pinned", "trusted"])
def test_the_level_is_said_and_is_never_new(level: str) -> None:
    """Also a clean report says what was judged at which level; the widget sees the same entry in every run."""
    found = [json.loads(write(report(FALLBACK, assurance=level, now=f"2026-10-3{day}T09:00:00Z")))[-1] for day in "01"]
    assert [(one["check_name"], one["severity"]) for one in found] == [(JUDGED, "info")] * 2
    assert all(f", {level}; " in one["description"] for one in found)
    assert len({one["fingerprint"] for one in found}) == 1
    assert json.loads(write(report(assurance=level)))[-1]["fingerprint"] == found[0]["fingerprint"]


def fingerprint(found: Finding) -> str:
    """The fingerprint of one finding alone."""
    return str(read(write(report(found)))[0]["fingerprint"])


@given(reports())
def test_findings_are_counted_right(hostile: Report) -> None:
    """T15: whatever it quotes, one valid entry a finding, each with a fingerprint of its own."""
    arranged, entries = arrange(hostile), read(write(hostile))
    assert len(entries) == len(arranged.findings) + len(arranged.launch)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


@given(hostile())
def test_errors_are_blockers(text: str) -> None:
    """T11: a run that could not judge is never an empty, green array."""
    assert [entry["severity"] for entry in read(write_error(JudgeError(text, why=text)))] == ["blocker"]


@pytest.mark.parametrize(
    ("found", "severity"), [(FALLBACK, "critical"), (DRILL, "major"), (ALIAS, "minor"), (SANDBOX, "info")]
)
def test_severities(found: Finding, severity: str) -> None:
    """Deny, wait and warn have a severity each; a waived finding informs."""
    (entry,) = read(write(report(found)))
    assert entry["severity"] == severity
    assert ("waived" in entry["description"]) == bool(found.waived)


def test_launch_needs_only_inform() -> None:
    """What a launch still lacks is no defect."""
    (entry,) = read(write(report(launch=(finding(severity=Severity.DENY),), mode="all")))
    assert (entry["severity"], entry["description"][:11]) == ("info", "to go live:")


def test_fingerprint_stays_when_lines_or_words_move() -> None:
    """The widget shows a moved or reworded finding as the one it was."""
    assert fingerprint(finding(line=8)) == fingerprint(finding(line=9, message="other", solution="other"))


@pytest.mark.parametrize("other", [{"code": "a.b"}, {"workflow": "w"}, {"file": "f"}, {"field": "g"}])
def test_fingerprint_tells_findings_apart(other: dict[str, Any]) -> None:
    """Another rule, workflow, file or field is another finding."""
    assert fingerprint(finding()) != fingerprint(finding(**other))


@pytest.mark.parametrize(
    ("found", "path", "line"),
    [
        (OWNER, "team/people.yaml", 1),
        (finding(file="", line=0), "workflows/billing-replies/workflow.yaml", 1),
        (finding(), "workflows/billing-replies/workflow.yaml", 8),
    ],
)
def test_every_entry_has_a_place(found: Finding, path: str, line: int) -> None:
    """A finding without a file is shown at its manifest, or at the people."""
    (entry,) = read(write(report(found)))
    assert entry["location"] == {"path": path, "lines": {"begin": line}}
