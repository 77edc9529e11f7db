"""What a scenario is to the runner, and what most of them have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.errors import CountersignError, UsageError
from catalog.records.statement import time_text
from controls.live import order as orders
from controls.live.fleet import DEADLINE, Outcome
from controls.live.order import ALL, Confirmed
from drills.marks import Disproved, Mark, Poll
from drills.rehearsal import HELD_MS, NAMED, SCHEDULED, Rehearsal, Unseen
from drills.ways import ByHand, Way

Json = Any

CACHED = 3
"""Canaries that meet the workers' caches: one alone might come to the one of them that is well."""
CROSSING, APART = 4, 0.02
"""Released jobs that come due around the stop, and the seconds between them."""
IN_HAND = 0.5
"""Seconds within which a worker that takes up a released job has asked whether it may."""
ASKED, SLOWEST = 7, 6.0
"""Answers of a point that giving the order takes beside those to the questions, and the most seconds allowed for it."""
JOBS = 3
"""Practice jobs where the drill file names no number."""


class Scenario(ABC):
    """One story. The runner calls the methods in order; each may raise `Unseen`, `Disproved`, `SourceError`."""

    needs: tuple[str, ...] = ("remove-canary", "resume-action")
    """The undos that its drill file must list."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.canaries: list[str] = []
        """Jobs that would show the old version still acting."""
        self.crossing: list[str] = []
        """Released jobs that are taken up while the stop is given."""
        self._cached: list[Callable[[], str]] = []
        self.effects_before = 0
        """The last effect before the old version had to be silent."""

    @property
    def way(self) -> Way:
        """The way back that is rehearsed."""
        return ByHand(self.rehearsal, str(self.rehearsal.played.parameters.get("action", ALL)))

    @property
    def jobs(self) -> int:
        """How many practice jobs are put through."""
        return int(self.rehearsal.played.parameters.get("jobs", JOBS))

    @property
    def action(self) -> str:
        """The action that it is played on."""
        return str(self.rehearsal.played.parameters.get("action", self.rehearsal.easiest))

    @property
    def job(self) -> Mapping[str, Json]:
        """What each of its canaries says beside its text."""
        return {}

    def check(self) -> None:
        """Raise `UsageError` where the drill file does not fit the manifest, or leaves an undo out."""
        for undo in self.needs:
            self.rehearsal.check_undo(undo)
        if self.action not in self.rehearsal.actions:
            raise UsageError(
                f"{self.rehearsal.plan.file}: {self.rehearsal.workflow} has no action {self.action}.",
                solution="Name one of the manifest's.",
            )

    def show_canary(self) -> None:
        """The positive control: before anything is touched, a canary job is seen to act."""
        self.rehearsal.before("remove-canary", prefix=f"{self.rehearsal.prefix}-canary")
        seen = self.rehearsal.put_releasable("canary-seen", self.action)
        self.rehearsal.until(lambda: self.rehearsal.acted(seen), f"the canary {seen} acting")

    @abstractmethod
    def inject(self) -> Mark:
        """Make go wrong what goes wrong; when it was wrong."""

    @abstractmethod
    def noticed(self) -> bool:
        """Whether a person or the system has noticed."""

    def arm(self) -> None:
        """Put canaries in before the stop that must not act after it: one scheduled, one in flight."""
        rehearsal = self.rehearsal
        # One for each action that stops, at least so many as there may be workers.
        actions = [str(one["action"]) for one in self.way.questions()]
        wanted = (actions * CACHED)[: max(CACHED, len(actions))]
        self._cached = [rehearsal.ready("canary-cached", action, **self.job) for action in wanted]
        scheduled = rehearsal.ready("canary-scheduled", self.action, **self.job)
        longer = self.slowness()
        put_in_flight = self._in_flight(longer)
        # Drafted before and released now: so caches are fresh when the stop comes, and one that outlives it is full.
        warm = [put() for put in [rehearsal.ready("canary-warm", self.action, **self.job) for _ in range(CACHED)]]
        rehearsal.until(lambda: all(rehearsal.acted(name) for name in warm), "the last canaries acting")
        # Put in early enough to be known to whoever plans ahead, and due while silence is watched.
        self.canaries.append(scheduled(not_before=rehearsal.soon(SCHEDULED + longer)))
        put_in_flight()

    def slowness(self) -> float:
        """Seconds until an order is in force here, by how long one answer takes: no canary may end before."""
        question, *others = self.way.questions()
        target, begins = self.rehearsal.target, self.rehearsal.watch.now()
        target.decisions({**question, "caller": target.application})
        took = self.rehearsal.watch.now() - begins
        return min(SLOWEST, took * (len(others) + ASKED))

    def _in_flight(self, longer: float) -> Callable[[], None]:
        """What puts work in that is under way when the stop comes; so many seconds longer than it is usually held."""
        rehearsal = self.rehearsal
        if rehearsal.actions[self.action] == NAMED:
            # Without its release a draft does not act anyway, and a released one asks no model that could hold it.
            crossing = [rehearsal.ready("crossing", self.action, **self.job) for _ in range(CROSSING)]
            return lambda: self._cross(crossing)
        text = f"Practice: [answer after {HELD_MS + round(longer * 1000)} ms] (canary in flight)."
        return lambda: self._hold(text)

    def _hold(self, text: str) -> None:
        in_flight = self.rehearsal.put("canary-in-flight", self.action, text=text, **self.job)
        # At work is not enough: its worker may not have asked yet whether it may, and would be told of the stop.
        self.rehearsal.until(lambda: self.rehearsal.asked_model(in_flight), f"the job {in_flight} at the model")
        self.canaries.append(in_flight)

    def _cross(self, jobs: Sequence[Callable[..., str]]) -> None:
        """Released jobs come due one after the other from now on; the stop is given when the first has acted.

        Whoever asked before the stop may act just after it: that is what draining takes, and not a broken promise. One
        that takes long is in hand by then, and had its answer.
        """
        rehearsal, due = self.rehearsal, self.rehearsal.soon(0.0)
        self.crossing += [put(not_before=due + APART * number) for number, put in enumerate(jobs)]
        first = self.crossing[0]
        acted = Poll(rehearsal.watch, lambda: rehearsal.acted(first)).wait(rehearsal.watch.now() + IN_HAND)
        if acted is None and rehearsal.place(first) != "at-work":
            raise Unseen(f"the released job {first} was not taken up within {IN_HAND:g} s")

    def stop(self) -> Iterator[Outcome[Confirmed]]:
        """Give the order to every point; what each says."""
        rehearsal, target = self.rehearsal, self.rehearsal.target
        order = self.way.order(time_text(datetime.now(UTC)))
        try:
            found = orders.survey(target.points, target.root, order.workflow, target.on_call, DEADLINE)
            order = orders.aimed(order, found)
        except CountersignError as error:  # whoever is on call would stand there with it
            raise Disproved(f"the order cannot be given: {error.message}") from error
        rehearsal.before(self.way.undo, paths=[order.path])
        yield from orders.give(
            order, target.points, target.root, target.on_call, ahead=found.ahead if found else 0.0, seconds=DEADLINE
        )

    def follow(self) -> None:
        """After the stop: more canaries, for what the workers still hold in their caches; each may act, but for it."""
        self.canaries += [put() for put in self._cached] or [self.rehearsal.put("canary-cached", self.action)]

    def is_settled(self, canary: str) -> bool:
        """Whether a canary came to where it should: silence alone could be a worker that is dead."""
        return self.rehearsal.place(canary) in ("people", "by-hand")

    def is_over(self, job: str) -> bool:
        """Whether a job that crossed the stop is in nobody's hands any more."""
        return self.rehearsal.place(job) in ("done", "people", "by-hand")

    def check_silence(self) -> None:
        """Raise `Disproved` for a canary that acted, or for which a model was asked the old way."""
        for effect in self.rehearsal.effects():
            after = effect["number"] > self.effects_before
            if after and effect["job"] in self.canaries and self.way.is_old(effect):
                raise Disproved(f"the canary {effect['job']} acted after the stop")
        late = [name for name in self.canaries if "cached" in name or "scheduled" in name]
        for call in self.rehearsal.calls():
            if self.way.is_old_call(call) and any(f"({name})" in str(call["text"]) for name in late):
                raise Disproved(f"a model was asked the old way after the stop: {call['text']}")
