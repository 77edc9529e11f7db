"""The last drill of each workflow in OpenMetrics, for a dashboard or an alert; docs/publishing.md lists the names.

Labels hold names of workflows, targets and phases, and nothing that grows with the number of runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, StateSetMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from drills.publish import files
from drills.publish.interface import Edition
from drills.publish.runs import OUTCOMES, Phase, Run
from drills.publish.sources import History

_DAY = 86400.0
_WORKFLOW = ("workflow",)
_PHASE = ("workflow", "target", "phase")
_GAUGES = {
    "countersign_drill_last_run_timestamp_seconds": ("When the last drill ended.", _WORKFLOW),
    "countersign_drill_last_passed_timestamp_seconds": ("When the last passed drill ended.", ("workflow", "target")),
    "countersign_drill_evidence_timestamp_seconds": ("When the newest drill that counts ended.", _WORKFLOW),
    "countersign_drill_evidence_limit_seconds": ("For how long a passed drill stays good.", _WORKFLOW),
    "countersign_drill_duration_seconds": ("How long the last drill took.", ("workflow", "target")),
    "countersign_drill_phase_duration_seconds": ("How long the phase took, in the slowest scenario.", _PHASE),
    "countersign_drill_phase_budget_seconds": ("How long that phase may take.", _PHASE),
    "countersign_drill_runs": ("Drills that are known, by how they ended.", ("workflow", "outcome")),
    "countersign_drill_self_test_mutants": ("Drills that must fail, in the last self-test.", ()),
    "countersign_drill_self_test_caught": ("Those of them that ended as they must.", ()),
    "countersign_drill_self_test_timestamp_seconds": ("When the last self-test ended.", ()),
}  # fmt: skip


class Metrics(Collector):
    """The figures, written to one file."""

    def __init__(self, path: Path, edition: Edition) -> None:
        self._path = path
        self._gauges = {name: GaugeMetricFamily(name, words, labels=list(of)) for name, (words, of) in _GAUGES.items()}
        self._outcome = StateSetMetricFamily("countersign_drill_outcome", "How the last drill ended.", labels=_WORKFLOW)
        if tested := edition.self_test:
            self._set("self_test_mutants", len(tested.broken))
            self._set("self_test_caught", tested.caught)
            self._set("self_test_timestamp_seconds", tested.at.timestamp())

    def add(self, history: History) -> None:
        """Take in one workflow."""
        name = history.workflow
        if history.declared:
            self._set("evidence_limit_seconds", history.declared.limit_days * _DAY, name)
        if history.evidence:
            self._set("evidence_timestamp_seconds", history.evidence.at.timestamp(), name)
        for target, run in sorted(_last_passed(history).items()):
            self._set("last_passed_timestamp_seconds", run.at.timestamp(), name, target)
        if history.last:
            self._last(name, history.last)
            for outcome in OUTCOMES:
                self._set("runs", sum(run.outcome == outcome for run in history.runs), name, outcome)

    def finish(self) -> None:
        """Write it."""
        files.write(self._path, [self.exposition()])

    def exposition(self) -> bytes:
        """All of it in OpenMetrics' text form."""
        registry = CollectorRegistry()
        registry.register(self)
        text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]  # it ships no types for this one
        return text

    def collect(self) -> Iterator[Metric]:
        """What the library writes."""
        yield from (family for family in (*self._gauges.values(), self._outcome) if family.samples)

    def _last(self, name: str, run: Run) -> None:
        self._set("last_run_timestamp_seconds", run.at.timestamp(), name)
        self._set("duration_seconds", run.said["seconds"], name, run.target)
        self._outcome.add_metric([name], {outcome: outcome == run.outcome for outcome in OUTCOMES})
        for phase in _slowest(run):
            self._set("phase_duration_seconds", phase.seconds or 0.0, name, run.target, phase.phase)
            self._set("phase_budget_seconds", phase.budget, name, run.target, phase.phase)

    def _set(self, name: str, value: float, *labels: str) -> None:
        self._gauges[f"countersign_drill_{name}"].add_metric(list(labels), value)


def _last_passed(history: History) -> dict[str, Run]:
    found: dict[str, Run] = {}
    for run in history.runs:
        if run.passed:
            found.setdefault(run.target, run)
    return found


def _slowest(run: Run) -> list[Phase]:
    """Of each phase that ran, the scenario in which it took longest."""
    found: dict[str, Phase] = {}
    for phase in (phase for scenario in run.scenarios for phase in scenario.phases.values()):
        before = found.get(phase.phase)
        if phase.seconds is not None and (before is None or phase.seconds > (before.seconds or 0.0)):
            found[phase.phase] = phase
    return list(found.values())
