"""A process of its own for code that may crash, hang or never return: forked, deadlined, gone when we are gone.

The embedded engine runs here: it cannot be interrupted from Python, and a rule that calls itself overflows its stack.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import signal
import socket
import struct
import sys
import time
import warnings
import weakref
from collections.abc import Callable

from catalog.errors import EngineError

Serve = Callable[[bytes], bytes]
"""Answers one request."""

_LENGTH = struct.Struct("!Q")
_CHUNK = 1 << 20


class Contained:
    """A child process that runs `start` once, then answers requests with what it returned.

    `start` and what it returns must not raise: they put errors in their answers. `name` is for messages.
    """

    def __init__(self, name: str, start: Callable[[], tuple[bytes, Serve]], *, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._link, theirs = socket.socketpair()
        self._pid = _fork()
        if self._pid == 0:
            _live(theirs, start, seconds)
        theirs.close()
        self._stop = weakref.finalize(self, _stop, self._pid, self._link, os.getpid())

    def receive(self) -> bytes:
        """The next answer; the first is what `start` returned. Raises `EngineError` past the deadline or on a crash."""
        ends = time.monotonic() + self._seconds
        try:
            (length,) = _LENGTH.unpack(_read(self._link, _LENGTH.size, ends))
            return _read(self._link, length, ends)
        except TimeoutError as error:
            self.close()
            raise EngineError(
                f"{self._name} did not answer within {self._seconds:g} s.",
                why="A rule takes too long for what it was given.",
                solution="Look for a rule that compares everything with everything.",
            ) from error
        except (OSError, EOFError) as error:
            raise self._crashed() from error

    def ask(self, request: bytes) -> bytes:
        """Answer one request. Raises `EngineError` as `receive` does."""
        try:
            self._link.settimeout(self._seconds)
            self._link.sendall(_LENGTH.pack(len(request)) + request)
        except TimeoutError as error:
            self.close()
            raise EngineError(f"{self._name} took no question within {self._seconds:g} s.") from error
        except OSError as error:
            raise self._crashed() from error
        return self.receive()

    def close(self) -> None:
        """Stop the process and wait until it is gone. May be called again."""
        self._stop()

    def _crashed(self) -> EngineError:
        status = self._stop()
        if status is None:
            return EngineError(f"{self._name} was asked after it was stopped.")
        if os.WIFSIGNALED(status):
            why = f"Its process ended by {signal.Signals(os.WTERMSIG(status)).name}."
        else:
            why = f"Its process ended with code {os.waitstatus_to_exitcode(status)}."
        return EngineError(f"{self._name} crashed.", why=why, solution="Look for a rule that calls itself.")


def _fork() -> int:
    sys.stdout.flush()
    with warnings.catch_warnings():
        # The child touches no lock of another thread: it runs the engine, reads and writes one socket, and leaves.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _stop(pid: int, link: socket.socket, parent: int) -> int | None:
    link.close()
    if os.getpid() != parent:
        return None
    # A process that already ended keeps its own status; one that did not is ended now.
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended == 0:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    return status


def _read(link: socket.socket, length: int, ends: float | None) -> bytes:
    buffer = bytearray()
    while len(buffer) < length:
        if ends is not None:
            # Zero would mean: do not wait at all, and say so with another error.
            link.settimeout(max(ends - time.monotonic(), 1e-6))
        piece = link.recv(min(_CHUNK, length - len(buffer)))
        if not piece:
            raise EOFError
        buffer += piece
    return bytes(buffer)


def _live(link: socket.socket, start: Callable[[], tuple[bytes, Serve]], seconds: float) -> None:
    """The child's whole life; it ends here, whatever happens, without running anything of the parent's."""
    try:
        link = _alone(link)
        _alarm(seconds)
        answer, serve = start()
        while True:
            signal.alarm(0)
            link.sendall(_LENGTH.pack(len(answer)) + answer)
            (length,) = _LENGTH.unpack(_read(link, _LENGTH.size, None))
            request = _read(link, length, None)
            _alarm(seconds)
            answer = serve(request)
    except BaseException:  # noqa: BLE001 - the parent sees the exit code, and there is nobody else to tell
        os._exit(1)
    finally:
        os._exit(0)


def _alarm(seconds: float) -> None:
    # Should the parent be gone, nobody else ends an evaluation that never returns.
    signal.alarm(math.ceil(seconds) + 5)


def _alone(link: socket.socket) -> socket.socket:
    """Keep nothing of the parent's: no signal handlers, no terminal, no open files that others wait to see closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.dup2(link.detach(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    alone = socket.socket(fileno=3)
    alone.settimeout(None)
    return alone
