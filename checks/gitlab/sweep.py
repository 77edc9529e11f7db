"""Everything that is open or was left undone: run on a schedule, it makes good for events that were lost.

Merges that nobody recorded, because a job was killed or somebody merged by hand, are judged as of the moment of their
merge, and recorded if they passed then; one that did not is named by every sweep. Then every open merge request is
judged, told, and merged if it may be.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from catalog import change
from catalog.errors import ChangeError, JudgeError, SourceError
from catalog.git import Repository
from catalog.records import refs
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Kind
from catalog.records.store import Branch
from checks.change_record import NotPassed
from checks.finding import Verdict
from checks.gitlab.client import Refused
from checks.gitlab.facts import MergeRequest
from checks.gitlab.fetching import fetch_records, fetch_target, target
from checks.gitlab.judge import Court, case_of, hear_merged, recall
from checks.gitlab.lock import Busy
from checks.gitlab.merging import asks, merge, refuse_unrecorded
from checks.gitlab.on_file import put_on_file
from checks.gitlab.recording import entered, no_resumption, record, recorded_keyring
from checks.gitlab.resuming import unlifted
from checks.history import ANCHOR
from checks.query import read_judging_team

T = TypeVar("T")

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
    began = time.monotonic()
    yield from record_missing(court, key, began + SPAN / 2)
    yield from _resume_missing(court, key)
    yield from _put_on_file(court)
    court.client.renew()
    found, odd = court.client.open_requests()
    for error in odd:
        yield Line(what="an open merge request", words=f"{error.message} {error.why}", failed=True)
    waiting = _shuffled([one for one in found if one.target == court.branch], court.now)
    while waiting and time.monotonic() < began + SPAN:
        yield _one(court, waiting.pop(), key)
    if waiting:
        yield _left(f"!{one.number}" for one in waiting)


def _resume_missing(court: Court, key: SigningKey) -> Iterator[Line]:
    """Record what reviewed merges let go and no key could sign then; where still none may, say so."""
    try:
        with Repository.discover(court.folder) as clone:
            fetch_records(clone, court.remote, court.token)
            keyring, branch = recorded_keyring(clone, court.branch), Branch.open(clone, refs.BRANCH)
            found = unlifted(clone, branch, keyring, clone.resolve(f"{target(court.branch)}^{{commit}}") or "")
    except JudgeError as error:
        yield Line(what="resumptions", words=f"{error.message} {error.why}", failed=True)
        return
    for commit, stops in sorted(found.items()):
        if keyring.signer(Kind.RESUME, key.id):
            yield from _record_chain(court, [commit], key, float("inf"))
        else:
            yield Line(what=commit[:12], words=no_resumption(", ".join(sorted(stops)), key), failed=True)


def _put_on_file(court: Court) -> Iterator[Line]:
    court.client.renew()
    try:
        yield from (Line(what="on file", words=one.words, failed=one.failed) for one in put_on_file(court))
    except JudgeError as error:
        yield Line(what="on file", words=error.message, failed=True)


def _shuffled(found: list[T], now: datetime) -> list[T]:
    """In no order of theirs, so that what takes long, sweep after sweep, keeps none of the others waiting for ever."""
    return random.Random(now.timestamp()).sample(found, len(found))  # noqa: S311 - nobody gains by guessing it


def _left(names: Iterable[str]) -> Line:
    words = "not looked at, since time ran out; the next sweep takes what is left in another order"
    return Line(what=", ".join(names), words=words, failed=True)


def record_missing(court: Court, key: SigningKey, ends: float) -> Iterator[Line]:
    """Record the merges that are not on record yet, beginning none after `ends` (of the monotonic clock, seconds)."""
    ref = target(court.branch)
    with Repository.discover(court.folder) as clone:
        fetch_records(clone, court.remote, court.token)
        fetch_target(clone, court.remote, court.branch, court.token)
        chains = _ordered(clone, _chains(clone, list(_unrecorded(clone, ref, court.now))), court.now)
    while chains and time.monotonic() < ends:
        yield from _record_chain(court, chains.pop(), key, ends)
    if chains:
        yield _left(commit[:12] for chain in chains for commit in chain)


def _ordered(clone: Repository, chains: list[list[str]], now: datetime) -> list[list[str]]:
    """What is to be taken last comes first: people and rules are recorded in their order, before what they judge."""

    def control(commit: str) -> bool:
        trees = [clone.resolve(f"{one}^{{tree}}") or "" for one in (commit, f"{commit}^1")]
        return len({change.control_digest(clone, tree) for tree in trees}) > 1

    first = [chain for chain in chains if any(map(control, chain))]
    return [*_shuffled([chain for chain in chains if chain not in first], now), *reversed(first)]


def _chains(clone: Repository, missing: Sequence[str]) -> list[list[str]]:
    """Commits in chains, each oldest first: what is no merge commit goes on from the one before it, and waits for it.

    `missing`: commits of one line, newest first.
    """
    chains: list[list[str]] = []
    for commit in reversed(missing):
        single = clone.resolve(f"{commit}^2") is None
        if single and chains and chains[-1][-1] == clone.resolve(f"{commit}^1"):
            chains[-1].append(commit)
        else:
            chains.append([commit])
    return chains


def _record_chain(court: Court, chain: Sequence[str], key: SigningKey, ends: float) -> Iterator[Line]:
    """Record a chain as far as it goes: what comes after one that cannot be recorded cannot be told from it."""
    for place, commit in enumerate(chain):
        if time.monotonic() >= ends:
            yield _left(one[:12] for one in chain[place:])
            return
        court.client.renew()
        try:
            recorded = _record(court, commit, key)
        except JudgeError as error:
            yield Line(what=commit[:12], words=f"{error.message} {error.why}", failed=True)
            yield from (_bringing(before, after) for before, after in pairwise(chain[place:]))
            return
        yield Line(what=commit[:12], words=f"recorded {', '.join(recorded) or 'nothing: it changes nothing'}")


def _bringing(before: str, after: str) -> Line:
    words = (
        f"{after[:12]} brings {before[:12]} with it, which cannot be recorded. Without a merge commit, what came "
        "before it was not part of what is judged: merge by merge commits; revert this one by a merge request."
    )
    return Line(what=after[:12], words=words, failed=True)


def _unrecorded(clone: Repository, ref: str, now: datetime) -> Iterator[str]:
    """Commits of the branch's own line that no record names, newest first, back to the anchor or the very first."""
    keyring = Keyring.from_people(read_judging_team(clone, clone.resolve(f"{ref}^{{tree}}") or "").people)
    branch = Branch.open(clone, refs.BRANCH)
    read = (branch.read(name, (Kind.CHANGE,), keyring, now=now) for name in branch.workflows())
    known = {one.statement.predicate["merge"]["commit"] for found in read for one in found}
    anchor = clone.variables.get(ANCHOR, "")
    since = ("--not", anchor) if anchor else ()
    listed = clone.run("log", "--first-parent", "--format=%H %T %P", "--no-show-signature", ref, *since).decode()
    for commit, tree, *parents in map(str.split, listed.splitlines()):
        # What changes nothing is on no record, and need not be.
        if parents and commit not in known and clone.resolve(f"{parents[0]}^{{tree}}") != tree:
            yield commit


def _record(court: Court, commit: str, key: SigningKey) -> list[str]:
    """Record a merge by the merge request that it came with.

    Others of the same head, which GitLab calls merged with it, may stand beside that one: it is the one that passed.
    """
    refusals: list[JudgeError] = []
    for number in sorted(court.client.merged_with(commit)):
        try:
            request = court.client.merge_request(number)
            if request.target == court.branch and request.merge_commit == commit:
                return _record_as(court, commit, request, key)
        except (NotPassed, ChangeError, SourceError) as error:
            refusals.append(error)
    raise next(iter(refusals), None) or JudgeError(
        f"{commit[:12]} came with no merge request.",
        why="Nobody approved it where that can be seen.",
        solution="Find out who pushed it; revert it by a merge request.",
    )


def _record_as(court: Court, commit: str, request: MergeRequest, key: SigningKey) -> list[str]:
    with Repository.discover(court.folder) as clone:
        parent = clone.resolve(f"{commit}^1") or ""
    hearing = hear_merged(court, request, parent)
    with Repository.discover(court.folder) as clone:
        if clone.resolve(f"{commit}^{{tree}}") != hearing.judged.comparison.after:
            raise ChangeError(f"{commit[:12]} is not what merging !{request.number} gives.", why="It was edited.")
        refuse_unrecorded(clone, court.branch, hearing)
        return record(court, clone, hearing.judged, entered(court, request, commit, parent), key)


def _one(court: Court, request: MergeRequest, key: SigningKey) -> Line:
    what = f"!{request.number}"
    court.client.renew()
    try:
        case = case_of(court, request)
        if (known := recall(court, case)) and (known is not Verdict.PASS or not asks(request)):
            return Line(what=what, words=f"as before: {known}")
        now = court.client.merge_request(request.number)
        if now.state != "opened":
            return Line(what=what, words=f"it is {now.state} by now")
        case = replace(case, request=now) if now.head == request.head else case_of(court, now)
        outcome = merge(court, case, key)
    except JudgeError as error:
        return Line(what=what, words=error.message, failed=not isinstance(error, ChangeError | Refused | Busy))
    return Line(what=what, words=f"merged {outcome.merged[:12]}" if outcome.merged else outcome.reason)
