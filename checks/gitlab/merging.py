"""Merging, one at a time: only what was judged on the very tip that it merges into, and never twice.

Who may merge by hand cannot be guarded by a status, so nobody may but this. GitLab merges only the head that it is
told, but onto whatever the target is by then. So whoever merges holds a lock: a branch that only one can make.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.errors import RecordError, SourceError
from catalog.git import Repository
from catalog.records.keys import SigningKey
from checks.change_record import Merge
from checks.finding import Verdict
from checks.gitlab import lock
from checks.gitlab.facts import MergeRequest
from checks.gitlab.fetching import fetch_target
from checks.gitlab.judge import Case, Court, Hearing, judge, read
from checks.gitlab.recording import entered, record

LABEL = "countersign::merge"
"""The label by which a merge request asks to be merged as soon as it may be; auto-merge asks the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a merge request."""

    hearing: Hearing
    merged: str = ""
    """The merge commit; empty when it was not merged by this call."""
    recorded: tuple[str, ...] = ()
    reason: str = ""
    """Why it was not merged."""


def merge(court: Court, case: Case, key: SigningKey) -> Outcome:
    """Judge a merge request, tell it, and merge and record it if it passes and asks for that."""
    hearing = judge(court, case)
    if reason := _unready(hearing):
        return Outcome(hearing=hearing, reason=reason)
    with Repository.discover(court.folder) as clone, lock.held(clone, court.remote, court.token) as still:
        # As everything is now: nobody else can move the target any more.
        hearing = judge(court, read(court, case.request.number))
        if reason := _unready(hearing):
            return Outcome(hearing=hearing, reason=f"{reason} since it was judged")
        still()
        return _merged(court, hearing, key)


def asks(request: MergeRequest) -> bool:
    """Whether a merge request asks to be merged as soon as it may be."""
    return LABEL in request.labels or request.auto_merge


def _unready(hearing: Hearing) -> str:
    request, verdict = hearing.request, hearing.judged.report.verdict
    if verdict is not Verdict.PASS:
        return f"the verdict is {verdict}"
    if request.draft:
        return "it is a draft"
    if not asks(request):
        return f"it does not ask for it, by the label {LABEL} or by auto-merge"
    return ""


def _merged(court: Court, hearing: Hearing, key: SigningKey) -> Outcome:
    request = hearing.request
    try:
        court.client.merge(request.number, request.head)
    except SourceError:
        if court.client.merge_request(request.number).state != "merged":
            raise
        # The answer was lost, the deed was done.
    now = court.client.merge_request(request.number)
    with Repository.discover(court.folder) as clone:
        fetch_target(clone, court.remote, request.target, court.token)
        done = _where(clone, court, hearing, now)
        recorded = record(court, clone, hearing.judged, done, key)
    return Outcome(hearing=hearing, merged=done.commit, recorded=tuple(recorded))


def _where(clone: Repository, court: Court, hearing: Hearing, merged: MergeRequest) -> Merge:
    """Where it entered the target. Raises `RecordError` when that is not what was judged: somebody else merges, too."""
    judged, commit = hearing.judged, merged.merge_commit or ""
    first, tree = clone.resolve(f"{commit}^1"), clone.resolve(f"{commit}^{{tree}}")
    lands = first == judged.comparison.target or commit == hearing.request.head  # the latter: fast-forward
    if tree != judged.comparison.after or not lands or merged.target != court.branch:
        raise RecordError(
            f"{commit[:12]} is not what was judged.",
            why=f"It should bring {judged.comparison.after[:12]} onto {judged.comparison.target[:12]}.",
            solution="Somebody else can merge or push: see `countersign doctor --gitlab`, and record it by a sweep.",
        )
    return entered(court, merged, commit, judged.comparison.target)
