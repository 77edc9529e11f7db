"""Which handler answers which call, and what it asks of the caller first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import unquote

from support.forge.answers import (
    REVOKED,
    Answer,
    Refused,
    bad_request,
    forbidden,
    insufficient_scope,
    invalid_token,
    not_found,
    unauthorized,
)
from support.forge.forge import Forge
from support.forge.model import Json, Level, MergeRequest, Note, Token, User
from support.forge.project import Project

T = TypeVar("T")


def pick(found: Iterable[T], what: str) -> T:
    """The first of what was found, or a refusal that names what is missing."""
    for one in found:
        return one
    raise not_found(what)


@dataclass(slots=True)
class Request:
    """A call, its caller known and its path taken apart."""

    forge: Forge
    method: str
    path: str
    params: dict[str, Json]
    headers: dict[str, str]
    token: Token | None
    named: dict[str, str]

    @property
    def user(self) -> User:
        """Who calls; for what nobody may do unnamed."""
        if self.token is None:
            raise unauthorized()
        return self.token.user

    @property
    def project(self) -> Project:
        """The project of the path, if the caller may know of it."""
        project = self.forge.find_project(self.named["id"])
        if project is None or not self.forge.level(self.token.user if self.token else None, project):
            raise not_found("Project")
        return project

    @property
    def mr(self) -> MergeRequest:
        """The merge request of the path."""
        iid = self.named["iid"]
        return pick((one for one in self.project.merge_requests if str(one.iid) == iid), "")

    @property
    def note(self) -> Note:
        """The note of the path."""
        return pick((one for one in self.mr.notes if str(one.id) == self.named["note"]), "Note")

    def text(self, name: str) -> str:
        """A parameter that must be there."""
        value = self.params.get(name)
        if value in (None, ""):
            raise bad_request(f"{name} is missing")
        return str(value)

    def flag(self, *names: str) -> bool:
        """Whether any of these parameters says yes; query strings say it in words."""
        return any(str(self.params.get(name)).lower() in {"true", "1"} for name in names)

    def moment(self, name: str) -> datetime | None:
        """A parameter that is a time."""
        value = self.params.get(name)
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")) if value else None


Handler = Callable[[Request], Json]


@dataclass(frozen=True, slots=True)
class Route:
    """One route: a call of this method on this path, by somebody of this level."""

    method: str
    pattern: tuple[str, ...]
    handler: Handler
    level: int
    status: int
    premium: bool
    job_token: bool
    anonymous: bool

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        """The named parts of a path, or None when it is another route's."""
        if method != self.method or len(segments) != len(self.pattern):
            return None
        pairs = list(zip(self.pattern, segments, strict=True))
        if any(not name.startswith(":") and name != segment for name, segment in pairs):
            return None
        return {name[1:]: segment for name, segment in pairs if name.startswith(":")}


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    level: int = Level.REPORTER,
    status: int | None = None,
    premium: bool = False,
    job_token: bool = False,
    anonymous: bool = False,
) -> Callable[[Handler], Handler]:
    """Let a function answer a route. It returns what is sent as JSON (a list is sent in pages), or an `Answer`."""
    usual = {"POST": 201, "DELETE": 204}.get(method, 200)

    def add(handler: Handler) -> Handler:
        pattern = tuple(path.strip("/").split("/"))
        ROUTES.append(Route(method, pattern, handler, level, status or usual, premium, job_token, anonymous))
        return handler

    return add


def dispatch(forge: Forge, method: str, path: str, params: dict[str, Json], headers: dict[str, str]) -> Answer:
    """Answer one call."""
    try:
        return _dispatch(forge, method, path, params, headers)
    except Refused as refusal:
        return refusal.answer


def caller(forge: Forge, headers: dict[str, str]) -> Token | None:
    """The token that a call carries, whether or not it is still good."""
    bearer = headers.get("authorization", "").partition("Bearer ")[2]
    value = headers.get("private-token") or headers.get("job-token") or bearer
    return forge.tokens.get(value)


def _dispatch(forge: Forge, method: str, path: str, params: dict[str, Json], headers: dict[str, str]) -> Answer:
    # Unquoted part by part: a slash in the name of a project or a branch comes as %2F.
    segments = [unquote(segment) for segment in path.strip("/").split("/")]
    for one in ROUTES:
        named = one.match(method, segments)
        if named is not None:
            token = _authenticate(forge, one, headers)
            return _answer(one, Request(forge, method, path, params, headers, token, named))
    forge.unknown.append(f"{method} {path}")
    return Answer(404, {"error": "404 Not Found"})


def _authenticate(forge: Forge, route: Route, headers: dict[str, str]) -> Token | None:
    if route.anonymous:
        return None
    token = caller(forge, headers)
    if token is None or token.job != ("job-token" in headers) or (token.job and not route.job_token):
        raise unauthorized()
    if token.revoked:
        raise invalid_token(REVOKED)
    if token.expires_at and token.expires_at <= forge.now.date():
        raise invalid_token()
    needed = {"api", "read_api"} if route.method == "GET" else {"api"}
    if not token.job and not needed & set(token.scopes):
        raise insufficient_scope(" ".join(sorted(needed)))
    return token


def _answer(route: Route, request: Request) -> Answer:
    if "id" in request.named and not route.anonymous:
        project = request.project
        if request.forge.level(request.user, project) < route.level:
            raise forbidden()
    if route.premium and not request.forge.premium:
        raise not_found()
    said = route.handler(request)
    return said if isinstance(said, Answer) else Answer(route.status, said)
