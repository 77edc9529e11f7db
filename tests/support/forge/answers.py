"""What a request is answered, and the refusals that several requests share, worded as GitLab words them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from support.forge.model import Json

EXPIRED = "Token is expired. You can either do re-authorization or token refresh."
REVOKED = "Token was revoked. You have to re-authorize from the user."
HIGHER = "The request requires higher privileges than provided by the access token."


@dataclass(slots=True)
class Answer:
    """A response: `body` is sent as JSON, unless it is bytes already; None sends nothing."""

    status: int
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class Refused(Exception):
    """GitLab does not do it; over HTTP its status and body are the answer."""

    def __init__(self, status: int, body: Mapping[str, Json]) -> None:
        super().__init__(f"{status} {dict(body)}")
        self.status = status
        self.body = dict(body)

    @property
    def answer(self) -> Answer:
        """The response."""
        return Answer(self.status, self.body)


def refused(status: int, message: Json) -> Refused:
    """A refusal of the usual shape."""
    return Refused(status, {"message": message})


def unauthorized() -> Refused:
    """Nobody known, or somebody who may not do this."""
    return refused(401, "401 Unauthorized")


def forbidden() -> Refused:
    """Somebody known who may see it, and not do it."""
    return refused(403, "403 Forbidden")


def not_found(what: str = "") -> Refused:
    """Nothing there, or nothing that this user may know of."""
    return refused(404, f"404 {what} Not Found" if what else "404 Not found")


def bad_request(message: str) -> Refused:
    """A request that says too little, or what cannot be."""
    return refused(400, message)


def invalid_token(reason: str = EXPIRED) -> Refused:
    """A token that was good once."""
    return Refused(401, {"error": "invalid_token", "error_description": reason})


def insufficient_scope(needed: str = "api read_api") -> Refused:
    """A token that is good for less."""
    return Refused(403, {"error": "insufficient_scope", "error_description": HIGHER, "scope": needed})


def stale(head: str) -> Refused:
    """The caller named another commit than the one that GitLab has as head."""
    return refused(409, f"SHA does not match HEAD of source branch: {head}")
