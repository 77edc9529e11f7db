"""The JUnit report is red whenever a drill was, and quotes what it must quote harmlessly."""

from __future__ import annotations

import re
from pathlib import Path

import junitparser
import pytest
import xmlschema
from support.drill_runs import HOSTILE, history, hostile, run
from support.reports import FOLDER

from drills.publish.junit import JUnit
from drills.publish.runs import OUTCOMES, PHASES
from drills.publish.sources import History

# The gate's report has types of its own; those of this one are outcomes.
_TYPES = "".join(f'<xs:enumeration value="{outcome}"/>' for outcome in OUTCOMES[1:])
_THEIRS = (FOLDER / "junit.xsd").read_text(encoding="utf-8")
XSD = xmlschema.XMLSchema(re.sub(r"(<xs:enumeration[^>]*/>\s*)+", _TYPES, _THEIRS))


def written(folder: Path, *histories: History) -> str:
    """The report of these workflows."""
    form = JUnit(folder / "drills.xml")
    for one in histories:
        form.add(one)
    form.finish()
    page = (folder / "drills.xml").read_text(encoding="utf-8")
    XSD.validate(page)
    return page


def results(page: str) -> dict[str, str]:
    """How each test ended, by class and name."""
    suites = junitparser.JUnitXml.fromstring(page.encode())
    return {
        f"{case.classname} {case.name}": type(case.result[0]).__name__ if case.result else "Passed"
        for suite in suites
        for case in suite
    }


def test_each_phase_is_a_test(tmp_path: Path) -> None:
    """A suite for each scenario, its phases in order, and one for the drill as a whole."""
    page = written(tmp_path, history(run(scenarios=("bad-approval", "late-fee-answer"))))
    suites = junitparser.JUnitXml.fromstring(page.encode())
    names = ["billing-replies", "billing-replies/bad-approval", "billing-replies/late-fee-answer"]
    assert [suite.name for suite in suites] == names
    assert [[case.name for case in suite] for suite in suites] == [["outcome"], [*PHASES], [*PHASES]]
    assert set(results(page).values()) == {"Passed"}


@pytest.mark.parametrize(
    "outcome, phase, whole",
    [
        ("failed", "Failure", "Failure"),
        ("late", "Failure", "Failure"),
        ("inconclusive", "Error", "Error"),
        ("aborted", "Error", "Error"),
        ("undo_failed", "Error", "Error"),
    ],
)
def test_what_did_not_pass_is_red(outcome: str, phase: str, whole: str, tmp_path: Path) -> None:
    """Failed and late are failures, what proved nothing is an error, and what did not run is skipped."""
    found = results(written(tmp_path, history(run(outcomes={"drain": outcome, "notify": "not_run"}))))
    told = {name.split()[-1]: result for name, result in found.items() if result != "Passed"}
    assert told == {"outcome": whole, "drain": phase, "notify": "Skipped"}


def test_a_drill_that_did_not_run_is_red(tmp_path: Path) -> None:
    """All its phases are skipped, and it is an error all the same."""
    none = dict.fromkeys(PHASES, "not_run")
    found = results(written(tmp_path, history(run(outcomes=none, outcome="not_run"))))
    assert [result for result in found.values() if result != "Skipped"] == ["Error"]


def test_only_the_newest_run_is_told(tmp_path: Path) -> None:
    """A failure that was mended since is no failure any more; a workflow that was never drilled has no suite."""
    old, new = run(outcomes={"stop": "failed"}), run(at=run().at.replace(hour=13))
    page = written(tmp_path, history(old, new), history(workflow="never-drilled"))
    assert set(results(page).values()) == {"Passed"}
    assert "never-drilled" not in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    """T15: whatever a record quotes, the document is valid, its tests are the same, and so are its bytes each time."""
    page = written(tmp_path, history(hostile(text)))
    assert results(page) == results(written(tmp_path, history(run())))
    assert page == written(tmp_path, history(hostile(text)))
