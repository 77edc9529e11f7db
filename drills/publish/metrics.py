"""The last drill of each workflow in OpenMetrics, for a dashboard or an alert; docs/publishing.md lists the names.

Labels hold names of workflows, targets and phases, and nothing that grows with the number of runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
_TARGET = ("workflow", "target")
_PHASE = ("workflow", "target", "phase")
_GAUGES = {
    "countersign_drill_last_run_timestamp_seconds": ("When the workflow's last drill ended.", _WORKFLOW),
    "countersign_drill_last_passed_timestamp_seconds": ("When the last passed drill on the target ended.", _TARGET),
    "countersign_drill_evidence_timestamp_seconds": (
        "When the workflow's evidence was made: its newest passed drill of what the tier asks for, and where.", _TARGET,
    ),
    "countersign_drill_evidence_limit_seconds": ("Up to which age evidence is in date at that tier.", _WORKFLOW),
    "countersign_drill_duration_seconds": ("How long the workflow's last drill took.", _TARGET),
    "countersign_drill_phase_duration_seconds": ("How long the phase took there, in its slowest scenario.", _PHASE),
    "countersign_drill_phase_budget_seconds": ("The budget of that phase.", _PHASE),
    "countersign_drill_runs": ("Drills that are known, by outcome.", ("workflow", "outcome")),
    "countersign_drill_self_test_mutants": ("Ways to break the sandbox that drills had to catch in the self-test.", ()),
    "countersign_drill_self_test_caught": ("Those of them that were caught.", ()),
    "countersign_drill_self_test_timestamp_seconds": ("When the last self-test ended.", ()),
}  # fmt: skip
_OUTCOME = "countersign_drill_outcome"
"""A state set: its format asks that the label which tells the states is called like the metric itself."""
_SECONDS = "seconds"


class Metrics(Collector):
    """The figures, written to one file."""

    def __init__(self, path: Path, edition: Edition) -> None:
        self._path = path
        self._gauges = {name: _gauge(name, words, of) for name, (words, of) in _GAUGES.items()}
        self._outcome = StateSetMetricFamily(_OUTCOME, "The outcome of the workflow's last drill.", labels=_WORKFLOW)
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
            self._set("evidence_timestamp_seconds", history.evidence.at.timestamp(), name, history.evidence.target)
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


def _gauge(name: str, words: str, labels: Sequence[str]) -> GaugeMetricFamily:
    unit = _SECONDS if name.endswith(f"_{_SECONDS}") else ""
    return GaugeMetricFamily(name, words, labels=list(labels), unit=unit)


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
