"""What mutants are tried on: a workflow and a team of their own, so that they need nothing of a team's repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog import policies, versions, workflow
from catalog.git import Repository
from catalog.points import of
from catalog.snapshot import tree_of
from catalog.team import Team
from catalog.workflow import File
from controls.bundle import content
from controls.bundle.admission import Admission
from drills.plan import Plan, plan
from drills.rehearsed import Rehearsed

Json = Any

NAME = "self-test"
_FOLDER = Path(__file__).with_name("workflow")
_PLAIN = "100644"
_PERSON = {"forge": 1, "emails": [], "may": ["low", "medium", "high"]}
_PEOPLE = {
    "owner": "owner",
    "solo": True,
    "people": {name: {**_PERSON, "name": name} for name in ("owner", "approver", "reviewer", "helper")},
    "rotas": {"on-call": ["helper"], "reviewers": ["reviewer"]},
}


def practice(repository: Repository, commit: str, fallback: bytes | None = None) -> Rehearsed:
    """The practice workflow, under the runtime policies of a commit; `fallback`: another fallback file."""
    files = {path.name: File(_PLAIN, "0" * 40, path.read_bytes()) for path in sorted(_FOLDER.iterdir())}
    if fallback is not None:
        files["fallback.md"] = File(_PLAIN, "0" * 40, fallback)
    found = workflow.read(NAME, files)
    modules = policies.read_runtime(repository, tree_of(repository, commit))
    nothing = Admission(commit=commit, seq=1, control=commit, team=Team(people=_PEOPLE), workflows=(), culprits=())
    document = content.document(repository, nothing.with_candidate([found], commit), versions.h1(modules))
    return Rehearsed(
        commit=commit, judged_by=commit, workflows={NAME: found}, points=of({}), targets={}, document=document,
        modules=modules,
    )  # fmt: skip


def only(found: Rehearsed, scenario: str) -> Plan:
    """Its drill, with one of its scenarios."""
    whole = plan(found.workflow(NAME))
    return replace(whole, played=tuple(one for one in whole.played if one.scenario == scenario))
