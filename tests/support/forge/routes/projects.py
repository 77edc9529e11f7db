"""A project, its members, its forks and its branches."""

from __future__ import annotations

from datetime import datetime

from support.forge import git, shapes
from support.forge.answers import Answer, bad_request, forbidden, not_found
from support.forge.model import Json, Level, stamp
from support.forge.routing import Request, pick, route

PROJECT = "/projects/:id"
BRANCHES = f"{PROJECT}/repository/branches"


@route("GET", PROJECT, level=Level.GUEST)
def project(request: Request) -> Json:
    """A project and its settings."""
    return shapes.project(request.forge, request.project)


@route("PUT", PROJECT, level=Level.MAINTAINER)
def change_project(request: Request) -> Json:
    """Change settings; what GitLab does not know it ignores."""
    settings = request.project.settings
    settings.update({name: value for name, value in request.params.items() if name in settings})
    return shapes.project(request.forge, request.project)


@route("GET", f"{PROJECT}/members/all", level=Level.GUEST)
def members(request: Request) -> Json:
    """Everybody who is a member, inherited memberships too."""
    return [member_shape(request, number) for number in request.project.members]


@route("GET", f"{PROJECT}/members/all/:user", level=Level.GUEST)
def member(request: Request) -> Json:
    """One member."""
    found = (number for number in request.project.members if str(number) == request.named["user"])
    return member_shape(request, pick(found, ""))


@route("GET", f"{PROJECT}/forks")
def forks(request: Request) -> Json:
    """The forks that the caller may know of."""
    forge, origin = request.forge, request.project
    found = [one for one in forge.projects if one.forked_from is origin and forge.level(request.user, one)]
    return [shapes.project(forge, one) for one in found]


@route("GET", BRANCHES, job_token=True)
def branches(request: Request) -> Json:
    """All branches."""
    wanted = str(request.params.get("search") or "")
    return [_branch(request, name) for name in git.branches(request.project.repository) if wanted in name]


@route("GET", f"{BRANCHES}/:branch", job_token=True)
def branch(request: Request) -> Json:
    """One branch."""
    return _branch(request, request.named["branch"])


@route("POST", BRANCHES, level=Level.DEVELOPER)
def new_branch(request: Request) -> Json:
    """Make a branch where another one is, or at a commit."""
    name, repository = request.text("branch"), request.project.repository
    sha = git.resolve(repository, request.text("ref"))
    if sha is None:
        raise bad_request("Invalid reference name: " + request.text("ref"))
    if git.tip(repository, name):
        raise bad_request("Branch already exists")
    git.move(repository, name, sha)
    return _branch(request, name)


@route("DELETE", f"{BRANCHES}/:branch", level=Level.DEVELOPER)
def delete_branch(request: Request) -> Json:
    """Delete a branch; a protected one, or the default one, stays."""
    name, of = request.named["branch"], request.project
    shown = _branch(request, name)
    if shown["protected"] or shown["default"]:
        raise forbidden()
    git.run(of.repository, "update-ref", "-d", f"refs/heads/{name}")
    return Answer(204)


def member_shape(request: Request, number: int) -> shapes.Shape:
    """A member."""
    forge, of = request.forge, request.project
    joined: datetime = of.created_at
    return {
        **shapes.user(forge, forge.users[number]),
        "access_level": int(of.members[number]),
        "created_at": stamp(joined),
        "expires_at": None,
        "membership_state": "active",
    }


def _branch(request: Request, name: str) -> shapes.Shape:
    forge, of = request.forge, request.project
    tip = git.tip(of.repository, name)
    if tip is None:
        raise not_found("Branch")
    covering = [one for one in of.protected_branches if one.covers(name)]
    return {
        "name": name,
        "commit": shapes.commit(forge, of, tip),
        "merged": name != of.default_branch and _is_merged(request, tip),
        "protected": bool(covering),
        "developers_can_push": any(entry.access_level == Level.DEVELOPER for one in covering for entry in one.push),
        "developers_can_merge": any(entry.access_level == Level.DEVELOPER for one in covering for entry in one.merge),
        "can_push": forge.may_push(request.user, of, name),
        "default": name == of.default_branch,
        "web_url": f"{forge.web_url(of)}/-/tree/{name}",
    }


def _is_merged(request: Request, tip: str) -> bool:
    of = request.project
    onto = git.tip(of.repository, of.default_branch)
    return onto is not None and git.is_ancestor(of.repository, tip, onto)
