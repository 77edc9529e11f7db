"""What GitLab sends to a project's webhooks when something happens to a merge request."""

from __future__ import annotations

from support.forge import git
from support.forge.mergeability import detailed_merge_status
from support.forge.model import Json, MergeRequest, User, stamp
from support.forge.state import State


def merge_request_hook(state: State, mr: MergeRequest, by: User, action: str, **more: Json) -> dict[str, Json]:
    """A Merge Request Hook; `more` goes to its `object_attributes`."""
    project = mr.project
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": {"id": by.id, "name": by.name, "username": by.username, "avatar_url": None, "email": "[REDACTED]"},
        "project": {
            "id": project.id,
            "name": project.path.rsplit("/", 1)[-1],
            "path_with_namespace": project.path,
            "web_url": state.web_url(project),
            "default_branch": project.default_branch,
        },
        "object_attributes": {**_attributes(state, mr), "action": action, **more},
        "labels": [{"title": label} for label in mr.labels],
        "changes": {},
    }


def _attributes(state: State, mr: MergeRequest) -> dict[str, Json]:
    head = git.read_commit(mr.project.repository, mr.sha)
    return {
        "id": mr.id,
        "iid": mr.iid,
        "title": mr.title,
        "state": mr.state,
        "draft": mr.draft,
        "source_branch": mr.source_branch,
        "target_branch": mr.target_branch,
        "source_project_id": mr.source_project.id,
        "target_project_id": mr.project.id,
        "author_id": mr.author.id,
        "created_at": stamp(mr.created_at),
        "updated_at": stamp(mr.updated_at),
        "merge_commit_sha": mr.merge_commit_sha,
        "detailed_merge_status": detailed_merge_status(state, mr),
        "last_commit": {
            "id": head.sha,
            "message": head.message,
            "author": {"name": head.author_name, "email": head.author_email},
        },
        "url": state.merge_request_url(mr),
    }
