"""What a Maintainer sets up beside the branches: variables, webhooks, schedules, trigger and access tokens."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from support.forge import shapes
from support.forge.answers import refused
from support.forge.model import Json, Level, stamp
from support.forge.project import Hook, Schedule, Trigger, Variable
from support.forge.routing import Request, pick, route

VARIABLES = "/projects/:id/variables"
HOOKS = "/projects/:id/hooks"
SCHEDULES = "/projects/:id/pipeline_schedules"
EVENTS = (
    "push_events", "tag_push_events", "merge_requests_events", "repository_update_events", "issues_events",
    "confidential_issues_events", "note_events", "confidential_note_events", "pipeline_events", "wiki_page_events",
    "deployment_events", "feature_flag_events", "job_events", "releases_events", "milestone_events", "emoji_events",
    "resource_access_token_events",
)  # fmt: skip
SHORTEST_MASKED = 8


@route("GET", VARIABLES, level=Level.MAINTAINER)
def variables(request: Request) -> Json:
    """All variables; the values of hidden ones are null."""
    return [_variable(one) for one in request.project.variables]


@route("GET", f"{VARIABLES}/:key", level=Level.MAINTAINER)
def variable(request: Request) -> Json:
    """One variable."""
    return _variable(_named_variable(request))


@route("POST", VARIABLES, level=Level.MAINTAINER)
def new_variable(request: Request) -> Json:
    """Add a variable; only now can it be made hidden."""
    made = Variable(request.text("key"), str(request.params.get("value", "")))
    made.masked = made.hidden = request.flag("masked_and_hidden")
    _set(request, made)
    taken = any((one.key, one.environment_scope) == (made.key, made.environment_scope) for one in _all(request))
    if taken:
        raise refused(400, {"key": [f"({made.key}) has already been taken"]})
    request.project.variables.append(made)
    return _variable(made)


@route("PUT", f"{VARIABLES}/:key", level=Level.MAINTAINER)
def change_variable(request: Request) -> Json:
    """Change a variable."""
    found = _named_variable(request)
    _set(request, found)
    return _variable(found)


@route("GET", HOOKS, level=Level.MAINTAINER)
def hooks(request: Request) -> Json:
    """All webhooks."""
    return [_hook(request, one) for one in request.project.hooks]


@route("GET", f"{HOOKS}/:hook", level=Level.MAINTAINER)
def hook(request: Request) -> Json:
    """One webhook."""
    return _hook(request, _named_hook(request))


@route("POST", HOOKS, level=Level.MAINTAINER)
def new_hook(request: Request) -> Json:
    """Add a webhook."""
    return _set_hook(request, request.forge.hook(request.project, request.text("url")))


@route("PUT", f"{HOOKS}/:hook", level=Level.MAINTAINER)
def change_hook(request: Request) -> Json:
    """Change a webhook."""
    found = _named_hook(request)
    found.url = request.text("url")
    return _set_hook(request, found)


@route("GET", SCHEDULES)
def schedules(request: Request) -> Json:
    """All pipeline schedules."""
    return [schedule_shape(request, one) for one in request.project.schedules]


@route("GET", f"{SCHEDULES}/:schedule")
def schedule(request: Request) -> Json:
    """One schedule, with what it passes to its pipelines."""
    number = request.named["schedule"]
    found = pick((one for one in request.project.schedules if str(one.id) == number), "")
    return {**schedule_shape(request, found), "last_pipeline": None, "variables": [], "inputs": []}


@route("GET", "/projects/:id/triggers", level=Level.MAINTAINER)
def triggers(request: Request) -> Json:
    """All trigger tokens; of others' only the beginning."""
    return [trigger_shape(request, one) for one in request.project.triggers]


@route("GET", "/projects/:id/access_tokens", level=Level.MAINTAINER)
def access_tokens(request: Request) -> Json:
    """All tokens of the project, without their values."""
    of = request.project
    return [
        {**shapes.token(request.forge, one), "access_level": int(of.members[one.user.id]), "resource_type": "project"}
        for one in of.access_tokens
    ]


def _all(request: Request) -> list[Variable]:
    return request.project.variables


def _named_variable(request: Request) -> Variable:
    scope = request.params.get("filter[environment_scope]")
    scope = (request.params.get("filter") or {}).get("environment_scope") if scope is None else scope
    found = [one for one in _all(request) if one.key == request.named["key"]]
    found = [one for one in found if scope in {None, one.environment_scope}]
    if len(found) > 1:
        wanted = "Please use 'filter[environment_scope]'"
        raise refused(409, f"There are multiple variables with provided parameters. {wanted}")
    return pick(found, "Variable")


def _set(request: Request, variable: Variable) -> None:
    for name in ("value", "environment_scope", "variable_type", "description"):
        if name in request.params:
            setattr(variable, name, request.params[name])
    for name in ("protected", "masked", "raw"):
        if name in request.params:
            setattr(variable, name, request.flag(name))
    if variable.masked and (len(variable.value) < SHORTEST_MASKED or "\n" in variable.value):
        raise refused(400, {"value": ["is invalid"]})


def _variable(one: Variable) -> shapes.Shape:
    return {**asdict(one), "value": None if one.hidden else one.value}


def _named_hook(request: Request) -> Hook:
    return pick((one for one in request.project.hooks if str(one.id) == request.named["hook"]), "")


def _set_hook(request: Request, hook: Hook) -> shapes.Shape:
    hook.events.update({name: request.flag(name) for name in EVENTS if name in request.params})
    if "token" in request.params:
        hook.token = str(request.params["token"])
    if "enable_ssl_verification" in request.params:
        hook.enable_ssl_verification = request.flag("enable_ssl_verification")
    for one in request.params.get("url_variables") or ():
        hook.url_variables = (*hook.url_variables, str(one["key"]))
    return _hook(request, hook)


def _hook(request: Request, one: Hook) -> shapes.Shape:
    return {
        "id": one.id,
        "url": one.url,
        "name": None,
        "description": None,
        "created_at": stamp(one.created_at),
        **{name: one.events.get(name, False) for name in EVENTS},
        "enable_ssl_verification": one.enable_ssl_verification,
        "alert_status": "executable",
        "disabled_until": None,
        "url_variables": [{"key": key} for key in one.url_variables],
        "push_events_branch_filter": None,
        "branch_filter_strategy": "wildcard",
        "custom_webhook_template": None,
        "custom_headers": [],
        "project_id": request.project.id,
    }


def schedule_shape(request: Request, one: Schedule) -> shapes.Shape:
    """A schedule."""
    return {
        "id": one.id,
        "description": one.description,
        "ref": f"refs/heads/{one.ref}",
        "cron": one.cron,
        "cron_timezone": one.cron_timezone,
        "next_run_at": stamp(request.forge.now + timedelta(days=1)) if one.active else None,
        "active": one.active,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "owner": shapes.user(request.forge, one.owner),
    }


def trigger_shape(request: Request, one: Trigger) -> shapes.Shape:
    """A trigger token."""
    shown = one.token if one.owner is request.user else one.token.removeprefix("glptt-")[:4]
    return {
        "id": one.id,
        "token": shown,
        "description": one.description,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "last_used": None,
        "expires_at": None,
        "owner": shapes.user(request.forge, one.owner),
    }
