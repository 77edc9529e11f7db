"""Everything that is open or was left undone: run on a schedule, it makes good for events that were lost.

Merges that nobody recorded, because a job was killed or somebody merged by hand, are judged as of the moment of their
merge, and recorded if they passed then; one that did not is named by every sweep. Then every open merge request is
judged, told, and merged if it may be.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.errors import JudgeError
from catalog.git import Repository
from catalog.records import refs
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Kind
from catalog.records.store import Branch
from checks.finding import Verdict
from checks.gitlab.facts import MergeRequest
from checks.gitlab.fetching import fetch_records, fetch_target, target
from checks.gitlab.judge import Court, case_of, hear_merged, of_the_judge, recall
from checks.gitlab.merging import asks, merge
from checks.gitlab.recording import entered, record
from checks.history import ANCHOR
from checks.query import read_judging_team

SPAN = 480.0
"""Seconds after which a sweep takes up nothing new: its job ends after twelve minutes, and one more may take some."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What became of one thing that a sweep looked at."""

    what: str
    words: str
    failed: bool = False


def sweep(court: Court, key: SigningKey) -> Iterator[Line]:
    """Record what was merged and is not on record; then judge, tell and merge what is open, as far as time allows."""
    ends = time.monotonic() + SPAN
    yield from record_missing(court, key)
    found = [one for one in court.client.open_requests() if one.target == court.branch]
    # In no order of theirs, so that one which takes long keeps none of the others waiting for ever.
    random.Random(court.now.timestamp()).shuffle(found)  # noqa: S311 - nobody gains by guessing it
    while found and time.monotonic() < ends:
        yield _one(court, found.pop(), key)
    if found:
        words = f"not looked at within {SPAN / 60:.0f} minutes; the next sweep takes them in another order"
        yield Line(what=", ".join(f"!{one.number}" for one in found), words=words, failed=True)


def record_missing(court: Court, key: SigningKey) -> Iterator[Line]:
    """Record the merges that are not on record yet, oldest first."""
    ref = target(court.branch)
    with Repository.discover(court.folder) as clone:
        fetch_records(clone, court.remote, court.token)
        fetch_target(clone, court.remote, court.branch, court.token)
        missing = list(_unrecorded(clone, ref, court.now))
    failed: set[str] = set()
    for commit in reversed(missing):
        court.client.renew()
        try:
            recorded = _record(court, commit, key, failed)
            yield Line(what=commit[:12], words=f"recorded {', '.join(recorded) or 'nothing: it changes nothing'}")
        except JudgeError as error:
            failed.add(commit)
            yield Line(what=commit[:12], words=f"{error.message} {error.why}", failed=True)


def _unrecorded(clone: Repository, ref: str, now: datetime) -> Iterator[str]:
    """Commits of the branch's own line that no record names, newest first, back to the anchor or the very first."""
    keyring = Keyring.from_people(read_judging_team(clone, clone.resolve(f"{ref}^{{tree}}") or "").people)
    branch = Branch.open(clone, refs.BRANCH)
    read = (branch.read(name, (Kind.CHANGE,), keyring, now=now) for name in branch.workflows())
    known = {one.statement.predicate["merge"]["commit"] for found in read for one in found}
    anchor = clone.variables.get(ANCHOR, "")
    since = ("--not", anchor) if anchor else ()
    for commit in clone.run("rev-list", "--first-parent", "--min-parents=1", ref, *since).decode().split():
        if commit not in known:
            yield commit


def _record(court: Court, commit: str, key: SigningKey, failed: Collection[str]) -> list[str]:
    numbers = court.client.merged_with(commit)
    found = [one for one in map(court.client.merge_request, numbers) if one.target == court.branch]
    requests = [one for one in found if one.merge_commit == commit]
    if len(requests) != 1:
        raise JudgeError(
            f"{commit[:12]} came with {len(requests)} merge requests.",
            why="Only what came with one can be judged: nobody approved anything else.",
            solution="Find out who pushed it; revert it by a merge request.",
        )
    request = requests[0]
    with Repository.discover(court.folder) as clone:
        parent = clone.resolve(f"{commit}^1") or ""
        single = clone.resolve(f"{commit}^2") is None
    if single and parent in failed:
        raise JudgeError(
            f"{commit[:12]} brings {parent[:12]} with it, which cannot be recorded.",
            why="Without a merge commit, what came before it was not part of what is judged.",
            solution="Merge by merge commits; revert this one by a merge request.",
        )
    hearing = hear_merged(court, request, parent)
    with Repository.discover(court.folder) as clone:
        if clone.resolve(f"{commit}^{{tree}}") != hearing.judged.comparison.after:
            raise JudgeError(f"{commit[:12]} is not what merging !{request.number} gives.", why="It was edited.")
        return record(court, clone, hearing.judged, entered(court, request, commit, parent), key)


def _one(court: Court, request: MergeRequest, key: SigningKey) -> Line:
    what = f"!{request.number}"
    court.client.renew()
    try:
        case = case_of(court, request)
        if (known := recall(court, case)) and (known is not Verdict.PASS or not asks(request)):
            return Line(what=what, words=f"as before: {known}")
        outcome = merge(court, case, key)
    except JudgeError as error:
        return Line(what=what, words=error.message, failed=of_the_judge(error))
    return Line(what=what, words=f"merged {outcome.merged[:12]}" if outcome.merged else outcome.reason)
