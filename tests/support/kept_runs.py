"""Runs as a runner keeps them, result and journal: of a workflow as it is, in time; a test changes a part."""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog import snapshot
from catalog.git import Repository
from catalog.workflow import Workflow
from drills import journal, rehearsed, told
from drills.drill import RESULT, Run, announce
from drills.kept import Kept
from drills.marks import Stopwatch
from drills.outcomes import Phase
from drills.plan import Plan, plan
from drills.rehearsed import Rehearsed

Json = Any

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SUFFIX = "a1b2c3"
_MARKS = {
    Phase.DETECT: {"t0": 1, "t1": 2}, Phase.ACKNOWLEDGE: {"t2": 3}, Phase.STOP: {"t3": 4, "t4": 5},
    Phase.MITIGATE: {"t5": 6, "t6": 7}, Phase.DRAIN: {"t7": 8}, Phase.NOTIFY: {"t8": 9}, Phase.RESTORE: {"t9": 12},
}  # fmt: skip
"""Seconds since the scenario began; what comes after the drain is later by as long as silence was watched."""
_SECONDS = {
    Phase.DETECT: 1.0, Phase.ACKNOWLEDGE: 1.0, Phase.STOP: 1.0, Phase.MITIGATE: 4.0, Phase.DRAIN: 4.0,
    Phase.NOTIFY: 5.0, Phase.RESTORE: 3.0,
}  # fmt: skip


def kept(
    workflow: Workflow, *, now: datetime = NOW, target: str = "sandbox", commit: str = "a" * 40,
    judged_by: str = "", revision: str = "", suffix: str = SUFFIX, failing: str = "", candidate: bool = True,
    seq: int = 12,
) -> Kept:  # fmt: skip
    """What a runner keeps of a drill that ended right now: it passed, or one phase of its first scenario failed."""
    planned = plan(workflow)
    started = now - timedelta(seconds=_length(planned))
    begun: dict[str, Json] = {
        "t": 0.0, "event": "run_begins", "run": f"{started:%Y%m%d-%H%M%S}-{suffix}", "workflow": workflow.name,
        "version": workflow.version, "drill": planned.digest, "target": target, "commit": commit,
        "judged_by": judged_by or commit, "started": started.isoformat(), "runner": "job 7", "process": 7,
        "scenarios": [one.scenario for one in planned.played], "candidate": candidate, "revision": revision or commit,
        "seq": seq, "opa": "1.22.2",
    }  # fmt: skip
    entries: list[dict[str, Json]] = [begun]
    # No two runs take just as long.
    began = zlib.crc32(begun["run"].encode()) % 1000 / 1e6
    for number, played in enumerate(planned.played):
        entries += _lines(played.scenario, planned, began, "" if number else failing)
        began += _length(planned) / len(planned.played)
    end = {"t": _length(planned), "event": told.ENDED, "seconds": _length(planned), "seq": seq}
    said = told.tell(entries, planned, end)
    return of(said, [*entries, {**end, "outcome": said["outcome"]}])


def ran(clone: Path, workflow: str, *, base: str = "HEAD", head: str = "HEAD", **fields: Json) -> Kept:
    """The same of what a clone really has, and of what a merge of `head` into `base` would bring; a moment ago."""
    found = read_from(clone, workflow, base, head)
    document = found.document
    known = {key: document[key] for key in ("revision", "seq", "candidate")}
    given = {"commit": found.commit, "judged_by": found.judged_by, "now": datetime.now(UTC) - timedelta(seconds=1)}
    return kept(found.workflow(workflow), **{**known, **given, **fields})


def read_from(clone: Path, workflow: str, base: str, head: str = "HEAD") -> Rehearsed:
    """What is rehearsed of it."""
    with Repository.discover(clone) as repository:
        repository.use_scratch()
        merge = snapshot.between(repository, base, head)
        return rehearsed.read(repository, merge.after, merge.head, merge.target, [workflow])


def not_home(run: Kept, clone: Path, *, failures: Sequence[str] = ("x",), before: Kept | None = None) -> Kept:
    """The same run, brought home by another process, which could not undo everything, or could the next time."""
    planned = plan(read_from(clone, run.said["workflow"], "HEAD").workflow(run.said["workflow"]))
    entries = list((before or of({}, run.entries[:-1], run.name)).entries)
    end = {"t": entries[-1]["t"] + 1, "event": told.RECOVERED, "seconds": entries[-1]["t"], "failures": list(failures)}
    said = told.tell(entries, planned, end)
    return of(said, [*entries, {**end, "outcome": said["outcome"]}])


def of(said: Json, entries: Sequence[Json], name: str = "") -> Kept:
    """A run of just these files."""
    digest = hashlib.sha256(content(entries)).hexdigest()
    return Kept(name=name or said["run"], said=said, entries=entries, digest=digest)


def content(entries: Sequence[Json]) -> bytes:
    """A journal's file."""
    return b"".join(json.dumps(entry, sort_keys=True).encode() + b"\n" for entry in entries)


def read(workflow: Workflow, **changes: Json) -> Rehearsed:
    """What a signer without git knows of these runs."""
    document = {"revision": "a" * 40, "seq": 12, "candidate": True}
    known: dict[str, Json] = {
        "commit": "a" * 40, "judged_by": "a" * 40, "workflows": {workflow.name: workflow}, "points": None,
        "targets": {}, "document": document, "modules": {}, **changes,
    }  # fmt: skip
    return Rehearsed(**known)


def keep(runs: Path, run: Kept, name: str = "") -> Path:
    """Put it where runs are kept; its folder."""
    folder = runs / (name or run.name)
    folder.mkdir(parents=True)
    (folder / RESULT).write_text(json.dumps(run.said))
    (folder / journal.NAME).write_bytes(content(run.entries))
    return folder


def _length(planned: Plan) -> float:
    return len(planned.played) * (planned.silence + 20.0)


def _lines(scenario: str, planned: Plan, began: float, failing: str) -> list[dict[str, Json]]:
    """What one scenario leaves in a journal; a phase that fails leaves no mark, nor do those that are left out."""
    found: list[dict[str, Json]] = [{"t": began, "event": "scenario_begins", "scenario": scenario}]
    ran = list(Phase) if not failing else [*list(Phase)[: list(Phase).index(Phase(failing)) + 1], Phase.RESTORE]
    at = began
    for phase in dict.fromkeys(ran):
        bad = phase == failing
        found.append({"t": at, "event": "phase_begins", "phase": str(phase), "budget": planned.budgets[phase]})
        for mark, second in {} if bad else _MARKS[phase].items():
            first = began + second + (planned.silence if phase is Phase.RESTORE else 0)
            at = max(at, first + (planned.silence if phase is Phase.DRAIN else 0))
            found.append({"t": at, "event": "mark", "mark": mark, "last_bad": None, "first_good": first})
        found.append(_ended(at, phase, "failed" if bad else "passed"))
    found += [_ended(at, phase, "not_run") for phase in Phase if phase not in ran]
    silence = 0.0 if failing and Phase.DRAIN not in ran[:-2] else planned.silence
    outcome = "failed" if failing else "passed"
    proof = {"seen_before": True, "seen_after": False, "window": silence, "undone": True, "steady": True}
    return [*found, {"t": at, "event": "scenario_ended", "scenario": scenario, "outcome": outcome, **proof}]


def _ended(at: float, phase: Phase, outcome: str) -> dict[str, Json]:
    took = _SECONDS[phase] if outcome == "passed" else None
    resolution = None if took is None else 0.0
    return {
        "t": at, "event": "phase_ended", "phase": str(phase), "outcome": outcome, "seconds": took,
        "resolution": resolution, "why": "",
    }  # fmt: skip


def kill(
    clone: Path, workflow: str, runs: Path, *, base: str = "HEAD", commit: str | None = None,
    ago: timedelta = timedelta(),
) -> str:  # fmt: skip
    """What a runner leaves that is killed in the first phase of a drill; the run's name.

    It drilled the clone's head, or what its merge into `base` would bring; `commit`: what it says that it drilled.
    """
    found = read_from(clone, workflow, base)
    watch = Stopwatch()
    watch.started -= ago
    name = f"{watch.started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    begun = Run(id=name, journal=journal.Journal(runs / name, watch.now), watch=watch)
    planned = plan(found.workflow(workflow))
    announce(begun, planned, replace(found, commit=commit or found.commit), "sandbox", "1.22.2")
    begun.journal.write("scenario_begins", scenario=planned.played[0].scenario)
    begun.journal.write("phase_begins", phase="detect", budget=planned.budgets[Phase.DETECT])
    begun.journal.close()
    return begun.id
