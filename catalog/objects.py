"""What git prints about objects, read: answers of `cat-file --batch`, entries of trees, lines of `diff-tree`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, NamedTuple

from catalog.errors import GitError

_BATCH = 4096
_CHUNK = 1 << 16


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


def batches(specs: Iterable[str]) -> Iterator[list[str]]:
    """The specs in groups that may be asked before an answer is read: a pipe holds 4 KiB for certain.

    With more, git could wait for its answers to be read while its questions are still being written.
    """
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
    """The spec, if it can be asked for. Raises `GitError` for a line break in it."""
    if "\n" in spec:
        raise GitError(f"A path with a line break cannot be read: {spec!r}.")
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


def entries_of(raw: bytes, oid_size: int) -> Iterator[TreeEntry]:
    """The entries of a tree object's bytes. A name that is no UTF-8 keeps its bytes as lone surrogates."""
    position = 0
    while position < len(raw):
        end = raw.index(b"\0", position)
        mode, _, name = raw[position:end].partition(b" ")
        position = end + 1 + oid_size
        yield TreeEntry(name.decode("utf-8", "surrogateescape"), mode.decode(), raw[end + 1 : position].hex())


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
