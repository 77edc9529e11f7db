"""The mutants: what is broken, in which scenario, and how the drill must end because of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drills.outcomes import Outcome, Phase
from drills.sandbox.sandbox import Broken, Sandbox
from drills.scenarios.interface import CROSSING
from drills.targets.target import Target

Json = Any
Entry = Mapping[str, Json]
Act = Callable[[Sandbox, Target], None]


_PAUSE = 0.02
_TIME = time.time


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One thing that is broken."""

    name: str
    words: str
    scenario: str
    outcome: Outcome
    phase: Phase | None
    """The phase that must be named; None where the drill must pass all the same."""
    broken: Broken = field(default_factory=Broken)
    """What is wrong from the beginning."""
    acts: Mapping[str, Act] | None = None
    """What is done when the journal says so: `mark t3`, `phase_begins restore`."""
    fallback: bytes | None = None
    """The fallback file, where that is what is broken."""
    killed: bool = False
    """Whether the runner itself is killed in that phase."""


def hears(mutant: Mutant, made: Sandbox, target: Target) -> Callable[[Entry], None]:
    """What listens to the journal, and breaks things at their moment."""
    acts = dict(mutant.acts or {})

    def hear(entry: Entry) -> None:
        subject = entry.get("mark") or entry.get("phase") or ""
        if act := acts.pop(f"{entry['event']} {subject}".strip(), None):
            act(made, target)

    return hear


def _hang(made: Sandbox, _: Target) -> None:
    made.points[1].hang()


def _go_on(made: Sandbox, _: Target) -> None:
    made.points[1].go_on()


def _lose_messages(_: Sandbox, target: Target) -> None:
    target.team.port.call("PUT", "/control", {"losing": True})


def _keep_messages(_: Sandbox, target: Target) -> None:
    target.team.port.call("PUT", "/control", {"losing": False})


def _swap_silently(_: Sandbox, target: Target) -> None:
    [answer] = target.model.control()["answers"]
    other = {**answer, "model": "practice/other-2026-01-01"}
    target.model.change(answers=[answer, other], swap={answer["model"]: other["model"]}, masked=True)


def _forget_the_model(_: Sandbox, target: Target) -> None:
    target.model.change(answers=[one for one in target.model.control()["answers"] if "wrong" in one["model"]])


def _remember_the_model(_: Sandbox, target: Target) -> None:
    target.model.change(answers=[{"model": "practice/right-2026-01-01", "contains": "", "answer": "Right."}])


def _replay(_: Sandbox, target: Target) -> None:
    """An older bundle is put in place, signed as it was; the points take it, since a signature does not age."""
    old = int(target.published.document["seq"]) - 1
    target.published.host.publish(target.published.pack(old))
    while {held["seq"] for held in target.held().values() if held} != {old}:
        threading.Event().wait(_PAUSE)


def _publish_again(_: Sandbox, target: Target) -> None:
    target.published.publish()
    target.wait_for_bundle()


def _swap_back(_: Sandbox, target: Target) -> None:
    target.model.change(swap={}, masked=False)


def _set_clock(seconds: float) -> Act:
    """The wall clock of this process is off by so much from now on; its steady clock is not."""

    def act(_: Sandbox, __: Target) -> None:
        time.time = _TIME if not seconds else lambda: _TIME() + seconds

    return act


def _kill_workers(made: Sandbox, _: Target) -> None:
    for worker in made.workers:
        worker.kill()


def _restart_workers(made: Sandbox, _: Target) -> None:
    made.start_workers()


def _without_on_call(document: dict[str, Json]) -> None:
    document["people"] = {name: {**about, "keys": []} for name, about in document["people"].items()}


def _without_watcher(document: dict[str, Json]) -> None:
    document["tokens"] = {**document["tokens"], "watcher": None}


def _worker(kind: str, workers: int = 1) -> Broken:
    return Broken(worker=("drills.mutants.worker", kind), workers=workers)


MUTANTS = (
    Mutant(
        name="none", words="Nothing is broken: what follows is caught only because this one passes.",
        scenario="late-fee-answer", outcome=Outcome.PASSED, phase=None,
    ),
    Mutant(
        name="deaf-worker", words="A worker that goes on whatever the point says.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE, broken=_worker("deaf"),
    ),
    Mutant(
        name="cached-decision", words="A worker that keeps a yes: a cache that outlives the stop.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE, broken=_worker("caching"),
    ),
    Mutant(
        name="brief-cache", words="Workers that keep a yes for five seconds.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE, broken=_worker("brief", workers=2),
    ),
    Mutant(
        name="cached-settings", words="A worker that keeps the wrong model: a cache that outlives the way back.",
        scenario="wrong-model", outcome=Outcome.FAILED, phase=Phase.MITIGATE, broken=_worker("sticky"),
        acts={"phase_begins restore": _restart_workers},
    ),
    Mutant(
        name="in-flight-job", words="A worker that finishes what it had in hand when the stop came.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.DRAIN, broken=_worker("hasty"),
    ),
    Mutant(
        name="slow-release", words="Workers that carry out what they had asked about long before.",
        scenario="bad-approval", outcome=Outcome.INCONCLUSIVE, phase=Phase.DRAIN,
        broken=_worker("slow", workers=CROSSING + 2),
    ),
    Mutant(
        name="scheduled-job", words="A worker that asks when a job is scheduled, and not when it is due.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.DRAIN, broken=_worker("scheduling"),
    ),
    Mutant(
        name="empty-hand-over", words="A worker that hands over that there is work, and not what it is.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE, broken=_worker("emptying"),
    ),
    Mutant(
        name="model-after-stop", words="A worker that lets nothing out, and goes on asking the model.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.DRAIN, broken=_worker("asking"),
    ),
    Mutant(
        name="dead-workers", words="Workers that died with the stop: silent, and nobody does the work.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE,
        acts={"mark t4": _kill_workers, "phase_begins restore": _restart_workers},
    ),
    Mutant(
        name="on-call-without-right", words="A person on call whose key is not in the bundle.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.STOP,
        broken=Broken(document=_without_on_call),
    ),
    Mutant(
        name="watcher-without-right", words="A watcher whose token is not in the bundle: what crosses stops nothing.",
        scenario="stop-trigger", outcome=Outcome.FAILED, phase=Phase.STOP, broken=Broken(document=_without_watcher),
    ),
    Mutant(
        name="unreachable-point", words="An enforcement point that hangs when the stop comes.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.STOP,
        acts={"mark t3": _hang, "phase_begins restore": _go_on},
    ),
    Mutant(
        name="lost-message", words="A message to the team that is accepted and never delivered.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.NOTIFY,
        acts={"mark t3": _lose_messages, "phase_begins restore": _keep_messages},
    ),
    Mutant(
        name="empty-fallback", words="A fallback file without a step that a person could follow.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE, fallback=b"# Nothing yet\n",
    ),
    Mutant(
        name="version-that-does-not-load", words="A version to return to whose model is not there any more.",
        scenario="wrong-model", outcome=Outcome.FAILED, phase=Phase.MITIGATE,
        acts={"mark t4": _forget_the_model, "phase_begins restore": _remember_the_model},
    ),
    Mutant(
        name="stepped-clock", words="The runner's clock is set back 30 s at the stop, and forward again.",
        scenario="late-fee-answer", outcome=Outcome.PASSED, phase=None,
        acts={"phase_begins stop": _set_clock(-30.0), "phase_begins drain": _set_clock(0.0)},
    ),
    Mutant(
        name="swapped-model", words="A provider that answers with another model, and says it is the one asked.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.DETECT,
        acts={"phase_begins detect": _swap_silently, "phase_begins restore": _swap_back},
    ),
    Mutant(
        name="replayed-bundle", words="An older bundle, signed as it was, in place of the newest.",
        scenario="late-fee-answer", outcome=Outcome.FAILED, phase=Phase.MITIGATE,
        acts={"mark t4": _replay, "phase_begins restore": _publish_again},
    ),
    Mutant(
        name="credulous-worker", words="A worker that takes any approval for a good one.",
        scenario="bad-approval", outcome=Outcome.FAILED, phase=Phase.DETECT, broken=_worker("credulous"),
    ),
    Mutant(
        name="forgetful-worker", words="A worker that carries out one approval twice.",
        scenario="bad-approval", outcome=Outcome.FAILED, phase=Phase.DETECT, broken=_worker("repeating"),
    ),
    Mutant(
        name="killed-runner", words="The runner is killed while the stop is in force; another process brings it home.",
        scenario="late-fee-answer", outcome=Outcome.ABORTED, phase=Phase.DRAIN, killed=True,
    ),
)  # fmt: skip
"""All of them; the first is none, as the control."""
