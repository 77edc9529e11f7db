"""Stops in git as they are at the points: one merge request for each that is on record, which the job opens itself.

It adds the stop to `state.yaml`; for a way back it brings that version's files, too. What it says on-call signed, or a
declared trigger crossed, so it merges without anybody's click wherever that is all it says (policies/lib/orders.rego).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog import change, layout
from catalog.errors import SourceError
from catalog.git import Repository
from catalog.objects import TreeEntry
from catalog.records import history, refs
from catalog.records.envelope import Verified
from catalog.records.keys import Keyring
from catalog.records.statement import Kind
from catalog.records.store import Branch
from catalog.records.subjects import CONTROL
from catalog.snapshot import tree_of
from catalog.workflow import read_document
from checks.gitlab.fetching import fetch_records, fetch_target, login, target
from checks.gitlab.judge import Court
from checks.gitlab.merging import LABEL
from checks.query import read_judging_team
from checks.reports.safe import one_line
from controls.keeper.records import presence
from controls.live import state_file

Json = Any

_KINDS = (Kind.CHANGE, Kind.STOP, Kind.RESUME)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stop:
    """One stop or way back that the target does not list yet."""

    workflow: str
    said: Mapping[str, Json]
    records: Sequence[Verified]

    @property
    def branch(self) -> str:
        """Of its merge request: the same however often it is tried."""
        return f"countersign/stop/{self.workflow}/{self.said['id']}"


def put_on_file(court: Court) -> Iterator[str]:
    """Open what is missing, and say each. Raises `SourceError` where the remote or GitLab does not let it."""
    with Repository.discover(court.folder) as clone:
        fetch_records(clone, court.remote, court.token)
        fetch_target(clone, court.remote, court.branch, court.token)
        tip = clone.resolve(f"{target(court.branch)}^{{commit}}") or ""
        for stop in _missing(clone, tip):
            if not court.client.requests_from(stop.branch):
                _push(clone, court, stop, _commit(clone, tip, stop))
                title = f"Put on file that {stop.workflow} is stopped"
                number = court.client.open_request(stop.branch, court.branch, title, _description(stop), LABEL)
                yield f"!{number} puts {stop.said['id']} of {stop.workflow} on file"


def _missing(clone: Repository, tip: str) -> Iterator[_Stop]:
    """Stops in force, of workflows that the target has, which their `state.yaml` does not list."""
    tree = tree_of(clone, tip)
    keyring = Keyring.from_people(read_judging_team(clone, tree).people)
    branch = Branch.open(clone, refs.BRANCH)
    for name in branch.workflows():
        if name == CONTROL or not any(branch.unverified(name, Kind.STOP)):
            continue
        records = branch.read(name, _KINDS, keyring, now=datetime.now(UTC))
        found = next(change.read_workflows(clone, tree, [name]), None)
        if found is None or found.problems:
            continue
        listed = {stop["id"] for stop in found.state["stopped"]}
        for said in history.in_force(records, name):
            if said["id"] not in listed:
                yield _Stop(workflow=name, said=said, records=records)


def _commit(clone: Repository, tip: str, stop: _Stop) -> str:
    """The target's tip, with the stop on file."""
    folder = layout.folder(stop.workflow)
    now = change.files_below(clone, tree_of(clone, tip), folder)
    place = f"{folder}/{layout.STATE}"
    content = state_file.text(state_file.with_stopped(_state(clone, tip, place), [_entry(stop)]))
    oid = clone.run("hash-object", "-w", "--stdin", input=content).decode().strip()
    files = {**_brought_back(clone, stop, folder, now), place: TreeEntry(place, "100644", oid)}
    words = f"{stop.workflow}: put {stop.said['id']} on file\n\n{stop.said['reason']}"
    return clone.run("commit-tree", _tree(clone, tip, now, files), "-p", tip, "-m", words, env=_NAMES).decode().strip()


_NAMES = {f"GIT_{role}_{part}": "countersign" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


def _state(clone: Repository, tip: str, place: str) -> Mapping[str, Json]:
    content = clone.read_bounded([f"{tip}:{place}"])[f"{tip}:{place}"]
    document, _ = read_document(place, content or b"", "state")
    return document or {"state": "live"}


def _entry(stop: _Stop) -> dict[str, Json]:
    return state_file.entry(*presence(stop.workflow, stop.said))


def _brought_back(clone: Repository, stop: _Stop, folder: str, now: Mapping[str, TreeEntry]) -> Mapping[str, TreeEntry]:
    """The files of the version that on-call went back to, as they were recorded; else those of now."""
    for record in stop.records:
        said = record.statement.predicate
        after = said["after"] if record.statement.kind is Kind.CHANGE else None
        if after and after["version"] == stop.said["rollback_to"]:
            tree = clone.resolve(f"{said['merge']['commit']}^{{tree}}")
            return change.files_below(clone, tree, folder) if tree else now
    return now


def _tree(clone: Repository, tip: str, now: Mapping[str, TreeEntry], files: Mapping[str, TreeEntry]) -> str:
    """The target's tree with some files in place of those of now."""
    gone = [f"0 {'0' * len(tip)}\t{path}" for path in now if path not in files]
    there = [f"{one.mode} {one.oid}\t{path}" for path, one in files.items()]
    with tempfile.TemporaryDirectory(prefix="countersign-index-") as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        clone.run("read-tree", tip, env=env)
        lines = "\0".join([*gone, *there, ""]).encode("utf-8", "surrogateescape")
        clone.run("update-index", "-z", "--index-info", input=lines, env=env)
        return clone.run("write-tree", env=env).decode().strip()


def _push(clone: Repository, court: Court, stop: _Stop, commit: str) -> None:
    """Bring the branch there. By force: one that was left behind without a merge request begins anew."""
    words = ("push", "--quiet", "--force", "--", court.remote, f"{commit}:refs/heads/{stop.branch}")
    done = clone.attempt(*words, env=login(court.remote, court.token))
    if done.returncode:
        raise SourceError(
            f"The branch {stop.branch} was not taken: {one_line(done.stderr.decode('utf-8', 'replace'))[:300]}",
            why="The remote refused the push.",
            solution="The account needs the right to push to branches `countersign/stop/…`.",
        )


def _description(stop: _Stop) -> str:
    """Nothing in it begins a line that somebody else wrote: GitLab would carry out a quick action."""
    who = stop.said["by"] or "a trigger that crossed"
    reason = one_line(str(stop.said["reason"])).replace("`", "'")
    return (
        f"At the enforcement points `{stop.workflow}` is stopped already, by {who}: `{reason}`\n\n"
        "This puts it on file. It merges by itself where it says only what was signed. What lets the workflow run "
        "again is another merge request, by `countersign resume`."
    )
