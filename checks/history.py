"""What git history says of a workflow that appears or disappears, and whether judging has begun.

Judging starts after the anchor: what was there before it, such as the samples, is nobody's past.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog import change, layout, snapshot, workflow
from catalog.change import WorkflowChange
from catalog.errors import JudgeError, UsageError
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
    anchor = anchor_of(repository)
    if not anchor or _descends(repository, target, anchor):
        return
    if _descends(repository, anchor, target) and _descends(repository, "HEAD", anchor):
        raise _not_pushed(repository, anchor, target)
    raise JudgeError(
        f"The target {target[:12]} does not descend from the anchor {anchor[:12]}.",
        why="Judging starts after the anchor; a target without it is another history, or a rewritten one.",
        solution="Fetch the real branch, or ask the owner before trusting this clone.",
    )


def anchor_of(repository: Repository) -> str:
    """The commit after which judging starts, as this clone pins it; empty when it pins none."""
    return repository.variables.get(ANCHOR, "")


def _not_pushed(repository: Repository, anchor: str, target: str) -> JudgeError:
    branch = _default_target(repository)
    known = bool(branch) and repository.resolve(f"{branch}^{{commit}}") == target
    name = snapshot.short(branch) if known else target[:12]
    # Work on top of the anchor is yet to be judged, and is not pushed with it.
    commit = "HEAD" if repository.resolve("HEAD") == anchor else anchor[:12]
    return JudgeError(
        f"The anchor is not on {name} yet.",
        why=f"Judging starts after the anchor {anchor[:12]}, and {name} ends before it.",
        solution=f"Push it: {push(branch if known else 'refs/remotes/origin/BRANCH', commit)}. "
        "If it was pushed before, ask the owner who took it away.",
    )


def push(branch: str, commit: str = "HEAD") -> str:
    """The command that brings a commit to a branch, given by its full name."""
    name = snapshot.short(branch)
    remote, _, name = name.partition("/") if branch.startswith("refs/remotes/") else (".", "", name)
    return f"git push {remote} {commit}:{name}"


def _default_target(repository: Repository) -> str:
    try:
        return snapshot.default_target(repository)
    except UsageError:
        return ""


def _descends(repository: Repository, newer: str, older: str) -> bool:
    return repository.attempt("merge-base", "--is-ancestor", older, newer).returncode == 0


def _mentions(repository: Repository, target: str, path: str) -> bool:
    return bool(_log(repository, target, path, "-1", "--format=%H"))


def _was_live(repository: Repository, target: str, path: str) -> bool:
    """Whether any state.yaml that the target had says live, however it is spelt; an unreadable one may have.

    The one that it has counts as well: since the anchor it may never have changed.
    """
    lines = _log(repository, target, path, "-m", "--raw", "--no-abbrev", "--no-renames", "--format=").splitlines()
    sides = {oid for line in lines for oid in line.split()[2:4]}
    sides |= {repository.resolve(f"{target}:{path}") or ""}
    chosen = sorted(oid for oid in sides if set(oid) - {"0"})
    return any(map(_says_live, repository.read_bounded(chosen).values()))


def _says_live(content: bytes | None) -> bool:
    if content is None:
        return True
    document, _ = workflow.read_document(layout.STATE, content, "state")
    return document is None or document["state"] == "live"


def _log(repository: Repository, target: str, path: str, *how: str) -> str:
    """What `git log` says of a path since the anchor: git would leave out sides of a merge that came to nothing."""
    if repository.shallow:
        raise JudgeError(
            f"Whether {path} was there before cannot be told.",
            why="The clone is shallow: its history is cut off.",
            solution="Fetch all of it: git fetch --unshallow (in GitLab CI: GIT_DEPTH: 0).",
        )
    anchor = anchor_of(repository)
    since = f"{anchor}..{target}" if anchor else target
    options = ("--full-history", "--no-show-signature", *how)
    return repository.run("log", *options, since, "--", f":(literal){path}").decode("utf-8", "replace").strip()
