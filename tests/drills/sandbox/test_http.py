"""The base of all services: only who has the token is answered, and whatever is refused is refused in JSON."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http import HTTPStatus

import pytest
import requests
from support.services import TOKEN, call

from catalog.errors import UsageError
from drills.sandbox.http import LIMIT, Call, Control, Reply, serving

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def echo(asked: Call) -> Reply:
    return Reply(
        {"names": asked.names, "query": asked.query, "body": asked.body}, HTTPStatus.ACCEPTED, {"X-Echo": "yes"}
    )


def numbers(asked: Call) -> Reply:
    return Reply(asked.after([{"is": name} for name in "abc"]))


def gone(asked: Call) -> Reply:
    raise ConnectionAbortedError


@pytest.fixture
def url() -> Iterator[str]:
    control = Control(losing=(False, lambda value: isinstance(value, bool)), name=("", lambda value: value != 1))
    routes = {
        ("POST", "/echo/{}/to/{}"): echo,
        ("GET", "/numbers"): numbers,
        ("GET", "/gone"): gone,
        ("GET", "/control"): control.get,
        ("PUT", "/control"): control.put,
    }
    with serving(routes, TOKEN) as found:
        yield found


def test_a_call_reaches_its_route_with_all_it_brings(url: str) -> None:
    """What stands in the path is decoded after the path was taken apart."""
    answer = requests.post(f"{url}/echo/%23a%2Fb/to/c?x=%20y", json={"k": [1]}, headers=HEADERS, timeout=20)
    assert (answer.status_code, answer.headers["X-Echo"]) == (202, "yes")
    assert answer.json() == {"names": ["#a/b", "c"], "query": {"x": " y"}, "body": {"k": [1]}}


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer other"}])
def test_nobody_is_let_in_without_the_token(url: str, given: dict[str, str]) -> None:
    """Not even to hear which paths there are."""
    for path in ("/numbers", "/other"):
        answer = requests.get(url + path, headers=given, timeout=20)
        assert (answer.status_code, answer.json()) == (401, {"error": "Must have the token."})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/other", b"", 404),
        ("GET", "/echo/a/to", b"", 404),
        ("DELETE", "/numbers", b"", 405),
        ("PATCH", "/numbers", b"", 405),
        ("BREW", "/numbers", b"", 405),
        ("POST", "/echo/a/to/b", b"{", 400),
        ("POST", "/echo/a/to/b", b"[" * 100_000, 400),
        ("POST", "/echo/a/to/b", b"\xff", 400),
        ("POST", "/echo/a/to/b", b"[]", 400),
        ("POST", "/echo/a/to/b", b" " * (LIMIT + 1), 413),
        ("POST", "/echo/a/to/b", b" " * (LIMIT - 2) + b"{}", 202),
    ],
)
def test_what_no_route_is_for_is_refused(url: str, method: str, path: str, body: bytes, status: int) -> None:
    """Each with its status, and a sentence; the service goes on."""
    answer = requests.request(method, url + path, data=body, headers=HEADERS, timeout=20)
    assert (answer.status_code, "error" in answer.json()) == (status, status != 202)
    assert call("GET", f"{url}/numbers")[0] == 200


@pytest.mark.parametrize("head", ["Content-Length: -5", "Content-Length: x", "Transfer-Encoding: chunked"])
def test_a_body_of_unknown_length_is_refused(url: str, head: str) -> None:
    """Nothing is read that nobody bounded."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"POST /echo/a/to/b HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 411 ")


def test_a_reader_goes_on_where_it_was(url: str) -> None:
    """By the number of the last that it saw."""
    assert call("GET", f"{url}/numbers?after=1") == (200, [{"number": 2, "is": "b"}, {"number": 3, "is": "c"}])
    assert [len(call("GET", f"{url}/numbers?after={after}")[1]) for after in (0, 3, 9)] == [3, 0, 0]
    assert call("GET", f"{url}/numbers?after=-1")[0] == 400


def test_a_control_replaces_what_is_given(url: str) -> None:
    """An unknown key, and a value of another kind, change nothing at all."""
    assert call("PUT", f"{url}/control", {"losing": True}) == (200, {"losing": True, "name": ""})
    for wrong in ({"name": "x", "other": 1}, {"name": "x", "losing": 1}, {"name": 1}):
        assert call("PUT", f"{url}/control", wrong)[0] == 400
    assert call("GET", f"{url}/control") == (200, {"losing": True, "name": ""})


def test_an_answer_may_be_none(url: str) -> None:
    """A service that ends in between only closes the connection."""
    with pytest.raises(requests.ConnectionError):
        call("GET", f"{url}/gone")


def test_a_taken_port_is_a_sentence(url: str) -> None:
    """And no trace."""
    with pytest.raises(UsageError, match="Cannot listen on"), serving({}, TOKEN, int(url.rsplit(":", 1)[1])):
        pass
