"""The window in which the old version had to be silent: from when to when it was watched, and what was seen in it."""

from __future__ import annotations

from dataclasses import dataclass

from drills.publish import text
from drills.publish.runs import NOT_RUN, Scenario

_KEPT = (": nothing of the old version acted", "nothing acted")
_ENDS = {
    "failed": (", and was broken", "broken"),
    "inconclusive": (", and could not be proved", "not proved"),
    "aborted": (", until the run was ended", "ended"),
}
_UNKNOWN = (", and what was seen is not told", "not told")


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """One scenario's window, in seconds since the run's start; `begin` is None where nothing was watched."""

    begin: float | None = None
    end: float | None = None
    """Until when it is known to have been watched; None where that is not told."""
    seen: tuple[str, str] = _UNKNOWN
    """What was seen in it, in full and in short."""
    why: str = ""
    """What broke it, or kept it from being proved."""

    @property
    def kept(self) -> bool:
        """Whether it held for the whole window."""
        return self.seen == _KEPT

    def told(self, zero: float = 0.0) -> str:
        """In words, in seconds since `zero`."""
        if self.begin is None:
            return "was not watched: the run did not come so far"
        until = " on" if self.end is None else f" to {text.seconds(self.end - zero)}"
        why = f": {self.why}" if self.why else ""
        return f"was watched from {text.seconds(self.begin - zero)}{until}{self.seen[0]}{why}"

    def short(self, zero: float = 0.0) -> str:
        """The same for a drawing on a phone."""
        if self.begin is None:
            return "not watched"
        until = " on" if self.end is None else f"\N{EN DASH}{text.seconds(self.end - zero)}"
        return f"{text.seconds(self.begin - zero)}{until}: {self.seen[1]}"


def silence(scenario: Scenario, window: float) -> Silence:
    """What a scenario says of it. `window`: for how many seconds its silence held, at the least; 0: not known."""
    drain, refused, acted = scenario.phases.get("drain"), scenario.marks.get("t4"), scenario.marks.get("t7")
    if drain is None or drain.outcome == NOT_RUN or refused is None:
        return Silence()
    if acted is None:
        return Silence(begin=refused.first_good, seen=_ENDS.get(drain.outcome, _UNKNOWN), why=drain.why)
    return Silence(begin=acted.first_good, end=acted.first_good + window if window else None, seen=_KEPT)
