"""One merge request, judged by what GitLab and git say of it, and told the result."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from catalog.engines import EngineKind
from catalog.errors import ChangeError, JudgeError, SourceError
from catalog.git import Repository
from catalog.records import refs
from checks import gate
from checks.finding import Verdict
from checks.gate import Judged
from checks.gitlab import memory, note
from checks.gitlab.client import Client
from checks.gitlab.countersignatures import Countersignatures, pushed_by_others, pushers, told
from checks.gitlab.facts import Click, MergeRequest, Note
from checks.gitlab.fetching import fetch, fetch_pushes, target
from checks.reports import render_error


@dataclass(frozen=True, kw_only=True, slots=True)
class Court:
    """Everything that judging a merge request takes and that is the same for each of them."""

    client: Client
    folder: Path
    """In a clone of the project, to which objects are brought."""
    remote: str
    """Where git finds the project: an address, or the name of a remote."""
    token: str
    engine: EngineKind
    assurance: str
    now: datetime
    branch: str = "main"
    """The one branch that is judged: on any other, whoever may push it has written the rules."""
    link: str = ""
    """Where a person finds this run; empty: the merge request itself."""
    warn: Callable[[str], None] = warnings.warn
    """Tells whoever runs this of what changes no result, and still wants to be put right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One merge request as GitLab has it now."""

    request: MergeRequest
    notes: list[Note]
    clicks: tuple[Click, ...]

    def at(self, moment: datetime) -> Case:
        """What of it stood at some moment of the past, as far as it stands now."""
        dated = [replace(one, at=one.at or told(self.notes, one.user)) for one in self.clicks]
        return replace(
            self,
            notes=[note for note in self.notes if note.at <= moment],
            clicks=tuple(click for click in dated if click.at is None or click.at <= moment),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearing:
    """A case, and the judgement of it."""

    case: Case
    judged: Judged

    @property
    def request(self) -> MergeRequest:
        """The merge request as it was heard."""
        return self.case.request


def read(court: Court, number: int) -> Case:
    """Ask GitLab for all that a merge request is judged by, but for its pushes. Tells nobody if it fails."""
    return case_of(court, court.client.merge_request(number))


def case_of(court: Court, request: MergeRequest) -> Case:
    """The same for a merge request that was read already."""
    number = request.number
    return Case(request=request, notes=court.client.notes(number), clicks=court.client.clicks(number))


def judge(court: Court, case: Case) -> Hearing:
    """Judge a merge request and tell it: by status and by note, also when it could not be judged."""
    try:
        hearing = hear(court, case)
    except JudgeError as error:
        _tell_error(court, case, error)
        raise
    report = hearing.judged.report
    text = note.text(hearing.judged, case.request, _seen(court, case, report.verdict))
    _tell(court, case, text, report.verdict, note.summary(report))
    return hearing


def _tell_error(court: Court, case: Case, error: JudgeError) -> None:
    """Where that fails as well, both are said: the second is not why nothing was judged. What is merged is past."""
    if case.request.state == "merged":
        return
    seen = _seen(court, case, Verdict.ERROR) if isinstance(error, ChangeError) else ""
    try:
        _tell(court, case, note.error_text(render_error(error, "markdown"), seen), Verdict.ERROR, error.message)
    except SourceError as untold:
        words = f"{error.message} Nor could that be told: {untold.message}"
        raise SourceError(words, why=error.why, solution=error.solution) from error


def recall(court: Court, case: Case) -> Verdict | None:
    """The verdict that judging would give again, where all that it depends on is as it was; else None."""
    return memory.recall(case, own_note(court, case), *_tips(court, case), court.now)


def own_note(court: Court, case: Case) -> Note | None:
    """The note that this account keeps on a merge request; who that is, is asked only where a note looks like ours."""
    return note.own(case.notes, court.client.me) if note.marked(case.notes) else None


def _seen(court: Court, case: Case, verdict: Verdict) -> str:
    return memory.line(case, own_note(court, case), verdict, *_tips(court, case), court.now)


def _tips(court: Court, case: Case) -> tuple[str, str]:
    """The commits of target and records as they are here, which judging has just fetched; empty without."""
    with Repository.discover(court.folder) as clone:
        return clone.resolve(target(case.request.target)) or "", refs.newest(clone)[1] or ""


def hear_merged(court: Court, request: MergeRequest, base: str) -> Hearing:
    """Judge what was merged already, as it was then: onto `base`, by what had been approved and drilled by that moment.

    Nothing that came later counts, be it an approval, a line or a drill; nor does a waiver that began later. Nobody is
    told.
    """
    moment = request.merged_at
    if moment is None:
        raise SourceError(f"GitLab does not say when !{request.number} was merged.", why="It is judged as of then.")
    return _asked(replace(court, now=moment), case_of(court, request).at(moment), base, replay=True)


def hear(court: Court, case: Case) -> Hearing:
    """Judge an open merge request and tell nobody. Raises `JudgeError` when it is not open, or cannot be judged."""
    request = case.request
    if request.state != "opened":
        raise ChangeError(
            f"!{request.number} is {request.state}.",
            why="Only an open merge request can be judged.",
            solution="Reopen it, or open another.",
        )
    if request.target != court.branch:
        raise ChangeError(
            f"!{request.number} asks to be merged into {request.target}, and only {court.branch} is judged.",
            why="Rules, people and keys are those of the target, and any other branch is anybody's to change.",
            solution=f"Ask for its merge into {court.branch}.",
        )
    return _asked(court, case, target(request.target))


def _asked(court: Court, case: Case, base: str, *, replay: bool = False) -> Hearing:
    pushes = court.client.pushes(case.request.number)
    with Repository.discover(court.folder) as clone:
        fetch(clone, court.remote, case.request, court.token)
        if case.clicks:
            fetch_pushes(clone, court.remote, pushes, court.token)
    asked = gate.Request(
        start=court.folder, base=base, head=case.request.head, engine=court.engine, assurance=court.assurance,
        now=court.now, replay=replay, opened_by=case.request.author, pushed_by=pushers(case.notes),
        pushed_by_others=pushed_by_others(case.notes, pushes, case.request.author),
        approvals=Countersignatures(pushes=pushes, clicks=case.clicks, notes=case.notes, base=base),
    )  # fmt: skip
    with gate.opened(court.folder) as repository:
        return Hearing(case=case, judged=gate.judge_change(repository, asked))


def _tell(court: Court, case: Case, text: str, verdict: Verdict, words: str) -> None:
    """The status first: what the note remembers as told was told altogether."""
    request = case.request
    _set_status(court, request, verdict, words)
    ours = own_note(court, case)
    if ours is None:
        court.client.write_note(request.number, text)
    elif ours.body.rstrip() != text.rstrip():
        court.client.edit_note(request.number, ours.id, text)


def _set_status(court: Court, request: MergeRequest, verdict: Verdict, words: str) -> None:
    # GitLab looks for a branch that holds the commit, and finds none for a fork's.
    ref = {"ref": request.source} if request.forked else {}
    court.client.set_status(request.head, {**note.status(verdict, words, court.link or request.link), **ref})
