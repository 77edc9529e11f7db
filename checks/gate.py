"""The gate: judges one proposed change, or the whole repository as it stands.

The merge result is judged by the rules, people and waivers of the target; rules that the change brings must let it
pass too. What the change contains is data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog import authors, change, clock, layout, policies, snapshot
from catalog.change import Change
from catalog.engines import EngineKind
from catalog.errors import ChangeError, GitError, PolicyError
from catalog.git import Repository, version_of_git
from catalog.policies import RuleSet
from catalog.snapshot import Comparison
from checks import history, outcome, repair
from checks.facts import Context
from checks.finding import Finding, Report
from checks.places import Places
from checks.query import Answer, Bench, read_judging_team, read_proposed_team
from checks.sources.file import NoApprovals
from checks.sources.interface import Approvals, given
from checks.sources.records import Records

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What to judge, and with what."""

    start: Path
    """Any folder of the repository."""
    everything: bool = False
    """The whole repository as it stands, instead of a change."""
    staged: bool = False
    target: str | None = None
    base: str | None = None
    head: str | None = None
    engine: EngineKind = "regorus"
    assurance: str = "desk"
    now: datetime
    replay: bool = False
    approvals: Approvals = field(default_factory=NoApprovals)
    opened_by: int | None = None
    """The forge id of whoever opened the merge request; None without a forge."""
    pushed_by: frozenset[int] = frozenset()
    """The forge ids of whoever pushed to it since: what a commit says of its author is only a claim."""
    pushed_by_others: bool = False
    """Whether somebody else than who opened it has pushed, or may have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judgement:
    """What the rules said: the first answer is the one that counts workflows, kinds and needs."""

    answers: Sequence[Answer]
    rules: RuleSet
    engine: str
    broken: str = ""
    """Why the target's own rules could not judge; empty when they did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A judged change: the report, and what it was made of."""

    report: Report
    comparison: Comparison
    changed: Change
    context: Context
    answer: Answer
    """What the rules that count said."""
    records: str
    """The commit that held the records; empty without any."""


def judge(request: Request) -> Report:
    """Judge what is asked for. Raises `JudgeError` when that cannot be done: never a verdict without a judgement."""
    with opened(request.start) as repository:
        if request.everything:
            from checks import standing  # worker processes: a change needs none

            return standing.judge(repository, request)
        return judge_change(repository, request).report


def judge_change(repository: Repository, request: Request) -> Judged:
    """Judge a change, and keep what it was judged by. Raises `JudgeError` as `judge` does."""
    return _judge_change(repository, request, _compare(repository, request))


@contextmanager
def opened(start: Path) -> Iterator[Repository]:
    """The repository that holds `start`, where what a run must make is written to a store that ends with the run."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        try:
            yield repository
        except GitError:
            version_of_git(repository)  # an old git fails in a hundred ways: say the one that helps
            raise


def _compare(repository: Repository, request: Request) -> Comparison:
    if request.base is not None:
        return snapshot.between(repository, request.base, request.head or "HEAD")
    return snapshot.proposed(repository, request.target, staged=request.staged)


def _judge_change(repository: Repository, request: Request, comparison: Comparison) -> Judged:
    history.check_anchor(repository, comparison.target)
    rules = _rules(repository, comparison.before)
    bench = _opened_bench(request, rules)  # loads while the facts are gathered
    changed = change.between(repository, comparison.before, comparison.after)
    _refuse_empty(repository, comparison, changed)
    context = _context(repository, request, comparison, changed, rules)
    records = Records.open(
        repository, context.team, request.now, desk=request.assurance == "desk", replay=request.replay
    )
    lost = records.lost(context.team_after) if context.team_changed and not context.team_after.problems else []
    context = replace(context, records=records.state, records_lost=lost)
    workflows = [
        context.workflow(one, records.evidence(one), history.facts(repository, comparison, one))
        for one in changed.workflows
    ]
    judgement = _ask(request, bench, context, workflows)
    places = Places.of(repository, comparison.after)
    found: set[Finding] = set().union(*(answer.findings(context.team, places) for answer in judgement.answers))
    verdict = outcome.verdict(found)
    if judgement.broken:
        repair.check_consent(context, verdict)
    report = Report(
        verdict=verdict, findings=tuple(sorted(found)), mode="change", target=comparison.target,
        changes=outcome.changes(judgement.answers[0].verdict, changed.workflows), head=comparison.words,
        now=clock.iso(request.now), replay=request.replay, assurance=request.assurance, engines=(judgement.engine,),
        rules=len(judgement.answers[0].metadata), workflows=len(changed.workflows),
        policy_digest=judgement.rules.digest, notes=(*_notes(judgement), *comparison.notes, *records.notes),
    )  # fmt: skip
    return Judged(
        report=report, comparison=comparison, changed=changed, context=context, answer=judgement.answers[0],
        records=records.branch.commit if records.branch and records.branch.commit else "",
    )  # fmt: skip


def _opened_bench(request: Request, rules: RuleSet) -> Bench | PolicyError:
    try:
        return Bench(request.engine, rules, request.now, vetted=True)  # the target's: merged through the gate
    except PolicyError as error:
        return error


def _ask(
    request: Request, bench: Bench | PolicyError, context: Context, workflows: Sequence[Mapping[str, Json]]
) -> _Judgement:
    """The target's rules judge; the change's own must let it pass too. Broken target rules: only a repair goes on."""
    own = context.rules_after
    try:
        if isinstance(bench, PolicyError):
            raise bench
        with bench:
            answer = bench.ask(context, workflows)
    except PolicyError as error:
        if own is None or not repair.applies(context.control):
            raise
        with Bench(request.engine, own, request.now) as repairing:
            answer = repairing.ask(replace(context, repair=True), workflows)
            return _Judgement(answers=[answer], rules=own, engine=repairing.engine, broken=error.message)
    if own is None:
        return _Judgement(answers=[answer], rules=bench.rules, engine=bench.engine)
    try:
        with Bench(request.engine, own, request.now) as second:
            answers = [answer, second.ask(context, workflows)]
    except PolicyError as error:
        raise ChangeError(error.message, why=error.why, solution=error.solution) from error
    return _Judgement(answers=answers, rules=bench.rules, engine=bench.engine)


def _notes(judgement: _Judgement) -> tuple[str, ...]:
    if judgement.broken:
        return (f"The target's rules cannot judge ({judgement.broken}); the change's own did, as a repair.",)
    return ("The rules that the change brings were applied as well.",) if len(judgement.answers) > 1 else ()


def _refuse_empty(repository: Repository, comparison: Comparison, changed: Change) -> None:
    """No workflow where the target has some is an error (T11). Only a deletion can lead there."""
    deleted = any(one.status == "deleted" for one in changed.workflows)
    if deleted and not change.names(repository, comparison.after):
        raise ChangeError(
            "The change leaves no workflow.",
            why=f"The target has workflows, the merge result has none in {layout.WORKFLOWS}/.",
            solution="Restore them: a workflow is retired before it is deleted, and one has to stay.",
        )


def _context(
    repository: Repository, request: Request, comparison: Comparison, changed: Change, rules: RuleSet
) -> Context:
    before = read_judging_team(repository, comparison.before)
    team_changed = changed.touches(layout.TEAM)
    people = before.by_email
    emails = authors.emails(repository, comparison)
    forge = before.by_forge
    opener = None if request.opened_by is None else forge.get(request.opened_by, f"forge user {request.opened_by}")
    handled = {opener or ""} - {""} | {forge.get(one, f"forge user {one}") for one in request.pushed_by}
    known = handled & before.everyone().keys()
    return Context(
        mode="change", assurance=request.assurance, now=request.now, team=before, control=changed,
        team_after=read_proposed_team(repository, comparison.after) if team_changed else before,
        team_changed=team_changed,
        pushed_by_others=request.pushed_by_others,
        authors=sorted({people[email] for email in emails if email in people} | known),
        unknown_emails=sorted(emails - people.keys() | handled - known), opened_by=opener,
        control_digest=change.control_digest(repository, comparison.after) if changed.control else "",
        hiding=change.hiding(repository, changed.control),
        rules_before=rules,
        rules_after=policies.read(repository, comparison.after) if changed.touches(layout.POLICIES) else None,
        approvals=given(request.approvals, repository, changed, request.now),
    )  # fmt: skip


def _rules(repository: Repository, tree: str) -> RuleSet:
    rules = policies.read(repository, tree)
    if not (rules.modules or rules.unreadable):
        raise PolicyError(
            "The target has no policies to judge by.",
            why=f"It holds no {layout.POLICIES}/.",
            solution="Judge against a branch that has them: --target BRANCH.",
        )
    return rules
