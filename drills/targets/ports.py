"""The way to one service that a drill plays with: an address, or a command that answers in its place.

Both take the same questions (docs/drills.md): a method, a path and a JSON body; and give the same JSON answers.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from catalog.errors import SourceError, UsageError

Json = Any

DEADLINE = 5.0
"""Seconds that one answer may take."""
_NEXT = "See that it runs, and that its address and token are those of team/drill-targets.yaml."
_MOST = 16 * 1024 * 1024
"""Bytes of one answer."""
_RAW = (requests.exceptions.BaseHTTPError,)  # type: ignore[attr-defined] # what a raw stream raises, by its name there


@dataclass(slots=True)
class Limits:
    """How much a drill may send."""

    jobs: int = 1000
    per_second: float = 1000.0
    """Calls to each service."""
    _put: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_job(self) -> None:
        """One more practice job. Raises `UsageError` when that is one too many."""
        with self._lock:
            self._put += 1
            if self._put > self.jobs:
                raise UsageError(
                    f"The drill would put more than {self.jobs} jobs into its target.",
                    why="Its limits in team/drill-targets.yaml allow no more.",
                    solution="Rehearse with fewer jobs, or let the owner raise limits.jobs.",
                )


class Port(Protocol):
    """One service."""

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """What it answers. Raises `SourceError` for no answer or a refusal, with its HTTP status where it has one."""


class HttpPort:
    """A service at an address, behind a token."""

    def __init__(self, name: str, url: str, token: str, limits: Limits) -> None:
        self._name, self._url, self._token = name, url.rstrip("/"), token
        self._pace = _Pace(limits.per_second)
        self._own = threading.local()

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """As `Port` has it."""
        self._pace.wait()
        content = body if isinstance(body, bytes) else None
        ends = time.monotonic() + DEADLINE
        try:
            with self._session().request(
                method, f"{self._url}{path}", data=content, json=None if content else body, timeout=DEADLINE,
                headers={"Authorization": f"Bearer {self._token}"}, allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                said = _whole(answer.raw, ends)
        except (requests.RequestException, *_RAW, OSError) as error:
            # The library's words hold addresses, and may hold what was sent.
            raise SourceError(f"{self._name} does not answer ({type(error).__name__})", solution=_NEXT) from None
        if not 200 <= answer.status_code < 300:  # a redirection is what a log-in page answers
            raise SourceError(
                f"{self._name} answers {answer.status_code} to {method} {path}",
                status=answer.status_code,
                solution=_NEXT,
            )
        return _json(self._name, said)

    def _session(self) -> requests.Session:
        """A connection of each thread's own."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.trust_env = False  # no proxy, no login from a file: the target says where it is
        found: requests.Session = self._own.session
        return found


class CommandPort:
    """A command of the team's, called as `COMMAND… METHOD PATH`, the body on its input, the answer on its output."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], limits: Limits) -> None:
        self._name, self._command, self._environment = name, list(command), dict(environment)
        self._pace = _Pace(limits.per_second)

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """As `Port` has it."""
        self._pace.wait()
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            code, said = self._run([*self._command, method, path], given)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceError(f"{self._name}: its command gives no answer ({type(error).__name__})") from None
        if code:
            raise SourceError(f"{self._name}: its command ends with {code} on {method} {path}")
        return _json(self._name, said)

    def _run(self, command: Sequence[str], given: bytes) -> tuple[int, bytes]:
        """How it ended, and what it said; one that takes too long ends with all that it started."""
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment,
            start_new_session=True,
        ) as process:  # fmt: skip
            try:
                said, _ = process.communicate(given, DEADLINE)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return process.returncode, said


class _Pace:
    """So many calls a second, and no more."""

    def __init__(self, per_second: float) -> None:
        self._apart, self._next, self._lock = 1 / per_second, 0.0, threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            begins = max(now, self._next)
            self._next = begins + self._apart
        if begins > now:
            threading.Event().wait(begins - now)


def _whole(stream: Any, ends: float) -> bytes:
    """All of an answer that comes in time. Raises `OSError` for one that is too long or too slow."""
    content = bytearray()
    while piece := stream.read1(1 << 16, decode_content=True):
        content += piece
        if len(content) > _MOST:
            raise OSError("too long")
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(content)


def _json(name: str, content: bytes) -> Json:
    try:
        return json.loads(content or b"null")
    except (ValueError, RecursionError):
        raise SourceError(f"{name} answers no JSON: something else stands there") from None
