"""The standing duties of the whole repository (`--all`), judged in parts on every core.

Also asks, of each proposed workflow, what the gate would say if it were launched now: what it still lacks, which is no
failure.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from catalog import change, clock, layout, policies, snapshot, versions
from catalog.change import Change as Changed
from catalog.change import WorkflowChange
from catalog.engines.contained import end_with
from catalog.errors import JudgeError
from catalog.git import Repository, TreeEntry
from catalog.policies import RuleSet
from catalog.workflow import Workflow
from checks import history, outcome
from checks.facts import NO_HISTORY, Context, Evidence
from checks.finding import Change, Finding, Report
from checks.places import Places
from checks.query import Bench, read_proposed_team
from checks.sources.interface import given
from checks.sources.records import Records

if TYPE_CHECKING:
    from checks.gate import Request

Json = Any

_PART = 500
"""Workflows judged by one query: enough to forget what a query costs, few enough to stay small in memory."""


_LAUNCHED = b"state: live\n"
"""What `state.yaml` holds at a launch; the digest to approve is shown for just these bytes."""


@dataclass(slots=True)
class _Part:
    findings: set[Finding] = field(default_factory=set)
    launch: set[Finding] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    models: Counter[str] = field(default_factory=Counter)
    tasks: set[str] = field(default_factory=set)
    waived: set[int] = field(default_factory=set)

    def add(self, other: _Part) -> None:
        self.findings |= other.findings
        self.launch |= other.launch
        self.changes += other.changes
        self.models += other.models
        self.tasks |= other.tasks
        self.waived |= other.waived

    def fleet(self) -> dict[str, Json]:
        """The whole repository in a few numbers, for the rules about all of it."""
        return {
            "workflows": len(self.changes),
            "models": dict(sorted(self.models.items())),
            "tasks": sorted(self.tasks),
            "waived": sorted(self.waived),
        }


@dataclass(frozen=True)
class _Job:
    """Everything a part is judged with; workers inherit it when they are forked."""

    repository: Repository
    tree: str
    request: Request
    context: Context
    rules: RuleSet
    records: Records
    look_alikes: Mapping[str, str]
    """Of each workflow whose name reads like another's, the other."""


def judge(repository: Repository, request: Request) -> Report:
    """Judge every workflow and everything around them, as they stand."""
    comparison = snapshot.whole(repository)
    history.check_anchor(repository, comparison.head or "HEAD")
    folders = change.folders(repository, comparison.after)
    if not folders:
        raise JudgeError(
            "There is no workflow to judge.",
            why=f"{layout.WORKFLOWS}/ holds no folder.",
            solution="Declare your first workflow: a folder there with workflow.yaml, state.yaml and the files it "
            "names; docs/manifest.md shows each.",
        )
    rules = policies.read(repository, comparison.after)
    loading = Bench(request.engine, rules, request.now)  # while what it is asked with is gathered
    job = _job(repository, request, comparison.after, rules, change.look_alikes(folder.name for folder in folders))
    total = _Part()
    with loading as bench:
        for part in _parts(job, bench, [folders[start : start + _PART] for start in range(0, len(folders), _PART)]):
            total.add(part)
        total.add(_ask(job, bench, replace(job.context, fleet=total.fleet()), []))
    return Report(
        verdict=outcome.verdict(total.findings), findings=tuple(sorted(total.findings)),
        changes=tuple(sorted(total.changes, key=lambda one: one.workflow)), launch=tuple(sorted(total.launch)),
        mode="all", head=comparison.words, now=clock.iso(request.now), replay=request.replay,
        assurance=request.assurance, engines=(bench.engine,), rules=len(bench.metadata), workflows=len(folders),
        policy_digest=job.rules.digest, notes=(*comparison.notes, *job.records.notes),
    )  # fmt: skip


def _job(repository: Repository, request: Request, tree: str, rules: RuleSet, look_alikes: Mapping[str, str]) -> _Job:
    team = read_proposed_team(repository, tree)
    rules.preload()
    records = Records.open(repository, team, request.now, desk=request.assurance == "desk", replay=request.replay)
    records.preload()
    context = Context(
        mode="all", assurance=request.assurance, now=request.now, team=team, team_after=team, rules_before=rules,
        rules_after=rules, records=records.state,
        approvals=given(request.approvals, repository, Changed(workflows=(), control=()), request.now),
    )  # fmt: skip
    return _Job(repository, tree, request, context, rules, records, look_alikes)


def _parts(job: _Job, bench: Bench, parts: Sequence[Sequence[TreeEntry]]) -> Iterator[_Part]:
    workers = min(len(parts), os.cpu_count() or 1)
    if workers == 1 or job.request.engine != "regorus" or "fork" not in multiprocessing.get_all_start_methods():
        yield from (_judge(job, bench, folders) for folders in parts)
        return
    job.repository.pause()  # a pipe to git must not be shared by two processes
    with _pool(job, workers) as pool:
        try:
            yield from pool.map(_Worker.run, parts)
        except BrokenProcessPool as error:
            raise JudgeError(
                "A worker process ended without an answer.", why="It was killed, or ran out of memory."
            ) from error


@contextmanager
def _pool(job: _Job, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with this one, and with what is done here, also when it is interrupted."""
    watched, lifeline = os.pipe()
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _Worker.start, (job, watched, lifeline))
    try:
        yield pool
        pool.shutdown()
    finally:
        os.close(lifeline)
        os.close(watched)
        pool.shutdown(cancel_futures=True)


class _Worker:
    """What a worker process keeps between its parts."""

    job: ClassVar[_Job]
    bench: ClassVar[Bench | None] = None

    @classmethod
    def start(cls, job: _Job, watched: int, lifeline: int) -> None:
        for deadly in (signal.SIGINT, signal.SIGTERM):
            signal.signal(deadly, signal.SIG_DFL)  # the parent's handlers would print a traceback
        os.close(lifeline)
        end_with(watched)
        cls.job = job

    @classmethod
    def run(cls, folders: Sequence[TreeEntry]) -> _Part:
        if cls.bench is None:  # not in `start`: what is raised here reaches the parent
            cls.bench = Bench(cls.job.request.engine, cls.job.rules, cls.job.request.now, vetted=True)  # by the parent
        return _judge(cls.job, cls.bench, folders)


def _judge(job: _Job, bench: Bench, folders: Sequence[TreeEntry]) -> _Part:
    found = change.read_folders(job.repository, folders)
    judged = [WorkflowChange(name=one.name, before=one, after=one) for one in found]
    part = _ask(job, bench, job.context, judged)
    proposed = [
        one for one in judged if one.after and not one.after.problems and one.after.state["state"] == "proposed"
    ]
    if proposed:
        launching = replace(job.context, mode="change", rules_after=None)
        launch = _ask(job, bench, launching, [_launched(one) for one in proposed])
        part.launch = launch.findings
        part.waived |= launch.waived
    return part


def _launched(one: WorkflowChange) -> WorkflowChange:
    assert one.after is not None  # only sound sides are launched
    live: Workflow = copy(one.after)
    live.state = {"state": "live", "reason": None, "stopped": []}
    live.countersigned = versions.countersigned_digest(live.name, live.version, _LAUNCHED)
    return WorkflowChange(name=one.name, before=one.before, after=live, paths=(layout.STATE,))


def _ask(job: _Job, bench: Bench, context: Context, judged: Sequence[WorkflowChange]) -> _Part:
    evidence = [job.records.evidence(one) for one in judged]
    answer = bench.ask(context, [_facts(job, context, *both) for both in zip(judged, evidence, strict=True)])
    drilled = {one.name: found.drilled for one, found in zip(judged, evidence, strict=True)}
    places = Places.of(job.repository, job.tree)
    manifests = [one.after.manifest for one in judged if one.after and not one.after.problems]
    return _Part(
        findings=answer.findings(context.team, places),
        changes=[replace(one, drill=drilled[one.workflow]) for one in outcome.changes(answer.verdict, judged)],
        models=Counter(model["id"] for manifest in manifests for model in manifest["models"]),
        tasks={manifest["task"] for manifest in manifests},
        waived={hit["waived"] for hit in answer.verdict["findings"] if hit.get("waived") is not None},
    )


def _facts(job: _Job, context: Context, one: WorkflowChange, evidence: Evidence) -> dict[str, Json]:
    past = {**NO_HISTORY, "look_alike": job.look_alikes.get(one.name)}
    return context.workflow(one, evidence, past)
