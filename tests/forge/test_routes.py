"""Every route answers with the documented fields, of the documented types (tests/samples/gitlab/)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.forge.model import MergeRequest
from support.forge.routes import load
from support.forge.routing import ROUTES
from support.forge.scene import Reply, Scene

SAMPLES = Path(__file__).parents[1] / "samples" / "gitlab"

Json = Any
Begin = Callable[..., Scene]
Prepare = Callable[[Scene, MergeRequest], object]


def nothing(scene: Scene, mr: MergeRequest) -> None:
    """Nothing is needed."""


def approved(scene: Scene, mr: MergeRequest) -> None:
    """Finn approves."""
    scene.forge.approve(mr, scene.finn)


def ruled(scene: Scene, mr: MergeRequest) -> None:
    """One rule is met and another is not."""
    scene.forge.rule(scene.project, "Owners", 1, [scene.ana, scene.finn])
    scene.forge.rule(scene.project, "Second", 1, [scene.ana])
    approved(scene, mr)


def one_rule(scene: Scene, mr: MergeRequest) -> int:
    """The only rule is met; returns its number."""
    approved(scene, mr)
    return scene.forge.rule(scene.project, "Owners", 1, [scene.finn]).id


def noted(scene: Scene, mr: MergeRequest) -> int:
    """Ana comments; returns the number of the note."""
    return scene.forge.note(mr, scene.ana, "Looks right.").id


def another_branch(scene: Scene, _: MergeRequest) -> int:
    """A branch whose pipeline failed, and that nobody has asked for yet."""
    sha = scene.push("another", "Another")
    scene.forge.pipeline(scene.project, sha, "another", scene.dana, source="push", gate="failed")
    return 0


def judged(scene: Scene, mr: MergeRequest) -> int:
    """A job of the head failed; returns its number."""
    made = scene.forge.pipeline(scene.project, mr.sha, "shorter", scene.dana, source="push", gate="failed")
    return made.jobs[0].id


def judged_pipeline(scene: Scene, mr: MergeRequest) -> int:
    """A job of the head failed; returns the number of its pipeline."""
    judged(scene, mr)
    return scene.project.pipelines[0].id


def running(scene: Scene, mr: MergeRequest) -> None:
    """A pipeline of the merge request is running."""
    scene.forge.pipeline(scene.project, mr.sha, "any", scene.dana, source="merge_request_event", gate="running")


def status(scene: Scene, mr: MergeRequest) -> Reply:
    """The head has a status."""
    return scene.api(scene.ana).post(f"{scene.base}/statuses/{mr.sha}", **POSTED)


def guarded(scene: Scene, mr: MergeRequest) -> None:
    """No one may push to main."""
    scene.forge.protect(scene.project, "main", push=0, merge=40)


def tagged(scene: Scene, mr: MergeRequest) -> None:
    """Maintainers may make release tags."""
    scene.forge.protect_tag(scene.project, "release-*", 40)


def trigger(scene: Scene, mr: MergeRequest) -> str:
    """Returns a trigger token."""
    return scene.forge.trigger(scene.project, scene.ana).token


def schedule(scene: Scene, mr: MergeRequest) -> int:
    """Returns the number of a schedule."""
    return scene.forge.schedule(scene.project, scene.ana).id


def hook(scene: Scene, mr: MergeRequest) -> int:
    """Returns the number of a webhook."""
    return scene.forge.hook(scene.project, "https://hooks.example.org", merge_requests_events=True).id


def variable(scene: Scene, mr: MergeRequest) -> None:
    """A protected variable is set."""
    scene.forge.variable(scene.project, "GATE_MODE", "strict", protected=True)


def token(scene: Scene, mr: MergeRequest) -> None:
    """The project has a token."""
    scene.forge.project_token(scene.project)


def key(scene: Scene, mr: MergeRequest) -> int:
    """Returns the number of a deploy key."""
    return scene.forge.deploy_key(scene.project, "builder", can_push=True).id


def fork(scene: Scene, mr: MergeRequest) -> None:
    """The project has a fork."""
    made = scene.forge.project("eve/flows", scene.project.repository, forked_from=scene.project)
    scene.forge.member(made, scene.ana, 40)


POSTED = {"state": "success", "name": "gate", "target_url": "https://gate.example.org", "description": "1 workflow"}
CE = {"edition": "ce"}
PAID = {"tier": "premium"}


class Case(NamedTuple):
    """A call, what must be there before it, and the sample that its answer is like."""

    sample: str
    call: str
    prepare: Prepare = nothing
    body: Mapping[str, Json] = {}
    forge: Mapping[str, str] = {}


CASES = [
    Case("own_user", "GET /user"),
    Case("users", "GET /users"),
    Case("user", "GET /users/{ana}"),
    Case("version", "GET /version"),
    Case("metadata", "GET /metadata"),
    Case("personal_access_token", "GET /personal_access_tokens/self"),
    Case("project", "GET {project}"),
    Case("project", "PUT {project}", nothing, {"merge_method": "merge"}),
    Case("members", "GET {project}/members/all"),
    Case("member", "GET {project}/members/all/{ana}"),
    Case("forks", "GET {project}/forks", fork),
    Case("branches", "GET {project}/repository/branches"),
    Case("branch", "GET {project}/repository/branches/main"),
    Case("branch", "POST {project}/repository/branches", nothing, {"branch": "records", "ref": "main"}),
    Case("merge_requests", "GET {project}/merge_requests"),
    Case("merge_request", "POST {project}/merge_requests", prepare=another_branch,
         body={"source_branch": "another", "target_branch": "main", "title": "Another", "labels": "prompt",
               "description": "Two sentences."}),
    Case("merge_request", "GET {mr}", running),
    Case("merge_request_merged", "PUT {mr}/merge", running, {"squash": False}),
    Case("versions", "GET {mr}/versions"),
    Case("commits", "GET {mr}/commits"),
    Case("approvals_ee", "GET {mr}/approvals", ruled, {}, PAID),
    Case("approvals_ce", "GET {mr}/approvals", approved, {}, CE),
    Case("approvals_ce", "POST {mr}/approve", approved, {}, CE),
    Case("approval_state", "GET {mr}/approval_state", one_rule, {}, PAID),
    Case("merge_request_approval_rules", "GET {mr}/approval_rules", one_rule, {}, PAID),
    Case("merge_request_approval_rule", "POST {mr}/approval_rules", one_rule,
     {"name": "More", "approvals_required": 1, "user_ids": [101]}, PAID),
    Case("merge_request_approval_rule_overridden", "PUT {mr}/approval_rules/{made}", one_rule,
     {"approvals_required": 0}, PAID),
    Case("project_approvals", "GET {project}/approvals", nothing, {}, PAID),
    Case("project_approvals", "POST {project}/approvals", nothing, {"reset_approvals_on_push": True}, PAID),
    Case("project_approval_rules", "GET {project}/approval_rules", one_rule, {}, PAID),
    Case("project_approval_rule", "POST {project}/approval_rules", nothing,
     {"name": "More", "approvals_required": 1, "user_ids": [101]}, PAID),
    Case("project_approval_rule", "PUT {project}/approval_rules/{made}", one_rule, {"approvals_required": 2}, PAID),
    Case("notes", "GET {mr}/notes", noted),
    Case("note", "GET {mr}/notes/{made}", noted),
    Case("note", "POST {mr}/notes", nothing, {"body": "Looks right."}),
    Case("note_commands", "POST {mr}/notes", nothing, {"body": "/label ~prompt"}),
    Case("note", "PUT {mr}/notes/{made}", noted, {"body": "Looks wrong."}),
    Case("commit", "GET {project}/repository/commits/{sha}"),
    Case("merge_requests", "GET {project}/repository/commits/{sha}/merge_requests"),
    Case("statuses", "GET {project}/repository/commits/{sha}/statuses", status),
    Case("status", "POST {project}/statuses/{sha}", nothing, POSTED),
    Case("pipeline", "POST {project}/ref/main/trigger/pipeline", trigger, {"token": "{made}"}),
    Case("pipelines", "GET {mr}/pipelines", running),
    Case("pipeline", "POST {mr}/pipelines"),
    Case("jobs", "GET {project}/pipelines/{made}/jobs", judged_pipeline),
    Case("job", "POST {project}/jobs/{made}/retry", judged),
    Case("protected_branches", "GET {project}/protected_branches", guarded),
    Case("protected_tags", "GET {project}/protected_tags", tagged),
    Case("protected_branch", "GET {project}/protected_branches/main", guarded),
    Case("protected_branch_ce", "GET {project}/protected_branches/main", guarded, {}, CE),
    Case("protected_branch", "POST {project}/protected_branches", nothing, {"name": "records/*"}),
    Case("protected_branch", "PATCH {project}/protected_branches/main", nothing, {"allow_force_push": False}),
    Case("variables", "GET {project}/variables", variable),
    Case("variable", "GET {project}/variables/GATE_MODE", variable),
    Case("variable_hidden", "POST {project}/variables", nothing,
     {"key": "GATE_TOKEN", "value": "long-enough", "masked_and_hidden": True}),
    Case("variable", "PUT {project}/variables/GATE_MODE", variable, {"value": "lenient"}),
    Case("hooks", "GET {project}/hooks", hook),
    Case("hook", "GET {project}/hooks/{made}", hook),
    Case("hook", "POST {project}/hooks", nothing, {"url": "https://hooks.example.org", "token": "told"}),
    Case("hook", "PUT {project}/hooks/{made}", hook, {"url": "https://hooks.example.org"}),
    Case("pipeline_schedules", "GET {project}/pipeline_schedules", schedule),
    Case("pipeline_schedule", "GET {project}/pipeline_schedules/{made}", schedule),
    Case("triggers", "GET {project}/triggers", trigger),
    Case("access_tokens", "GET {project}/access_tokens", token),
    Case("member", "POST {project}/members", nothing, {"user_id": "{eve}", "access_level": 30}),
    Case("member", "PUT {project}/members/{ana}", nothing, {"access_level": 40}),
    Case("file", "GET {project}/repository/files/reply.prompt?ref=main"),
    Case("deploy_keys", "GET {project}/deploy_keys", key),
    Case("deploy_key", "PUT {project}/deploy_keys/{made}", key, {"can_push": False}),
    Case("pipeline_schedule_made", "POST {project}/pipeline_schedules", nothing,
     {"description": "sweep", "ref": "main", "cron": "7 * * * *"}),
    Case("pipeline_schedule_made", "PUT {project}/pipeline_schedules/{made}", schedule, {"active": True}),
    Case("pipeline_schedule_made", "POST {project}/pipeline_schedules/{made}/take_ownership", schedule),
    Case("trigger", "POST {project}/triggers", nothing, {"description": "judge"}),
    Case("access_token_made", "POST {project}/access_tokens", nothing,
     {"name": "bot", "scopes": ["api"], "expires_at": "2027-06-30"}),
]  # fmt: skip
SILENT = {"unapprove", "reset_approvals", "delete", "delete_rule", "delete_project_rule", "delete_branch", "unprotect"}
"""Routes that answer with nothing, or as another one does."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.call} {case.sample}")
def test_fields(case: Case, begin: Begin) -> None:
    """A route answers with exactly the documented fields, each of its documented type."""
    scene = begin(**case.forge)
    mr = scene.open(labels=["prompt"], description="Two sentences.")
    made = case.prepare(scene, mr)
    known = {"project": scene.base, "mr": scene.path(mr), "sha": mr.sha, "ana": scene.ana.id, "made": made}
    body = {name: made if value == "{made}" else value for name, value in case.body.items()}
    if "user_id" in body:
        body["user_id"] = scene.eve.id
    if "user_ids" in body:
        body["user_ids"] = [scene.finn.id]
    owner = scene.forge.token(scene.ana, expires_at=date(2027, 1, 31))
    method, path = case.call.format(**known).split()
    reply = scene.api_with(**{"PRIVATE-TOKEN": owner}).call(method, path, body or None)
    assert reply.status in {200, 201, 202}, reply
    assert _typed(reply.body) == _typed(json.loads((SAMPLES / f"{case.sample}.json").read_text()))


def test_every_route_has_a_sample() -> None:
    """No route is left without a documented answer, and no sample without a route."""
    load()
    known = {"project": "/projects/1", "mr": "/projects/1/merge_requests/1", "sha": "1", "ana": 1, "made": 1}
    tested = {_handler(*case.call.format(**known).split()) for case in CASES}
    assert {one.handler.__name__ for one in ROUTES} - tested == SILENT
    assert {path.stem for path in SAMPLES.iterdir()} == {case.sample for case in CASES}


def _handler(method: str, path: str) -> str:
    segments = path.strip("/").split("/")
    return next(one.handler.__name__ for one in ROUTES if one.match(method, segments) is not None)


def _typed(value: Json) -> Json:
    # Of a list, what its elements have in common is what counts; how many there are is not.
    if isinstance(value, dict):
        return {name: _typed(one) for name, one in value.items()}
    if isinstance(value, list):
        kinds = {json.dumps(_typed(one), sort_keys=True) for one in value}
        return sorted(kinds)
    return type(value).__name__
