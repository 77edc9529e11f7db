"""Pipelines: started by a trigger token or for a merge request, and their jobs run again."""

from __future__ import annotations

import json

from support.forge import git, shapes
from support.forge.answers import forbidden, not_found, refused
from support.forge.model import Json, Level, Pipeline, Status
from support.forge.routes.merge_requests import MR
from support.forge.routing import Request, pick, route

FINISHED = ("success", "failed", "canceled")


@route("POST", "/projects/:id/trigger/pipeline", anonymous=True)
@route("POST", "/projects/:id/ref/:ref/trigger/pipeline", anonymous=True)
def trigger(request: Request) -> Json:
    """A trigger or job token starts a pipeline of a ref; the whole request goes along as `TRIGGER_PAYLOAD`."""
    if request.headers.get("x-gitlab-event") == "Pipeline Hook":
        raise forbidden()
    given = request.params.get("token")
    project = request.forge.find_project(request.named["id"])
    found = next((one for one in project.triggers if one.token == given), None) if project else None
    job = request.forge.tokens.get(str(given))
    owner = found.owner if found else job.user if job and job.job else None
    if project is None or owner is None:
        raise not_found()
    ref = request.named.get("ref") or request.text("ref")
    sha = git.resolve(project.repository, ref)
    if sha is None or not _may_run(request, owner.id, ref):
        raise refused(400, {"base": ["Reference not found" if sha is None else "Insufficient permissions"]})
    payload = {name: value for name, value in request.params.items() if name != "token"}
    made = request.forge.pipeline(project, sha, ref, owner, source="trigger" if found else "pipeline")
    made.variables = {**(request.params.get("variables") or {}), "TRIGGER_PAYLOAD": json.dumps(payload)}
    return shapes.pipeline(request.forge, made)


@route("GET", f"{MR}/pipelines")
def of_merge_request(request: Request) -> Json:
    """The pipelines of every head that a merge request ever had, the newest first."""
    heads = {push.head for push in request.mr.pushes}
    found = [one for one in request.forge.pipelines if one.sha in heads]
    return [shapes.pipeline(request.forge, one) for one in reversed(found)]


@route("POST", f"{MR}/pipelines", level=Level.DEVELOPER)
def for_merge_request(request: Request) -> Json:
    """Start a merge request pipeline of the head."""
    mr = request.mr
    ref = f"refs/merge-requests/{mr.iid}/head"
    made = request.forge.pipeline(mr.project, mr.sha, ref, request.user, source="merge_request_event")
    return shapes.pipeline(request.forge, made)


@route("GET", "/projects/:id/pipelines/:pipeline/jobs")
def jobs(request: Request) -> Json:
    """The jobs of a pipeline, without those that were retried since."""
    found = pick((one for one in request.project.pipelines if str(one.id) == request.named["pipeline"]), "")
    return [_job(request, one, found) for one in {job.name: job for job in found.jobs}.values()]


@route("POST", "/projects/:id/jobs/:job/retry", level=Level.DEVELOPER)
def retry(request: Request) -> Json:
    """Run a finished job again: as a new job of the same pipeline."""
    pairs = ((one, job) for one in request.project.pipelines for job in one.jobs)
    pipeline, old = pick((pair for pair in pairs if str(pair[1].id) == request.named["job"]), "")
    if old.state not in FINISHED:
        raise forbidden()
    forge = request.forge
    new = Status(forge.next_id(), old.name, "pending", old.sha, old.ref, request.user, forge.now)
    pipeline.jobs.append(new)
    return _job(request, new, pipeline)


def _may_run(request: Request, owner: int, ref: str) -> bool:
    project = request.forge.find_project(request.named["id"])
    return project is not None and request.forge.may_merge(request.forge.users[owner], project, ref)


def _job(request: Request, one: Status, of: Pipeline) -> shapes.Shape:
    forge = request.forge
    return {
        "id": one.id,
        "name": one.name,
        "status": one.state,
        "stage": "test",
        "ref": one.ref,
        "tag": False,
        "allow_failure": False,
        "created_at": shapes.when(one.created_at),
        "started_at": shapes.when(one.started_at),
        "finished_at": shapes.when(one.finished_at),
        "web_url": f"{forge.web_url(of.project)}/-/jobs/{one.id}",
        "user": shapes.user(forge, one.author),
        "commit": shapes.commit(forge, of.project, one.sha),
        "pipeline": {"id": of.id, "project_id": of.project.id, "ref": of.ref, "sha": of.sha, "status": of.status},
    }
