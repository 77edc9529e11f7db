"""Reviewed merges that let stops go and have no resume record: no key could sign it then, or the job was killed.

Only stops that are in force on record count: by them the keeper still stops what a review let run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from catalog import layout
from catalog.git import Repository
from catalog.records import history
from catalog.records.envelope import Verified
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, moment
from catalog.records.store import Branch
from catalog.records.subjects import CONTROL
from catalog.workflow import read_document

Json = Any

KINDS = (Kind.CHANGE, Kind.STOP, Kind.RESUME)
"""What has to be read to know."""


def unlifted(clone: Repository, branch: Branch, keyring: Keyring, tip: str) -> dict[str, set[str]]:
    """The stops in force that a recorded merge on the way to `tip` let go, by that merge's commit."""
    found: dict[str, set[str]] = {}
    for name in branch.workflows():
        if any(entry.kind is Kind.STOP for entry in branch.entries(name)):
            records = branch.read(name, KINDS, keyring, now=datetime.now(UTC))
            for stop, commit in let_go(clone, tip, name, records).items():
                found.setdefault(commit, set()).add(stop)
    return found


def let_go(clone: Repository, tip: str, name: str, records: Collection[Verified]) -> dict[str, str]:
    """The stops of one place, in force by all its records, that a recorded merge let go; each with that merge's commit.

    What was put on file again since then was not let go.
    """
    given = {str(said["id"]): moment(said["at"]) for said in history.in_force(records, name)}
    changes = [one.statement for one in records if one.statement.kind is Kind.CHANGE]
    merged = {str(said.predicate["merge"]["commit"]): said.at for said in changes}
    newest: dict[str, str] = {}
    for commit, before, after in _edits(clone, tip, name) if given else ():
        for stop in before ^ after:
            newest.setdefault(stop, commit if stop in before else "")
    return {
        stop: commit for stop, commit in newest.items()
        if stop in given and commit in merged and given[stop] <= merged[commit]
    }  # fmt: skip


def _edits(clone: Repository, tip: str, name: str) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each commit of the line that edited the file which tells what is stopped, newest first, with both sides."""
    place = layout.POINTS if name == CONTROL else f"{layout.folder(name)}/{layout.STATE}"
    options = ("--first-parent", "--diff-merges=first-parent", "--no-renames", "--format=%H", "--raw", "--no-abbrev")
    listed = clone.run("log", "--no-show-signature", *options, tip, "--", place).decode()
    commit = ""
    for line in filter(None, listed.splitlines()):
        if not line.startswith(":"):
            commit = line
            continue
        _, _, *oids = line.split()[:4]
        # A file that is added or deleted lets nothing run.
        if all(set(oid) != {"0"} for oid in oids):
            contents = clone.read_bounded(oids)
            before, after = (_stopped(name, contents[oid]) for oid in oids)
            # The points file lists what may run again, so there it is the other way round.
            yield (commit, after, before) if name == CONTROL else (commit, before, after)


def _stopped(name: str, content: bytes | None) -> set[str]:
    """The ids that a side of the file names; none of one that cannot be read."""
    schema = "points" if name == CONTROL else "state"
    document: Mapping[str, Json] = read_document(schema, content or b"", schema)[0] or {}
    if name == CONTROL:
        return set(document.get("resumed") or ())
    return {str(stop["id"]) for stop in document.get("stopped") or ()}
