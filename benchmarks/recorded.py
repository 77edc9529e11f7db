"""Makes repositories whose workflows are all on record: what the control project builds its bundle from."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import generator
from catalog import change, versions
from catalog.git import Repository
from catalog.records.envelope import path_of, sign
from catalog.records.keys import SigningKey
from catalog.records.refs import BRANCH
from catalog.records.statement import Kind, make_statement
from catalog.snapshot import tree_of
from catalog.workflow import Workflow

Json = Any

_TOGETHER = 100
"""Workflows that one merge changes."""

_PERSON = {"name": "Ana Ruiz", "forge": 101, "username": "aruiz", "emails": ["ana@example.org"], "may": ["low"]}


def repository(folder: Path, workflows: int) -> Path:
    """A repository of live workflows with two versions each, and the record of each merge that brought one.

    Judging began before the first merge, which brought all of them; each later merge changed the prompts of a hundred.
    """
    key = SigningKey.generate("pipeline-2026")
    generator.repository(folder, workflows, "live", {"team/people.yaml": _people(key)})
    _import(folder, _edits(folder))
    with Repository.discover(folder) as found:
        anchor, *merges = found.run("rev-list", "--reverse", "main").decode().split()
        found.run("config", "countersign.anchor", anchor)
        _import(folder, _records(_read(found, merges[0]), _read(found, merges[-1]), key, [anchor, *merges]))
    for command in (("reset", "--quiet", "--hard", "main"), ("repack", "-adq")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def _import(folder: Path, stream: Iterator[bytes]) -> None:
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=b"".join(stream), check=True)


def _read(repository: Repository, commit: str) -> Iterator[Workflow]:
    return change.read_folders(repository, change.folders(repository, tree_of(repository, commit)))


def _edits(folder: Path) -> Iterator[bytes]:
    for number, path in enumerate(sorted(folder.glob("workflows/*/sort.prompt"))):
        if number % _TOGETHER == 0:
            yield generator.commit("refs/heads/main", b"Short answers", onto="refs/heads/main^0" if not number else "")
        yield generator.file(str(path.relative_to(folder)), path.read_bytes() + b"\nAnswer with one word.\n")


def _people(key: SigningKey) -> bytes:
    public = key.public()
    keys = [{"id": public.id, "ed25519": public.ed25519, "from": "2026-01-01", "to": "2099-12-31"}]
    people = {"owner": "ana", "solo": True, "people": {"ana": {**_PERSON, "keys": keys}}, "rotas": {"support": ["ana"]}}
    # JSON is YAML, too.
    return json.dumps({**people, "signers": {"change": [public.id]}}).encode()


def _records(
    first: Iterable[Workflow], second: Iterable[Workflow], key: SigningKey, line: Sequence[str]
) -> Iterator[bytes]:
    yield generator.commit(BRANCH, b"records")
    for number, (old, new) in enumerate(zip(first, second, strict=True)):
        later = 2 + number // _TOGETHER
        for said in (
            _predicate(None, old, line[:2], "2026-09-22T08:00:00.000Z"),
            _predicate(old, new, line[later - 1 :], "2026-09-23T08:00:00.000Z"),
        ):
            statement = make_statement(Kind.CHANGE, said)
            raw = sign(statement, key)
            yield generator.file(path_of(statement, raw), raw)


def _predicate(before: Workflow | None, after: Workflow, line: Sequence[str], at: str) -> dict[str, Json]:
    approval = {"person": "ana", "forge": 101, "at": at, "digest": after.countersigned, "role": "approver"}
    return {
        "workflow": after.name, "at": at, "kind": "widening",
        "merge": {"target": "main", "commit": line[1], "first_parent": line[0]},
        "request": {"project": 7, "number": 1}, "before": before and _side(before), "after": _side(after),
        "control": None, "authors": ["ana"], "approvals": [{**approval, "how": "note"}], "self_approved": True,
        "verdict": "pass", "waivers": [], "drill": None, "policy_digest": versions.h1({}),
        "engines": ["opa 1.22.2", "regorus 0.13.0"], "assurance": "trusted",
    }  # fmt: skip


def _side(workflow: Workflow) -> dict[str, Json]:
    return {
        "version": workflow.version, "rollback_digest": workflow.rollback_digest,
        "countersigned": workflow.countersigned, "prompt_digest": workflow.prompt_digest,
        "models": workflow.manifest["models"], "tier": workflow.manifest["risk"]["tier"],
        "state": workflow.state["state"],
    }  # fmt: skip
