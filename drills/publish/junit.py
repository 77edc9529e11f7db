"""The newest run of each workflow as JUnit XML: a suite for each scenario, a test for each phase.

A phase that failed or was late is a failure, one that proved nothing an error, one that did not run is skipped. How the
whole drill ended is a test of its own, so that one in which nothing ran is not green.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from drills.publish import files, text
from drills.publish.runs import NOT_RUN, PASSED, Phase, Run, Scenario
from drills.publish.sources import History

_FAILURES = {"failed", "late"}


class JUnit:
    """The report, written to one file."""

    def __init__(self, path: Path) -> None:
        self._path, self._suites = path, list[TestSuite]()

    def add(self, history: History) -> None:
        """Take in one workflow; without a run it has nothing to tell."""
        if history.last:
            self._suites += [_drill(history.last), *_scenarios(history.last)]

    def finish(self) -> None:
        """Write it."""
        files.write(self._path, [document(self._suites).encode()])


def document(suites: list[TestSuite]) -> str:
    """The suites as one `testsuites` document."""
    root = JUnitXml(name="countersign drills")
    for suite in suites:
        root.append(suite)  # type: ignore[no-untyped-call]  # add_testsuite compares each suite with all before it
    root.update_statistics()  # type: ignore[no-untyped-call]
    # The JUnit library writes with lxml where it finds it; the same report must be the same bytes everywhere.
    written = io.BytesIO()
    root.write(written)
    tree = ElementTree.fromstring(written.getvalue())  # noqa: S314 (written a line ago)
    ElementTree.indent(tree)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(tree, encoding="unicode") + "\n"


def _drill(run: Run) -> TestSuite:
    suite = TestSuite(name=run.workflow)
    for name in ("target", "started", "run", "runner", "version", "rollback_digest", "commit", "opa"):
        suite.add_property(name, text.visible(str(run.said[name])))
    suite.add_property("source", run.source.value)
    case = TestCase(name="outcome", classname=run.workflow, time=run.said["seconds"])
    _end(case, run.outcome, f"{text.outcome(run.outcome)} on {run.target}", skip=False)
    suite.add_testcases([case])
    return suite


def _scenarios(run: Run) -> Iterator[TestSuite]:
    for scenario in run.scenarios:
        suite = TestSuite(name=f"{run.workflow}/{scenario.name}")
        suite.add_testcases([_case(run, scenario, phase) for phase in scenario.phases.values()])
        yield suite


def _case(run: Run, scenario: Scenario, phase: Phase) -> TestCase:
    case = TestCase(name=phase.phase, classname=f"{run.workflow}.{scenario.name}", time=phase.seconds or 0.0)
    took = "" if phase.seconds is None else f" after {text.seconds(phase.seconds)}"
    words = (
        f"{text.outcome(phase.outcome)}{took}, budget {text.limit(phase.budget)}{f': {phase.why}' if phase.why else ''}"
    )
    _end(case, phase.outcome, words, skip=True)
    return case


def _end(case: TestCase, outcome: str, words: str, *, skip: bool) -> None:
    if outcome == PASSED:
        return
    if outcome == NOT_RUN and skip:
        case.result = [Skipped(message=words)]
    else:
        kind = Failure if outcome in _FAILURES else Error
        case.result = [kind(message=words, type_=outcome)]
