"""Small JSON services: a table of routes, one token, bounded bodies; whatever is refused is said in JSON as well."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from controls import listening

Json = Any

LIMIT = 2**20
"""Bytes that a body may have."""
HOST = "127.0.0.1"


class Refused(Exception):
    """A request is answered with a status and a sentence why."""

    def __init__(self, status: HTTPStatus, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in: what stands for each `{}` of its route, its query, its body (empty when none came)."""

    names: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Json]

    def text(self, key: str) -> str:
        """A text of the body that must be there. Raises `Refused`."""
        value = self.body.get(key)
        if not isinstance(value, str) or not value:
            raise Refused(HTTPStatus.BAD_REQUEST, f"Must have a text `{key}`.")
        return value

    def after(self, numbered: list[dict[str, Json]]) -> list[dict[str, Json]]:
        """What follows number `after` of a list, each with its number, from one. Raises `Refused`."""
        after = self.query.get("after", "0")
        if not after.isascii() or not after.isdigit():
            raise Refused(HTTPStatus.BAD_REQUEST, "Must have a whole number `after`.")
        return [{"number": number, **one} for number, one in enumerate(numbered, 1)][int(after) :]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    body: Json
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Call], Reply]
Routes = Mapping[tuple[str, str], Answer]
"""By method and path, as in `("POST", "/messages/{}/acknowledge")`."""


class Control:
    """What a drill sets on a service while it runs: by key, the value at the start and what a value must be."""

    def __init__(self, **keys: tuple[Json, Callable[[Json], bool]]) -> None:
        self._rules = {key: rule for key, (_, rule) in keys.items()}
        self.values = {key: start for key, (start, _) in keys.items()}

    def get(self, call: Call) -> Reply:
        """All that is set."""
        return Reply(self.values)

    def put(self, call: Call) -> Reply:
        """Replace what is given, and leave the rest. Raises `Refused`, and changes nothing then."""
        for key, value in call.body.items():
            if key not in self._rules or not self._rules[key](value):
                raise Refused(HTTPStatus.BAD_REQUEST, f"Must be one of {', '.join(self._rules)}, of its kind: {key}.")
        self.values = {**self.values, **call.body}
        return Reply(self.values)


@contextmanager
def serving(routes: Routes, token: str, port: int = 0) -> Iterator[str]:
    """Answer on a port of this machine in the background; yields the address. Raises `UsageError` for a taken port."""
    handler = type("Handler", (_Handler,), {"routes": routes, "token": token})
    with listening.bound(handler, HOST, port) as server, listening.in_background(server):
        yield f"http://{HOST}:{server.server_address[1]}"


class _Handler(listening.Handler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes, and the second would wait for the first's receipt
    routes: Routes
    token: str

    def do_GET(self) -> None:
        """Answer one request, of any method."""
        try:
            reply = self._reply()
        except Refused as refused:
            # The connection ends, since what else came on it may not have been read.
            headers = {**refused.headers, "Connection": "close"}
            reply = Reply({"error": refused.message}, refused.status, headers)
        except ConnectionError:
            self.close_connection = True
            return
        self._send(reply)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses by itself: no HTTP, or a method that no service knows."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self._send(Reply({"error": message or status.phrase}, status, {"Connection": "close"}))

    def _send(self, reply: Reply) -> None:
        try:
            self.answer(reply.status, json.dumps(reply.body).encode(), "application/json", **reply.headers)
        except ConnectionError:  # whoever asked has gone, as one with a deadline does
            self.close_connection = True

    def _reply(self) -> Reply:
        content = self._content()
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "Must have the token.", **{"WWW-Authenticate": "Bearer"})
        url = urlsplit(self.path)
        answer, names = self._route(url.path)
        return answer(Call(names, dict(parse_qsl(url.query)), _parsed(content)))

    def _content(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "Must have its length.")
        # One that is somewhat too long is read all the same: who is still sending does not hear an answer.
        content = self.rfile.read(min(int(length), 8 * LIMIT))
        if int(length) > LIMIT:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Must have at most {LIMIT} bytes.")
        return content

    def _route(self, path: str) -> tuple[Answer, tuple[str, ...]]:
        found = {
            method: (answer, names)
            for (method, pattern), answer in self.routes.items()
            if (names := _matched(pattern, path)) is not None
        }
        if not found:
            raise Refused(HTTPStatus.NOT_FOUND, "Must be a path of this service.")
        if self.command not in found:
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"Must be {' or '.join(found)}.", Allow=", ".join(found))
        return found[self.command]


def _matched(pattern: str, path: str) -> tuple[str, ...] | None:
    """What stands for each `{}`, decoded after the path was taken apart."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given) or any(one not in ("{}", two) for one, two in zip(wanted, given, strict=True)):
        return None
    return tuple(unquote(two) for one, two in zip(wanted, given, strict=True) if one == "{}")


def _parsed(content: bytes) -> Mapping[str, Json]:
    try:
        body = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        raise Refused(HTTPStatus.BAD_REQUEST, "Must be JSON.") from None
    if not isinstance(body, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "Must be a JSON object.")
    return body
