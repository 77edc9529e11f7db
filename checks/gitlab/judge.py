"""One merge request, judged by what GitLab and git say of it, and told the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog.engines import EngineKind
from catalog.errors import JudgeError
from catalog.git import Repository
from checks import gate
from checks.finding import Verdict
from checks.gate import Judged
from checks.gitlab import note
from checks.gitlab.client import Client
from checks.gitlab.countersignatures import Countersignatures
from checks.gitlab.facts import MergeRequest, Note
from checks.gitlab.fetching import HEAD, fetch, fetch_pushes, target
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
    link: str = ""
    """Where a person finds this run; empty: the merge request itself."""
    me: int | None = None
    """The account's own forge id, where it is known beforehand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearing:
    """One merge request as it was heard, and the judgement."""

    request: MergeRequest
    notes: list[Note]
    judged: Judged


def judge(court: Court, number: int) -> Hearing:
    """Judge a merge request and tell it: by note and by status, also when it could not be judged."""
    request = court.client.merge_request(number)
    notes = court.client.notes(number)
    try:
        hearing = _heard(court, request, notes)
    except JudgeError as error:
        _tell(court, request, notes, note.error_text(render_error(error, "markdown")), Verdict.ERROR, error.message)
        raise
    report = hearing.judged.report
    _tell(court, request, notes, note.text(hearing.judged, request), report.verdict, note.summary(report))
    return hearing


def hear_merged(court: Court, request: MergeRequest, base: str) -> Hearing:
    """Judge what was merged already, as it was: onto `base`, with the approvals that stand. Nobody is told."""
    return _asked(court, request, court.client.notes(request.number), base)


def _heard(court: Court, request: MergeRequest, notes: list[Note]) -> Hearing:
    if request.state != "opened":
        raise JudgeError(
            f"!{request.number} is {request.state}.",
            why="Only an open merge request can be judged.",
            solution="Reopen it, or open another.",
        )
    return _asked(court, request, notes, target(request))


def _asked(court: Court, request: MergeRequest, notes: list[Note], base: str) -> Hearing:
    pushes = court.client.pushes(request.number)
    clicks = court.client.clicks(request.number)
    with Repository.discover(court.folder) as clone:
        fetch(clone, court.remote, request, court.token)
        if clicks:
            fetch_pushes(clone, court.remote, pushes, court.token)
    asked = gate.Request(
        start=court.folder, base=base, head=HEAD, engine=court.engine, assurance=court.assurance,
        now=court.now, opened_by=request.author,
        approvals=Countersignatures(pushes=pushes, clicks=clicks, notes=notes),
    )  # fmt: skip
    with gate.opened(court.folder) as repository:
        return Hearing(request=request, notes=notes, judged=gate.judge_change(repository, asked))


def _tell(court: Court, request: MergeRequest, notes: list[Note], text: str, verdict: Verdict, words: str) -> None:
    me = court.me if court.me is not None or not note.marked(notes) else court.client.me()
    ours = note.own(notes, me) if me is not None else None
    if ours is None:
        court.client.write_note(request.number, text)
    elif ours.body.rstrip() != text.rstrip():
        court.client.edit_note(request.number, ours.id, text)
    court.client.set_status(request.head, note.status(verdict, words, court.link or request.link))
