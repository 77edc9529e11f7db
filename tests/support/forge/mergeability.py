"""Whether a merge request can be merged, and if not, what GitLab says why."""

from __future__ import annotations

from support.forge import git, rules
from support.forge.model import MergeRequest, Pipeline
from support.forge.state import State

UNFINISHED = ("created", "pending", "running")


def head_pipeline(mr: MergeRequest) -> Pipeline | None:
    """The newest pipeline of the head; one of the merge request itself outranks all others."""
    of_head = [one for one in (*mr.project.pipelines, *mr.source_project.pipelines) if one.sha == mr.sha]
    own = [one for one in of_head if one.source == "merge_request_event"]
    return max(own or of_head, key=lambda one: one.id, default=None)


def has_conflicts(mr: MergeRequest) -> bool:
    """Whether the head and the target's tip cannot be merged by themselves."""
    tip = git.tip(mr.project.repository, mr.target_branch)
    return tip is None or git.merged_tree(mr.project.repository, tip, mr.sha) is None


def detailed_merge_status(state: State, mr: MergeRequest) -> str:
    """The first reason against a merge, or `mergeable`."""
    if mr.forced_status:
        return mr.forced_status
    if mr.state != "opened":
        return "not_open"
    if mr.draft:
        return "draft_status"
    settings = mr.project.settings
    if settings["only_allow_merge_if_all_discussions_are_resolved"] and not resolved(mr):
        return "discussions_not_resolved"
    if not rules.approved(state, mr) and state.edition == "ee":
        return "not_approved"
    if has_conflicts(mr):
        return "conflict"
    return _need_rebase(mr) or _pipeline_status(mr) or "mergeable"


def resolved(mr: MergeRequest) -> bool:
    """Whether every thread is resolved."""
    return all(note.resolved for note in mr.notes if note.resolvable)


def _need_rebase(mr: MergeRequest) -> str | None:
    if mr.project.settings["merge_method"] == "merge":
        return None
    tip = git.tip(mr.project.repository, mr.target_branch)
    return "need_rebase" if not tip or not git.is_ancestor(mr.project.repository, tip, mr.sha) else None


def _pipeline_status(mr: MergeRequest) -> str | None:
    settings = mr.project.settings
    if not settings["only_allow_merge_if_pipeline_succeeds"]:
        return None
    pipeline = head_pipeline(mr)
    if pipeline and pipeline.status in UNFINISHED:
        return "ci_still_running"
    good = {"success", "skipped"} if settings["allow_merge_on_skipped_pipeline"] else {"success"}
    return None if pipeline and pipeline.status in good else "ci_must_pass"
