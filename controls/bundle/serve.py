"""A static host for one bundle, as any web server is one: with an ETag of the content, so that a poll costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from catalog.errors import UsageError

NAME = "/bundle.tar.gz"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is bound to its port."""

    http: ThreadingHTTPServer

    @property
    def url(self) -> str:
        """Where the bundle is."""
        host, port = self.http.server_address[:2]
        return f"http://{host!s}:{port}{NAME}"

    def run(self) -> None:
        """Serve until interrupted."""
        self.http.serve_forever()


@contextmanager
def server(archive: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Bind a server for one file; each request reads it as it is then. Raises `UsageError` when the port is taken."""
    handler = type("Handler", (_Handler,), {"archive": archive})
    try:
        http = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", solution="Choose another --port."
        ) from error
    http.daemon_threads = True
    try:
        yield Server(http)
    finally:
        http.server_close()


@contextmanager
def served(archive: Path) -> Iterator[str]:
    """The same in the background, on a free port of this machine; yields the bundle's address."""
    with server(archive) as found:
        thread = threading.Thread(target=found.run, daemon=True)
        thread.start()
        try:
            yield found.url
        finally:
            found.http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archive: Path

    def do_GET(self) -> None:
        """The file, or that it has not changed; 404 for everything else, and while there is none."""
        try:
            content = self.archive.read_bytes() if self.path == NAME else None
        except OSError:
            content = None
        if content is None:
            self._answer(HTTPStatus.NOT_FOUND, b"")
            return
        tag = f'"{sha256(content).hexdigest()}"'
        if self.headers.get("If-None-Match") == tag:
            self._answer(HTTPStatus.NOT_MODIFIED, b"", tag)
        else:
            self._answer(HTTPStatus.OK, content, tag)

    def _answer(self, status: HTTPStatus, content: bytes, tag: str = "") -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Type", "application/gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: polls come by the second."""
