"""How a scenario and its phases went."""

from __future__ import annotations

from dataclasses import dataclass, field

from drills.marks import Mark
from drills.outcomes import Outcome, Phase, worst


@dataclass(slots=True)
class PhaseResult:
    """How one phase ended."""

    budget: float
    outcome: Outcome = Outcome.NOT_RUN
    seconds: float | None = None
    resolution: float | None = None
    why: str = ""


@dataclass(slots=True)
class Result:
    """How one scenario ended."""

    scenario: str
    phases: dict[Phase, PhaseResult]
    marks: dict[str, Mark] = field(default_factory=dict)
    seen_before: bool = False
    """Whether a canary was seen to act before the stop."""
    seen_after: bool = False
    """Whether one acted after it."""
    window: float = 0.0
    undone: bool = False
    steady: bool = False

    @property
    def outcome(self) -> Outcome:
        """The worst of its phases: the one that failed, not those that were left out because of it."""
        return worst(phase.outcome for phase in self.phases.values())

    def proof(self) -> dict[str, bool | float | str]:
        """What its journal says at its end, beyond its phases and marks."""
        return {
            "outcome": str(self.outcome), "seen_before": self.seen_before, "seen_after": self.seen_after,
            "window": self.window, "undone": self.undone, "steady": self.steady,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """What a phase took: from one mark to another."""

    since: Mark
    until: Mark
