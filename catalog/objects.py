"""What git prints about objects, read: answers of `cat-file`, entries of trees, lines of `diff-tree`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, NamedTuple

from catalog.errors import ChangeError, GitError

TREE = "040000"
"""The mode of a folder, as `diff-tree` prints it."""
SUBMODULE = "160000"
"""The mode of an entry whose object is a commit of another repository."""

KINDS = {"100644": "file", "100755": "executable", "120000": "symlink", "160000": "submodule"}
"""What an entry is, by its mode."""

_BATCH = 4096
_CHUNK = 1 << 16
_NEVER = {b".", b"..", b".git"}


class TreeEntry(NamedTuple):
    """One entry of a git tree; `mode` as git prints it: `100644`, `100755`, `120000`, `160000`, `40000`."""

    name: str
    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """One path that differs between two trees; the side where it is absent has empty mode and oid."""

    path: str
    before_mode: str
    before_oid: str
    after_mode: str
    after_oid: str

    @property
    def status(self) -> str:
        """added | edited | deleted"""
        if not self.before_oid:
            return "added"
        return "edited" if self.after_oid else "deleted"

    @property
    def kind(self) -> str | None:
        """What it is afterwards: file | executable | symlink | submodule; None: deleted."""
        return KINDS.get(self.after_mode)


def batches(specs: Iterable[str]) -> Iterator[list[str]]:
    """The specs in groups that are asked for, and read, at once: what they name is held in memory together."""
    batch: list[str] = []
    size = 0
    for spec in specs:
        length = len(spec.encode("utf-8", "surrogateescape")) + 1
        if batch and size + length > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(spec)
        size += length
    if batch:
        yield batch


def one_line(spec: str) -> str:
    """The spec, if it can be asked for. Raises `ChangeError` for a line break in it."""
    if "\n" in spec:
        raise ChangeError(f"A path with a line break cannot be read: {spec!r}.")
    return spec


def answer(stdout: IO[bytes], spec: str, limit: int) -> tuple[str, bytes | None]:
    """Kind and content of the next object; the kind is `missing` or `large` where there is no content to be had."""
    oid, kind, size = _header(stdout, spec)
    if not oid:
        return "missing", None
    if size > limit:
        _discard(stdout, size + 1)
        return "large", None
    content = stdout.read(size + 1)
    if len(content) != size + 1:
        raise GitError(f"Git stopped in the middle of {spec}.")
    return kind, content[:-1]


def oid_of(stdout: IO[bytes], spec: str) -> str | None:
    """The id of the next object, whose content is passed over; None when there is none."""
    oid, _, size = _header(stdout, spec)
    if oid:
        _discard(stdout, size + 1)
    return oid or None


def _header(stdout: IO[bytes], spec: str) -> tuple[str, str, int]:
    header = stdout.readline()
    if header.endswith((b" missing\n", b" ambiguous\n", b" submodule\n")):
        return "", "", 0
    parts = header.decode("utf-8", "replace").split()
    if len(parts) != 3:
        raise GitError(f"Git could not read {spec}: {' '.join(parts) or 'the reader ended'}")
    return parts[0], parts[1], int(parts[2])


def _discard(stdout: IO[bytes], size: int) -> None:
    while size > 0:
        size -= len(stdout.read(min(size, _CHUNK))) or size


def entries_of(raw: bytes, oid_size: int, what: str) -> list[TreeEntry]:
    """The entries of a tree object's bytes; `what` names it in errors. A name that is no UTF-8 keeps lone surrogates.

    Raises `ChangeError` for a tree that git would not write, of which two readers could make two folders (T10).
    """
    found = _entry(oid_size).findall(raw)
    if flaw := _flaw(found, raw, oid_size):
        solution = "Find it with `git fsck`, and make the commits anew with git."
        raise ChangeError(f"The folder {what} is none that git writes.", why=flaw, solution=solution)
    return [TreeEntry(name.decode("utf-8", "surrogateescape"), mode.decode(), oid.hex()) for mode, name, oid in found]


@cache
def _entry(oid_size: int) -> re.Pattern[bytes]:
    return re.compile(rb"(100644|100755|120000|160000|40000) ([^\0/]+)\0(.{%d})" % oid_size, re.DOTALL)


def _flaw(found: list[tuple[bytes, bytes, bytes]], raw: bytes, oid_size: int) -> str:
    """Why git would not write such a tree; empty when it would. Each question is put to all entries at once: faster."""
    names = [name for _, name, _ in found]
    in_order = [name + b"/" if mode == b"40000" else name for mode, name, _ in found]
    length = sum(len(mode) + len(name) for mode, name, _ in found) + len(found) * (oid_size + 2)
    if length != len(raw) or bytes(oid_size) in [oid for _, _, oid in found]:
        return "An entry has a mode, a name or an id that no entry can have."
    if not _NEVER.isdisjoint(map(bytes.lower, names)):
        return "An entry is named like a way out of the folder, or like git's own."
    if len(set(names)) < len(names):
        return "Two entries have the same name."
    return "" if in_order == sorted(in_order) else "Its entries are out of order."


def changed(meta: str, path: str) -> ChangedPath:
    """One record of `diff-tree --raw -z --no-abbrev`."""
    before_mode, after_mode, before_oid, after_oid, _ = meta.removeprefix(":").split(" ")
    return ChangedPath(
        path,
        "" if before_mode == "000000" else before_mode,
        "" if set(before_oid) == {"0"} else before_oid,
        "" if after_mode == "000000" else after_mode,
        "" if set(after_oid) == {"0"} else after_oid,
    )
