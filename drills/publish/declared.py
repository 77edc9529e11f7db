"""What a tree declares of its workflows, as far as a page of drills shows it: tier, time to be back, age limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog import change, layout
from catalog.engines import open_engine
from catalog.errors import PolicyError
from catalog.git import Repository
from catalog.workflow import Workflow

Json = Any

TIERS = ("low", "medium", "high")
PROOF = f"{layout.POLICIES}/lib/proof.rego"
_ASKED = """\
package countersign.drills.publish

import data.countersign.lib.proof

terms[grade] := {"days": days, "rehearsed": proof.rehearsed[grade], "sandbox": sandbox} if {
	some grade, days in proof.limit_days
	sandbox := grade in in_sandbox
}

in_sandbox contains grade if {
	some grade, _ in proof.limit_days
	proof.proves(grade, {"target": "sandbox"})
}
"""
"""What the rules are asked, so that no second list can differ from them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """One workflow as it stands."""

    name: str
    summary: str
    tier: str
    state: str
    within: float | None
    """Seconds in which its rollback promises to be done; None without one."""
    limit_days: int
    """For how many days a passed drill stays good."""
    rehearsed: str
    """What a drill must name to count: `version` or `rollback_digest`."""
    digest: str
    """That digest, as it is now."""
    sandbox: bool
    """Whether a drill in the sandbox is real enough for the tier."""


def declared(repository: Repository, tree: str) -> dict[str, Declared]:
    """The readable workflows of a tree by name. Raises `PolicyError` when the rules do not say what proves what."""
    found = change.read_folders(repository, change.folders(repository, tree))
    readable = [workflow for workflow in found if not workflow.problems]
    terms = _terms(repository, tree)
    return {workflow.name: _declared(workflow, terms) for workflow in readable}


def _terms(repository: Repository, tree: str) -> Mapping[str, Json]:
    """By tier: for how many days what must have been rehearsed is good, and whether the sandbox will do."""
    source = repository.read(f"{tree}:{PROOF}")
    if source is None:
        raise PolicyError(f"There is no {PROOF}.", solution="Restore it: it says for how long a drill is good.")
    modules = {PROOF: source.decode("utf-8", "replace"), "publish.rego": _ASKED}
    with open_engine("regorus", modules, {}) as engine:
        found: Mapping[str, Json] = engine.evaluate("data.countersign.drills.publish.terms", {})
    if lacking := [tier for tier in TIERS if tier not in found]:
        raise PolicyError(f"{PROOF} does not say for how long a drill is good at tier {lacking[0]}.")
    return found


def _declared(workflow: Workflow, terms: Mapping[str, Json]) -> Declared:
    manifest, tier = workflow.manifest, workflow.manifest["risk"]["tier"]
    asked = terms[tier]
    return Declared(
        name=workflow.name, summary=manifest["summary"], tier=tier, state=workflow.state["state"],
        within=(manifest["rollback"] or {}).get("within"), limit_days=asked["days"],
        rehearsed=asked["rehearsed"], sandbox=asked["sandbox"],
        digest=workflow.version if asked["rehearsed"] == "version" else workflow.rollback_digest,
    )  # fmt: skip
