"""How a drill, a scenario or a phase ended. Only `passed` is good, and it takes positive evidence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """From the best to the worst: of several, the worst is the outcome of the whole."""

    PASSED = "passed"
    NOT_RUN = "not_run"
    """Something before it did not pass."""
    INCONCLUSIVE = "inconclusive"
    """What would prove it could not be seen, or it was not so before anything was touched."""
    LATE = "late"
    """It came true after its budget."""
    FAILED = "failed"
    """The contrary was seen, or it never came true."""
    ABORTED = "aborted"
    """Somebody ended the run."""
    UNDO_FAILED = "undo_failed"
    """The system was not brought back to where it was."""


class Phase(StrEnum):
    """The parts of each scenario, in order."""

    DETECT = "detect"
    ACKNOWLEDGE = "acknowledge"
    STOP = "stop"
    MITIGATE = "mitigate"
    DRAIN = "drain"
    NOTIFY = "notify"
    RESTORE = "restore"


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole by those of its parts; of nothing, that it did not run."""
    order = list(Outcome)
    return max(outcomes, key=order.index, default=Outcome.NOT_RUN)
