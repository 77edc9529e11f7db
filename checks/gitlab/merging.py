"""Merging, one at a time: only what was judged on the very tip that it merges into, and never twice.

Who may merge by hand cannot be guarded by a status, so nobody may but this. GitLab merges only the head that it is
told, but onto whatever the target is by then. So whoever merges holds a lock: a branch that only one can make.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog import layout
from catalog.change import control_digest
from catalog.errors import RecordError, SourceError
from catalog.git import Repository
from catalog.records.keys import SigningKey
from catalog.snapshot import tree_of
from checks.change_record import Merge
from checks.finding import Verdict
from checks.gitlab import lock, transport
from checks.gitlab.facts import MergeRequest
from checks.gitlab.fetching import fetch_target
from checks.gitlab.judge import Case, Court, Hearing, judge, read
from checks.gitlab.lock import LEASE, Hold
from checks.gitlab.recording import entered, record
from checks.history import anchor_of
from controls.bundle.admission import recorded_control

LABEL = "countersign::merge"
"""The label by which a merge request asks to be merged as soon as it may be; auto-merge asks the same."""

JUDGING = (layout.POLICIES, layout.TEAM)
"""The folders that decide what passes."""
_DECIDED = range(400, 501)
"""What GitLab itself answers, being done with it. Above, something in front of GitLab answers, which does not know."""
_LOOKS = 7
"""More, at a merge whose answer was lost: for a minute, after which GitLab's own servers give up."""


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
    with Repository.discover(court.folder) as clone, lock.held(clone, court.remote, court.token, court.warn) as hold:
        court.client.renew()
        # As everything is now: nobody else can move the target any more.
        case = read(court, case.request.number)
        if case.request.state != "opened":
            return Outcome(hearing=hearing, reason=f"it is {case.request.state} by now")
        hearing = judge(court, case)
        if reason := _unready(hearing):
            return Outcome(hearing=hearing, reason=f"{reason} since it was judged")
        _refuse_loose_ends(court, clone, hearing)
        refuse_unrecorded(clone, court.branch, hearing)
        hold.check()
        court.client.renew()  # what was spent on judging is not taken from the merge
        return _recorded(court, hearing, _merged(court, hearing.request, hold), key)


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


def _refuse_loose_ends(court: Court, clone: Repository, hearing: Hearing) -> None:
    """A fast-forward brings in each commit by itself, and only the last one would be on record."""
    parent = clone.resolve(f"{hearing.request.head}^1")
    if court.client.merge_method() == "ff" and parent != hearing.judged.comparison.target:
        raise SourceError(
            f"!{hearing.request.number} would come in as several commits, by a fast-forward.",
            why="Only the last of them would be on record, and a sweep would name the others for ever.",
            solution="Let the project merge by merge commits (Settings > Merge requests), or squash them into one.",
        )


def refuse_unrecorded(clone: Repository, branch: str, hearing: Hearing) -> None:
    """Raise `SourceError` where people or rules judged that no record admits: what they let pass proves nothing.

    Only what brings back all that is recorded outside workflows, and touches no workflow, goes on.
    """
    judged = hearing.judged
    commit, content = recorded_control(clone, judged.comparison.target, anchor_of(clone))
    mends = not judged.changed.workflows and judged.context.control_digest == content
    drifted = control_digest(clone, tree_of(clone, judged.comparison.target)) != content
    if judged.changed.control and drifted and not mends:
        raise SourceError(
            f"What {branch} holds outside workflows at {judged.comparison.target[:12]} is not what is on record.",
            why="What is built on it could not be recorded as a step from what was approved.",
            solution=f"First bring those paths back to what they are at {commit[:12]}, by a merge request of its own.",
        )
    if mends or all(_same(clone, commit, judged.comparison.target, folder) for folder in JUDGING):
        return
    raise SourceError(
        f"The people or rules of {branch} at {judged.comparison.target[:12]} are not those on record.",
        why="What nobody approved would judge.",
        solution=f"Run a sweep: it records what was approved, and names the rest. Bring back what is at {commit[:12]}.",
    )


def _same(clone: Repository, one: str, other: str, folder: str) -> bool:
    return clone.resolve(f"{one}:{folder}") == clone.resolve(f"{other}:{folder}")


def _merged(court: Court, request: MergeRequest, hold: Hold) -> MergeRequest:
    """Have GitLab merge it. Raises `SourceError` when it does not; when nobody knows, the lock stays held."""
    refusal = None
    hold.undecided = True
    try:
        court.client.merge(request.number, request.head)
    except SourceError as error:
        refusal = error
    now = _settled(court, request.number, decided=refusal is None or refusal.status in _DECIDED)
    hold.undecided = False
    if now.state == "merged":  # also when the answer was lost and the deed was done
        return now
    raise refusal or SourceError(f"GitLab said that it merged !{request.number}, which is {now.state}.")


def _settled(court: Court, number: int, *, decided: bool) -> MergeRequest:
    """The merge request once GitLab is through with it; unless it has said so, an open one may still be to come."""
    now = court.client.merge_request(number)
    for attempt in range(_LOOKS):
        if now.state in {"merged", "closed"} or (now.state == "opened" and decided):
            return now
        court.client.pause(transport.FIRST_PAUSE * 2.0**attempt)
        now = court.client.merge_request(number)
    raise SourceError(
        f"GitLab does not say whether it merges !{number}, which is still {now.state}.",
        why="Its answer was lost, and it may yet come to it.",
        solution=f"Run it again after {LEASE.seconds // 60} minutes; until then nothing else is merged.",
    )


def _recorded(court: Court, hearing: Hearing, merged: MergeRequest, key: SigningKey) -> Outcome:
    with Repository.discover(court.folder) as clone:
        fetch_target(clone, court.remote, merged.target, court.token)
        done = _where(clone, court, hearing, merged)
        recorded = record(court, clone, hearing.judged, done, key)
    return Outcome(hearing=hearing, merged=done.commit, recorded=tuple(recorded))


def _where(clone: Repository, court: Court, hearing: Hearing, merged: MergeRequest) -> Merge:
    """Where it entered the target. Raises `RecordError` when that is not what was judged: somebody else merges, too."""
    judged, commit = hearing.judged, merged.merge_commit or ""
    first, tree = clone.resolve(f"{commit}^1"), clone.resolve(f"{commit}^{{tree}}")
    if tree != judged.comparison.after or first != judged.comparison.target or merged.target != court.branch:
        raise RecordError(
            f"{commit[:12]} is not what was judged.",
            why=f"It should bring {judged.comparison.after[:12]} onto {judged.comparison.target[:12]}.",
            solution="Somebody else can merge or push: see `countersign doctor --gitlab`, and record it by a sweep.",
        )
    return entered(court, merged, commit, judged.comparison.target)
