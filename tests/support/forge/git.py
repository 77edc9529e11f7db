"""The bare repositories behind the projects: real git, so that what the forge answers is what a clone would find."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from support.forge.model import User

P = ParamSpec("P")
R = TypeVar("R")


def run(repository: Path, *args: str, env: dict[str, str] | None = None, input: str | None = None) -> str:
    """What git prints; fails when git does."""
    done = _attempt(repository, *args, env=env, input=input)
    assert done.returncode == 0, f"git {' '.join(args)} in {repository}: {done.stderr}"
    return done.stdout.strip()


def resolve(repository: Path, revision: str) -> str | None:
    """The commit that a revision names, or None."""
    if (repository, revision) in _found:
        return revision
    done = _attempt(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.stdout.strip() == revision:
        _found.add((repository, revision))
    return done.stdout.strip() or None


_found: set[tuple[Path, str]] = set()
"""Commits that were there when they were asked for by their ids: none of them goes."""


def tip(repository: Path, branch: str) -> str | None:
    """The commit of a branch, or None without such a branch. Read from git's files: the forge asks at every turn."""
    return read_ref(repository, f"refs/heads/{branch}")


def read_ref(repository: Path, name: str) -> str | None:
    """The commit of a ref of a bare repository, loose or packed."""
    loose, packed = repository / name, repository / "packed-refs"
    if loose.is_file():
        return loose.read_text().strip()
    lines = packed.read_text().splitlines() if packed.exists() else []
    return next((line[: -len(name)].strip() for line in lines if line.endswith(f" {name}")), None)


def branches(repository: Path) -> list[str]:
    """The names of all branches."""
    return run(repository, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/").splitlines()


def fetch(repository: Path, source: Path, branch: str, ref: str) -> str:
    """Bring a branch of another repository, or of this one, under a ref; returns its commit."""
    if source == repository and (head := tip(repository, branch)):
        (repository / ref).parent.mkdir(parents=True, exist_ok=True)
        (repository / ref).write_text(f"{head}\n")
        return head
    run(
        repository, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(source), f"+refs/heads/{branch}:{ref}"
    )
    return run(repository, "rev-parse", ref)


def move(repository: Path, branch: str, new: str, old: str | None = None) -> None:
    """Move a branch, which must still be where it was (None: it may be anywhere)."""
    run(repository, "update-ref", f"refs/heads/{branch}", new, *([old] if old else []))


def remembered(read: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """Read once: what is asked by commit ids alone is answered the same in every repository, and always."""
    known: dict[object, R] = {}

    @functools.wraps(read)
    def reading(repository: Path, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if args not in known:
            known[args] = read(repository, *args, **kwargs)
        return known[args]

    return reading


@dataclass(frozen=True, slots=True)
class Difference:
    """What a branch changes since it left another one."""

    base: str
    commits: tuple[str, ...]
    files: int
    patch_id_sha: str | None


@remembered
def difference(repository: Path, target: str, head: str) -> Difference:
    """What `head` changes since it left `target`."""
    base = run(repository, "merge-base", target, head)
    patch = run(repository, "diff", "--no-ext-diff", "--no-color", base, head)
    identified = run(repository, "patch-id", "--stable", input=f"{patch}\n") if patch else ""
    return Difference(
        base,
        tuple(run(repository, "rev-list", f"{base}..{head}").splitlines()),
        sum(line.startswith("diff --git ") for line in patch.splitlines()),
        identified.split()[0] if identified else None,
    )


@functools.cache
def merged_tree(repository: Path, ours: str, theirs: str) -> str | None:
    """The tree of a merge, which is written, or None when it conflicts."""
    done = _attempt(repository, "merge-tree", "--write-tree", ours, theirs)
    return done.stdout.split("\n", 1)[0] if done.returncode == 0 else None


def is_ancestor(repository: Path, older: str, newer: str) -> bool:
    """Whether one commit holds another."""
    return _attempt(repository, "merge-base", "--is-ancestor", older, newer).returncode == 0


def commit(
    repository: Path, tree: str, parents: tuple[str, ...], message: str, *, author: User, committer: User, at: datetime
) -> str:
    """Write a commit; returns its id."""
    identity = {
        f"GIT_{role}_{part}": value
        for role, who in (("AUTHOR", author), ("COMMITTER", committer))
        for part, value in (("NAME", who.name), ("EMAIL", who.email), ("DATE", f"{int(at.timestamp())} +0000"))
    }
    ancestors = [word for parent in parents for word in ("-p", parent)]
    return run(repository, "commit-tree", tree, *ancestors, env=identity, input=f"{message}\n")


@dataclass(frozen=True, slots=True)
class Commit:
    """What a commit says of itself."""

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored: str
    committer_name: str
    committer_email: str
    committed: str
    message: str

    @property
    def title(self) -> str:
        """The first line."""
        return self.message.split("\n", 1)[0]


@remembered
def read_commit(repository: Path, sha: str) -> Commit:
    """A commit by its id."""
    text = run(repository, "show", "--no-patch", "--format=%H%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B", sha)
    sha, parents, author, author_email, authored, committer, committer_email, committed, message = text.split("\n", 8)
    return Commit(
        sha, tuple(parents.split()), author, author_email, authored, committer, committer_email, committed,
        f"{message.rstrip()}\n",
    )  # fmt: skip


def _attempt(
    repository: Path, *args: str, env: dict[str, str] | None = None, input: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *args],
        cwd=repository, input=input, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False,
        stdin=subprocess.DEVNULL if input is None else None, env={**os.environ, **(env or {})},
    )  # fmt: skip
