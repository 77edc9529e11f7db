"""The five times that are published of a drill: between which marks, of which phase, against which budget.

A run may hold several scenarios; its time is that of its worst one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drills.publish.runs import NOT_RUN, PASSED, Phase, Run, Scenario


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One time: from mark to mark, judged with a phase."""

    phase: str
    words: str
    begin: str
    end: str
    meaning: str


MEASURES = (
    Measure(phase="stop", words="Time to stop", begin="t3", end="t4",
            meaning="from the stop command to the last enforcement point's first refusal"),
    Measure(phase="drain", words="Time to drain", begin="t3", end="t7",
            meaning="from the stop command to the old version's last side effect"),
    Measure(phase="mitigate", words="Time to mitigate", begin="t2", end="t6",
            meaning="from on-call's acknowledgement until the fallback serves everything"),
    Measure(phase="notify", words="Time to notify", begin="t3", end="t8",
            meaning="from the stop command to the confirmed delivery of the message to the team"),
    Measure(phase="restore", words="Time to restore", begin="t0", end="t9",
            meaning="from the trigger until all is undone and the steady state proved again"),
)  # fmt: skip


class Standing(IntEnum):
    """How a run stands in one measure, best first."""

    MET = 0
    NOT_RUN = 1
    """The phase did not run, was ended, could not be seen, or left no marks: there is nothing to count."""
    OVER = 2
    FAILED = 3

    @property
    def words(self) -> str:
        """For a reader."""
        return ("met", "not run", "over budget", "failed")[self]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """One measure of one run; without seconds unless it was met or over budget."""

    standing: Standing
    seconds: float | None
    resolution: float
    budget: float | None


def timing(run: Run, measure: Measure, within: float | None) -> Timing:
    """The worst of the run's scenarios; `within`: what the manifest promises for the whole way back."""
    found = [scenario_timing(scenario, measure, within) for scenario in run.scenarios]
    return max(found, key=lambda one: (one.standing, one.seconds or 0.0))


def scenario_timing(scenario: Scenario, measure: Measure, within: float | None) -> Timing:
    """The same of one scenario."""
    phase = scenario.phases.get(measure.phase)
    budget = phase.budget if phase else None
    if measure.phase == "restore":
        budget = within
    begin, end = scenario.marks.get(measure.begin), scenario.marks.get(measure.end)
    seconds = round(end.first_good - begin.first_good, 6) if begin and end else -1.0
    standing = _standing(phase, seconds, budget)
    told = seconds >= 0 and standing in (Standing.MET, Standing.OVER)
    return Timing(
        standing=standing, seconds=seconds if told else None, budget=budget,
        resolution=round(begin.resolution + end.resolution, 6) if begin and end else 0.0,
    )  # fmt: skip


def _standing(phase: Phase | None, seconds: float, budget: float | None) -> Standing:
    # Who ended a run, or could not see, says nothing of how long it takes.
    if phase is None or phase.outcome in (NOT_RUN, "aborted", "inconclusive"):
        return Standing.NOT_RUN
    if phase.outcome not in (PASSED, "late"):
        return Standing.FAILED
    # Without both marks, or with the end before the beginning, nothing was measured.
    if seconds < 0:
        return Standing.NOT_RUN if phase.outcome == PASSED else Standing.OVER
    over = budget is not None and seconds > budget
    return Standing.OVER if over or phase.outcome == "late" else Standing.MET
