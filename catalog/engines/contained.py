"""A process of its own for code that may crash, hang or never return: forked, bounded in time and memory.

The embedded engine runs here: it cannot be interrupted from Python, a rule that calls itself overflows its stack, and
one that lists all numbers takes all memory. It is gone when we are gone.
"""

from __future__ import annotations

import fcntl
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
from contextlib import suppress
from pathlib import Path

from catalog.errors import EngineError

Serve = Callable[[bytes], bytes]
"""Answers one request."""

MEMORY = 4 << 30
"""Bytes of address space that the process may take beyond those it begins with. macOS keeps to no such bound."""

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
        watched, lifeline = os.pipe()
        self._pid = _fork()
        if self._pid == 0:
            _live(theirs, watched, start, seconds)
        theirs.close()
        os.close(watched)
        self._stop = weakref.finalize(self, _stop, self._pid, self._link, lifeline, os.getpid())

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
        solution = f"Look for a rule that calls itself, or that takes more than {MEMORY >> 30} GiB of memory."
        return EngineError(f"{self._name} crashed.", why=why, solution=solution)


def end_with(lifeline: int) -> None:
    """End this process with the one that holds the other end of a pipe, also amid code that never returns.

    Linux sends SIGIO, which ends a process, once that end is closed; nothing is ever written to it. Elsewhere it may do
    nothing.
    """
    with suppress(OSError):
        # Opened anew: of those who share an open file, one is told.
        own = os.open(f"/proc/self/fd/{lifeline}", os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(own, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.read(own, 1)  # an error while the other end is open
        os._exit(1)


def _fork() -> int:
    sys.stdout.flush()
    with warnings.catch_warnings():
        # The child touches no lock of another thread: it runs the engine, reads and writes one socket, and leaves.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _stop(pid: int, link: socket.socket, lifeline: int, parent: int) -> int | None:
    link.close()
    try:
        if os.getpid() != parent:
            return None
        # A process that already ended keeps its own status; one that did not is ended now.
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended == 0:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        return status
    finally:
        os.close(lifeline)


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


def _live(link: socket.socket, lifeline: int, start: Callable[[], tuple[bytes, Serve]], seconds: float) -> None:
    """The child's whole life; it ends here, whatever happens, without running anything of the parent's."""
    try:
        link = _alone(link, lifeline)
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
    # For systems that send no SIGIO to a process whose parent is gone, such as macOS.
    signal.alarm(math.ceil(seconds) + 5)


def _alone(link: socket.socket, lifeline: int) -> socket.socket:
    """Keep nothing of the parent's: no signal handlers, no terminal, no open files that others wait to see closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for deadly in (signal.SIGALRM, signal.SIGIO, signal.SIGTERM):
        signal.signal(deadly, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _bound_memory()
    gc.freeze()
    nothing = os.open(os.devnull, os.O_RDWR)
    # Out of the way first: any of them may have one of the numbers that they are to get.
    kept = [fcntl.fcntl(file, fcntl.F_DUPFD, 5) for file in (nothing, nothing, nothing, link.detach(), lifeline)]
    for number, file in enumerate(kept):
        os.dup2(file, number)
    os.closerange(5, os.sysconf("SC_OPEN_MAX"))
    end_with(4)
    alone = socket.socket(fileno=3)
    alone.settimeout(None)
    return alone


def _bound_memory() -> None:
    """Limit the address space. What asks for more ends with an abort, or with a MemoryError."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except OSError:
        return
    most = pages * resource.getpagesize() + MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
