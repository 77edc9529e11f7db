"""A static host for one bundle, as any web server is one: with an ETag of the content, so that a poll costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path

from controls import listening

NAME = "/bundle.tar.gz"

_KIND = "application/gzip"


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
    with listening.bound(type("Handler", (_Handler,), {"archive": archive}), host, port) as http:
        yield Server(http)


@contextmanager
def served(archive: Path) -> Iterator[str]:
    """The same in the background, on a free port of this machine; yields the bundle's address."""
    with server(archive) as found, listening.in_background(found.http):
        yield found.url


class _Handler(listening.Handler):
    protocol_version = "HTTP/1.1"
    archive: Path

    def do_GET(self) -> None:
        """The file, or that it has not changed; 404 for everything else, and while there is none."""
        try:
            content = self.archive.read_bytes() if self.path == NAME else None
        except OSError:
            content = None
        if content is None:
            self.answer(HTTPStatus.NOT_FOUND, b"", _KIND)
            return
        tag = f'"{sha256(content).hexdigest()}"'
        if self.headers.get("If-None-Match") == tag:
            self.answer(HTTPStatus.NOT_MODIFIED, b"", _KIND, ETag=tag)
        else:
            self.answer(HTTPStatus.OK, content, _KIND, ETag=tag)
