"""The refs that hold records: where they point, which of two is newer, and that nothing was ever taken out of one."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.errors import JudgeError, RecordError
from catalog.git import Repository

BRANCH = "refs/heads/records"
REMOTE = "refs/remotes/origin/records"
LOCAL = "refs/countersign/local"


def tips(repository: Repository, *names: str) -> dict[str, str | None]:
    """The commit of each ref; None for one that does not exist. Raises `RecordError` for a broken one."""
    shown = "--format=%(refname) %(objectname) %(objecttype)%(symref)"
    done = repository.attempt("for-each-ref", shown, *names)
    # Git only warns of a broken ref and leaves it out, which would read as "no records".
    if done.returncode or done.stderr:
        raise unreadable(" and ".join(names), RecordError(_words(done.stderr)))
    found: dict[str, str | None] = dict.fromkeys(names)
    for name, oid, kind in (line.split(" ") for line in done.stdout.decode("utf-8", "replace").splitlines()):
        if name in found and kind != "commit":
            raise unreadable(name, RecordError(f"it is not a plain ref to a commit ({kind})."))
        if name in found:
            found[name] = oid
    return found


def newest(repository: Repository, found: Mapping[str, str | None] | None = None) -> tuple[str, str | None]:
    """The team's records: of the local branch and origin's, ref and commit of the one that has the other behind it.

    `found`: the tips of both, when they are known. The commit is None when neither exists.
    Raises `RecordError` when they have parted ways.
    """
    found = found or tips(repository, BRANCH, REMOTE)
    ours, theirs = found[BRANCH], found[REMOTE]
    if theirs is None or ours == theirs:
        return BRANCH, ours
    if ours is None or _is_behind(repository, ours, theirs):
        return REMOTE, theirs
    if _is_behind(repository, theirs, ours):
        return BRANCH, ours
    raise RecordError(
        f"{BRANCH} and {REMOTE} have parted ways.",
        why="Records are only ever added, so one of the two was rewritten.",
        solution="Compare them with `git log --left-right records...origin/records`, and keep the protected one.",
    )


def check_append_only(repository: Repository, commit: str, *, since: str | None = None) -> None:
    """Check that the whole history behind `commit` only added files, and holds the commit `since`, seen earlier.

    Costs a walk of that history. Raises `RecordError` naming the first record that was changed or removed, and where.
    """
    if since and not _is_behind(repository, since, commit):
        raise RecordError(
            f"The records at {commit[:12]} do not hold those seen earlier, at {since[:12]}.",
            why="Records are only ever added, so the branch was rewritten.",
            solution="Find out who may push to it, and restore it from a clone that still has the earlier commit.",
        )
    done = repository.attempt(
        *("log", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--diff-filter=a"),
        *("--format=%H", "--name-only", "-z", commit, "--"),
    )
    if done.returncode or done.stderr:
        raise unreadable(commit, RecordError(_words(done.stderr)))
    if done.stdout:
        where, _, path = done.stdout.decode("utf-8", "replace").partition("\0")
        raise RecordError(
            f"Commit {where[:12]} changed or removed the record {path.strip(chr(10)).split(chr(0))[0]}.",
            why="Records are only ever added.",
            solution=f"Restore the file from {where[:12]}~1, and find out who may push to the branch.",
        )


def unreadable(ref: str, error: JudgeError) -> RecordError:
    """The error that says that the records at `ref` cannot be read, because of `error`."""
    return RecordError(
        f"The records at {ref} cannot be read: {error.message}",
        why=error.why or "What is recorded decides what may merge, so nothing is judged without it.",
        solution=error.solution or "Fetch the branch anew; it must hold records and nothing else.",
    )


def _is_behind(repository: Repository, older: str, newer: str) -> bool:
    done = repository.attempt("merge-base", "--is-ancestor", older, newer)
    if done.returncode not in (0, 1):
        raise unreadable(newer, RecordError(_words(done.stderr)))
    return done.returncode == 0


def _words(stderr: bytes) -> str:
    return stderr.decode("utf-8", "replace").strip() or "git gave no reason."
