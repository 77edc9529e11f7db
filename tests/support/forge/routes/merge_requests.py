"""Merge requests: read, listed, merged."""

from __future__ import annotations

from support.forge import shapes
from support.forge.answers import refused
from support.forge.model import Json
from support.forge.routing import Request, route

MR = "/projects/:id/merge_requests/:iid"


@route("GET", "/projects/:id/merge_requests", job_token=True)
def merge_requests(request: Request) -> Json:
    """Those of a project, the newest first unless asked otherwise."""
    asked = request.params
    state = asked.get("state", "all")
    since = request.moment("updated_after")
    by_update = asked.get("order_by") == "updated_at"
    found = [
        mr
        for mr in request.project.merge_requests
        if state in {"all", mr.state}
        and asked.get("target_branch") in {None, mr.target_branch}
        and asked.get("source_branch") in {None, mr.source_branch}
        and (since is None or mr.updated_at >= since)
    ]
    found.sort(
        key=lambda mr: (mr.updated_at if by_update else mr.created_at, mr.id), reverse=asked.get("sort") != "asc"
    )
    return [shapes.merge_request(request.forge, mr) for mr in found]


@route("POST", "/projects/:id/merge_requests")
def open_merge_request(request: Request) -> Json:
    """Open one from a branch of the project; one a pair of branches."""
    asked, project = request.params, request.project
    pair = asked["source_branch"], asked["target_branch"]
    if any((mr.source_branch, mr.target_branch, mr.state) == (*pair, "opened") for mr in project.merge_requests):
        raise refused(409, f"Another open merge request already exists for this source branch: {pair[0]}")
    labels = [label for label in str(asked.get("labels", "")).split(",") if label]
    opened = request.forge.open(
        project, *pair, request.user, labels=labels, title=str(asked["title"]),
        description=str(asked.get("description", "")),
    )  # fmt: skip
    return shapes.whole_merge_request(request.forge, opened, request.user)


@route("GET", MR, job_token=True)
def merge_request(request: Request) -> Json:
    """One merge request."""
    return shapes.whole_merge_request(request.forge, request.mr, request.user)


@route("GET", f"{MR}/versions")
def versions(request: Request) -> Json:
    """Its pushes, the newest first."""
    return [shapes.push(request.mr, one) for one in reversed(request.mr.pushes)]


@route("GET", f"{MR}/commits")
def commits(request: Request) -> Json:
    """Its commits, the newest first."""
    return [shapes.commit(request.forge, request.project, sha) for sha in request.mr.pushes[-1].commits]


@route("PUT", f"{MR}/merge")
def merge(request: Request) -> Json:
    """Merge it, or have it merged once its pipeline succeeds."""
    asked = request.params
    request.forge.merge(
        request.mr,
        request.user,
        sha=asked.get("sha"),
        squash=request.flag("squash") if "squash" in asked else None,
        message=asked.get("merge_commit_message"),
        squash_message=asked.get("squash_commit_message"),
        auto=request.flag("merge_when_pipeline_succeeds", "auto_merge"),
        remove_source=request.flag("should_remove_source_branch"),
    )
    return shapes.whole_merge_request(request.forge, request.mr, request.user)
