"""Protected branches: by level on every tier, by name where the instance is licensed."""

from __future__ import annotations

from collections.abc import Iterable

from support.forge import shapes
from support.forge.answers import refused
from support.forge.model import Json, Level
from support.forge.project import Access, ProtectedBranch
from support.forge.routing import Request, pick, route

PROTECTED = "/projects/:id/protected_branches"
WHO = ("access_level", "user_id", "group_id")
DESCRIPTIONS = {0: "No one", 30: "Developers + Maintainers", 40: "Maintainers", 60: "Instance admins"}


@route("GET", PROTECTED, level=Level.MAINTAINER)
def protected_branches(request: Request) -> Json:
    """All protections of a project."""
    return [_shape(request, one) for one in request.project.protected_branches]


@route("GET", f"{PROTECTED}/:name", level=Level.MAINTAINER)
def protected_branch(request: Request) -> Json:
    """The protection of this name; one whose pattern covers it is another."""
    return _shape(request, _named(request))


@route("POST", PROTECTED, level=Level.MAINTAINER)
def protect(request: Request) -> Json:
    """Protect a branch or a pattern."""
    name, project = request.text("name"), request.project
    if any(one.name == name for one in project.protected_branches):
        raise refused(409, f"Protected branch '{name}' already exists")
    push, merge, unprotect = (_asked(request, action) for action in ("push", "merge", "unprotect"))
    branch = ProtectedBranch(request.forge.next_id(), name, push, merge, unprotect)
    _switch(request, branch)
    project.protected_branches.append(branch)
    return _shape(request, branch)


@route("PATCH", f"{PROTECTED}/:name", level=Level.MAINTAINER)
def change_protection(request: Request) -> Json:
    """Change the switches; with a licence, add or remove who may pass."""
    branch = _named(request)
    _switch(request, branch)
    if request.forge.premium:
        _edit(request, branch.push, request.params.get("allowed_to_push"))
        _edit(request, branch.merge, request.params.get("allowed_to_merge"))
        _edit(request, branch.unprotect, request.params.get("allowed_to_unprotect"))
    return _shape(request, branch)


@route("DELETE", f"{PROTECTED}/:name", level=Level.MAINTAINER)
def unprotect(request: Request) -> Json:
    """Take a protection away."""
    request.project.protected_branches.remove(_named(request))


@route("GET", "/projects/:id/protected_tags", level=Level.MAINTAINER)
def protected_tags(request: Request) -> Json:
    """All protections of a project's tags."""
    return [
        {"name": one.name, "create_access_levels": [_access(request, entry) for entry in one.create]}
        for one in request.project.protected_tags
    ]


def _named(request: Request) -> ProtectedBranch:
    return pick((one for one in request.project.protected_branches if one.name == request.named["name"]), "")


def _asked(request: Request, action: str) -> list[Access]:
    level = request.params.get(f"{action}_access_level")
    named: list[Access] = []
    if request.forge.premium:
        _edit(request, named, request.params.get(f"allowed_to_{action}"))
    if level is None and (named or action == "unprotect"):
        return named
    return [Access(request.forge.next_id(), int(Level.MAINTAINER if level is None else level)), *named]


def _edit(request: Request, entries: list[Access], asked: Iterable[dict[str, Json]] | None) -> None:
    for one in asked or ():
        if one.get("_destroy"):
            entries[:] = [entry for entry in entries if entry.id != int(one["id"])]
        else:
            who = {
                name: int(one[name]) for name in ("access_level", "user_id", "group_id") if one.get(name) is not None
            }
            entries.append(Access(request.forge.next_id(), **who))


def _switch(request: Request, branch: ProtectedBranch) -> None:
    if "allow_force_push" in request.params:
        branch.allow_force_push = request.flag("allow_force_push")
    if request.forge.premium and "code_owner_approval_required" in request.params:
        branch.code_owner_approval_required = request.flag("code_owner_approval_required")


def _shape(request: Request, one: ProtectedBranch) -> shapes.Shape:
    enterprise = {
        "unprotect_access_levels": [_access(request, entry) for entry in one.unprotect],
        "code_owner_approval_required": one.code_owner_approval_required,
    }
    return {
        "id": one.id,
        "name": one.name,
        "push_access_levels": [_access(request, entry) for entry in one.push],
        "merge_access_levels": [_access(request, entry) for entry in one.merge],
        "allow_force_push": one.allow_force_push,
        **(enterprise if request.forge.edition == "ee" else {}),
    }


def _access(request: Request, entry: Access) -> shapes.Shape:
    user = request.forge.users.get(entry.user_id or -1)
    level = None if entry.access_level is None else int(entry.access_level)
    described = user.name if user else DESCRIPTIONS.get(-1 if level is None else level, "Group")
    enterprise = {"user_id": entry.user_id, "group_id": entry.group_id} if request.forge.edition == "ee" else {}
    return {
        "id": entry.id,
        "access_level": level,
        "access_level_description": described,
        "deploy_key_id": None,
        **enterprise,
    }
