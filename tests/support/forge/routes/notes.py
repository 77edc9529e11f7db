"""Comments under a merge request."""

from __future__ import annotations

from support.forge import shapes
from support.forge.answers import Answer, bad_request
from support.forge.model import Json
from support.forge.routes.merge_requests import MR
from support.forge.routing import Request, route

LONGEST = 1_000_000


@route("GET", f"{MR}/notes", job_token=True)
def notes(request: Request) -> Json:
    """All comments, and what GitLab itself noted; the newest first unless asked otherwise."""
    by_update = request.params.get("order_by") == "updated_at"
    ordered = sorted(request.mr.notes, key=lambda one: (one.updated_at if by_update else one.created_at, one.id))
    if request.params.get("sort") != "asc":
        ordered.reverse()
    return [shapes.note(request.forge, one) for one in ordered]


@route("GET", f"{MR}/notes/:note", job_token=True)
def note(request: Request) -> Json:
    """One comment."""
    return shapes.note(request.forge, request.note)


@route("POST", f"{MR}/notes")
def comment(request: Request) -> Json:
    """Comment; of quick actions alone nothing is kept, and that is said."""
    mr, before = request.mr, len(request.forge.quick_actions)
    written = request.forge.note(mr, request.user, _body(request))
    if written not in mr.notes:
        names = [one.name for one in request.forge.quick_actions[before:]]
        return Answer(202, {"commands_changes": dict.fromkeys(names, True), "summary": [f"Executed {names}."]})
    return shapes.note(request.forge, written)


@route("PUT", f"{MR}/notes/:note")
def edit(request: Request) -> Json:
    """Change a comment."""
    request.forge.edit_note(request.note, _body(request), request.user)
    return shapes.note(request.forge, request.note)


@route("DELETE", f"{MR}/notes/:note")
def delete(request: Request) -> Json:
    """Delete a comment."""
    request.forge.delete_note(request.note, request.user)


def _body(request: Request) -> str:
    body = request.text("body")
    if len(body) > LONGEST:
        raise bad_request("400 Bad request - Note is too long (maximum is 1000000 characters)")
    return body
