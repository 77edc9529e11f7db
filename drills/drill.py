"""One drill: every scenario of a workflow's drill file, one after the other, on one target."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from catalog.errors import UsageError
from drills import journal as journals
from drills import probes, told
from drills.journal import Journal
from drills.marks import Stopwatch
from drills.outcomes import Outcome, Phase, worst
from drills.plan import Plan
from drills.rehearsal import Rehearsal
from drills.rehearsed import Rehearsed
from drills.result import Result
from drills.runner import Runner
from drills.scenarios import SCENARIOS
from drills.targets.target import Target

Json = Any

RESULT = "result.json"
"""What a run came to, beside its journal: what a drill record says of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run: its journal, its clock, and where it began."""

    id: str
    journal: Journal
    watch: Stopwatch

    @classmethod
    def begin(cls, folder: Path) -> Run:
        """A new run, in a folder of its own below `folder`."""
        watch = Stopwatch()
        name = f"{watch.started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        return cls(id=name, journal=Journal(folder / name, watch.now), watch=watch)

    def forget(self) -> None:
        """Take its folder away: nothing was touched, so there is nothing to bring home, and nothing to tell."""
        self.journal.close()
        shutil.rmtree(self.journal.folder, ignore_errors=True)


def prefix_of(run: str, number: int) -> str:
    """What the names of all jobs, orders and messages of a run's scenario begin with; scenarios count from 1."""
    return f"drill-{run.rsplit('-', 1)[1]}-{number}"


def check(plan: Plan) -> None:
    """Raise `UsageError` for a drill file that does not fit its manifest: before anything is begun or touched."""
    drain = plan.budgets[Phase.DRAIN]
    if plan.silence > drain:
        raise UsageError(
            f"{plan.file}: a silence of {plan.silence:g} s does not fit the drain budget of {drain:g} s.",
            why="A drill that cannot watch for so long could never pass.",
            solution="Shorten silence, or give phases.drain more.",
        )
    for played in plan.played:
        nowhere = Rehearsal(
            target=cast(Any, None), plan=plan, played=played, watch=cast(Any, None), journal=cast(Any, None), prefix=""
        )
        scenario = SCENARIOS[played.scenario](nowhere)
        scenario.check()
        probes.check(nowhere, scenario)


def announce(run: Run, plan: Plan, rehearsed: Rehearsed, target: str, opa: str) -> None:
    """The first line of a journal, before anything is touched: what another process must know to bring it home."""
    document = rehearsed.document
    run.journal.write(
        "run_begins", run=run.id, workflow=plan.workflow.name, version=plan.workflow.version, drill=plan.digest,
        target=target, commit=rehearsed.commit, judged_by=rehearsed.judged_by, started=run.watch.started.isoformat(),
        runner=runner(), process=os.getpid(), scenarios=[one.scenario for one in plan.played],
        candidate=bool(document["candidate"]), revision=str(document["revision"]), seq=int(document["seq"]), opa=opa,
    )  # fmt: skip


def drill(run: Run, plan: Plan, target: Target) -> dict[str, Json]:
    """Play all scenarios; what a record says of it. Raises `KeyboardInterrupt` once everything is undone and kept."""
    results: list[Result] = []
    interrupted: BaseException | None = None
    seq = target.published.seq
    run.journal.secrets = target.secrets
    for number, played in enumerate(plan.played, 1):
        rehearsal = Rehearsal(
            target=target,
            plan=plan,
            played=played,
            watch=run.watch,
            journal=run.journal,
            prefix=prefix_of(run.id, number),
        )
        runner_ = Runner(rehearsal, SCENARIOS[played.scenario](rehearsal))
        results.append(runner_.result)
        if interrupted or not _may_go_on(results[:-1]):
            continue  # it is not_run, and told as such
        try:
            runner_.run()
        except KeyboardInterrupt as error:
            interrupted = error
    end: dict[str, Json] = {"event": told.ENDED, "seconds": run.watch.now(), "seq": seq}
    # What was not written down did not happen: whoever signs it has nothing but the journal.
    said = told.tell(journals.read(run.journal.folder), plan, end)
    if all(one.undone for one in results if one.outcome is not Outcome.NOT_RUN):
        target.let_go()
    run.journal.keep(RESULT, said)
    run.journal.write(**end, outcome=said["outcome"])
    if interrupted:
        raise interrupted
    return said


def _may_go_on(before: list[Result]) -> bool:
    """On a target that was not brought home, or by somebody who ended the run, nothing more is tried."""
    return worst(one.outcome for one in before) not in (Outcome.ABORTED, Outcome.UNDO_FAILED)


def runner() -> str:
    """What runs it, by the pipeline's name for its job, else by the machine's."""
    job = os.environ.get("CI_JOB_ID")
    return f"job {job}" if job else f"{socket.gethostname()}"
