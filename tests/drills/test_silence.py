"""Silence is proved: for a whole window, by canaries that would have shown it, and that must come up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drills.marks import Disproved, Mark, Stopwatch
from drills.rehearsal import Rehearsal, Unseen
from drills.scenarios import Scenario
from drills.silence import Silence

Json = Any

WINDOW = 0.2


class Clock(Stopwatch):
    """A clock that goes on when somebody pauses, and a little whenever it is looked at."""

    time = 0.0

    def now(self) -> float:
        self.time += 0.001
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Office:
    """Effects that come at set moments, and canaries that come up at set moments."""

    acts: list[float] = field(default_factory=list)
    settles: dict[str, float] = field(default_factory=dict)
    canary_acts: dict[str, float] = field(default_factory=dict)
    over: dict[str, float] = field(default_factory=dict)
    watch: Clock = field(default_factory=Clock)
    canaries: list[str] = field(default_factory=list)
    crossing: list[str] = field(default_factory=list)
    plan: Any = field(default_factory=lambda: SimpleNamespace(silence=WINDOW))
    way: Any = field(default_factory=lambda: SimpleNamespace(is_old=lambda effect: effect["old"]))

    def __post_init__(self) -> None:
        self.canaries, self.crossing = list(self.settles), list(self.over)

    def effects(self) -> list[Json]:
        return [{"old": True} for at in self.acts if at <= self.watch.now()] + [{"old": False}]

    @property
    def target(self) -> Any:
        return SimpleNamespace(office=SimpleNamespace(count=lambda: len(self.effects())))

    def is_settled(self, canary: str) -> bool:
        return self.watch.now() >= self.settles[canary]

    def is_over(self, job: str) -> bool:
        return self.watch.now() >= self.over[job]

    def check_silence(self) -> None:
        for canary, at in self.canary_acts.items():
            if self.watch.now() >= at:
                raise Disproved(f"the canary {canary} acted after the stop")

    def silence(self) -> Silence:
        return self.since(Mark(0.0, self.watch.now()))

    def since(self, refused: Mark) -> Silence:
        found = Silence(cast(Rehearsal, self), cast(Scenario, self), refused)
        found._pause = cast(Any, self.watch)
        return found


def proved(office: Office, seconds: float = 2.0) -> Silence:
    silence = office.silence()
    silence.prove(seconds)
    return silence


def test_nothing_for_a_whole_window() -> None:
    """It is watched for as long as the drill file asks, from the moment when nothing was running any more."""
    office = Office()
    silence = proved(office)
    assert WINDOW <= silence.window <= office.watch.now()
    assert silence.last_act.first_good < WINDOW


def test_a_late_act_begins_the_window_anew() -> None:
    """What acted in it was the last act, and is timed by when it was seen."""
    office = Office(acts=[0.12])
    silence = proved(office)
    assert silence.last_act.earliest <= 0.12 <= silence.last_act.first_good
    assert office.watch.now() >= 0.12 + WINDOW


def test_what_acted_before_the_first_look_was_seen_no_later() -> None:
    """An act between the last refusal and the first look lies in the interval of the last act."""
    office = Office(acts=[0.05])
    office.watch.wait(0.1)
    silence = office.since(Mark(0.0, 0.01))
    silence.prove(2.0)
    assert silence.last_act.earliest <= 0.05 <= silence.last_act.first_good


@given(st.lists(st.floats(0.01, 0.3), max_size=3))
def test_the_last_act_lies_in_its_interval(acts: list[float]) -> None:
    """However many there were, the window after the last one was whole."""
    office = Office(acts=acts)
    silence = proved(office)
    seen = [at for at in acts if at <= silence.last_act.first_good]
    assert silence.last_act.earliest <= max(seen, default=silence.last_act.first_good) <= silence.last_act.first_good
    assert not [at for at in acts if silence.last_act.first_good < at <= silence.last_act.first_good + silence.window]


def test_what_never_falls_silent_is_disproved() -> None:
    """By the end of the budget."""
    with pytest.raises(Disproved, match=r"silent for 0\.\d s only, and .* s must be seen"):
        proved(Office(acts=[0.02 * number for number in range(100)]), 0.5)


@pytest.mark.parametrize("at", [0.05, WINDOW + 0.05])
def test_a_canary_that_acts_disproves(at: float) -> None:
    """In the window, and as long as another canary is waited for."""
    with pytest.raises(Disproved, match="canary scheduled acted"):
        proved(Office(settles={"scheduled": 9.0}, canary_acts={"scheduled": at}))


def test_a_canary_that_never_comes_up_proves_nothing() -> None:
    """Silence may be a worker that is dead."""
    with pytest.raises(Unseen, match="scheduled never came up"):
        proved(Office(settles={"cached": 0.0, "scheduled": 9.0}), 0.4)


def test_a_canary_that_comes_up_late_is_waited_for() -> None:
    """Until the budget ends."""
    office = Office(settles={"scheduled": WINDOW + 0.1})
    silence = proved(office)
    assert office.watch.now() >= WINDOW + 0.1
    assert silence.window >= WINDOW


def test_what_was_in_hand_when_the_stop_came_is_waited_for() -> None:
    """Silence that begins while somebody still works on it is none yet; what they did then is the last act."""
    office = Office(acts=[WINDOW + 0.1], over={"crossing": WINDOW + 0.1})
    silence = proved(office)
    assert silence.last_act.earliest <= WINDOW + 0.1 <= silence.last_act.first_good
    assert silence.window >= WINDOW


def test_what_stays_in_hand_proves_nothing() -> None:
    """It may act as soon as nobody looks any more."""
    with pytest.raises(Unseen, match="crossing was taken up before the stop, and is still in somebody's hands"):
        proved(Office(over={"crossing": 9.0}), 0.4)


def test_what_cannot_be_watched_is_no_silence() -> None:
    """An office that does not answer is not a quiet one."""
    office = Office()
    silence = office.silence()
    broken: Callable[[], list[Json]] = lambda: (_ for _ in ()).throw(Unseen("no answer"))  # noqa: E731
    object.__setattr__(silence, "_rehearsal", SimpleNamespace(watch=office.watch, plan=office.plan, effects=broken))
    with pytest.raises(Unseen):
        silence.prove(0.4)
