"""The JUnit report is read by others' readers exactly as it is meant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import junitparser
import xmlschema
from hypothesis import given
from support.hostile import hostile, reports
from support.reports import ALIAS, FOLDER, SAMPLES, SANDBOX, change, finding, report

from catalog.errors import JudgeError
from checks.finding import Finding, Report, Severity
from checks.reports.junit import REPOSITORY, write, write_error
from checks.reports.shape import arrange, counting

XSD = xmlschema.XMLSchema(str(FOLDER / "junit.xsd"))


def read(page: str) -> list[junitparser.TestCase]:
    """The cases of a valid document."""
    XSD.validate(page)
    return [case for suite in junitparser.JUnitXml.fromstring(page.encode()) for case in suite]


def results(page: str) -> Counter[str]:
    """How many cases ended how."""
    return Counter(type(case.result[0]).__name__ if case.result else "Passed" for case in read(page))


def failing(report: Report) -> int:
    """How many findings block."""
    arranged = arrange(report)
    return sum(len(counting(arranged.findings, severity)) for severity in (Severity.DENY, Severity.WAIT))


@given(reports())
def test_findings_are_counted_right(hostile: Report) -> None:
    """T15: whatever it quotes, the document is valid, no two cases share a name (GitLab keeps one), and what fails is
    exactly what counts as deny or wait."""
    arranged, page = arrange(hostile), write(hostile)
    names, counted = Counter((case.classname, case.name) for case in read(page)), results(page)
    assert max(names.values()) == 1
    waived = sum(bool(finding.waived) for finding in arranged.findings)
    assert counted["Failure"] == failing(hostile)
    assert counted["Skipped"] == waived + len(arranged.launch)
    assert counted["Error"] == 0


@given(hostile())
def test_errors_are_errors(text: str) -> None:
    """T11, T15: a run that could not judge is one case in error, whatever the error says."""
    assert results(write_error(JudgeError(text, why=text, solution=text))) == {"Error": 1}


def test_warnings_and_waived_findings_never_fail() -> None:
    """A warning passes and says so; a waived finding is skipped with its waiver."""
    page = write(report(ALIAS, SANDBOX))
    assert results(page) == {"Passed": 2, "Skipped": 1}
    assert "<system-out>warning\n" in page


def test_types_tell_waits_from_refusals() -> None:
    """A failure's type is its severity."""
    types = {case.name.split()[0]: case.result[0].type for case in read(write(SAMPLES["refuse"])) if case.is_failure}
    expected = {"control.owner": "wait", "approver.countersign": "wait", "rollback.untested": "wait"}
    assert types == expected | {"fallback.usable": "deny"}


def test_a_suite_is_never_empty() -> None:
    """The repository and each judged workflow show a passing case when nothing is wrong."""
    cases = read(write(report(changes=(change(), change("ticket-triage")))))
    assert [case.classname for case in cases] == [REPOSITORY, "billing-replies", "ticket-triage"]


def test_names_do_not_move_with_lines() -> None:
    """A finding that moved to another line is the same case, so GitLab does not call it new."""

    def names(found: Finding) -> list[str]:
        return [case.name for case in read(write(report(found)))]

    assert names(finding(line=8)) == names(finding(line=80))


def test_totals_add_up() -> None:
    """The counts on the document are those of its cases."""
    root = junitparser.JUnitXml.fromstring(write(SAMPLES["refuse"]).encode())
    assert (root.tests, root.failures, root.errors, root.skipped) == (6, 4, 0, 1)


def test_schema_refuses_an_empty_document() -> None:
    """T11: the shape we check against has no room for a report of nothing."""
    assert not XSD.is_valid('<testsuites name="x" tests="0" failures="0" errors="0" skipped="0"/>')
    assert Path(FOLDER / "junit.xsd").is_file()
