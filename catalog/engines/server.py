"""An OPA server of our own: on a free loopback port, behind a secret, gone when we are gone.

A small shell stands between: it waits for its input to end, which happens when this process ends in any way, and then
kills the server and removes its files. Nobody else on the machine can change the rules of the server: it wants a token
for every request.
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from catalog.engines import wire
from catalog.engines.compilation import write_numbered
from catalog.errors import EngineError

START = 20.0
"""Seconds that a server may take to listen."""

_GUARD = """
folder=$1; shift
"$@" & server=$!
exec >&- 2>&-
read -r _
kill -KILL "$server"; wait "$server"
rm -rf "$folder"
"""
_READY = '"msg":"Server initialized."'
_QUIET = ('"level":"debug"', '"level":"info"', '"level":"warning"')
_ATTEMPTS = 5
_LOOPBACK = "127.0.0.1"
_LOCK = """package system.authz

default allow := false

allow if input.identity == "{token}"

# Answers only from the server that was given this very file.
nonce := "{nonce}"
"""


class OpaServer:
    """One running server with rules and data loaded. `wait` before the first question; `close` ends it."""

    def __init__(self, binary: Path, modules: Mapping[str, str], data: str) -> None:
        """Start it. Raises `EngineError` when the program cannot be started."""
        self.token, self.nonce = secrets.token_hex(16), secrets.token_hex(16)
        self.port = 0
        self._binary, self._modules, self._data = binary, modules, data
        self._attempts = 0
        self._start()

    def wait(self) -> None:
        """Return when it listens and is ours. Raises `EngineError` when it ends before, or past the deadline."""
        ends = time.monotonic() + START
        while not self._listens(ends):
            # Somebody took the port between our choice and the server's: choose another.
            if self._attempts == _ATTEMPTS or "address already in use" not in self.complaint():
                said = self.complaint()
                self.close()
                raise EngineError("OPA did not start.", why=said or "It ended without a word.")
            self._guard.close()
            self._start()

    def complaint(self) -> str:
        """What went wrong by the server's own words, in one line; empty when it never complained."""
        return next(map(_words, self._guard.complaints), "")

    def close(self) -> None:
        """Stop it for certain, and remove its files. May be called again."""
        self._guard.close()

    def _start(self) -> None:
        self._attempts += 1
        self._folder = Path(tempfile.mkdtemp(prefix="countersign-opa-"))
        write_numbered(self._folder, self._modules)
        (self._folder / "data.json").write_text(self._data, encoding="utf-8")
        lock = _LOCK.format(token=self.token, nonce=self.nonce)
        (self._folder / "lock.rego").write_text(lock, encoding="utf-8")
        with socket.socket() as probe:
            probe.bind((_LOOPBACK, 0))
            self.port = probe.getsockname()[1]
        command = [
            str(self._binary), "run", "--server", "--addr", f"{_LOOPBACK}:{self.port}", "--skip-version-check",
            "--authentication", "token", "--authorization", "basic", "--log-level", "debug",
            "--log-level-request", "error", "--log-format", "json", str(self._folder),
        ]  # fmt: skip
        self._guard = _Guard(self._folder, command)

    def _listens(self, ends: float) -> bool:
        if not self._guard.said.wait(ends - time.monotonic()) or not self._guard.ready:
            return False
        # The server speaks a moment before its socket listens, and there is no event for that moment.
        while time.monotonic() < ends and not self._guard.ended.is_set():
            try:
                socket.create_connection((_LOOPBACK, self.port), timeout=1).close()
            except OSError:
                self._guard.ended.wait(0.001)
            else:
                return True
        return False


class _Guard:
    """The shell that holds the server, and the thread that reads what the server says."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.complaints: deque[str] = deque(maxlen=20)
        self.said, self.ended, self.ready = threading.Event(), threading.Event(), False
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "sh", str(folder), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, env={}, start_new_session=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except OSError as error:
            raise EngineError(f"OPA cannot be started: {wire.first_line(error)}.") from error
        self._stop = weakref.finalize(self, _stop, process)
        threading.Thread(target=_listen, args=(weakref.proxy(self), process), daemon=True).start()

    def hear(self, line: str) -> None:
        if _READY in line:
            self.ready = True
            self.said.set()
        elif line.strip() and not any(level in line for level in _QUIET):
            self.complaints.append(line)

    def close(self) -> None:
        self._stop()


def _listen(guard: _Guard, process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None  # it was asked for
    try:
        with process.stdout as stream:
            for line in stream:
                guard.hear(line)
        guard.ended.set()
        guard.said.set()
    except (ReferenceError, ValueError):
        return  # nobody is left to tell


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None  # it was asked for
    process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _words(line: str) -> str:
    try:
        spoken = json.loads(line)
    except ValueError:
        return line.strip()
    return wire.first_line(spoken.get("err") or spoken.get("msg") or line)
