"""The lock of whoever merges: a branch on the remote, taken only when it is free, or over only from who was seen.

Its last commit says whether it is held, and since when. Git moves a branch from a known state or not at all, so two
never both hold it. It only ever moves forward and is never deleted, so that it can be a protected branch.
"""

from __future__ import annotations

import secrets
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from subprocess import CompletedProcess

from catalog.errors import JudgeError, SourceError
from catalog.git import OURSELVES, Repository
from checks.gitlab.client import MERGING
from checks.gitlab.fetching import asked, bring, login
from checks.gitlab.transport import BUDGET
from checks.reports.safe import one_line

BRANCH = "refs/heads/countersign/merging"
_HERE = "refs/countersign/merging"
_HELD, _FREE = "Held since", "Free since"
LEASE = timedelta(minutes=15)
"""How long a lock is believed. A job that holds one must be ended sooner than that."""
SKEW = timedelta(minutes=3)
"""How far the clocks of two who merge may be apart."""
HOLD = LEASE - SKEW - timedelta(seconds=BUDGET + MERGING)
"""How long its holder may still begin to merge: what is begun last, with all its tries, ends before anybody else could
take the lock over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The lock as it was last moved."""

    commit: str
    held: bool
    since: datetime


@dataclass(kw_only=True, slots=True)
class Hold:
    """The lock in the hands of its holder."""

    since: datetime
    began: float = field(default_factory=time.monotonic)
    undecided: bool = False
    """Whether GitLab may be merging, for all that is known: then the lock is left as it is, until it is too old."""

    def check(self) -> None:
        """To be called right before merging. Raises `JudgeError` when the lock is too old to rely on."""
        # By whichever clock more time has passed: one of them may have been set back, or have slept.
        if max(datetime.now(UTC) - self.since, timedelta(seconds=time.monotonic() - self.began)) >= HOLD:
            minutes = HOLD.seconds // 60
            raise JudgeError(
                f"The lock of merging was held for {minutes} minutes, and nothing is merged under it any more.",
                why="Something else may take it over soon, and merge.",
                solution="Run it again; see what made it so slow.",
            )


@contextmanager
def held(
    repository: Repository, remote: str, token: str, warn: Callable[[str], None] = warnings.warn
) -> Iterator[Hold]:
    """Hold the lock of a project while in use. Where it cannot be freed, that is warned of, and changes no outcome.

    Raises `Busy` when somebody else does, and `SourceError` when the remote does not let it be taken.
    """
    now = datetime.now(UTC)
    last = _last(repository, remote, token)
    _refuse_held(last, now)
    before = last.commit if last else ""
    made = _commit(repository, now, _HELD, before)
    _take(repository, remote, token, before, made)
    hold = Hold(since=now)
    try:
        yield hold
    finally:
        if not hold.undecided and (words := _freed(repository, remote, token, made)):
            minutes = LEASE.seconds // 60
            warn(f"The lock of merging could not be freed, and stops other merges for {minutes} minutes: {words}")


def _freed(repository: Repository, remote: str, token: str, made: str) -> str:
    """Free our own lock; one that was taken over meanwhile is somebody else's. Returns why it is not free, if so."""
    words = ""
    for _ in range(2):
        try:
            done = _move(repository, remote, token, made, _commit(repository, datetime.now(UTC), _FREE, made))
            if done.returncode == 0 or _tip(repository, remote, token) != made:
                return ""
            words = done.stderr.decode("utf-8", "replace")
        except JudgeError as error:
            words = error.message
    return one_line(words)[:300]


def _refuse_held(last: Lock | None, now: datetime) -> None:
    if last is None or not last.held:
        return
    if last.since - now > SKEW:
        raise SourceError(
            f"The lock of merging says that it is held since {last.since:%Y-%m-%d %H:%M} UTC, which is yet to come.",
            why="Clocks that are that far apart cannot keep two from merging at once.",
            solution="Set the clocks of the runners; see who else may push to `countersign/merging`.",
        )
    if now - last.since < LEASE:
        raise _busy(f"since {last.since:%H:%M} UTC")


def _take(repository: Repository, remote: str, token: str, before: str, made: str) -> None:
    """Move the lock on to be ours. Raises when it was not where it was seen, or the remote does not let us."""
    done = _move(repository, remote, token, before, made)
    if done.returncode == 0:
        return
    now = _tip(repository, remote, token)
    if now == made:
        return  # it was done, and only the answer was lost
    if now != before:
        raise _busy("since just now")
    raise SourceError(
        f"The lock of merging cannot be taken: {one_line(done.stderr.decode('utf-8', 'replace'))[:300]}",
        why="The remote refused the push.",
        solution="The account needs the right to push to the protected branch `countersign/merging`.",
    )


class Busy(JudgeError):
    """Somebody else is merging: it is their turn, and nothing is wrong."""


def _busy(since: str) -> Busy:
    return Busy(
        f"Something else is merging, {since}.",
        why="Only one merge at a time is judged and made.",
        solution=f"Run it again; a lock that was left behind is broken after {LEASE.seconds // 60} minutes.",
    )


def _last(repository: Repository, remote: str, token: str) -> Lock | None:
    tip = _tip(repository, remote, token)
    if not tip:
        return None
    bring(repository, remote, [f"+{BRANCH}:{_HERE}"], token)
    shown = repository.run("show", "--no-patch", "--format=%ct %s", tip).decode()
    seconds, _, words = shown.partition(" ")
    try:
        since = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise SourceError(
            "The lock of merging does not say when it was taken.",
            why=f"It says: {one_line(shown)[:100]}",
            solution="See who else may push to the protected branch `countersign/merging`.",
        ) from None
    # Whatever does not say that it is free counts as held.
    return Lock(commit=tip, held=not words.startswith(_FREE), since=since)


def _tip(repository: Repository, remote: str, token: str) -> str:
    """The branch's commit on the remote; empty: it is not there."""
    lines = asked(repository, remote, token, "ls-remote", "--", remote, BRANCH).decode().splitlines()
    # Git also lists every branch whose name ends so, and anybody may push one.
    listed = [oid for oid, _, name in (line.partition("\t") for line in lines) if name == BRANCH]
    return listed[0] if listed else ""


def _commit(repository: Repository, now: datetime, state: str, before: str) -> str:
    when = {f"GIT_{role}_DATE": f"{int(now.timestamp())} +0000" for role in ("AUTHOR", "COMMITTER")}
    # Something of its own, so that two who begin at the same moment do not make the same commit.
    words = f"{state} {now.isoformat()} ({secrets.token_hex(8)})"
    empty = repository.run("mktree").decode().strip()
    parent = ("-p", before) if before else ()
    return repository.run("commit-tree", empty, *parent, "-m", words, env={**OURSELVES, **when}).decode().strip()


def _move(repository: Repository, remote: str, token: str, old: str, new: str) -> CompletedProcess[bytes]:
    """Move the branch from one commit (empty: it is not there) on to another; it fails when it was elsewhere."""
    words = ("push", "--quiet", f"--force-with-lease={BRANCH}:{old}", "--", remote, f"{new}:{BRANCH}")
    return repository.attempt(*words, env=login(remote, token))
