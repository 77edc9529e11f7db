"""The runner: budgets, outcomes and undos, with a target that behaves as a test says; journal and clock are real."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.rehearsals import ALL_PASSED, outcomes

from catalog.errors import SourceError, UsageError
from catalog.points import Point
from controls.live.channel import PointError
from controls.live.fleet import Outcome as AtPoint
from drills import journal as journals
from drills import probes, undo
from drills.journal import Journal
from drills.marks import Disproved, Mark, Poll, Stopwatch
from drills.outcomes import Outcome, Phase
from drills.plan import Plan, Played
from drills.rehearsal import Rehearsal, Unseen
from drills.result import Result
from drills.runner import Runner
from drills.scenarios import Scenario
from drills.targets.target import Target

Json = Any

LONG, SHORT = 20.0, 0.1
"""Budgets, in seconds."""
POINTS = tuple(Point(name=name, url="http://127.0.0.1:9", group="drill") for name in ("eu-1", "eu-2"))
LATER = [str(phase) for phase in Phase][1:-1]


class Hand(Stopwatch):
    """The real clock, that a test puts forward."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


class World:
    """What a drill touches: two points that refuse once stopped, a team that hears and answers at once."""

    name, application, points = "world", "mailer", POINTS
    on_call = SimpleNamespace(person="dana")

    def __init__(self) -> None:
        self.refusing: set[str] = set()
        self.told: list[str] = []
        self.delivers, self.takes = True, True
        self.undone: list[str] = []
        self.lost: dict[str, int] = {}
        """How often an undo fails before it can be done."""
        self.office = self.model = SimpleNamespace(count=lambda: 0, effects=lambda _: [], calls=lambda _: self.calls)
        self.calls: list[Json] = []
        """What the model was asked."""
        self.published, self.seq = SimpleNamespace(seq=7), 7
        """The bundle that was published, and the number of the one that every point holds."""
        self.team = self

    def held(self) -> Json:
        return {point.name: {"seq": self.seq} for point in POINTS}

    def tell(self, channel: str, message: str, text: str) -> None:
        self.told.append(message.rsplit("-", 1)[1])

    def has(self, channel: str, message: str) -> bool:
        return self.delivers and message.rsplit("-", 1)[1] in self.told

    def acknowledge(self, message: str, by: str) -> None:
        assert by == "dana"

    def is_acknowledged(self, channel: str, message: str) -> bool:
        return self.takes

    def asker(self, point: Point, question: Json, holds: Callable[[Json], bool]) -> Callable[[], bool]:
        return lambda: holds({"refused": point.name in self.refusing})

    def decisions(self, question: Json) -> Json:
        return {point.name: {"refused": point.name in self.refusing} for point in POINTS}

    def perform(self, _: Target, name: str, given: Json) -> None:
        if self.lost.get(name, 0) > 0:
            self.lost[name] -= 1
            raise SourceError("the model does not answer")
        self.undone.append(name)


class Way:
    """One that serves at once."""

    undo = "resume-action"

    def questions(self) -> Json:
        return [{"workflow": "replies", "action": "draft"}]

    def refuses(self, said: Json) -> bool:
        return bool(said["refused"])

    def is_old(self, _: Json) -> bool:
        return True

    def practise(self, kind: str) -> str:
        return kind

    def serves(self, _: str) -> bool:
        return True


class Story(Scenario):
    """A story in which everything goes well, and of which a test replaces a part."""

    way: Any = Way()
    jobs = 2

    def check(self) -> None:
        pass

    def show_canary(self) -> None:
        self.rehearsal.before("remove-canary", prefix="canary")

    def inject(self) -> Mark:
        return Mark(None, self.rehearsal.watch.now())

    def noticed(self) -> bool:
        return True

    def arm(self) -> None:
        pass

    def stop(self) -> Iterator[AtPoint[Any]]:
        self.rehearsal.before("resume-action", paths=["stops/x"])
        for point in POINTS:
            cast(World, self.rehearsal.target).refusing.add(point.name)
            yield AtPoint(point, cast(Any, "confirmed"), None, 0.01)

    def follow(self) -> None:
        pass

    def check_silence(self) -> None:
        pass


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found = World()
    monkeypatch.setattr(undo, "perform", found.perform)
    return found


@pytest.fixture
def story(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """A scenario that has not begun; its steady state is one probe that holds."""
    monkeypatch.setattr(probes, "prove", lambda name, rehearsal, scenario: None)
    played = Played(scenario="wrong-model", parameters={}, undo=("resume-action", "remove-canary"))
    workflow = SimpleNamespace(name="replies", version="h1:x", manifest={"fallback": {"tell": "#leads"}})
    plan = Plan(
        workflow=cast(Any, workflow), file="drill.yaml", digest="0", played=(played,), before=("points-answer",),
        during=(), after=("points-answer",), budgets=dict.fromkeys(Phase, LONG), silence=0.05, within=60.0,
    )  # fmt: skip
    watch = Hand()
    with closing(Journal(tmp_path / "run", watch.now)) as journal:
        yield Story(
            Rehearsal(
                target=cast(Target, world), plan=plan, played=played, watch=watch, journal=journal, prefix="drill-x-1"
            )
        )


def play(story: Story) -> Result:
    return Runner(story.rehearsal, story).run()


def events(story: Story) -> list[str]:
    """The journal, in short."""
    written = journals.read(story.rehearsal.journal.folder)
    return [" ".join(str(one[key]) for key in ("event", "undo", "phase", "mark") if key in one) for one in written]


def ends(result: Result) -> list[str]:
    return [str(result.phases[phase].outcome) for phase in Phase]


def after(phase: str, outcome: str) -> list[str]:
    """How the phases end when one does, and everything could be undone."""
    order = [str(one) for one in Phase]
    number = order.index(phase)
    return [*["passed"] * number, outcome, *["not_run"] * (len(order) - number - 2), "passed"]


def never() -> bool:
    return False


def shorten(story: Story, *phases: str) -> None:
    """These have little time."""
    plan = story.rehearsal.plan
    story.rehearsal.plan = replace(plan, budgets={**plan.budgets, **{Phase(one): SHORT for one in phases}})


def test_all_of_it(story: Story, world: World) -> None:
    """Each phase passes, each moment is marked, the team is told, and steps are taken back in the file's order."""
    result = play(story)
    assert outcomes(result) == ALL_PASSED
    assert sorted(result.marks) == [f"t{number}" for number in range(10)]
    assert world.told == ["page", "told", "clear"]
    assert world.undone == ["resume-action", "remove-canary", "clear-practice"]
    assert (result.outcome, result.undone, result.steady, result.seen_before) == (Outcome.PASSED, True, True, True)


def test_what_it_did_is_in_the_journal(story: Story) -> None:
    """Every undo is on disk before its step, and every phase begins and ends."""
    play(story)
    written = events(story)
    assert written[0] == "scenario_begins ['resume-action', 'remove-canary']"
    assert written[-2:] == ["phase_ended restore", "scenario_ended"]
    assert [one for one in written if one.startswith("phase_")] == [
        f"phase_{what} {phase}" for phase in Phase for what in ("begins", "ended")
    ]
    order = [
        "undo_registered resume-action",
        "order_at_point",
        "mark t4",
        "undone resume-action",
        "undone clear-practice",
    ]
    assert sorted(order, key=written.index) == order


def test_an_undo_that_the_file_leaves_out_stops_the_step(story: Story, world: World) -> None:
    """Before it is done: nothing happens that nobody takes back."""
    object.__setattr__(
        story.rehearsal, "played", Played(scenario="wrong-model", parameters={}, undo=("remove-canary",))
    )
    result = play(story)
    assert ends(result) == after("stop", "aborted")
    assert "lists no resume-action" in result.phases[Phase.STOP].why
    assert world.refusing == set()


@pytest.mark.parametrize(
    ("phase", "spoil"),
    [
        ("detect", lambda story, world, slow: setattr(story, "noticed", slow)),
        ("acknowledge", lambda story, world, slow: setattr(world, "is_acknowledged", slow)),
        ("mitigate", lambda story, world, slow: setattr(story, "way", with_(serves=slow))),
        ("notify", lambda story, world, slow: setattr(world, "has", slow)),
    ],
)
def test_what_comes_after_its_budget_is_late(
    story: Story, world: World, phase: str, spoil: Callable[[Story, World, Callable[..., bool]], None]
) -> None:
    """It passed in a way that is not good enough: the rest is not run, and everything is undone."""
    begun: list[str] = []
    story.rehearsal.journal.listeners.append(lambda entry: begun.append(str(entry.get("phase"))))

    def slow(*_: object) -> bool:
        if phase not in begun:
            return False
        cast(Hand, story.rehearsal.watch).ahead = LONG * 1.1
        return True

    spoil(story, world, slow)
    result = play(story)
    assert ends(result) == after(phase, "late")
    found = result.phases[Phase(phase)]
    assert found.seconds
    assert found.seconds > found.budget


def with_(**parts: Any) -> Way:
    way = Way()
    for name, part in parts.items():
        setattr(way, name, part)
    return way


@pytest.mark.parametrize(
    ("phase", "since", "words", "spoil"),
    [
        ("detect", "t0", "nobody noticed", lambda story, world: setattr(story, "noticed", never)),
        ("acknowledge", "t1", "nobody took it", lambda story, world: setattr(world, "takes", False)),
        (
            "mitigate",
            "t2",
            "on the fallback",
            lambda story, world: setattr(story, "way", with_(serves=lambda _: False)),
        ),
        ("notify", "t3", "nothing was delivered", lambda story, world: setattr(world, "delivers", False)),
    ],
)
def test_what_never_comes_failed(
    story: Story, world: World, monkeypatch: pytest.MonkeyPatch,
    phase: str, since: str, words: str, spoil: Callable[[Story, World], None],
) -> None:  # fmt: skip
    """After twice its budget nobody waits any longer."""
    waited, wait = [], Poll.wait

    def note(poll: Poll, until: float) -> Mark | None:
        waited.append(until)
        return wait(poll, until)

    monkeypatch.setattr(Poll, "wait", note)
    shorten(story, phase)
    spoil(story, world)
    result = play(story)
    assert ends(result) == after(phase, "failed")
    assert words in result.phases[Phase(phase)].why
    assert waited[-1] == result.marks[since].first_good + 2 * SHORT


def test_a_point_that_goes_on_failed(story: Story) -> None:
    """Though the order was confirmed: only what it answers counts."""

    def stop() -> Iterator[AtPoint[Any]]:
        for point in POINTS:
            yield AtPoint(point, cast(Any, "confirmed"), None, 0.01)

    story.stop = stop  # type: ignore[method-assign]
    shorten(story, "stop")
    result = play(story)
    assert ends(result) == after("stop", "failed")
    assert "went on" in result.phases[Phase.STOP].why


def test_an_act_is_timed_by_when_it_is_seen_however_long_the_fallback_takes(story: Story, world: World) -> None:
    """The watch begins with the stop: an act in time is none at the end of what people needed."""
    acts: list[Json] = []
    world.office = SimpleNamespace(count=lambda: len(acts), effects=lambda _: list(acts))
    asked = iter(range(20))

    def serves(_: str) -> bool:
        number = next(asked)
        if number == 1:
            acts.append({"number": 1, "job": "released before"})
        return number > 9

    story.jobs, story.way = 1, with_(serves=serves)
    result = play(story)
    assert outcomes(result) == ALL_PASSED
    assert result.marks["t4"].first_good < result.marks["t7"].first_good < result.marks["t6"].first_good


def test_an_order_that_is_not_confirmed_failed(story: Story) -> None:
    """The point is named."""

    def stop() -> Iterator[AtPoint[Any]]:
        yield AtPoint(POINTS[0], cast(Any, "confirmed"), None, 0.01)
        yield AtPoint(POINTS[1], None, PointError("no answer in time"), 3.0)

    story.stop = stop  # type: ignore[method-assign]
    result = play(story)
    assert ends(result) == after("stop", "failed")
    assert result.phases[Phase.STOP].why == "not confirmed: eu-2 (no answer in time)"


def test_what_was_stopped_before_proves_nothing(story: Story, world: World) -> None:
    """A point that refuses already would refuse in no time."""
    world.refusing.add("eu-2")
    result = play(story)
    assert ends(result) == after("stop", "inconclusive")
    assert "eu-2" in result.phases[Phase.STOP].why


def test_a_canary_that_acted_after_the_stop_failed(story: Story) -> None:
    """And the record says that it was seen."""

    def check_silence() -> None:
        raise Disproved("the canary acted")

    story.check_silence = check_silence  # type: ignore[method-assign]
    result = play(story)
    assert ends(result) == after("drain", "failed")
    assert (result.seen_before, result.seen_after) == (True, True)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Disproved("the contrary"), "failed"),
        (Unseen("nothing was seen"), "inconclusive"),
        (SourceError("no answer"), "inconclusive"),
        (UsageError("the file does not fit"), "aborted"),
    ],
)
@pytest.mark.parametrize(("part", "phase"), [("check", "detect"), ("arm", "stop"), ("follow", "stop")])
def test_each_kind_of_end_has_its_name(
    story: Story, world: World, part: str, phase: str, error: Exception, outcome: str
) -> None:
    """Failure, error and doubt are three things; whichever it was, everything is undone."""

    def fail() -> None:
        raise error

    setattr(story, part, fail)
    result = play(story)
    assert ends(result) == after(phase, outcome)
    assert result.outcome == outcome
    assert world.undone[-1] == "clear-practice"
    assert result.undone


def test_a_defect_is_undone_and_told(story: Story, world: World) -> None:
    """It is no outcome of the drill, and nothing is left behind for it."""
    story.arm = lambda: bool(1 / 0)  # type: ignore[method-assign,assignment]
    runner = Runner(story.rehearsal, story)
    with pytest.raises(ZeroDivisionError):
        runner.run()
    assert ends(runner.result) == after("stop", "aborted")
    assert world.undone == ["remove-canary", "clear-practice"]


# Undo.


def test_an_undo_is_tried_again(story: Story, world: World) -> None:
    """Until its budget is used up."""
    world.lost = {"remove-canary": 1}
    assert outcomes(play(story)) == ALL_PASSED
    assert world.undone == ["resume-action", "remove-canary", "clear-practice"]


def test_what_cannot_be_undone_is_the_worst(story: Story, world: World) -> None:
    """It outranks whatever else happened; every other step is taken back all the same."""
    shorten(story, "detect", "restore")
    story.noticed = never  # type: ignore[method-assign]
    world.lost = {"remove-canary": 1000}
    result = play(story)
    assert ends(result) == ["failed", *["not_run"] * 5, "undo_failed"]
    assert result.phases[Phase.RESTORE].why == "remove-canary: the model does not answer"
    assert (result.outcome, result.undone, result.steady) == (Outcome.UNDO_FAILED, False, False)
    assert world.undone == ["clear-practice"]


def test_one_lost_undo_does_not_keep_the_others(story: Story, world: World) -> None:
    """All that can be taken back is."""
    shorten(story, "restore")
    world.lost = {"resume-action": 1000}
    result = play(story)
    assert result.outcome is Outcome.UNDO_FAILED
    assert world.undone == ["remove-canary", "clear-practice"]


def test_what_is_not_steady_again_is_not_home(story: Story, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undone is not enough: it must be seen to work as before. Practice jobs go all the same."""

    def prove(name: str, *_: Any) -> None:
        if world.undone:
            raise Unseen("the queue does not drain")

    monkeypatch.setattr(probes, "prove", prove)
    result = play(story)
    assert (result.phases[Phase.RESTORE].outcome, result.undone, result.steady) == (Outcome.UNDO_FAILED, True, False)
    assert world.undone[-1] == "clear-practice"
    assert "clear" not in world.told


def test_a_way_back_that_takes_too_long_failed(story: Story) -> None:
    """By the manifest, however good each phase was."""
    story.rehearsal.plan = replace(story.rehearsal.plan, within=1e-6)
    result = play(story)
    assert ends(result) == ["passed"] * 6 + ["failed"]
    assert "the whole way back took longer" in result.phases[Phase.RESTORE].why


# Ends from outside.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("part", "phase"), [("noticed", "detect"), ("arm", "stop"), ("follow", "stop"), ("check_silence", "drain")]
)
def test_whoever_ends_it_finds_it_undone(
    story: Story, world: World, part: str, phase: str, number: signal.Signals
) -> None:
    """Ctrl-C, a closed terminal, or what a cancelled job gets: first everything is undone, then the run ends."""

    once = iter([True])

    def end() -> bool:
        if next(once, False):
            os.kill(os.getpid(), number)
        return False

    setattr(story, part, end)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command line has it
    try:
        runner = Runner(story.rehearsal, story)
        with pytest.raises(KeyboardInterrupt):
            runner.run()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ends(runner.result) == after(phase, "aborted")
    assert (runner.result.undone, world.undone[-1]) == (True, "clear-practice")
    assert events(story)[-1] == "scenario_ended"


def test_what_is_told_to_outlive_its_terminal_does(story: Story) -> None:
    """A signal that is ignored, as nohup has it, ends nothing."""
    noticed = story.noticed

    def end() -> bool:
        os.kill(os.getpid(), signal.SIGHUP)
        return noticed()

    story.noticed = end  # type: ignore[method-assign]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        result = play(story)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ends(result) == ["passed"] * 7


def test_between_two_phases_it_is_the_next_that_was_ended(story: Story) -> None:
    """No run that somebody ended looks like one of which a part was left out."""

    def listen(entry: Json) -> None:
        if entry["event"] == "phase_ended" and entry["phase"] == "acknowledge":
            raise KeyboardInterrupt

    story.rehearsal.journal.listeners.append(listen)
    runner = Runner(story.rehearsal, story)
    with pytest.raises(KeyboardInterrupt):
        runner.run()
    assert ends(runner.result) == after("stop", "aborted")


def test_an_undo_is_not_interrupted(story: Story, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it comes home comes once it is there."""

    def perform(target: Target, name: str, given: Json) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        world.perform(target, name, given)

    monkeypatch.setattr(undo, "perform", perform)
    runner = Runner(story.rehearsal, story)
    with pytest.raises(KeyboardInterrupt):
        runner.run()
    assert outcomes(runner.result) == ALL_PASSED
    assert world.undone == ["resume-action", "remove-canary", "clear-practice"]
