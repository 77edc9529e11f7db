"""From the rules' answer to a verdict: nothing is lost, nothing is invented."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.errors import PolicyError
from catalog.team import Team
from checks import outcome
from checks.finding import Finding, Severity, Verdict
from checks.places import Places

METADATA = {"approver.missing": {"solution": "Name\n  somebody."}}
ANSWER: dict[str, Any] = {"rules": ["approver.missing"], "findings": [], "changes": {}}
HIT = {
    "code": "approver.missing", "severity": "deny", "workflow": "w", "field": "approver", "message": "Must name one",
    "who": ["b", "a"], "waived": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        {"rules": [], "findings": []},
        {**ANSWER, "rules": []},
        {**ANSWER, "rules": ["approver.missing", "unknown.rule"]},
    ],
)
def test_an_answer_without_every_rule_is_an_error(answer: Any) -> None:
    """A rule that did not take part, or one without metadata, is an error and never a pass (T11)."""
    with pytest.raises(PolicyError):
        outcome.checked(answer, METADATA)


def test_a_whole_answer_is_taken() -> None:
    """An answer in which exactly the declared rules took part is taken as it is."""
    assert outcome.checked(ANSWER, METADATA) is ANSWER


def test_a_finding_gets_place_and_solution() -> None:
    """A finding carries file, line, the rule's solution on one line, and people in order."""
    answer = {**ANSWER, "findings": [HIT]}
    manifest = b"workflow: w\napprover: x\n"
    places = Places(lambda path: manifest if path == "workflows/w/workflow.yaml" else None)
    assert outcome.findings(answer, METADATA, Team(), places) == (
        Finding(
            workflow="w", file="workflows/w/workflow.yaml", line=2, code="approver.missing", severity=Severity.DENY,
            field="approver", message="Must name one", solution="Name somebody.", who=("a", "b"), waived="",
        ),
    )  # fmt: skip


def test_a_waived_finding_says_by_whom() -> None:
    """A waived finding stays, and says who waived it, until when and why."""
    team = Team(waivers=[{"owner": "ana", "until": "2026-12-01", "reason": "Vendor outage."}])
    answer = {**ANSWER, "findings": [{**HIT, "waived": 0}]}
    (finding,) = outcome.findings(answer, METADATA, team, Places(lambda _: None))
    assert finding.waived == "waived by ana until 2026-12-01: Vendor outage."


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], Verdict.PASS),
        (["warn"], Verdict.PASS),
        (["warn", "wait"], Verdict.WAIT),
        (["wait", "deny", "warn"], Verdict.REFUSE),
    ],
)
def test_the_verdict_is_the_worst_finding(severities: list[str], expected: Verdict) -> None:
    """The worst finding decides; warnings never do."""
    found = [Finding(code="a.b", severity=Severity(one), message="m") for one in severities]
    assert outcome.verdict(found) is expected


def test_a_waived_finding_does_not_count() -> None:
    """A waived refusal leaves the verdict to the others."""
    assert outcome.verdict([Finding(code="a.b", severity=Severity.DENY, message="m", waived="by ana")]) is Verdict.PASS
