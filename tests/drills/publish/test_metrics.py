"""The metrics are OpenMetrics, by its library's own parser, and few."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from support.drill_runs import BUDGETS, HOSTILE, SELF_TEST, history, hostile, many, run
from support.pages import ROOT
from support.records import NOW

from catalog.records.statement import Kind, make_statement
from drills.publish import metrics
from drills.publish.interface import Edition
from drills.publish.metrics import Metrics
from drills.publish.runs import OUTCOMES, Source, run_of
from drills.publish.self_test import SelfTest
from drills.publish.sources import History

Labels = tuple[tuple[str, str], ...]
EDITION = Edition(now=NOW, records=None)
TESTED = SelfTest(said=copy.deepcopy(SELF_TEST), mutants=())


def written(*histories: History, edition: Edition = EDITION) -> str:
    """The text for these workflows."""
    form = Metrics(Path("unused"), edition)
    for one in histories:
        form.add(one)
    return form.exposition().decode()


def read(text: str) -> dict[str, dict[Labels, float]]:
    """Every sample by name and labels."""
    found: dict[str, dict[Labels, float]] = {}
    families: Iterator[Metric] = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # has no types
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_the_last_drill_is_told() -> None:
    """When it ended, when one last passed, how long each phase took and may take."""
    passed, failed = run(at=NOW - timedelta(days=1)), run(outcomes={"drain": "late"}, target="staging")
    found = read(written(history(passed, failed)))
    mine = (("workflow", "billing-replies"),)
    assert found["countersign_drill_last_run_timestamp_seconds"] == {mine: NOW.timestamp()}
    assert found["countersign_drill_last_passed_timestamp_seconds"] == {
        (("target", "sandbox"), *mine): (NOW - timedelta(days=1)).timestamp()
    }
    assert found["countersign_drill_evidence_limit_seconds"] == {mine: 30 * 86400}
    budgets = found["countersign_drill_phase_budget_seconds"]
    assert {dict(labels)["phase"]: value for labels, value in budgets.items()} == BUDGETS
    durations = found["countersign_drill_phase_duration_seconds"]
    assert durations[("phase", "drain"), ("target", "staging"), *mine] == pytest.approx(5.4)


def test_evidence_tells_where_it_was_made() -> None:
    """So that one in the sandbox is known as such; what was never drilled has none, which a query can tell."""
    found = read(written(history(run(at=NOW - timedelta(days=3)), run(outcomes={"drain": "late"}))))
    mine = (("target", "sandbox"), ("workflow", "billing-replies"))
    evidence = {mine: (NOW - timedelta(days=3)).timestamp()}
    assert found["countersign_drill_evidence_timestamp_seconds"] == evidence
    found = read(written(history()))
    assert list(found) == ["countersign_drill_evidence_limit_seconds"]


def test_the_outcome_is_a_state() -> None:
    """Just one of the outcomes is 1."""
    states = read(written(history(run(outcomes={"drain": "late"}))))["countersign_drill_outcome"]
    told = {dict(labels)["countersign_drill_outcome"]: value for labels, value in states.items()}
    assert told == {outcome: float(outcome == "late") for outcome in OUTCOMES}


def test_runs_are_counted_by_outcome() -> None:
    """However many runs there are, there is one sample an outcome."""
    runs = [run_of(make_statement(Kind.DRILL, one), Source.RECORD) for one in many(80)]
    found = read(written(history(*runs)))["countersign_drill_runs"]
    assert sum(found.values()) == 80
    assert len(found) == len(OUTCOMES)
    assert len(written(history(*runs)).splitlines()) == len(written(history(*runs[:20])).splitlines())


def test_a_phase_that_did_not_run_has_no_duration() -> None:
    """No data is no zero."""
    found = read(written(history(run(outcomes={"drain": "failed", "notify": "not_run"}))))
    phases = {dict(labels)["phase"] for labels in found["countersign_drill_phase_duration_seconds"]}
    assert "notify" not in phases
    assert "drain" in phases


def test_the_self_test_is_told() -> None:
    """How many mutants there are, and how many were caught; without a self-test nothing is said of it."""
    found = read(written(edition=Edition(now=NOW, records=None, self_test=TESTED)))
    assert found["countersign_drill_self_test_mutants"] == {(): 0}
    assert "countersign_drill_self_test_timestamp_seconds" in found
    assert written(history(declared=None)) == written() == "# EOF\n"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_reaches_no_label(text: str) -> None:
    """T15: labels hold nothing that somebody may write freely, so the samples are the same."""
    assert written(history(hostile(text))) == written(history(run()))


def test_names_have_units_and_are_on_the_page() -> None:
    """Every name begins alike, ends in its base unit unless it counts, and stands in docs/publishing.md."""
    names = [*metrics._GAUGES, "countersign_drill_outcome"]
    page = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in page] == []
    assert [name for name in names if not name.startswith("countersign_drill_")] == []
    counts = {"runs", "outcome", "self_test_mutants", "self_test_caught"}
    rest = [name for name in names if name.removeprefix("countersign_drill_") not in counts]
    assert [name for name in rest if not name.endswith("_seconds")] == []
    text = written(history(run()))
    told = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    units = {line.split()[2] for line in text.splitlines() if line.startswith("# UNIT") and line.endswith(" seconds")}
    assert units == {name for name in told if name.endswith("_seconds")}


def test_the_page_names_the_labels_of_each() -> None:
    """As they are written: a query that is copied from docs/publishing.md finds them."""
    page = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(countersign_drill_\w+)` \| ([a-z_, ]*?) *\|", page, re.MULTILINE))
    labels = {name: ", ".join(of) for name, (_, of) in metrics._GAUGES.items()}
    assert listed == {**labels, "countersign_drill_outcome": "workflow, countersign_drill_outcome"}
    found = read(written(history(run()), edition=Edition(now=NOW, records=None, self_test=TESTED)))
    for name, samples in found.items():
        assert {key for one in samples for key, _ in one} == set(filter(None, listed[name].split(", "))), name
