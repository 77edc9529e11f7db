"""What is done and seen in each phase of a scenario, and from when to when it counts."""

from __future__ import annotations

from typing import Any

from drills import probes
from drills.marks import Disproved, FirstOf, Mark, Poll, last_of
from drills.outcomes import Phase
from drills.rehearsal import Rehearsal, Unseen
from drills.result import Result, Span
from drills.scenarios.interface import Scenario
from drills.silence import Silence

_SILENT = "old-version-silent"


class Phases:
    """The phases of one scenario. Each may raise `Disproved`, `Unseen` and `SourceError`."""

    def __init__(self, rehearsal: Rehearsal, scenario: Scenario, result: Result) -> None:
        self._rehearsal, self._scenario, self._result = rehearsal, scenario, result
        self._watch, self._journal, self._target = rehearsal.watch, rehearsal.journal, rehearsal.target
        self._told: Poll | None = None
        self._silence: Silence | None = None
        self._calls_checked = 0

    def detect(self) -> Span:
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
        self._result.seen_before = True  # either `show_canary` has seen it act, or what was noticed is its act
        return Span(wrong, self._mark("t1", noticed))

    def acknowledge(self) -> Span:
        """On-call is paged, and takes it."""
        noticed, team = self._result.marks["t1"], self._target.team
        channel, page = self._rehearsal.channel, f"{self._rehearsal.prefix}-page"
        team.tell(channel, page, self._words("is being rehearsed: on-call, please take it."))
        team.acknowledge(page, self._target.on_call.person)
        taken = self._await(
            Poll(self._watch, lambda: team.is_acknowledged(channel, page), since=noticed.first_good),
            Phase.ACKNOWLEDGE, noticed, "nobody took it",
        )  # fmt: skip
        return Span(noticed, self._mark("t2", taken))

    def stop(self) -> Span:
        """The order is given, and the last point refuses."""
        self._scenario.arm()
        questions = [{**one, "caller": self._target.application} for one in self._scenario.way.questions()]
        before = self._watch.now()
        decided = [one for question in questions for one in self._target.decisions(question).items()]
        if idle := {name for name, said in decided if not said or self._refuses(said)}:
            raise Unseen(f"before the stop it was not running at {', '.join(sorted(idle))}")
        polls = self._polls(questions, before)
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

    def mitigate(self) -> Span:
        """What goes on in place of the old version has finished some work, and all of it."""
        assert self._silence is not None  # the stop came before
        taken, way, silence = self._result.marks["t2"], self._scenario.way, self._silence
        jobs = [way.practise("practice") for _ in range(self._scenario.jobs)]

        def serving() -> list[bool]:
            silence.look()  # people take their time: what acts meanwhile must not be taken to act at their end
            return [way.serves(job) for job in jobs]

        first = FirstOf(self._watch, serving, since=taken.first_good)
        every = Poll(self._watch, first, since=taken.first_good)
        served = self._await(every, Phase.MITIGATE, taken, "not everything was finished on the fallback")
        self._mark("t5", first.mark or served)
        for name in self._rehearsal.plan.during:
            if name != _SILENT:
                probes.prove(name, self._rehearsal, self._scenario)
        self._check_target()
        return Span(taken, self._mark("t6", served))

    def drain(self) -> Span:
        """The old version acts no more, for as long as the drill file asks to see."""
        assert self._silence is not None  # the stop came before
        issued = self._result.marks["t3"]
        budget = self._rehearsal.plan.budgets[Phase.DRAIN]
        try:
            self._silence.prove(issued.first_good + budget)
        except Disproved:
            self._result.seen_after = True
            raise
        finally:
            self._result.window = self._silence.window
        return Span(issued, self._mark("t7", self._silence.last_act))

    def notify(self) -> Span:
        """The team was told, and the delivery is confirmed."""
        assert self._told is not None  # the stop came before
        issued = self._result.marks["t3"]
        told = self._await(self._told, Phase.NOTIFY, issued, f"nothing was delivered to {self._rehearsal.channel}")
        return Span(issued, self._mark("t8", told))

    def home(self) -> Mark:
        """The steady state is proved again; when that was."""
        self.prove_steady()
        self._result.steady = True
        return self._mark("t9", Mark(None, self._watch.now()))

    def prove_steady(self) -> None:
        """What the drill file asks for holds, now that everything was taken back."""
        self._calls_checked = self._target.model.count()  # what was wrong before is told already
        for name in self._rehearsal.plan.after:
            probes.prove(name, self._rehearsal, self._scenario)
        self._check_target()

    def say_all_clear(self) -> None:
        """The team hears that it is over."""
        words = self._words("runs again: the rehearsal is over.")
        self._target.team.tell(self._rehearsal.channel, f"{self._rehearsal.prefix}-clear", words)

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

    def _polls(self, questions: list[dict[str, Any]], seen_open: float) -> dict[str, Poll]:
        """Each question to each point, asked until it refuses."""
        return {
            f"{point.name}, {question['action']},": Poll(
                self._watch, self._target.asker(point, question, self._refuses), since=seen_open
            )
            for point in self._target.points
            for question in questions
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
        team, issued = self._target.team, self._result.marks["t3"]
        team.tell(channel, message, self._words("is stopped for a rehearsal. Work goes on by the fallback."))
        self._told = Poll(self._watch, lambda: team.has(channel, message), since=issued.first_good)

    def _words(self, what: str) -> str:
        return f"Rehearsal ({self._result.scenario}): {self._rehearsal.workflow} {what}"

    def _mark(self, name: str, mark: Mark) -> Mark:
        self._result.marks[name] = mark
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
