"""What GitLab sends to a project's webhooks when something happens to a merge request, or is said there."""

from __future__ import annotations

from support.forge import git
from support.forge.mergeability import detailed_merge_status
from support.forge.model import Json, MergeRequest, Note, User, stamp
from support.forge.state import State


def merge_request_hook(state: State, mr: MergeRequest, by: User, action: str, **more: Json) -> dict[str, Json]:
    """A Merge Request Hook; `more` goes to its `object_attributes`."""
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": _user(by),
        "project": _project(state, mr),
        "object_attributes": {**_attributes(state, mr), "action": action, **more},
        "labels": [{"title": label} for label in mr.labels],
        "changes": {},
    }


def note_hook(state: State, note: Note, by: User, action: str) -> dict[str, Json]:
    """A Note Hook of a comment on a merge request, which is part of it."""
    url = f"{state.merge_request_url(note.mr)}#note_{note.id}"
    return {
        "object_kind": "note",
        "event_type": "confidential_note" if note.internal else "note",
        "user": _user(by),
        "project_id": note.mr.project.id,
        "project": _project(state, note.mr),
        "object_attributes": {
            "id": note.id,
            "internal": note.internal,
            "note": note.body,
            "noteable_type": "MergeRequest",
            "noteable_id": note.mr.id,
            "author_id": note.author.id,
            "created_at": stamp(note.created_at),
            "updated_at": stamp(note.updated_at),
            "project_id": note.mr.project.id,
            "system": note.system,
            "action": action,
            "url": url,
        },
        "merge_request": _attributes(state, note.mr),
    }


def _user(by: User) -> dict[str, Json]:
    return {"id": by.id, "name": by.name, "username": by.username, "avatar_url": None, "email": "[REDACTED]"}


def _project(state: State, mr: MergeRequest) -> dict[str, Json]:
    return {
        "id": mr.project.id,
        "name": mr.project.path.rsplit("/", 1)[-1],
        "path_with_namespace": mr.project.path,
        "web_url": state.web_url(mr.project),
        "default_branch": mr.project.default_branch,
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
