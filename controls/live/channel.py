"""The way to one enforcement point: one connection, one deadline for all that is asked on it, no doubt about answers.

Not opa-python-client: it takes no certificate authority, retries past any deadline, and tells an answer that is none
from an undefined one by an empty object. What is undefined, no JSON or no answer at all is an error here.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from catalog.errors import SourceError
from catalog.points import Point

Json = Any

MAX_BYTES = 64 * 1024 * 1024
"""Of one answer."""


class PointError(SourceError):
    """A point did not do what it was asked; `status`: what it answered instead, 0 when it did not.

    `clock` is what the point's own clock said, in seconds since 1970; None when it did not say.
    """

    def __init__(self, message: str, *, status: int = 0, clock: float | None = None) -> None:
        super().__init__(message, status=status)
        self.clock = clock


class Channel:
    """A connection to one point. Not shared between threads."""

    def __init__(self, point: Point, root: Path, seconds: float) -> None:
        self.point = point
        self._ends = time.monotonic() + seconds
        self._root = root
        self._connection: HTTPConnection | None = None

    def ask(self, document: str, question: Mapping[str, Json], token: str) -> Json:
        """What a document below `data.countersign` says to a question. Raises `PointError`."""
        content = self._call("POST", f"/v1/data/countersign/{document}", {"input": question}, token)
        answer = self._read(content)
        if not isinstance(answer, dict) or "result" not in answer:
            raise PointError(f"it knows no {document}: it has no bundle of Countersign")
        return answer["result"]

    def get(self, path: str, token: str) -> bytes:
        """What lies at any address of the server. Raises `PointError`."""
        return self._call("GET", path, None, token)

    def put(self, path: str, body: Mapping[str, Json], token: str) -> None:
        """Write one document below `data.control`. Raises `PointError`."""
        self._call("PUT", f"/v1/data/control/{quote(path)}", body, token)

    def delete(self, path: str, token: str) -> None:
        """Take one document away; one that is not there is no error. Raises `PointError`."""
        try:
            self._call("DELETE", f"/v1/data/control/{quote(path)}", None, token)
        except PointError as error:
            if error.status != 404:
                raise

    def close(self) -> None:
        """Hang up."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _call(self, method: str, path: str, body: Mapping[str, Json] | None, token: str) -> bytes:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            connection = self._connected()
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            answer = self._whole(response)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise PointError(_why(error)) from error
        if response.status not in (200, 204):
            raise PointError(_refusal(response.status, answer), status=response.status, clock=_clock(response))
        return answer

    def _connected(self) -> HTTPConnection:
        left = self._left()
        # A server that ends each connection, as some proxies do, has taken the socket away.
        if self._connection is None or self._connection.sock is None:
            self._connection = self._opened(left)
            self._connection.connect()
        self._connection.sock.settimeout(left)
        return self._connection

    def _opened(self, seconds: float) -> HTTPConnection:
        parts = urlsplit(self.point.url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=seconds)
        trusted = self._root / self.point.ca if self.point.ca else None
        if trusted and not trusted.is_file():
            raise PointError(f"the certificate that it is known by, {self.point.ca}, is not in this clone: pull first")
        context = ssl.create_default_context(cafile=trusted)
        return HTTPSConnection(host, parts.port, timeout=seconds, context=context)

    def _whole(self, response: HTTPResponse) -> bytes:
        content = bytearray()
        while piece := response.read1(1 << 16):
            content += piece
            if len(content) > MAX_BYTES:
                raise HTTPException(f"it answers more than {MAX_BYTES} bytes")
            if self._connection and self._connection.sock:
                self._connection.sock.settimeout(self._left())
        response.read()  # of an answer without content, the end has not been read yet
        return bytes(content)

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _read(self, content: bytes) -> Json:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise PointError("it answers no JSON: something else than OPA listens there, or stands between") from None


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ValueError):
        return f"its address, or the token for it, is none ({type(error).__name__})"  # its text may hold the token
    return str(error) or type(error).__name__


def _refusal(status: int, content: bytes) -> str:
    if status in (401, 403):
        return f"it refuses this token ({status})"
    try:
        said = str(json.loads(content)["message"]).splitlines()[0][:200]
    except (ValueError, LookupError, TypeError):
        said = "no answer of OPA's"
    return f"HTTP {status}: {said}"


def _clock(response: HTTPResponse) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return None
