"""What git history says of a workflow that appears or disappears, and whether judging has begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog import change, layout, workflow
from catalog.change import WorkflowChange
from catalog.errors import JudgeError
from catalog.git import Repository
from catalog.snapshot import Comparison
from checks.facts import NO_HISTORY

Json = Any

ANCHOR = "countersign.anchor"
"""The git setting that pins the commit after which judging starts."""


def facts(repository: Repository, comparison: Comparison, one: WorkflowChange) -> Mapping[str, Json]:
    """History as rules see it. Only an added or deleted folder is looked up: the search is as long as the history."""
    if one.status == "added":
        others = change.names(repository, comparison.after)
        return {
            **NO_HISTORY,
            "removed_before": _mentions(repository, comparison.target, layout.folder(one.name)),
            "look_alike": change.look_alike(one.name, others),
        }
    if one.status == "deleted":
        state = f"{layout.folder(one.name)}/{layout.STATE}"
        return {**NO_HISTORY, "was_live": _was_live(repository, comparison.target, state)}
    return NO_HISTORY


def check_anchor(repository: Repository, target: str) -> None:
    """Raise `JudgeError` when the target does not descend from the anchor that `countersign init` pinned (T17)."""
    anchor = repository.variables.get(ANCHOR, "")
    if anchor and repository.attempt("merge-base", "--is-ancestor", anchor, target).returncode:
        raise JudgeError(
            f"The target {target[:12]} does not descend from the anchor {anchor[:12]}.",
            why="Judging starts after the anchor; a target without it is another history, or a rewritten one.",
            solution="Fetch the real branch, or ask the owner before trusting this clone.",
        )


def _mentions(repository: Repository, target: str, path: str) -> bool:
    return bool(_log(repository, target, path, "-1", "--format=%H"))


def _was_live(repository: Repository, target: str, path: str) -> bool:
    """Whether any state.yaml that the target ever had says live, however it is spelt; an unreadable one may have."""
    lines = _log(repository, target, path, "-m", "--raw", "--no-abbrev", "--no-renames", "--format=").splitlines()
    sides = {oid for line in lines for oid in line.split()[2:4]}
    return any(map(_says_live, repository.read_bounded(sorted(oid for oid in sides if set(oid) != {"0"})).values()))


def _says_live(content: bytes | None) -> bool:
    if content is None:
        return True
    document, _ = workflow.read_document(layout.STATE, content, "state")
    return document is None or document["state"] == "live"


def _log(repository: Repository, target: str, path: str, *how: str) -> str:
    """What `git log` says of a path in all of history: git would leave out sides of a merge that came to nothing."""
    if repository.shallow:
        raise JudgeError(
            f"Whether {path} was there before cannot be told.",
            why="The clone is shallow: its history is cut off.",
            solution="Fetch all of it: git fetch --unshallow (in GitLab CI: GIT_DEPTH: 0).",
        )
    options = ("--full-history", "--no-show-signature", *how)
    return repository.run("log", *options, target, "--", f":(literal){path}").decode("utf-8", "replace").strip()
