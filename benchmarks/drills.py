"""Drills: the runner beside one fsync, what of a drill is waiting of our own, and whether its times are right."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.measure import Figure
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
    began, waited, told = time.monotonic(), 0.0, {}
    for name in sorted(found.workflows):
        planned = plan(found.workflow(name))
        starts = time.monotonic()
        with sandbox.sandbox(folder / f"sandbox-{name}", found, name) as (_, target):
            waited += time.monotonic() - starts
            said, polled = _drilled(planned, found, target, folder / "runs")
        waited += polled
        told[f"drill of {name}"] = said["seconds"]
    whole = time.monotonic() - began
    what = f"all drills of the {len(told)} sample workflows / {_DEFAULT_SET:g} s"
    yield Figure(what=what, value=whole / _DEFAULT_SET, limit=1.0, seconds={**told, "all of them": whole})
    what = "start-up and polling / all of a sandbox drill"
    yield Figure(what=what, value=waited / whole, limit=_SHARE, seconds={"start-up and polling": waited})


def _against_other_traces(found: Rehearsed, folder: Path, runs: int) -> Figure:
    """Marks whose interval does not hold what OPA's own log, the model's and the queue's say; of all that were held."""
    wrong: list[str] = []
    held = 0
    plans = [replace(only(found, name), silence=1.0) for name in ("late-fee-answer", "wrong-model")]
    for begin in range(0, runs, _A_SANDBOX):  # a fresh one now and then, as in life
        with sandbox.sandbox(folder / f"sandbox-{begin}", found, NAME) as (made, target):
            for number in range(begin, min(begin + _A_SANDBOX, runs)):
                planned = plans[number % 2]
                said, _ = _drilled(planned, found, target, folder / "runs")
                checked = list(_checked(said, planned, made, target.office.effects()))
                held += len(checked)
                wrong += [f"run {number}: {mark}" for mark, good in checked if not good]
    for one in wrong[:10]:
        print(one)
    what = f"marks outside their printed resolution, of {held} in {runs} runs, by other traces"
    return Figure(what=what, value=float(len(wrong)), limit=0.0, seconds={})


def _drilled(planned: Plan, found: Rehearsed, target: Target, folder: Path) -> tuple[dict[str, Json], float]:
    """One drill that must pass, and the seconds of it that were polling."""
    run = Run.begin(folder)
    reasons: list[str] = []
    run.journal.listeners.append(lambda entry: reasons.append(entry["why"]) if entry.get("why") else None)
    announce(run, planned, found, sandbox.NAME, VERSION)
    said = drill(run, planned, found, target, VERSION)
    run.journal.close()
    if said["outcome"] != "passed":
        raise RuntimeError(f"{planned.workflow.name} ended {said['outcome']}: {said['failedTests']}, {reasons}")
    return said, run.watch.waited


def _checked(
    said: Mapping[str, Json], planned: Plan, made: sandbox.Sandbox, effects: Sequence[Mapping[str, Json]]
) -> Iterator[tuple[str, bool]]:
    """Each mark that another trace knows, and whether its interval holds what that says."""
    started = datetime.fromisoformat(said["started"]).timestamp()
    marks = {one["mark"]: one for one in said["marks"]}
    prefix = f"drill-{said['run'].rsplit('-', 1)[1]}-"
    order = "stops" if planned.played[0].scenario == "late-fee-answer" else "rollbacks"
    written = [moment for point in made.points for moment in _writes(point.log, f"/control/{order}/", prefix)]
    # The last point has it when the last write was answered; it had not when that write came in.
    received, answered = max(written)
    yield "t4", _holds(marks["t4"], started, received, answered)
    own = [one for one in effects if one["job"].startswith(prefix)]
    first = "canary-late-fee" if order == "stops" else "canary-seen"
    noticed = min(one["at"] for one in own if first in one["job"])
    yield "t1", _holds(marks["t1"], started, noticed, noticed)


def _holds(mark: Mapping[str, Json], started: float, earliest: float, latest: float) -> bool:
    """Whether the moment, which lies between two of another trace, can lie in the mark's interval."""
    slack = 0.001  # the anchor is written to the millisecond
    begin = mark["first_good"] if mark["last_bad"] is None else mark["last_bad"]
    return bool(started + begin - slack <= latest and earliest <= started + mark["first_good"] + slack)


def _writes(log: Path, place: str, prefix: str) -> Iterator[tuple[float, float]]:
    """When each order of a run came in at a point, and when it was answered, by the point's own log."""
    begun: dict[int, float] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if said.get("req_method") != "PUT" or place not in said.get("req_path", "") or prefix not in said["req_path"]:
            continue
        at = datetime.fromisoformat(said["time"]).timestamp()
        if said["msg"] == "Received request.":
            begun[said["req_id"]] = at
        elif said["req_id"] in begun:
            yield begun[said["req_id"]], at
