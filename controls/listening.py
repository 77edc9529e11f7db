"""Small HTTP servers of our own: bound to their port, or a sentence why not; closed when whoever uses them is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from catalog.errors import UsageError


class Handler(BaseHTTPRequestHandler):
    """Answers whole, and says nothing of each call: they come by the second."""

    def answer(self, status: HTTPStatus, content: bytes, kind: str, **headers: str) -> None:
        """Send a whole answer of some content type."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def bound(handler: type[Handler], host: str, port: int) -> Iterator[ThreadingHTTPServer]:
    """A server that is bound, and not serving yet. Raises `UsageError` when the port is taken."""
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", solution="Choose another --port."
        ) from error
    server.daemon_threads = True
    with server:
        yield server


@contextmanager
def in_background(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve beside whatever is done meanwhile."""
    # It looks this often whether it is to end, and whoever closes it waits for that.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
