"""Commit statuses that a program posts: they are jobs of a pipeline, and obey a job's transitions."""

from __future__ import annotations

from collections.abc import Mapping

from support.forge import git
from support.forge.answers import bad_request, forbidden, not_found, refused
from support.forge.model import Json, Level, Pipeline, Status, User
from support.forge.project import Project
from support.forge.state import State

EVENTS = {
    "pending": "enqueue",
    "running": "run",
    "success": "success",
    "failed": "drop",
    "canceled": "cancel",
    "skipped": "skip",
}
UNFINISHED = ("pending", "running")
LONGEST = 255


def post(state: State, project: Project, user: User, sha: str, params: Mapping[str, Json]) -> tuple[Pipeline, Status]:
    """Post a status. An unfinished one of the same name, ref and user changes; a finished one gets a successor."""
    wanted = str(params.get("state") or "")
    if wanted not in EVENTS:
        raise bad_request("state does not have a valid value" if wanted else "state is missing")
    pipeline = _pipeline(state, project, user, sha, params)
    if not _may_update(state, project, user, pipeline.ref):
        raise forbidden()
    name = str(params.get("name") or params.get("context") or "default")
    _check_lengths(name=name, **{key: str(params.get(key) or "") for key in ("description", "target_url")})
    found = (job for job in reversed(pipeline.jobs) if (job.name, job.author) == (name, user))
    job = next((job for job in found if job.state in UNFINISHED), None)
    if job is None:
        job = Status(state.next_id(), name, "created", sha, pipeline.ref, user, state.now)
        pipeline.jobs.append(job)
    _move(state, job, wanted)
    job.description = params.get("description", job.description)
    job.target_url = params.get("target_url", job.target_url)
    job.coverage = params.get("coverage", job.coverage)
    return pipeline, job


def _pipeline(state: State, project: Project, user: User, sha: str, params: Mapping[str, Json]) -> Pipeline:
    asked, ref = params.get("pipeline_id"), params.get("ref")
    found = [one for one in project.pipelines if one.sha == sha and ref in {None, one.ref}]
    if asked is not None:
        found = [one for one in found if one.id == int(asked)]
        if not found:
            raise not_found("Pipeline for pipeline_id, sha and ref")
    if found:
        return found[-1]
    branches = git.run(
        project.repository, "for-each-ref", "--contains", sha, "--format=%(refname:lstrip=2)", "refs/heads"
    )
    where = ref or next(iter(branches.splitlines()), None)
    if where is None:
        raise not_found("References for commit")
    return state.pipeline(project, sha, where, user, source="external")


def _may_update(state: State, project: Project, user: User, ref: str) -> bool:
    protected = any(one.covers(ref) for one in project.protected_branches)
    return state.may_merge(user, project, ref) if protected else state.level(user, project) >= Level.DEVELOPER


def _move(state: State, job: Status, wanted: str) -> None:
    if job.state == wanted or (job.state, wanted) == ("running", "pending"):
        event = EVENTS[wanted]
        raise refused(
            400,
            f"Cannot transition status via :{event} from :{job.state} "
            f'(Reason(s): Status cannot transition via "{event}")',
        )
    if wanted != "pending":
        job.started_at = job.started_at or state.now
    if wanted not in UNFINISHED:
        job.finished_at = state.now
    job.state = wanted


def _check_lengths(**texts: str) -> None:
    for name, text in texts.items():
        if len(text) > LONGEST:
            raise refused(400, {name: [f"is too long (maximum is {LONGEST} characters)"]})
