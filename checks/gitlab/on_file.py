"""Stops in git as they are at the points: of all that is on record, one merge request a workflow, which the job opens.

It adds the stops to `state.yaml`; for a way back it brings that version's files, too. What it says on-call signed, or a
declared trigger crossed, so it merges without anybody's click wherever that is all it says (policies/lib/orders.rego).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog import change, layout, states
from catalog.errors import JudgeError, SourceError
from catalog.git import OURSELVES, Repository
from catalog.objects import TreeEntry
from catalog.records import history, refs
from catalog.records.envelope import Verified
from catalog.records.keys import Keyring
from catalog.records.statement import Kind
from catalog.records.store import Branch
from catalog.records.subjects import ANY_VERSION, CONTROL
from catalog.snapshot import tree_of
from catalog.workflow import read_document
from checks.gitlab.fetching import bring, fetch_records, fetch_target, login, target
from checks.gitlab.judge import Court
from checks.gitlab.merging import LABEL, asks
from checks.gitlab.resuming import KINDS, let_go
from checks.query import read_judging_team
from checks.reports.safe import one_line
from controls.keeper.records import presence
from controls.live import state_file

Json = Any


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of the stops of one workflow."""

    words: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Missing:
    """The stops and ways back of one workflow that the target does not list yet."""

    workflow: str
    said: Sequence[Mapping[str, Json]]
    records: Sequence[Verified]

    @property
    def branch(self) -> str:
        """Of its merge request. Beside the protected branch of the lock, below which nobody can make one."""
        return f"countersign/stop-{self.workflow}"

    @property
    def ids(self) -> str:
        """All of them, in words."""
        return ", ".join(str(one["id"]) for one in self.said)


def put_on_file(court: Court) -> Iterator[Filed]:
    """Open what is missing, bring what is open up to date, and say each. Raises `JudgeError` where nothing can be read.

    One workflow that cannot be put on file keeps none of the others waiting.
    """
    with Repository.discover(court.folder) as clone:
        fetch_records(clone, court.remote, court.token)
        fetch_target(clone, court.remote, court.branch, court.token)
        tip = clone.resolve(f"{target(court.branch)}^{{commit}}") or ""
        tree = tree_of(clone, tip)
        keyring = Keyring.from_people(read_judging_team(clone, tree).people)
        branch = Branch.open(clone, refs.BRANCH)
        for name in branch.workflows():
            if name == CONTROL or not any(branch.unverified(name, Kind.STOP)):
                continue
            try:
                if missing := _missing(clone, branch, keyring, tip, name):
                    yield from _put(court, clone, tip, missing)
            except JudgeError as error:
                yield Filed(f"{name}: {error.message}", failed=True)


def _missing(clone: Repository, branch: Branch, keyring: Keyring, tip: str, name: str) -> _Missing | None:
    """Stops in force that `state.yaml` does not list, where the target has the workflow.

    Not those that a review took out of it: what is missing of them is the record that lets them go.
    """
    records = branch.read(name, KINDS, keyring, now=datetime.now(UTC))
    found = next(change.read_workflows(clone, tree_of(clone, tip), [name]), None)
    if found is None or found.problems:
        return None
    known = {stop["id"] for stop in found.state["stopped"]} | let_go(clone, tip, name, records).keys()
    said = [one for one in history.in_force(records, name) if one["id"] not in known]
    return _Missing(workflow=name, said=said, records=records) if said else None


def _put(court: Court, clone: Repository, tip: str, missing: _Missing) -> Iterator[Filed]:
    wanted = _commit(clone, tip, missing)
    before = [one for one in court.client.requests_from(missing.branch) if one.target == court.branch]
    newest = before[-1] if before else None
    if newest and newest.state == "closed":
        words = f"!{newest.number}, which puts {missing.ids} of {missing.workflow} on file, was closed: reopen it"
        yield Filed(words, failed=True)
    elif newest is None or newest.state == "merged":
        _push(clone, court, missing, wanted)
        title = f"Put on file that {missing.workflow} is stopped"
        number = court.client.open_request(missing.branch, court.branch, title, _description(missing), LABEL)
        yield Filed(f"!{number} puts {missing.ids} of {missing.workflow} on file")
    elif newest.draft or not asks(newest):
        words = f"!{newest.number}, which puts {missing.ids} of {missing.workflow} on file, does not ask to be merged"
        yield Filed(f"{words}: give it the label {LABEL}, and mark it ready", failed=True)
    elif not _is_the_same(clone, court, newest.head, wanted):
        _push(clone, court, missing, wanted)
        yield Filed(f"!{newest.number} puts {missing.ids} of {missing.workflow} on file, on what is there by now")


def _is_the_same(clone: Repository, court: Court, head: str, wanted: str) -> bool:
    """Whether a merge request holds what it should, on the target's tip."""
    bring(clone, court.remote, [head], court.token)
    return all(clone.resolve(f"{head}{part}") == clone.resolve(f"{wanted}{part}") for part in ("^{tree}", "^1"))


def _commit(clone: Repository, tip: str, missing: _Missing) -> str:
    """The target's tip, with the stops on file."""
    folder = layout.folder(missing.workflow)
    now = change.files_below(clone, tree_of(clone, tip), folder)
    place = f"{folder}/{layout.STATE}"
    entries = [state_file.entry(*presence(missing.workflow, one)) for one in missing.said]
    content = states.text(state_file.with_stopped(_state(clone, tip, place), entries))
    oid = clone.run("hash-object", "-w", "--stdin", input=content).decode().strip()
    files = {**_brought_back(clone, missing, folder, now), place: TreeEntry(place, "100644", oid)}
    words = f"{missing.workflow}: put {missing.ids} on file"
    return (
        clone.run("commit-tree", _tree(clone, tip, now, files), "-p", tip, "-m", words, env=OURSELVES).decode().strip()
    )


def _state(clone: Repository, tip: str, place: str) -> Mapping[str, Json]:
    content = clone.read_bounded([f"{tip}:{place}"])[f"{tip}:{place}"]
    document, _ = read_document(place, content or b"", "state")
    return document or {"state": "live"}


def _brought_back(
    clone: Repository, missing: _Missing, folder: str, now: Mapping[str, TreeEntry]
) -> Mapping[str, TreeEntry]:
    """The files of the version that on-call went back to, as they were recorded; else those of now.

    Those of now also where something stops that version: then nothing is to run, and the rest is put on file.
    """
    wanted = {one["rollback_to"] for one in missing.said} - {None}
    if {*wanted, ANY_VERSION} & {one["version"] for one in missing.said}:
        return now
    for record in missing.records:
        said = record.statement.predicate
        after = said["after"] if record.statement.kind is Kind.CHANGE else None
        if after and wanted == {after["version"]}:
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


def _push(clone: Repository, court: Court, missing: _Missing, commit: str) -> None:
    """Bring the branch there. By force: one that was left behind without a merge request begins anew."""
    words = ("push", "--quiet", "--force", "--", court.remote, f"{commit}:refs/heads/{missing.branch}")
    done = clone.attempt(*words, env=login(court.remote, court.token))
    if done.returncode:
        raise SourceError(
            f"The branch {missing.branch} was not taken: {one_line(done.stderr.decode('utf-8', 'replace'))[:300]}",
            why="The remote refused the push.",
            solution="See what is in its way: the account needs the right to push to branches `countersign/…`.",
        )


def _description(missing: _Missing) -> str:
    """Nothing in it begins a line that somebody else wrote: GitLab would carry out a quick action."""
    told = [f"- by {one['by'] or 'a trigger that crossed'}: `{_plain(str(one['reason']))}`" for one in missing.said]
    return "\n".join([
        f"At the enforcement points `{missing.workflow}` is stopped already:", "", *told, "",
        "This puts it on file. It merges by itself where it says only what was signed. What lets the workflow run "
        "again is another merge request, by `countersign resume`.",
    ])  # fmt: skip


def _plain(text: str) -> str:
    return one_line(text).replace("`", "'")
