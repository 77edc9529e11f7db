"""Real git repositories for tests: the sample company's, of which a test changes one thing.

    clone = sample(tmp_path)
    clone.branch("shorter").replace(PROMPT, "120", "100").commit("Shorten replies", who="eli")

Dates and people are fixed, so the same steps always make the same commits.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.git import Repository

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples" / "repository"

NAME = "billing-replies"
"""The sample workflow that most tests change."""
FOLDER = f"workflows/{NAME}"
MANIFEST = f"{FOLDER}/workflow.yaml"
STATE = f"{FOLDER}/state.yaml"
PROMPT = f"{FOLDER}/reply.prompt"
FALLBACK = f"{FOLDER}/fallback.md"
DRILL = f"{FOLDER}/drill.yaml"

FILE, EXECUTABLE, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"

_BEGIN = 1_790_000_000


@dataclass(slots=True)
class Clone:
    """A working copy. Steps that change it return it, so that they can be chained; `commit` returns the commit's id."""

    folder: Path
    _minutes: int = 0

    def git(self, *args: str, who: str = "dana", stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git as one of the sample people and return what it printed; a failure fails the test."""
        done = subprocess.run(
            ["git", *args],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            env={**os.environ, **self._identity(who), **(env or {})},
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr.decode('utf-8', 'replace')}"
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def path(self, name: str) -> Path:
        """A file of the working copy."""
        return self.folder / name

    def write(self, name: str, content: str | bytes) -> Clone:
        """Write a file, and the folders it lies in."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def replace(self, name: str, old: str, new: str) -> Clone:
        """Edit a file; the old text must be there."""
        text = self.path(name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        return self.write(name, text.replace(old, new))

    def remove(self, name: str) -> Clone:
        """Delete a file or a folder from the working copy."""
        path = self.path(name)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        return self

    def commit(self, message: str = "Change", *, who: str = "dana", committer: str | None = None) -> str:
        """Commit everything that differs, as one person; or as an author and another committer."""
        self._minutes += 1
        env = {"GIT_AUTHOR_NAME": who.title(), "GIT_AUTHOR_EMAIL": mail(who)}
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message, who=committer or who, env=env)
        return self.head

    def plant(
        self,
        files: Mapping[str, tuple[str, str | bytes]],
        *,
        drop: tuple[str, ...] = (),
        message: str = "Plant",
    ) -> str:
        """Commit entries that a working copy cannot hold, or should not: path to mode and content. Returns the commit.

        A submodule's content is its commit. A name that is no UTF-8 is given as `os.fsdecode` does it. Everything else
        stays as HEAD has it; the working copy, its index and its branch are left alone.
        """
        lines = [f"0 {'0' * len(self.head)}\t{path}".encode() for path in drop]
        for path, (mode, content) in files.items():
            oid = str(content) if mode == SUBMODULE else self.blob(content)
            lines.append(os.fsencode(f"{mode} {oid}\t{path}"))
        env = {"GIT_INDEX_FILE": str(self.folder / ".git" / "planted")}
        self.git("read-tree", "HEAD", env=env)
        self.git("update-index", "-z", "--index-info", stdin=b"\0".join([*lines, b""]), env=env)
        return self.commit_tree(self.git("write-tree", env=env), "HEAD", message=message)

    def blob(self, content: str | bytes) -> str:
        """Store some content; its object id."""
        return self.git("hash-object", "-w", "--stdin", stdin=content.encode() if isinstance(content, str) else content)

    def tree(self, entries: Mapping[str, tuple[str, str]]) -> str:
        """Store a tree: name to mode and object id (`40000` for a tree)."""
        kinds = {"40000": "tree", SUBMODULE: "commit"}
        lines = [f"{mode} {kinds.get(mode, 'blob')} {oid}\t{name}" for name, (mode, oid) in entries.items()]
        given = b"".join(os.fsencode(line) + b"\0" for line in lines)
        return self.git("mktree", "-z", "--missing", stdin=given)

    def commit_tree(self, tree: str, *parents: str, message: str = "Plant", who: str = "dana") -> str:
        """Store a commit of a tree, on no branch; its id."""
        self._minutes += 1
        named = [part for parent in parents for part in ("-p", parent)]
        return self.git("commit-tree", tree, *named, "-m", message, who=who)

    def branch(self, name: str, start: str = "main") -> Clone:
        """Begin a branch and switch to it."""
        self.git("switch", "--quiet", "-c", name, start)
        return self

    def switch(self, name: str) -> Clone:
        """Switch to a branch."""
        self.git("switch", "--quiet", name)
        return self

    def merge(self, name: str, *, who: str = "dana") -> str:
        """Merge a branch with a merge commit; the commit's id."""
        self._minutes += 1
        self.git("merge", "--quiet", "--no-ff", "-m", f"Merge {name}", name, who=who)
        return self.head

    def clone(self, folder: Path, *options: str) -> Clone:
        """A clone of this one, with origin set; `options` as `git clone` takes them."""
        self.git("clone", "--quiet", *options, self.folder.absolute().as_uri(), str(folder))
        return Clone(folder, self._minutes)

    def open(self) -> Repository:
        """The repository as the catalogue reads it."""
        return Repository.discover(self.folder)

    @property
    def head(self) -> str:
        """The id of the commit at HEAD."""
        return self.git("rev-parse", "HEAD")

    def _identity(self, who: str) -> dict[str, str]:
        when = f"{_BEGIN + 60 * self._minutes} +0000"
        parts = {"NAME": who.title(), "EMAIL": mail(who), "DATE": when}
        return {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in parts.items()}


def empty(folder: Path, *options: str) -> Clone:
    """A repository without a commit; `options` as `git init` takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    clone = Clone(folder)
    clone.git("init", "--quiet", "--initial-branch=main", *options)
    return clone


def sample(folder: Path, *options: str) -> Clone:
    """The sample company's repository with one commit on main, by Ana."""
    clone = empty(folder, *options)
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    clone.commit("Begin", who="ana")
    return clone


def mail(who: str) -> str:
    """A sample person's address; what has an @ already is one."""
    return who if "@" in who else f"{who}@example.org"
