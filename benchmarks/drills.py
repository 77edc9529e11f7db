"""Drills: the runner beside one fsync, what of a drill is waiting of our own, and whether its times are right."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.measure import Figure
from benchmarks.traces import Trace, loads, writes
from catalog.engines.provision import VERSION
from catalog.git import Repository
from drills.drill import Run, announce, drill
from drills.marks import Mark
from drills.mutants.practice import NAME, only, practice
from drills.outcomes import Phase
from drills.plan import Plan, plan
from drills.rehearsal import Rehearsal
from drills.rehearsed import Rehearsed, read
from drills.result import Span
from drills.runner import Runner
from drills.sandbox import sandbox
from drills.scenarios.late_fee_answer import LateFeeAnswer
from drills.targets.target import Target

Json = Any

ROOT = Path(__file__).parents[1]
_PHASES = 300
_DEFAULT_SET = 120.0
"""Seconds that the drills of the sample workflows may take together, on two cores."""
_START = 3.0
"""Seconds that a sandbox may take to start."""
_A_SANDBOX = 20
_SHARE = 0.2
"""Of a drill's time that may be waiting of our own."""


def figures(folder: Path, runs: int) -> Iterator[Figure]:
    """All of it; the times are held against another trace in `runs` times ten runs, and at most a hundred."""
    yield overhead(folder / "overhead")
    with Repository.discover(ROOT) as repository:
        repository.use_scratch()
        commit = (repository.resolve("HEAD^{commit}")) or ""
        yield from _default_set(repository, commit, folder / "default")
        yield _against_other_traces(practice(repository, commit), folder / "traced", min(100, runs * 20))


def overhead(folder: Path) -> Figure:
    """A phase in which nothing happens, beside one fsync of as many bytes on the same disk."""
    folder.mkdir(parents=True)
    run = Run.begin(folder)
    target = cast(Any, SimpleNamespace(published=None))
    with Repository.discover(ROOT) as repository:
        planned = only(practice(repository, repository.resolve("HEAD^{commit}") or ""), "late-fee-answer")
    rehearsal = Rehearsal(
        target=target, plan=planned, played=planned.played[0], watch=run.watch, journal=run.journal, prefix="bench"
    )
    runner = Runner(rehearsal, LateFeeAnswer(rehearsal))
    nothing = Span(Mark(None, 0.0), Mark(None, 0.0))
    taken: dict[str, list[float]] = {"a phase of nothing": [], "one fsync": []}
    with (folder / "bare").open("ab") as file:
        for _ in range(_PHASES):
            began = time.perf_counter()
            runner._phase(Phase.DETECT, lambda: nothing)
            taken["a phase of nothing"].append(time.perf_counter() - began)
            began = time.perf_counter()
            file.write(b"x" * 200 + b"\n")
            file.flush()
            os.fsync(file.fileno())
            taken["one fsync"].append(time.perf_counter() - began)
    run.journal.close()
    seconds = {name: median(found) for name, found in taken.items()}
    ratio = seconds["a phase of nothing"] / seconds["one fsync"]
    return Figure(what="runner, per phase / one fsync on the same disk", value=ratio, limit=3.0, seconds=seconds)


def _default_set(repository: Repository, commit: str, folder: Path) -> Iterator[Figure]:
    """The drills of the sample workflows, one after the other, as `countersign drill run --all` runs them."""
    found = read(repository, f"{commit}^{{tree}}", commit, commit)
    began, waited, told, starting = time.monotonic(), 0.0, {}, []
    for name in sorted(found.workflows):
        planned = plan(found.workflow(name))
        starts = time.monotonic()
        with sandbox.sandbox(folder / f"sandbox-{name}", found, name) as (_, target):
            starting.append(time.monotonic() - starts)
            said, polled = _drilled(planned, found, target, folder / "runs")
        waited += starting[-1] + polled
        told[f"drill of {name}"] = said["seconds"]
    whole = time.monotonic() - began
    what = f"all drills of the {len(told)} sample workflows / {_DEFAULT_SET:g} s"
    yield Figure(what=what, value=whole / _DEFAULT_SET, limit=1.0, seconds={**told, "all of them": whole})
    what = "start-up and polling / all of a sandbox drill"
    yield Figure(what=what, value=waited / whole, limit=_SHARE, seconds={"start-up and polling": waited})
    what = f"slowest start of a sandbox / {_START:g} s"
    yield Figure(what=what, value=max(starting) / _START, limit=1.0, seconds={"slowest start": max(starting)})


def _against_other_traces(found: Rehearsed, folder: Path, runs: int) -> Figure:
    """Marks whose interval does not hold what OPA's own log, the model's, the queue's and the receiver's say."""
    wrong: list[str] = []
    held = 0
    plans = [replace(only(found, name), silence=1.0) for name in ("late-fee-answer", "wrong-model")]
    for begin in range(0, runs, _A_SANDBOX):  # a fresh one now and then, as in life
        with sandbox.sandbox(folder / f"sandbox-{begin}", found, NAME) as (made, target):
            for number in range(begin, min(begin + _A_SANDBOX, runs)):
                checked = list(_checked(plans[number % 2], found, made, target, folder / "runs"))
                held += len(checked)
                wrong += [f"run {number}: {mark}" for mark, good in checked if not good]
    for one in wrong[:10]:
        print(one)
    what = f"marks outside their printed resolution, of {held} in {runs} runs, by other traces"
    return Figure(what=what, value=float(len(wrong)), limit=0.0, seconds={})


def _checked(
    planned: Plan, found: Rehearsed, made: sandbox.Sandbox, target: Target, folder: Path
) -> Iterator[tuple[str, bool]]:
    """One drill: each mark that another trace knows, and whether its interval holds what that says."""
    jobs: dict[str, Any] = {}
    about_to_publish: list[float] = []

    def keep(entry: Mapping[str, Json]) -> None:
        if (entry["event"], entry.get("undo")) == ("undo_registered", "restore-version"):
            about_to_publish.append(time.time())
        if entry.get("mark") == "t6":  # later, all practice jobs are gone
            jobs.update(target.office.jobs(""))

    said, _ = _drilled(planned, found, target, folder, keep)
    prefix = f"drill-{said['run'].rsplit('-', 1)[1]}-1"
    back = planned.played[0].scenario == "wrong-model"
    trace = Trace(
        prefix=prefix,
        writes=[one for point in made.points for one in writes(point.log, "rollbacks" if back else "stops", prefix)],
        loads=[list(loads(point.log)) for point in made.points],
        effects=[one for one in target.office.effects() if one["job"].startswith(prefix)],
        jobs={name: about["job"] for name, about in jobs.items() if name.startswith(prefix)},
        calls=[one for one in target.model.calls() if prefix in one["text"]],
        messages={one["id"]: one for one in target.team.port.call("GET", "/messages")["messages"]},
    )
    started = datetime.fromisoformat(said["started"]).timestamp()
    marks = {one["mark"]: one for one in said["marks"]}
    for name, (earliest, latest) in trace.moments(wrong_from=about_to_publish[0] if back else None).items():
        yield name, _holds(marks[name], started, earliest, latest)


def _drilled(
    planned: Plan, found: Rehearsed, target: Target, folder: Path, *listeners: Callable[[Mapping[str, Json]], None]
) -> tuple[dict[str, Json], float]:
    """One drill that must pass, and the seconds of it that were polling."""
    run = Run.begin(folder)
    reasons: list[str] = []
    run.journal.listeners.append(lambda entry: reasons.append(entry["why"]) if entry.get("why") else None)
    run.journal.listeners += listeners
    announce(run, planned, found, sandbox.NAME, VERSION)
    said = drill(run, planned, target)
    run.journal.close()
    if said["outcome"] != "passed":
        raise RuntimeError(f"{planned.workflow.name} ended {said['outcome']}: {said['failedTests']}, {reasons}")
    return said, run.watch.waited


def _holds(mark: Mapping[str, Json], started: float, earliest: float, latest: float) -> bool:
    """Whether the moment, which lies between two of another trace, can lie in the mark's interval."""
    slack = 0.001  # the anchor is written to the millisecond
    begin = mark["first_good"] if mark["last_bad"] is None else mark["last_bad"]
    return bool(started + begin - slack <= latest and earliest <= started + mark["first_good"] + slack)
