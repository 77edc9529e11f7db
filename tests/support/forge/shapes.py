"""People, projects, merge requests and what belongs to them, as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from support.forge import git, mergeability
from support.forge.model import Json, MergeRequest, Note, Pipeline, Push, Status, Token, User, stamp
from support.forge.project import Project
from support.forge.state import State

Shape = dict[str, Json]


def when(moment: datetime | None) -> str | None:
    """A moment, or null."""
    return stamp(moment) if moment else None


def user(state: State, one: User) -> Shape:
    """Somebody, as anybody sees them."""
    return {
        "id": one.id,
        "username": one.username,
        "public_email": None,
        "name": one.name,
        "state": one.state,
        "locked": False,
        "avatar_url": None,
        "web_url": f"{state.host}/{one.username}",
    }


def users(state: State, several: Iterable[User]) -> list[Shape]:
    """Several people."""
    return [user(state, one) for one in several]


def myself(state: State, one: User) -> Shape:
    """Somebody, as they see themselves."""
    more = {
        "bot": one.bot,
        "email": one.email,
        "commit_email": one.email,
        "external": False,
        "two_factor_enabled": True,
    }
    return {**user(state, one), **more, "created_at": "2026-01-05T08:00:00.000Z"}


def token(state: State, one: Token) -> Shape:
    """A token, without its value."""
    expired = one.expires_at is not None and one.expires_at <= state.now.date()
    return {
        "id": one.id,
        "name": one.name,
        "revoked": one.revoked,
        "created_at": stamp(one.created_at),
        "description": None,
        "scopes": list(one.scopes),
        "user_id": one.user.id,
        "last_used_at": stamp(state.now),
        "active": not one.revoked and not expired,
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
    }


def project(state: State, one: Project) -> Shape:
    """A project and its settings."""
    namespace, _, name = one.path.rpartition("/")
    origin = one.forked_from
    parent = {"id": origin.id, "path_with_namespace": origin.path} if origin else None
    return {
        "id": one.id,
        "name": name,
        "path": name,
        "path_with_namespace": one.path,
        "description": None,
        "created_at": stamp(one.created_at),
        "web_url": state.web_url(one),
        "http_url_to_repo": f"{state.web_url(one)}.git",
        "ssh_url_to_repo": f"git@{state.host.removeprefix('https://')}:{one.path}.git",
        "namespace": {"name": namespace, "path": namespace, "full_path": namespace, "kind": "group"},
        **one.settings,
        **({"forked_from_project": parent} if parent else {}),
        **(
            {"approvals_before_merge": one.approval_settings["approvals_before_merge"]} if state.edition == "ee" else {}
        ),
    }


def merge_request(state: State, mr: MergeRequest) -> Shape:
    """A merge request, as lists show it."""
    return {
        "id": mr.id,
        "iid": mr.iid,
        "project_id": mr.project.id,
        "title": mr.title,
        "description": mr.description,
        "state": mr.state,
        "created_at": stamp(mr.created_at),
        "updated_at": stamp(mr.updated_at),
        "target_branch": mr.target_branch,
        "source_branch": mr.source_branch,
        "upvotes": 0,
        "downvotes": 0,
        "user_notes_count": sum(not note.system for note in mr.notes),
        "author": user(state, mr.author),
        "assignees": users(state, mr.assignees),
        "assignee": user(state, mr.assignees[0]) if mr.assignees else None,
        "reviewers": users(state, mr.reviewers),
        "source_project_id": mr.source_project.id,
        "target_project_id": mr.project.id,
        "labels": list(mr.labels),
        "draft": mr.draft,
        "work_in_progress": mr.draft,
        "milestone": None,
        "sha": mr.sha,
        "discussion_locked": None,
        "reference": f"!{mr.iid}",
        "references": {"short": f"!{mr.iid}", "relative": f"!{mr.iid}", "full": f"{mr.project.path}!{mr.iid}"},
        "web_url": state.merge_request_url(mr),
        "squash": mr.squash,
        "squash_on_merge": mr.squash,
        **_before_merging(state, mr),
        **_after_merging(state, mr),
    }


def _before_merging(state: State, mr: MergeRequest) -> Shape:
    detailed = mergeability.detailed_merge_status(state, mr)
    conflicts = mergeability.has_conflicts(mr)
    checked = "cannot_be_merged" if conflicts else "can_be_merged"
    return {
        "merge_when_pipeline_succeeds": mr.auto_merge,
        "merge_status": "checking" if detailed in {"checking", "unchecked", "preparing"} else checked,
        "detailed_merge_status": detailed,
        "should_remove_source_branch": None,
        "force_remove_source_branch": False,
        "prepared_at": None if detailed == "preparing" else stamp(mr.created_at),
        "has_conflicts": conflicts,
        "blocking_discussions_resolved": mergeability.resolved(mr),
    }


def _after_merging(state: State, mr: MergeRequest) -> Shape:
    merger = user(state, mr.merge_user) if mr.merge_user else None
    return {
        "merged_by": merger if mr.state == "merged" else None,
        "merge_user": merger,
        "merged_at": when(mr.merged_at),
        "closed_by": None,
        "closed_at": when(mr.closed_at),
        "merge_commit_sha": mr.merge_commit_sha,
        "squash_commit_sha": mr.squash_commit_sha,
    }


def whole_merge_request(state: State, mr: MergeRequest, viewer: User) -> Shape:
    """A merge request, as it is shown alone."""
    latest, head_pipeline = mr.pushes[-1], mergeability.head_pipeline(mr)
    return {
        **merge_request(state, mr),
        "subscribed": viewer is mr.author,
        "changes_count": str(latest.files),
        "diff_refs": {"base_sha": latest.base, "head_sha": latest.head, "start_sha": latest.start},
        "merge_error": None,
        "head_pipeline": pipeline(state, head_pipeline) if head_pipeline else None,
        "user": {"can_merge": state.may_merge(viewer, mr.project, mr.target_branch)},
        "first_contribution": False,
    }


def push(mr: MergeRequest, one: Push) -> Shape:
    """A push: what the API calls a version."""
    return {
        "id": one.id,
        "head_commit_sha": one.head,
        "base_commit_sha": one.base,
        "start_commit_sha": one.start,
        "created_at": stamp(one.created_at),
        "merge_request_id": mr.id,
        "state": one.state,
        "real_size": str(one.files),
        "patch_id_sha": one.patch_id_sha,
    }


def note(state: State, one: Note) -> Shape:
    """A comment or a system note."""
    resolution = {"resolved": one.resolved, "resolved_by": None, "resolved_at": None} if one.resolvable else {}
    return {
        "id": one.id,
        "type": "DiscussionNote" if one.resolvable else None,
        "body": one.body,
        "author": user(state, one.author),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "system": one.system,
        "noteable_id": one.mr.id,
        "noteable_type": "MergeRequest",
        "project_id": one.mr.project.id,
        "resolvable": one.resolvable,
        **resolution,
        "confidential": one.internal,
        "internal": one.internal,
        "imported": False,
        "imported_from": "none",
        "noteable_iid": one.mr.iid,
        "commands_changes": {},
    }


def commit(state: State, of: Project, sha: str) -> Shape:
    """A commit."""
    one = git.read_commit(of.repository, sha)
    return {
        "id": one.sha,
        "short_id": one.sha[:8],
        "created_at": one.committed,
        "parent_ids": list(one.parents),
        "title": one.title,
        "message": one.message,
        "author_name": one.author_name,
        "author_email": one.author_email,
        "authored_date": one.authored,
        "committer_name": one.committer_name,
        "committer_email": one.committer_email,
        "committed_date": one.committed,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{state.web_url(of)}/-/commit/{one.sha}",
    }


def status(state: State, one: Status, of: Pipeline) -> Shape:
    """A commit status."""
    return {
        "id": one.id,
        "sha": one.sha,
        "ref": one.ref,
        "status": one.state,
        "name": one.name,
        "target_url": one.target_url,
        "description": one.description,
        "created_at": stamp(one.created_at),
        "started_at": when(one.started_at),
        "finished_at": when(one.finished_at),
        "allow_failure": False,
        "coverage": one.coverage,
        "pipeline_id": of.id,
        "author": user(state, one.author),
    }


def pipeline(state: State, one: Pipeline) -> Shape:
    """A pipeline."""
    return {
        "id": one.id,
        "project_id": one.project.id,
        "sha": one.sha,
        "ref": one.ref,
        "status": one.status,
        "source": one.source,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "web_url": f"{state.web_url(one.project)}/-/pipelines/{one.id}",
        "user": user(state, one.user),
    }
