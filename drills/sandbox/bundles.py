"""The host of the bundle, which holds a question until there is another bundle, where the point asks for that.

Long polling as OPA has it (https://www.openpolicyagent.org/docs/management-bundles): `Prefer: wait=SECONDS`, answered
with a content type of OPA's own. A bundle is published by putting it there.
"""

from __future__ import annotations

import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from catalog.files import write_atomically
from controls import listening
from controls.bundle.serve import NAME

_KIND = "application/vnd.openpolicyagent.bundles"
_LIMIT = 256 * 1024 * 1024
_WAIT = re.compile(r"wait=([0-9]{1,3})")


@contextmanager
def served(archive: Path, token: str, port: int = 0) -> Iterator[str]:
    """A host in the background; yields its address, without the bundle's path. Raises `UsageError` for a taken port."""
    changed = threading.Condition()
    handler = type("Handler", (_Handler,), {"archive": archive, "token": token, "changed": changed})
    with listening.bound(handler, "127.0.0.1", port) as server, listening.in_background(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


class _Handler(listening.Handler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    archive: Path
    token: str
    changed: threading.Condition

    def do_GET(self) -> None:
        """The bundle; when it is the one that the point has, as soon as there is another."""
        if self.path != NAME:
            self.answer(HTTPStatus.NOT_FOUND, b"", _KIND)
            return
        known = self.headers.get("If-None-Match", "")
        found = self._wait_for_another(known)
        if found is None:
            self.answer(HTTPStatus.NOT_FOUND, b"", _KIND)
        elif _tag(found) == known:
            self.answer(HTTPStatus.NOT_MODIFIED, b"", _KIND, ETag=known)
        else:
            self.answer(HTTPStatus.OK, found, _KIND, ETag=_tag(found))

    def do_PUT(self) -> None:
        """Put a bundle in place, at once for all who wait."""
        length = min(int(self.headers.get("Content-Length", "0")), _LIMIT)
        content = self.rfile.read(length)
        if len(content) < length:  # whoever sent it is gone: half a bundle is none
            self.close_connection = True
            return
        given = self.headers.get("Authorization", "").encode()
        if self.path != NAME or not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            self.answer(HTTPStatus.UNAUTHORIZED, b"", "application/json")
            return
        with self.changed:
            write_atomically(self.archive, content)
            self.changed.notify_all()
        self.answer(HTTPStatus.OK, b"{}", "application/json")

    def _wait_for_another(self, known: str) -> bytes | None:
        asked = _WAIT.search(self.headers.get("Prefer", ""))
        with self.changed:
            found = self._read()
            if asked and found is not None and _tag(found) == known:
                self.changed.wait(float(asked[1]))
                found = self._read()
        return found

    def _read(self) -> bytes | None:
        try:
            return self.archive.read_bytes()
        except FileNotFoundError:
            return None


def _tag(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()}"'
