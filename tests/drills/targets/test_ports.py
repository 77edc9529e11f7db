"""The ways to a target's services: whatever is no answer is told without secrets, and soon."""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from support.services import TOKEN

from catalog.errors import SourceError, UsageError
from controls import listening
from drills.sandbox.http import Call, Refused, Reply, serving
from drills.targets import ports
from drills.targets.ports import CommandPort, HttpPort, Limits, Port
from drills.targets.services import Bundles, Model, Office, Team

Json = Any

LONG = 60
"""Seconds that something hangs which nobody waits for."""


@contextmanager
def service(**answers: Callable[[Call], Reply]) -> Iterator[Port]:
    """A JSON service that answers at a path of each name."""
    routes = {(method, f"/{name}"): answer for name, answer in answers.items() for method in ("GET", "POST")}
    with serving(routes, TOKEN) as url:
        yield HttpPort("queue", url, TOKEN, Limits())


@contextmanager
def raw(answer: Callable[[Any], None]) -> Iterator[Port]:
    """A server that answers whatever `answer` writes."""
    handler = type("Handler", (listening.Handler,), {"do_GET": answer, "do_PUT": answer})
    with listening.bound(handler, "127.0.0.1", 0) as server, listening.in_background(server):
        yield HttpPort("queue", f"http://127.0.0.1:{server.server_address[1]}", TOKEN, Limits())


def refused(port: Port, method: str = "GET", path: str = "/jobs", body: Json = None) -> SourceError:
    """What is said of no answer; never a secret."""
    with pytest.raises(SourceError) as error:
        port.call(method, path, body)
    said = f"{error.value!r} {error.value} {error.value.__cause__} {error.value.message}"
    assert TOKEN not in said
    assert "127.0.0.1" not in said
    return error.value


def test_a_question_and_its_answer() -> None:
    """Method, path, query and body go as they are, with the token."""
    with service(jobs=lambda call: Reply({"query": dict(call.query), "body": dict(call.body)})) as port:
        assert port.call("POST", "/jobs?prefix=a", {"b": 1}) == {"query": {"prefix": "a"}, "body": {"b": 1}}


def test_bytes_go_as_they_are() -> None:
    """As a bundle does."""
    came: list[bytes] = []

    def put(handler: Any) -> None:
        came.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        handler.answer(HTTPStatus.OK, b"{}", "application/json")

    with raw(put) as port:
        Bundles(port).publish(b"\x00\xff")
    assert came == [b"\x00\xff"]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500, 503])
def test_a_refusal_keeps_its_status(status: int) -> None:
    """An undo tells by it what is gone from what is lost; the service's own words may hold anything (T18)."""

    def refuse(_: Call) -> Reply:
        raise Refused(HTTPStatus(status), f"no, {TOKEN}")

    with service(jobs=refuse) as port:
        error = refused(port)
    assert (error.status, error.message) == (status, f"queue answers {status} to GET /jobs")


def test_a_wrong_token_is_refused() -> None:
    """And not repeated to whoever reads the log (T18)."""
    with serving({}, "another") as url:
        assert refused(HttpPort("queue", url, TOKEN, Limits())).status == 401


@pytest.mark.parametrize("status", [302, 307, 304])
def test_a_redirection_is_no_answer(status: int) -> None:
    """A log-in page that stands before a service must not look like one that took a bundle."""
    moved = {"Location": "https://login.example.org"}
    with raw(lambda handler: handler.answer(HTTPStatus(status), b"", "text/html", **moved)) as port:
        assert refused(port, "PUT", "/bundle.tar.gz", b"x").status == status


def test_a_page_is_no_answer() -> None:
    """What is no JSON comes from something else."""
    page = b"<!doctype html><title>Welcome</title>"
    with raw(lambda handler: handler.answer(HTTPStatus.OK, page, "text/html")) as port:
        assert "answers no JSON" in refused(port).message


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"jobs": {}', b"\xff"])
def test_half_an_answer_is_none(content: bytes) -> None:
    """Torn, too deep, or in no alphabet (T10)."""
    with raw(lambda handler: handler.answer(HTTPStatus.OK, content, "application/json")) as port:
        assert "answers no JSON" in refused(port).message


def test_a_flood_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer has a largest size (T10)."""
    monkeypatch.setattr(ports, "_MOST", 1000)
    with service(jobs=lambda _: Reply({"x": "y" * 2000})) as port:
        assert refused(port).message == "queue does not answer (OSError)"


def test_who_hangs_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the time that an answer may take."""
    monkeypatch.setattr(ports, "DEADLINE", 0.2)
    free, gone_on = threading.Event(), []
    with raw(lambda _: gone_on.append(free.wait(LONG))) as port:
        assert "does not answer" in refused(port).message
        assert gone_on == []
        free.set()


def test_who_drips_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a little comes (T10)."""
    monkeypatch.setattr(ports, "DEADLINE", 0.5)
    free, ended = threading.Event(), []

    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        ends = time.monotonic() + LONG
        while not free.wait(0.01) and time.monotonic() < ends:
            with suppress(OSError):  # whoever asked has hung up
                handler.wfile.write(b" ")
                handler.wfile.flush()
        ended.append(True)

    with raw(drip) as port:
        assert "does not answer" in refused(port).message
        assert ended == []
        free.set()


def test_nobody_there() -> None:
    """And the address, which may hold a secret, is not repeated (T18)."""
    assert "does not answer" in refused(HttpPort("queue", f"http://127.0.0.1:9/{TOKEN}", TOKEN, Limits())).message


@pytest.mark.parametrize(
    "said", [None, [], {}, {"jobs": None, "effects": 1, "calls": {}, "messages": "x", "count": {}}]
)
def test_a_foreign_shape_is_no_answer(said: Json) -> None:
    """A service that speaks otherwise is told as such, and is no defect of the runner."""
    names = ("jobs", "effects", "log", "messages", "control")
    with service(**dict.fromkeys(names, lambda _: Reply(said))) as port:
        office, model, team = Office(port, Limits()), Model(port), Team(port)
        for ask in (lambda: office.jobs("x"), office.effects, office.count, model.calls, model.count, model.control):
            with pytest.raises(SourceError, match="answers without"):
                ask()
        with pytest.raises(SourceError, match="answers without"):
            team.has("#support", "x")


# Commands.


def command(code: str, **environment: str) -> CommandPort:
    """A command that does this in Python, with `method`, `path` and `body`."""
    before = "import json, sys\nmethod, path, body = sys.argv[1], sys.argv[2], json.loads(sys.stdin.read())\n"
    return CommandPort("queue", [sys.executable, "-c", before + code], environment, Limits())


def test_a_command_answers_in_place_of_an_address() -> None:
    """It is given method and path as words, the body on its input, and the environment that is meant for it."""
    port = command("import os; print(json.dumps([method, path, body, os.environ['SOME']]))", SOME="thing")
    assert port.call("POST", "/jobs/a", {"b": 1}) == ["POST", "/jobs/a", {"b": 1}, "thing"]
    assert command("print(json.dumps(body))").call("GET", "/jobs") is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"sys.exit('{TOKEN}')", "ends with 1"),
        ("sys.exit(7)", "ends with 7"),
        ("print('<html>')", "answers no JSON"),
    ],
)
def test_a_command_that_fails_does_not_answer(code: str, words: str) -> None:
    """What it said may hold a secret, and is not repeated (T18)."""
    assert words in refused(command(code)).message


def test_a_command_that_is_not_there_does_not_answer() -> None:
    """It is told as no answer."""
    assert "gives no answer" in refused(CommandPort("queue", ["/nowhere/such"], {}, Limits())).message


def test_a_command_that_hangs_ends_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that holds on to its output holds nobody up, and does not go on."""
    monkeypatch.setattr(ports, "DEADLINE", 0.5)
    os.mkfifo(tmp_path / "held")  # its reader finds the end once none of those is left who hold it open
    script = f"exec 3>{tmp_path / 'held'}; sleep {LONG} & sleep {LONG}"
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert "gives no answer" in refused(CommandPort("queue", ["/bin/sh", "-c", script], {}, Limits())).message
        assert select.select([held], [], [], 20)[0]
        assert os.read(held, 1) == b""
    finally:
        os.close(held)


# Limits.


def test_no_more_jobs_than_allowed() -> None:
    """The next one is refused before it is sent."""
    limits, came = Limits(jobs=2), []

    def put(call: Call) -> Reply:
        came.append(call.names)
        return Reply({})

    with serving({("POST", "/jobs/{}"): put}, TOKEN) as url:
        office = Office(HttpPort("queue", url, TOKEN, limits), limits)
        office.put("one", {"action": "x"})
        office.put("two", {"action": "x"})
        with pytest.raises(UsageError, match="more than 2 jobs"):
            office.put("three", {"action": "x"})
    assert len(came) == 2


def test_no_more_calls_a_second_than_allowed() -> None:
    """The next one waits."""
    with serving({("GET", "/jobs"): lambda _: Reply({})}, TOKEN) as url:
        port = HttpPort("queue", url, TOKEN, Limits(per_second=20))
        began = time.monotonic()
        for _ in range(5):
            port.call("GET", "/jobs")
    assert time.monotonic() - began >= 4 / 20


def test_what_is_shown_of_a_port_holds_no_secret() -> None:
    """As in a traceback (T18)."""
    assert TOKEN not in repr(HttpPort("queue", "http://127.0.0.1:9", TOKEN, Limits()))
    assert TOKEN not in repr(command("", SOME=TOKEN))
    assert json.dumps(repr(Limits()))
