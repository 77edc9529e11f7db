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
ANSWER: dict[str, Any] = {"rules": ["approver.missing"], "findings": [], "changes": {}, "control": {"approvals": []}}
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


WHOLE: dict[str, Any] = {**HIT, "file": None, "line": None}
KIND: dict[str, Any] = {
    "kind": "widening", "because": ["risk.tier"], "tier": "high", "needs": ["finn"],
    "approvals": [{"approval": 0, "role": "owner"}], "self_approved": False, "drill": None,
}  # fmt: skip


def with_hit(**fields: Any) -> dict[str, Any]:
    return {**ANSWER, "findings": [{**WHOLE, **fields}]}


def with_change(**fields: Any) -> dict[str, Any]:
    return {**ANSWER, "changes": {"w": {**KIND, **fields}}}


def test_an_answer_of_every_part_is_taken() -> None:
    """Findings and changes of the documented shape are taken, with all that may be null."""
    full = {**with_change(drill="w/drill/x.json"), "findings": [{**WHOLE, "file": "a", "line": 1, "waived": 1}]}
    for answer in (full, with_hit(workflow=None, field=None), with_change()):
        assert outcome.checked(answer, METADATA, 2) is answer


@pytest.mark.parametrize(
    "answer",
    [
        {**ANSWER, "rules": 7}, {**ANSWER, "rules": [["approver.missing"]]}, {**ANSWER, "findings": 7},
        {**ANSWER, "findings": {}}, {**ANSWER, "findings": [7]}, {**ANSWER, "changes": []},
        {**ANSWER, "changes": {"w": 7}}, {**ANSWER, "control": []}, {**ANSWER, "control": {"approvals": [7]}},
        with_hit(code="no.such"), with_hit(code=7), with_hit(severity="banana"), with_hit(severity=["deny"]),
        with_hit(workflow=["x"]), with_hit(workflow=7), with_hit(file={"a": 1}), with_hit(line="abc"),
        with_hit(line=1.0), with_hit(line=True), with_hit(field=7), with_hit(message=5), with_hit(message=None),
        with_hit(who=[1]), with_hit(who="finn"), with_hit(who=None), with_hit(waived=2), with_hit(waived=-1),
        with_hit(waived=True), with_hit(waived="0"),
        {**ANSWER, "findings": [{key: value for key, value in WHOLE.items() if key != "who"}]},
        with_change(kind=7), with_change(because="x"), with_change(because=[1]), with_change(tier=None),
        with_change(needs=[["x"]]), with_change(approvals=[{"approval": "0", "role": "owner"}]), with_change(drill=1),
        with_change(self_approved=0),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_an_error(answer: Any) -> None:
    """A verdict.rego that a change brings may answer anything; what is not as documented is an error (T12)."""
    with pytest.raises(PolicyError) as caught:
        outcome.checked(answer, METADATA, 2)
    assert "verdict.rego did not answer as documented" in caught.value.why


def test_very_many_findings_are_counted() -> None:
    """Of thousands of findings of one rule about one file the first are listed and the rest counted (T12)."""
    hits = [
        {**WHOLE, "workflow": "w", "file": "f", "line": line, "message": f"Must {line}"} for line in range(9999, 0, -1)
    ]
    other = [{**WHOLE, "workflow": "w", "file": "g", "line": 1}, {**WHOLE, "workflow": "w", "file": "f", "who": ["c"]}]
    found = outcome.findings({**ANSWER, "findings": [*hits, *other]}, METADATA, Team(), Places(lambda _: None))
    about = [one for one in found if one.file == "f" and one.who == ("a", "b")]
    assert [one.line for one in about] == [*range(1, 51), 50]
    assert about[-1].message == "and 9949 more like these, which are not listed"
    assert len(found) == 51 + len(other)
    assert {one.severity for one in found} == {Severity.DENY}


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
    assert finding.waived == "ana, until 2026-12-01: Vendor outage."


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
