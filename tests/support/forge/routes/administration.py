"""What a Maintainer makes by the API: members, deploy keys, schedules, trigger and access tokens."""

from __future__ import annotations

from datetime import date

from support.forge import shapes
from support.forge.answers import forbidden, refused
from support.forge.model import Json, Level, stamp
from support.forge.project import DeployKey, Schedule
from support.forge.routes.projects import PROJECT, member_shape
from support.forge.routes.settings import SCHEDULES, schedule_shape, trigger_shape
from support.forge.routing import Request, pick, route

MEMBERS = f"{PROJECT}/members"
KEYS = f"{PROJECT}/deploy_keys"


@route("POST", MEMBERS, level=Level.MAINTAINER)
def new_member(request: Request) -> Json:
    """Let somebody in."""
    number = int(request.text("user_id"))
    pick((one for one in request.forge.users if one == number), "User")
    if number in request.project.members:
        raise refused(409, "Member already exists")
    request.forge.member(request.project, request.forge.users[number], int(request.text("access_level")))
    return member_shape(request, number)


@route("PUT", f"{MEMBERS}/:user", level=Level.MAINTAINER)
def change_member(request: Request) -> Json:
    """Give somebody another role."""
    number = pick((one for one in request.project.members if str(one) == request.named["user"]), "")
    request.project.members[number] = int(request.text("access_level"))
    return member_shape(request, number)


@route("GET", KEYS, level=Level.MAINTAINER)
def deploy_keys(request: Request) -> Json:
    """All deploy keys that are enabled."""
    return [_key(one) for one in request.project.deploy_keys]


@route("PUT", f"{KEYS}/:key", level=Level.MAINTAINER)
def change_deploy_key(request: Request) -> Json:
    """Let a deploy key push, or not."""
    key = pick((one for one in request.project.deploy_keys if str(one.id) == request.named["key"]), "Deploy key")
    key.can_push = request.flag("can_push")
    return _key(key)


@route("POST", SCHEDULES, level=Level.DEVELOPER)
def new_schedule(request: Request) -> Json:
    """Schedule a pipeline, as its owner; on a protected branch only who may merge there."""
    ref = request.text("ref").removeprefix("refs/heads/")
    if not request.forge.may_merge(request.user, request.project, ref):
        raise forbidden()
    made = request.forge.schedule(request.project, request.user, request.text("cron"), ref)
    made.description = request.text("description")
    return schedule_shape(request, made)


@route("PUT", f"{SCHEDULES}/:schedule", level=Level.DEVELOPER)
def change_schedule(request: Request) -> Json:
    """Change a schedule, which its owner or a Maintainer may."""
    found = _schedule(request)
    if found.owner is not request.user and request.forge.level(request.user, request.project) < Level.MAINTAINER:
        raise forbidden()
    found.cron = str(request.params.get("cron", found.cron))
    found.active = request.flag("active") if "active" in request.params else found.active
    return schedule_shape(request, found)


@route("POST", f"{SCHEDULES}/:schedule/take_ownership", level=Level.MAINTAINER)
def take_ownership(request: Request) -> Json:
    """From now on it runs as the caller."""
    found = _schedule(request)
    found.owner = request.user
    return schedule_shape(request, found)


@route("POST", "/projects/:id/triggers", level=Level.MAINTAINER)
def new_trigger(request: Request) -> Json:
    """Make a trigger token; what it starts runs as the caller."""
    return trigger_shape(request, request.forge.trigger(request.project, request.user, request.text("description")))


@route("POST", "/projects/:id/access_tokens", level=Level.MAINTAINER)
def new_access_token(request: Request) -> Json:
    """Make a token of the project, with a bot; only this answer shows it."""
    level, until = (
        int(request.params.get("access_level", Level.MAINTAINER)),
        date.fromisoformat(request.text("expires_at")),
    )
    value = request.forge.project_token(
        request.project, request.params["scopes"], level=level, name=request.text("name"), expires_at=until
    )
    token = request.forge.tokens[value]
    more = {"access_level": level, "resource_type": "project", "token": value}
    return {**shapes.token(request.forge, token), **more}


def _schedule(request: Request) -> Schedule:
    number = request.named["schedule"]
    return pick((one for one in request.project.schedules if str(one.id) == number), "")


def _key(one: DeployKey) -> shapes.Shape:
    public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzN"
    return {
        "id": one.id,
        "title": one.title,
        "created_at": stamp(one.created_at),
        "expires_at": None,
        "key": public,
        "fingerprint": "4a:9d:64:15:ed:3a:e6:07:6e:89:36:b3:3b:03:05:d9",
        "fingerprint_sha256": "SHA256:Jrs3LD1Ji30xNLtTVf9NDCj7kkBgPBb2pjvTZ3HfIgU",
        "can_push": one.can_push,
    }
