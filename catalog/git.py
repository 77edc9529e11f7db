"""Git, read at the level of objects: one subprocess runner and one object reader.

Nothing here writes to the user's index, refs or object store. What a run must make (a tree of the working copy, a merge
result) goes to a scratch object store that ends with the run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO

from catalog import isolated
from catalog.errors import GitError, JudgeError
from catalog.objects import TREE, ChangedPath, TreeEntry, answer, batches, changed, entries_of, oid_of, one_line

__all__ = ["MAX_FILE", "MINIMUM_VERSION", "ChangedPath", "Repository", "TooLarge", "TreeEntry", "version_of_git"]

MINIMUM_VERSION = (2, 38)
"""`git merge-tree --write-tree` came with 2.38."""

MAX_FILE = 1024 * 1024
"""Bytes of the largest file that is read."""

_TIMEOUT = 120.0
_MAX_TREE = 256 * MAX_FILE
_OID_SIZES = {"sha1": 20, "sha256": 32}

# A repository's own settings must not run programs, rewrite objects or translate what git prints.
_SAFE_ENV = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/none",
    "LC_ALL": "C",
}
# What the caller's environment must not choose: how paths are understood, and where attributes are read.
_UNSAFE_ENV = {
    *(f"GIT_{how}_PATHSPECS" for how in ("LITERAL", "GLOB", "NOGLOB", "ICASE")),
    "GIT_ATTR_SOURCE",
}
_SAFE_CONFIG = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.quotePath=false", "-c", "core.splitIndex=false"),
)
_ABOUT = (
    *("--show-toplevel", "--show-object-format", "--is-shallow-repository"),
    *("--path-format=absolute", "--git-dir", "--git-path", "objects", "--git-path", "shallow"),
)


class TooLarge(JudgeError):
    """A file is larger than `MAX_FILE`."""


OURSELVES = {f"GIT_{role}_{part}": "countersign" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
"""Who makes a commit that nobody wrote, as git's environment takes it."""


class Repository:
    """A git repository, open for reading. Close it, or use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._env = {name: value for name, value in os.environ.items() if name not in _UNSAFE_ENV} | _SAFE_ENV
        self._reader: subprocess.Popen[bytes] | None = None
        self._scratch: str | None = None
        self._objects = ""
        self._git_dir = ""
        self._shallow = ""
        self.shallow = False
        self._object_format = "sha1"

    @classmethod
    def discover(cls, start: Path) -> Repository:
        """The repository that holds `start`. Raises `GitError` when there is none."""
        found = cls(start)
        done = found.attempt("rev-parse", *_ABOUT)
        lines = done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
        if done.returncode or len(lines) != 6:
            version_of_git(found)  # one that is too old fails here first
            words = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
            raise GitError(
                f"No git repository holds {start.absolute()}.",
                why=(words.splitlines() or ["Git does not say where it lies."])[0],
                solution="Run it inside a clone with a working tree, or `git init` and commit first.",
            )
        found.path = Path(lines[0])
        found._object_format = lines[1]
        found.shallow = lines[2] == "true"
        found._git_dir, found._objects, found._shallow = lines[3:]
        return found

    def run(
        self, *args: str, input: bytes | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> bytes:
        """Run git and return what it printed. Raises `GitError` with command, exit code and its words."""
        done = self.attempt(*args, input=input, env=env)
        if check and done.returncode:
            words = done.stderr.decode("utf-8", "replace").strip()
            raise GitError(f"`git {' '.join(args)}` failed with exit code {done.returncode}: {words}")
        return done.stdout

    def attempt(
        self, *args: str, input: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git whatever its exit code. Raises `GitError` when it cannot be started or runs out of time."""
        try:
            return subprocess.run(
                ["git", *_SAFE_CONFIG, *args],
                input=b"" if input is None else input,
                capture_output=True,
                cwd=self.path,
                env={**self._env, **(env or {})},
                timeout=_TIMEOUT,
                check=False,
            )
        except FileNotFoundError as error:
            if not shutil.which("git"):
                raise GitError("`git` was not found.", solution="Install git 2.38 or newer.") from error
            raise GitError(f"{self.path} was not found.", solution="Name a folder that is there.") from error
        except OSError as error:
            raise GitError(f"Git cannot run in {self.path}: {error.strerror}.", solution="Name a folder.") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(f"`git {args[0]}` did not end within {_TIMEOUT:.0f} s.") from error

    @property
    def index(self) -> Path:
        """The index in use: a hook may have been given one of its own."""
        given = self._env.get("GIT_INDEX_FILE")
        return self.path / given if given else Path(self._git_dir) / "index"

    @cached_property
    def variables(self) -> dict[str, str]:
        """Git's settings, and the identities it would commit with (`GIT_AUTHOR_IDENT`, `GIT_COMMITTER_IDENT`)."""
        lines = self.run("var", "-l").decode("utf-8", "replace").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def resolve(self, revision: str) -> str | None:
        """The object id of a revision, or None when it names nothing."""
        if "\n" in revision:
            return None
        return oid_of(self._asked([revision]), revision)

    def use_scratch(self) -> None:
        """From now on write new objects to a temporary store, which `close` removes."""
        if self._scratch is None:
            self.pause()  # a reader that runs already would not know the new store
            self._scratch = tempfile.mkdtemp(prefix="countersign-objects-")
            inherited = self._env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
            stores = [_quoted(self._objects), *([inherited] if inherited else [])]
            self._env["GIT_OBJECT_DIRECTORY"] = self._scratch
            self._env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(stores)

    def read(self, spec: str) -> bytes | None:
        """The content of one object, or None when there is none. Raises `TooLarge` past `MAX_FILE`."""
        return next(iter(self.read_many([spec])))[1]

    def read_many(self, specs: Iterable[str], *, limit: int = MAX_FILE) -> Iterator[tuple[str, bytes | None]]:
        """Each spec with its content, in order; None when missing. Raises `TooLarge` past `limit` bytes."""
        for spec, kind, content in self._objects_of(specs, limit):
            if kind == "large":
                raise TooLarge(f"{spec} is larger than {limit} bytes.", solution="Keep each file under 1 MiB.")
            yield spec, content

    def read_trees(self, specs: Iterable[str]) -> Iterator[tuple[str, list[TreeEntry] | None]]:
        """The entries of each tree, in order; None for a path that leads to no tree. Raises as `read_bounded` does."""
        for spec, kind, content in self._known(specs, _MAX_TREE):
            if kind == "large":
                raise TooLarge(f"{spec} holds too many files.")
            found = content if kind == "tree" else None
            yield spec, None if found is None else entries_of(found, _OID_SIZES[self._object_format], spec)

    def read_bounded(self, specs: Iterable[str], *, limit: int = MAX_FILE) -> dict[str, bytes | None]:
        """The contents by object id or path; None for one longer than `limit` bytes, or a path that leads nowhere.

        Raises `GitError` for a missing object.
        """
        return {spec: content for spec, _, content in self._known(list(dict.fromkeys(specs)), limit)}

    def entries(self, tree: str) -> list[TreeEntry]:
        """The entries of a tree, in git's order; empty when the tree does not exist."""
        return next(self.read_trees([tree]))[1] or []

    def diff(self, before: str, after: str) -> list[ChangedPath]:
        """Every path that differs between two trees; a rename is a deletion and an addition.

        Raises `GitError` for a folder of `after` on the way there that could be read as two.
        """
        # Submodules too: .gitmodules, which is judged itself, can ask to leave them out.
        options = ("-r", "-t", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
        raw = self.run("diff-tree", *options, before, after)
        fields = raw.decode("utf-8", "surrogateescape").split("\0")
        found = [changed(meta, path) for meta, path in zip(fields[0::2], fields[1::2], strict=False)]
        deque(self.read_trees([after, *(path.after_oid for path in found if path.after_mode == TREE)]), maxlen=0)
        return [path for path in found if TREE not in (path.before_mode, path.after_mode)]

    def merged(self, ours: str, theirs: str) -> subprocess.CompletedProcess[bytes]:
        """What `git merge-tree -z --name-only` says of two commits; exit code 0: merged, 1: in conflict."""
        options = ("--write-tree", "--name-only", "--no-messages", "-z")
        with tempfile.TemporaryDirectory(prefix="countersign-merge-") as folder:
            cut_off = self._shallow if self.shallow else None
            env = isolated.make(Path(folder), self._scratch or self._objects, self._object_format, cut_off)
            tree = env["GIT_WORK_TREE"]
            return self.attempt("-C", tree, *isolated.CONFIG, "merge-tree", *options, ours, theirs, env=env)

    def pause(self) -> None:
        """Stop the object reader; the next read starts another."""
        if self._reader:
            _pipe(self._reader.stdin).close()
            _pipe(self._reader.stdout).close()
            self._reader.wait()
            self._reader = None

    def close(self) -> None:
        """Stop the object reader and remove the scratch store."""
        self.pause()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None
            del self._env["GIT_OBJECT_DIRECTORY"], self._env["GIT_ALTERNATE_OBJECT_DIRECTORIES"]

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _known(self, specs: Iterable[str], limit: int) -> Iterator[tuple[str, str, bytes | None]]:
        """The objects of some specs. An id, unlike a path, was read somewhere, so its object must be here."""
        for spec, kind, content in self._objects_of(specs, limit):
            if kind == "missing" and ":" not in spec:
                raise GitError(
                    f"The object {spec} is not here.",
                    why="The clone is incomplete or damaged.",
                    solution="See what `git fsck` says; fetch again without a filter, or clone anew.",
                )
            yield spec, kind, content

    def _objects_of(self, specs: Iterable[str], limit: int) -> Iterator[tuple[str, str, bytes | None]]:
        for batch in batches(specs):
            stdout = self._asked(batch)
            # Read the whole batch before yielding, so that a caller who stops early leaves the pipe in step.
            yield from [(spec, *answer(stdout, spec, limit)) for spec in batch]

    def _asked(self, specs: Iterable[str]) -> IO[bytes]:
        """Where git answers about each spec: all at once, since a write for each takes longer."""
        stdin, stdout = self._pipes()
        questions = "".join(f"contents {one_line(spec)}\n" for spec in specs)
        stdin.write(f"{questions}flush\n".encode("utf-8", "surrogateescape"))
        stdin.flush()
        return stdout

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._reader is None:
            command = ["git", *_SAFE_CONFIG, "cat-file", "--batch-command", "--buffer"]
            self._reader = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.path,
                env=self._env,
            )  # fmt: skip
        return _pipe(self._reader.stdin), _pipe(self._reader.stdout)


def version_of_git(repository: Repository) -> tuple[int, int]:
    """Git's version, two numbers. Raises `GitError` when it is older than `MINIMUM_VERSION`."""
    words = repository.run("version").decode()
    found = re.search(r"(\d+)\.(\d+)", words)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < MINIMUM_VERSION:
        raise GitError(
            f"Git 2.38 or newer is needed, this is {version[0]}.{version[1]}.",
            why="The result of a merge is computed by `git merge-tree`.",
            solution="Upgrade git.",
        )
    return version


def _quoted(path: str) -> str:
    # In the list of stores a colon ends a path, unless the path is quoted.
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # Popen was given PIPE
    return stream
