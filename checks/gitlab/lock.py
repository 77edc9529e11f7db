"""The lock of whoever merges: a branch on the remote, taken only when it is free, or over only from who was seen.

Its last commit says whether it is held, and since when. Git moves a branch from a known state or not at all, so two
never both hold it. It only ever moves forward and is never deleted, so that it can be a protected branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalog.errors import JudgeError
from catalog.git import Repository
from checks.gitlab.fetching import command, login

BRANCH = "refs/heads/countersign/merging"
_HERE = "refs/countersign/merging"
_HELD, _FREE = "Held since", "Free since"
LEASE = timedelta(minutes=15)
"""How long a lock is believed. A job that holds one must be ended sooner than that."""
HOLD = timedelta(minutes=12)
"""How long its holder may still merge: sooner than anybody else could take it over, whatever held the job up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The lock as it was last moved."""

    commit: str
    held: bool
    since: datetime


@contextmanager
def held(repository: Repository, remote: str, token: str) -> Iterator[Callable[[], None]]:
    """Hold the lock of a project while in use. Raises `JudgeError` when somebody else does.

    What is yielded is to be called right before merging: it raises `JudgeError` when the lock is too old to rely on.
    """
    now = datetime.now(UTC)
    last = _last(repository, remote, token)
    if last and last.held and now - last.since < LEASE:
        raise _busy(f"since {last.since:%H:%M} UTC")
    before = last.commit if last else ""
    made = _commit(repository, now, _HELD, before)
    if not _move(repository, remote, token, before, made):
        raise _busy("since just now")
    try:
        yield lambda: _check_age(now)
    finally:
        # Only our own: a lock that was taken over meanwhile is somebody else's.
        _move(repository, remote, token, made, _commit(repository, datetime.now(UTC), _FREE, made))


def _check_age(since: datetime) -> None:
    if datetime.now(UTC) - since >= HOLD:
        raise JudgeError(
            f"The lock of merging was held for {HOLD.seconds // 60} minutes, and nothing is merged under it any more.",
            why="Something else may take it over soon, and merge.",
            solution="Run it again; see what made it so slow.",
        )


def _busy(since: str) -> JudgeError:
    return JudgeError(
        f"Something else is merging, {since}.",
        why="Only one merge at a time is judged and made.",
        solution=f"Run it again; a lock that was left behind is broken after {LEASE.seconds // 60} minutes.",
    )


def _last(repository: Repository, remote: str, token: str) -> Lock | None:
    lines = repository.run("ls-remote", "--", remote, BRANCH, env=login(remote, token)).decode().splitlines()
    # Git also lists every branch whose name ends so, and anybody may push one.
    listed = [oid for oid, _, name in (line.partition("\t") for line in lines) if name == BRANCH]
    if not listed:
        return None
    repository.run(*command(remote, [f"+{BRANCH}:{_HERE}"]), env=login(remote, token))
    shown = repository.run("show", "--no-patch", "--format=%ct %s", listed[0]).decode()
    seconds, _, words = shown.partition(" ")
    # Whatever does not say that it is free counts as held.
    return Lock(commit=listed[0], held=not words.startswith(_FREE), since=datetime.fromtimestamp(int(seconds), UTC))


def _commit(repository: Repository, now: datetime, state: str, before: str) -> str:
    who = {f"GIT_{role}_{part}": "countersign" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": f"{int(now.timestamp())} +0000" for role in ("AUTHOR", "COMMITTER")}
    # The moment in full, so that two who begin in the same second do not make the same commit.
    words = f"{state} {now.isoformat()}"
    empty = repository.run("mktree").decode().strip()
    parent = ("-p", before) if before else ()
    return repository.run("commit-tree", empty, *parent, "-m", words, env={**who, **when}).decode().strip()


def _move(repository: Repository, remote: str, token: str, old: str, new: str) -> bool:
    """Move the branch from one commit (empty: it is not there) on to another; False when it was elsewhere."""
    words = ("push", "--quiet", f"--force-with-lease={BRANCH}:{old}", "--", remote, f"{new}:{BRANCH}")
    return repository.attempt(*words, env=login(remote, token)).returncode == 0
