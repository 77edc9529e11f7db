"""Plays one scenario: its phases in order, each timed and held against its budget; whatever happens, it is undone.

Of a phase that did not pass, all later ones are `not_run`; only `restore` always runs. What passes was seen to be so.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from catalog.errors import CountersignError, SourceError
from drills import probes, undo
from drills.marks import Disproved, FirstOf, Mark, Poll, last_of
from drills.outcomes import Outcome, Phase, worst
from drills.rehearsal import Rehearsal, Unseen
from drills.scenarios.interface import Scenario
from drills.silence import Silence

_SILENT = "old-version-silent"
_INTERRUPTED = "somebody ended the run"
_AGAIN = 0.2
"""Seconds between two tries to undo one step."""


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


@dataclass(frozen=True, slots=True)
class Span:
    """What a phase took: from one mark to another."""

    since: Mark
    until: Mark


class Runner:
    """One scenario on its way."""

    def __init__(self, rehearsal: Rehearsal, scenario: Scenario) -> None:
        self._rehearsal, self._scenario = rehearsal, scenario
        self._watch, self._journal, self._target = rehearsal.watch, rehearsal.journal, rehearsal.target
        budgets = rehearsal.plan.budgets
        phases = {phase: PhaseResult(budgets[phase]) for phase in Phase}
        self.result = Result(rehearsal.played.scenario, phases)
        self._told: Poll | None = None
        self._silence: Silence | None = None
        self._calls_checked = 0

    def run(self) -> Result:
        """Play it. Raises nothing that is expected to happen, but `KeyboardInterrupt` once everything is undone."""
        self._journal.write("scenario_begins", scenario=self.result.scenario)
        works: dict[Phase, Callable[[], Span]] = {
            Phase.DETECT: self._detect, Phase.ACKNOWLEDGE: self._acknowledge, Phase.STOP: self._stop,
            Phase.MITIGATE: self._mitigate, Phase.DRAIN: self._drain, Phase.NOTIFY: self._notify,
        }  # fmt: skip
        try:
            all(self._phase(phase, work) for phase, work in works.items())
        except KeyboardInterrupt:
            self._note_interruption()
            raise
        finally:
            with _uninterrupted():
                self._phase(Phase.RESTORE, self._restore)
                self._journal.write("scenario_ended", scenario=self.result.scenario, outcome=self.result.outcome)
        return self.result

    def _note_interruption(self) -> None:
        """Between two phases it is the next one that somebody ended."""
        phases = [phase for phase in self.result.phases.values() if phase.outcome is not Outcome.PASSED]
        if phases[0].outcome is Outcome.NOT_RUN:
            phases[0].outcome, phases[0].why = Outcome.ABORTED, _INTERRUPTED

    def _phase(self, phase: Phase, work: Callable[[], Span]) -> bool:
        """Run one phase; whether it passed."""
        found = self.result.phases[phase]
        self._journal.write("phase_begins", phase=phase, budget=found.budget)
        try:
            span = work()
        except Disproved as error:
            found.outcome, found.why = Outcome.FAILED, str(error)
        except (Unseen, SourceError) as error:
            found.outcome, found.why = Outcome.INCONCLUSIVE, str(error)
        except KeyboardInterrupt:
            found.outcome, found.why = Outcome.ABORTED, _INTERRUPTED
            raise
        except CountersignError as error:
            found.outcome, found.why = Outcome.ABORTED, f"{error.message} {error.why}".strip()
        except BaseException as error:
            found.outcome, found.why = Outcome.ABORTED, f"a defect: {type(error).__name__}"
            raise
        else:
            found.seconds = span.until.first_good - span.since.earliest
            found.resolution = span.until.resolution(span.since)
            found.outcome = Outcome.PASSED if found.seconds <= found.budget else Outcome.LATE
        finally:
            if phase is Phase.RESTORE and found.outcome is not Outcome.PASSED and not self._is_home:
                found.outcome = Outcome.UNDO_FAILED
            self._journal.write(
                "phase_ended", phase=phase, outcome=found.outcome, seconds=found.seconds,
                resolution=found.resolution, why=found.why,
            )  # fmt: skip
        return found.outcome is Outcome.PASSED

    # Phases.

    def _detect(self) -> Span:
        """It goes wrong, and somebody or something notices."""
        self._scenario.check()
        self._rehearsal.effects_from = self._target.office.count()
        self._rehearsal.calls_from = self._calls_checked = self._target.model.count()
        for name in self._rehearsal.plan.before:
            probes.prove(name, self._rehearsal, self._scenario)
        self._scenario.show_canary()
        self._check_target()
        wrong = self._mark("t0", self._scenario.inject())
        noticed = self._await(
            Poll(self._watch, self._scenario.noticed, since=wrong.first_good), Phase.DETECT, wrong, "nobody noticed"
        )
        self.result.seen_before = True  # either `show_canary` has seen it act, or what was noticed is its act
        return Span(wrong, self._mark("t1", noticed))

    def _acknowledge(self) -> Span:
        """On-call is paged, and takes it."""
        noticed, team = self.result.marks["t1"], self._target.team
        channel, page = self._rehearsal.channel, f"{self._rehearsal.prefix}-page"
        team.tell(channel, page, self._words("is being rehearsed: on-call, please take it."))
        team.acknowledge(page, self._target.on_call.person)
        taken = self._await(
            Poll(self._watch, lambda: team.is_acknowledged(channel, page), since=noticed.first_good),
            Phase.ACKNOWLEDGE, noticed, "nobody took it",
        )  # fmt: skip
        return Span(noticed, self._mark("t2", taken))

    def _stop(self) -> Span:
        """The order is given, and the last point refuses."""
        self._scenario.arm()
        question = {**self._scenario.way.question(), "caller": self._target.application}
        before = self._watch.now()
        if lets := [name for name, said in self._target.decisions(question).items() if not said or self._refuses(said)]:
            raise Unseen(f"before the stop it was not running at {', '.join(sorted(lets))}")
        polls = self._polls(question, before)
        issued = self._mark("t3", Mark(None, self._watch.now()))
        try:
            self._give()
            refused = [self._await(poll, Phase.STOP, issued, f"{name} went on") for name, poll in polls.items()]
        finally:
            for poll in polls.values():
                poll.cancel()
        last = self._mark("t4", last_of(refused))
        self._silence = Silence(self._rehearsal, self._scenario, last)
        self._tell()
        self._scenario.follow()
        return Span(issued, last)

    def _mitigate(self) -> Span:
        """What goes on in place of the old version has finished some work, and all of it."""
        taken, way = self.result.marks["t2"], self._scenario.way
        jobs = [way.practise("practice") for _ in range(self._scenario.jobs)]
        first = FirstOf(self._watch, lambda: [way.serves(job) for job in jobs], since=taken.first_good)
        every = Poll(self._watch, first, since=taken.first_good)
        served = self._await(every, Phase.MITIGATE, taken, "not everything was finished on the fallback")
        self._mark("t5", first.mark or served)
        for name in self._rehearsal.plan.during:
            if name != _SILENT:
                probes.prove(name, self._rehearsal, self._scenario)
        self._check_target()
        return Span(taken, self._mark("t6", served))

    def _drain(self) -> Span:
        """The old version acts no more, for as long as the drill file asks to see."""
        assert self._silence is not None  # the stop came before
        issued = self.result.marks["t3"]
        budget = self._rehearsal.plan.budgets[Phase.DRAIN]
        try:
            self._silence.prove(issued.first_good + budget)
        except Disproved:
            self.result.seen_after = True
            raise
        finally:
            self.result.window = self._silence.window
        return Span(issued, self._mark("t7", self._silence.last_act))

    def _notify(self) -> Span:
        """The team was told, and the delivery is confirmed."""
        assert self._told is not None  # the stop came before
        issued = self.result.marks["t3"]
        told = self._await(self._told, Phase.NOTIFY, issued, f"nothing was delivered to {self._rehearsal.channel}")
        return Span(issued, self._mark("t8", told))

    def _restore(self) -> Span:
        """Every step is taken back, and the steady state is proved again."""
        begins = Mark(None, self._watch.now())
        lost = self._undo()
        try:
            home = begins if lost else self._prove_steady()
        finally:
            # What was put in for this goes away whatever came of it: nobody is to find it later.
            lost += self._perform(undo.CLEAR, {"prefix": self._rehearsal.prefix})
            self.result.undone = not lost
        if lost:
            raise SourceError("; ".join(lost))
        self._say_all_clear()
        if (wrong := self.result.marks.get("t0")) and home.first_good - wrong.earliest > self._rehearsal.plan.within:
            raise Disproved(f"the whole way back took longer than {self._rehearsal.plan.within:g} s")
        return Span(begins, home)

    # Their parts.

    def _prove_steady(self) -> Mark:
        self._calls_checked = self._target.model.count()  # what was wrong before is told already
        for name in self._rehearsal.plan.after:
            probes.prove(name, self._rehearsal, self._scenario)
        self._check_target()
        self.result.steady = True
        return self._mark("t9", Mark(None, self._watch.now()))

    @property
    def _is_home(self) -> bool:
        return self.result.undone and self.result.steady

    def _check_target(self) -> None:
        """Whatever it is about: each point holds the bundle that was published, each model was the one asked."""
        published = self._target.published.seq
        for name, held in self._target.held().items():
            if held and held["seq"] != published:
                raise Disproved(f"{name} holds bundle number {held['seq']}, and {published} was published")
        for call in self._target.model.calls(self._calls_checked):
            self._calls_checked = call["number"]
            if self._rehearsal.prefix in str(call["text"]) and call["served"] != call["asked"]:
                raise Disproved(f"{call['served']} answered in place of {call['asked']}")

    def _refuses(self, said: dict[str, object]) -> bool:
        return self._scenario.way.refuses(said)

    def _polls(self, question: dict[str, object], seen_open: float) -> dict[str, Poll]:
        """A question to each point that is asked until it refuses."""
        return {
            point.name: Poll(self._watch, self._target.asker(point, question, self._refuses), since=seen_open)
            for point in self._target.points
        }

    def _give(self) -> None:
        lost = []
        for outcome in self._scenario.stop():
            said = {"confirmed": outcome.value is not None, "error": str(outcome.error or "")}
            self._journal.write("order_at_point", point=outcome.point.name, seconds=outcome.seconds, **said)
            if outcome.value is None:
                lost.append(f"{outcome.point.name} ({outcome.error})")
        if lost:
            raise Disproved(f"not confirmed: {', '.join(sorted(lost))}")

    def _tell(self) -> None:
        """Tell the team at once; its delivery is waited for in a phase of its own."""
        channel, message = self._rehearsal.channel, f"{self._rehearsal.prefix}-told"
        team, issued = self._target.team, self.result.marks["t3"]
        team.tell(channel, message, self._words("is stopped for a rehearsal. Work goes on by the fallback."))
        self._told = Poll(self._watch, lambda: team.has(channel, message), since=issued.first_good)

    def _say_all_clear(self) -> None:
        words = self._words("runs again: the rehearsal is over.")
        self._target.team.tell(self._rehearsal.channel, f"{self._rehearsal.prefix}-clear", words)

    def _words(self, what: str) -> str:
        return f"Rehearsal ({self.result.scenario}): {self._rehearsal.workflow} {what}"

    def _mark(self, name: str, mark: Mark) -> Mark:
        self.result.marks[name] = mark
        self._journal.write("mark", mark=name, last_bad=mark.last_bad, first_good=mark.first_good)
        return mark

    def _await(self, poll: Poll, phase: Phase, since: Mark, otherwise: str) -> Mark:
        """When it came true; after its budget it is late, and after twice that it never came."""
        try:
            mark = poll.wait(since.first_good + 2 * self._rehearsal.plan.budgets[phase])
        finally:
            poll.cancel()
        if mark is None and poll.trouble:
            raise Unseen(poll.trouble)
        if mark is None:
            raise Disproved(otherwise)
        return mark

    def _undo(self) -> list[str]:
        """Take every step back, in the file's order; what could not be, one does not keep the next from it."""
        registered = self._rehearsal.registered
        ordered = [one for name in self._rehearsal.played.undo for one in registered if one[0] == name]
        return [lost for name, given in ordered for lost in self._perform(name, given)]

    def _perform(self, name: str, given: dict[str, object]) -> list[str]:
        """Take one step back, again until the budget is used up; why it could not be, or nothing."""
        ends = self._watch.now() + self._rehearsal.plan.budgets[Phase.RESTORE]
        while True:
            try:
                undo.perform(self._target, name, given)
            except SourceError as error:
                if self._watch.now() > ends:
                    return [f"{name}: {error}"]
                threading.Event().wait(_AGAIN)
            else:
                self._journal.write("undone", undo=name, given=given)
                return []


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C and SIGTERM until what must be done is done; then they come."""
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt
