"""Reading records: a branch that holds one file a record, `<workflow>/<kind>/<time>-<digest>.dsse.json`.

Records of the paths outside the workflows lie under `_control`. One workflow's records are one subtree, so reading them
costs what that workflow has, not what the repository has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby, islice

from catalog.errors import JudgeError, RecordError
from catalog.git import Repository
from catalog.records import refs, strict_json
from catalog.records.envelope import SUFFIX, Verified, verify
from catalog.records.keys import Keyring
from catalog.records.statement import Kind

CLOCK_SKEW = timedelta(minutes=10)
"""How far ahead of the reader's clock a record's time may be."""


_NAME = re.compile(r"_control|[a-z][a-z0-9-]{0,62}", re.ASCII)


class Availability(StrEnum):
    """Whether there are records to read. Unreadable ones are no value: they raise `RecordError`."""

    NONE = "none"
    READABLE = "readable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file of a records branch, not yet read."""

    workflow: str
    kind: Kind
    name: str
    oid: str

    @property
    def path(self) -> str:
        """From the root of the branch."""
        return f"{self.workflow}/{self.kind}/{self.name}"


class Branch:
    """One ref that holds records, at the commit it had when it was opened."""

    def __init__(self, repository: Repository, ref: str, commit: str | None) -> None:
        self.repository = repository
        self.ref = ref
        self.commit = commit
        self._listings: dict[str, list[Entry]] | None = None

    @classmethod
    def open(cls, repository: Repository, ref: str) -> Branch:
        """The ref as it is now; a missing one is no error. Raises `RecordError` when it is not a readable commit."""
        return cls(repository, ref, refs.tips(repository, ref)[ref])

    @property
    def availability(self) -> Availability:
        """`none` when the ref does not exist."""
        return Availability.READABLE if self.commit else Availability.NONE

    def preload(self) -> None:
        """List the whole branch at once: for runs that read every workflow."""
        entries = self._list()
        self._listings = {name: list(group) for name, group in groupby(entries, key=lambda entry: entry.workflow)}

    def workflows(self) -> list[str]:
        """Every name that has records, `_control` included."""
        if self._listings is None:
            self.preload()
        return list(self._listings or ())

    def entries(self, workflow: str) -> list[Entry]:
        """The record files of one workflow, unread; none for a name that no record can carry.

        Raises `RecordError` for a file among them that is no record.
        """
        if not _NAME.fullmatch(workflow):
            return []
        if self._listings is not None:
            return self._listings.get(workflow, [])
        return self._list(workflow)

    def read(
        self,
        workflow: str,
        kinds: Collection[Kind],
        keyring: Keyring,
        *,
        now: datetime,
        limit: int | None = None,
        local: bool = False,
        replay: bool = False,
    ) -> tuple[Verified, ...]:
        """The workflow's records of some kinds, newest first, at most `limit` of each kind.

        A record from the future is refused; in a `replay` of the past it did not exist yet and is left out.
        Raises `RecordError` for the first that cannot be trusted.
        """
        entries, until = self.entries(workflow), now.astimezone(UTC) if replay else None
        chosen = [entry for kind in kinds for entry in _newest(entries, kind, until)[:limit]]
        return _verified(self._contents(chosen), keyring, now, local)

    def read_each(
        self, workflows: Iterable[str], kinds: Collection[Kind], keyring: Keyring, *, now: datetime
    ) -> Iterator[tuple[str, tuple[Verified, ...]]]:
        """Each workflow with its records, as `read` gives them; for many much faster, since git is asked for all."""
        chosen = {name: [entry for entry in self.entries(name) if entry.kind in kinds] for name in workflows}
        contents = self._contents(entry for entries in chosen.values() for entry in entries)
        for name, entries in chosen.items():
            yield name, _verified(islice(contents, len(entries)), keyring, now)

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of every record file, unverified, oldest first within each workflow and kind."""
        return self._contents([entry for name in self.workflows() for entry in self.entries(name)])

    def unverified(self, workflow: str, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of the workflow's record files of one kind: for who learns on the way whose keys count."""
        return self._contents([entry for entry in self.entries(workflow) if entry.kind is kind])

    def _contents(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        listed = list(entries)
        try:
            answers = self.repository.read_many((entry.oid for entry in listed), limit=strict_json.MAX_BYTES)
            for entry, (_, raw) in zip(listed, answers, strict=True):
                if raw is None:
                    raise RecordError(f"the record {entry.path} is missing.", why="The clone is incomplete.")
                yield entry.path, raw
        except JudgeError as error:
            raise refs.unreadable(self.ref, error) from error

    def _list(self, *folder: str) -> list[Entry]:
        if self.commit is None:
            return []
        done = self.repository.attempt("ls-tree", "-r", "-z", "--full-tree", self.commit, "--", *folder)
        if done.returncode or done.stderr:
            raise refs.unreadable(self.ref, RecordError(done.stderr.decode("utf-8", "replace").strip()))
        lines = done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
        return [_entry(self.ref, line) for line in lines]


def read(
    repository: Repository,
    ref: str,
    workflow: str,
    kinds: Collection[Kind],
    keyring: Keyring,
    *,
    now: datetime,
    limit: int | None = None,
    local: bool = False,
) -> tuple[Availability, tuple[Verified, ...]]:
    """Whether `ref` has records at all, and one workflow's: as `Branch.read`."""
    branch = Branch.open(repository, ref)
    return branch.availability, branch.read(workflow, kinds, keyring, now=now, limit=limit, local=local)


def locate(repository: Repository) -> Branch:
    """The team's records, from the local branch or origin's. Raises `RecordError` when those have parted ways."""
    return Branch(repository, *refs.newest(repository))


def _entry(ref: str, line: str) -> Entry:
    meta, _, path = line.partition("\t")
    mode, _, oid = meta.split(" ")
    parts = path.split("/")
    # A second folder level, an odd mode, a foreign file: whoever wrote it was not the recorder.
    if mode != "100644" or len(parts) != 3 or parts[1] not in set(Kind) or not parts[2].endswith(SUFFIX):
        raise refs.unreadable(ref, RecordError(f"{path!r} is not a record."))
    return Entry(workflow=parts[0], kind=Kind(parts[1]), name=parts[2], oid=oid)


def _newest(entries: list[Entry], kind: Kind, before: datetime | None) -> list[Entry]:
    # A name begins with the record's time, and `verify` refuses one that lies.
    last = f"{before:%Y%m%dT%H%M%S}.999Z" if before else "~"
    chosen = [entry for entry in entries if entry.kind is kind and entry.name[: len(last)] <= last]
    return sorted(chosen, key=lambda entry: entry.name, reverse=True)


def _verified(
    contents: Iterable[tuple[str, bytes]], keyring: Keyring, now: datetime, local: bool = False
) -> tuple[Verified, ...]:
    """The records of some files, newest first. Raises `RecordError` for the first that cannot be trusted."""
    found = [verify(raw, keyring, path=path, local=local) for path, raw in contents]
    for record in found:
        _refuse_future(record, now)
    return tuple(sorted(found, key=lambda record: (record.statement.at, record.path), reverse=True))


def _refuse_future(record: Verified, now: datetime) -> None:
    if record.statement.at > now + CLOCK_SKEW:
        raise RecordError(
            f"The record {record.path} is from the future.",
            why=f"It says {record.statement.at.isoformat()}, and now is {now.isoformat()}.",
            solution="Set the clock right; if it is, the record was not written by the trusted pipeline.",
        )
