"""HTTP on a free loopback port: reads a call, lets races and faults happen, answers."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Iterator
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.forge import git_http
from support.forge.answers import Answer
from support.forge.faults import Fault
from support.forge.forge import Call, Forge
from support.forge.model import Json
from support.forge.paging import paged
from support.forge.routes import load
from support.forge.routing import caller, dispatch

PREFIX = "/api/v4"


@contextlib.contextmanager
def serving(forge: Forge) -> Iterator[str]:
    """Answer for a forge; at the end every connection is cut and every thread gone."""
    load()
    server = _Server(forge)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.ending.set()
        server.shutdown()
        server.cut()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, forge: Forge) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.forge = forge
        self.ending = threading.Event()
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep a defect of the server, or of what a test runs in a race; a caller who hung up is none."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self.forge.unknown.append(f"defect: {error!r}")

    def cut(self) -> None:
        """A client that keeps its connection alive must not keep the test waiting."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        with contextlib.suppress(ConnectionError):  # the caller gave up, as callers do
            self._handle()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time of day, which is the forge's."""
        return format_datetime(self.server.forge.now, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the calls are kept in the forge."""

    def _handle(self) -> None:
        forge, url = self.server.forge, urlsplit(self.path)
        if git_http.concerns(url.path):
            self._git(forge)
            return
        path = url.path.removeprefix(PREFIX)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = {**query, **self._body(headers)}
        token = caller(forge, headers)
        call = Call(self.command, path, query, headers, token.user.username if token else None)
        forge.came(call)
        forge.race(self.command, path)
        fault = forge.take_fault(self.command, path)
        answer = Answer(500)
        if not fault or fault.handles:
            with forge.lock:
                answer = dispatch(forge, self.command, path, params, headers)
        if isinstance(answer.body, list):
            answer = paged(answer, self._here(url.path), query, endless=bool(fault and fault.kind == "endless"))
        self._reply(fault.spoil(answer) if fault else answer, fault, call)

    def _git(self, forge: Forge) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, url.path, dict(parse_qsl(url.query)), headers)
        forge.came(call)
        forge.race(self.command, self.path)
        body = self.rfile.read(int(headers.get("content-length") or 0))
        # Without the lock: git asks nothing of the forge, and two may fetch at once.
        answer, token = git_http.answer(forge, self.command, self.path, headers, body)
        call.user = token.user.username if token else None
        self._reply(answer, None, call)

    def _here(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def _body(self, headers: dict[str, str]) -> dict[str, Json]:
        raw = self.rfile.read(int(headers.get("content-length") or 0))
        if "json" not in headers.get("content-type", ""):
            return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        said = json.loads(raw or b"{}")
        return said if isinstance(said, dict) else {}

    def _reply(self, answer: Answer, fault: Fault | None, call: Call) -> None:
        kind = fault.kind if fault else None
        if kind == "close":
            self.close_connection = True
            return
        if fault and kind == "slow":
            self.server.ending.wait(fault.seconds)
        body = _encode(answer)
        call.status = answer.status
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in {204, 304}:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body) + (64 if kind == "truncated" else 0)))
        self.end_headers()
        self.close_connection = self.close_connection or kind == "truncated"
        self._write(body if answer.status not in {204, 304} else b"", fault)

    def _write(self, body: bytes, fault: Fault | None) -> None:
        if not fault or fault.kind != "drip":
            self.wfile.write(body)
            return
        for number in range(len(body)):
            if self.server.ending.wait(fault.seconds):
                return
            self.wfile.write(body[number : number + 1])


def _encode(answer: Answer) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    return b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
