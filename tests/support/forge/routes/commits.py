"""Commits, their statuses, and the merge requests that brought them."""

from __future__ import annotations

from support.forge import git, shapes, statuses
from support.forge.answers import not_found
from support.forge.model import Json, Level, MergeRequest
from support.forge.routing import Request, route

COMMIT = "/projects/:id/repository/commits/:sha"


@route("GET", COMMIT, job_token=True)
def commit(request: Request) -> Json:
    """One commit, by id, branch or tag."""
    return shapes.commit(request.forge, request.project, _sha(request))


@route("GET", f"{COMMIT}/merge_requests", job_token=True)
def merge_requests(request: Request) -> Json:
    """The merge requests that hold a commit, or were merged by it; a direct push has none."""
    sha = _sha(request)
    return [
        shapes.merge_request(request.forge, mr) for mr in reversed(request.project.merge_requests) if _holds(mr, sha)
    ]


@route("GET", f"{COMMIT}/statuses")
def of_commit(request: Request) -> Json:
    """The newest status of each name, or all."""
    sha = _sha(request)
    found = [(one, job) for one in request.project.pipelines for job in one.jobs if job.sha == sha]
    wanted = request.params.get("name")
    found = [(one, job) for one, job in found if wanted in {None, job.name}]
    if not request.flag("all"):
        found = list({(job.name, job.ref): (one, job) for one, job in found}.values())
    return [shapes.status(request.forge, job, one) for one, job in found]


@route("POST", "/projects/:id/statuses/:sha", level=Level.DEVELOPER)
def post_status(request: Request) -> Json:
    """Post a status to a commit: to the named pipeline, else to its newest one, else to an external one."""
    forge, project = request.forge, request.project
    pipeline, job = statuses.post(forge, project, request.user, _sha(request), request.params)
    forge.settle(project)
    return shapes.status(request.forge, job, pipeline)


def _sha(request: Request) -> str:
    sha = git.resolve(request.project.repository, request.named["sha"])
    if sha is None:
        raise not_found("Commit")
    return sha


def _holds(mr: MergeRequest, sha: str) -> bool:
    return sha in {mr.merge_commit_sha, mr.squash_commit_sha} or any(sha in push.commits for push in mr.pushes)
