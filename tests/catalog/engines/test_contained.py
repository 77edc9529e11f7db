"""Code that crashes or hangs, kept in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.engines import contained
from catalog.engines.contained import Contained, Serve
from catalog.errors import EngineError

ROOT = Path(__file__).parents[3]
LINUX = sys.platform == "linux"


def serving(answer: Serve) -> Callable[[], tuple[bytes, Serve]]:
    return lambda: (b"ready", answer)


def forever(_: bytes = b"") -> bytes:
    while True:
        pass


def crash(_: bytes = b"") -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return forever()


def fail(_: bytes = b"") -> bytes:
    raise ValueError


def pid(_: bytes = b"") -> bytes:
    return str(os.getpid()).encode()


def gone(number: int) -> bool:
    """Whether a process ends within twenty seconds."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("size", [0, 1, 1 << 16, 9_000_001])
def test_answers(size: int) -> None:
    """Requests and answers of every size pass through whole."""
    process = Contained("echo", serving(bytes.upper), seconds=10)
    assert process.receive() == b"ready"
    assert process.ask(b"a" * size) == b"A" * size
    process.close()


def test_hangs() -> None:
    """T12: an answer that does not come within the deadline is an error, and the process is gone."""
    process = Contained("It", serving(forever), seconds=0.2)
    process.receive()
    with pytest.raises(EngineError, match=r"^It did not answer within 0\.2 s\.$"):
        process.ask(b"?")
    with pytest.raises(EngineError):
        process.ask(b"?")


def test_hangs_at_the_start() -> None:
    """T12: a start that never ends meets the deadline too."""
    process = Contained("It", lambda: (forever(), bytes.upper), seconds=0.2)
    with pytest.raises(EngineError, match="did not answer within"):
        process.receive()


def test_takes_no_question() -> None:
    """T12: a process that does not read a long question meets the deadline."""
    process = Contained("It", lambda: (forever(), bytes.upper), seconds=0.2)
    with pytest.raises(EngineError, match="took no question within"):
        process.ask(b"a" * 50_000_000)


def test_crashes() -> None:
    """T12: a crash is an error that names the signal; the one who asked lives on."""
    process = Contained("It", serving(crash), seconds=10)
    process.receive()
    with pytest.raises(EngineError, match=r"^It crashed\.$") as caught:
        process.ask(b"?")
    assert caught.value.why == "Its process ended by SIGSEGV."


def test_raises() -> None:
    """T12: an exception nobody caught in the process is a crash, and prints nothing of the parent's."""
    process = Contained("It", serving(fail), seconds=10)
    process.receive()
    with pytest.raises(EngineError, match="crashed") as caught:
        process.ask(b"?")
    assert caught.value.why == "Its process ended with code 1."


def test_closed() -> None:
    """Closing ends the process and leaves no zombie."""
    process = Contained("It", serving(pid), seconds=10)
    process.receive()
    number = int(process.ask(b"?"))
    process.close()
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_dropped() -> None:
    """A process nobody holds any more is ended."""
    process = Contained("It", serving(pid), seconds=10)
    process.receive()
    number = int(process.ask(b"?"))
    del process
    assert gone(number)


def test_holds_no_files() -> None:
    """The process holds no file of the parent's open: whoever waits for a pipe to end does not wait for it."""
    reading, writing = os.pipe()
    process = Contained("It", serving(pid), seconds=10)
    process.receive()
    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
    process.close()


@pytest.mark.parametrize("work", ["pid", "forever"])
def test_parent_is_killed(work: str) -> None:
    """T12: a parent killed outright takes the process with it at once, even one that is busy for ever."""
    code = (
        "import os, sys\n"
        "from catalog.engines.contained import Contained\n"
        "def forever(_):\n    while True: pass\n"
        "def pid(_): return b''\n"
        f"one = Contained('It', lambda: (str(os.getpid()).encode(), {work}), seconds={60 if LINUX else 1})\n"
        "print(int(one.receive()), flush=True)\n"
        "one._link.sendall((1).to_bytes(8, 'big') + b'?')\n"
        "sys.stdin.read()\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, env=environ) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        parent.kill()
    assert gone(number)


@pytest.mark.skipif(not LINUX, reason="Only Linux ends a process with its parent.")
def test_parent_is_gone_before() -> None:
    """T12: a process whose parent is gone before it looks ends by itself."""
    watched, lifeline = os.pipe()
    os.close(lifeline)
    child = os.fork()
    if child == 0:
        contained.end_with(watched)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 1 << 8
    os.close(watched)


@pytest.mark.skipif(not LINUX, reason="Only Linux ends a process with its parent.")
def test_several_end_together() -> None:
    """T12: of several processes that share one lifeline, each ends when it is closed."""
    watched, lifeline = os.pipe()
    children = [_waiting(watched, lifeline) for _ in range(3)]
    assert [os.waitpid(child, os.WNOHANG) for child in children] == [(0, 0)] * 3
    os.close(lifeline)
    assert [os.waitpid(child, 0)[1] for child in children] in ([signal.SIGIO] * 3, [1 << 8] * 3)
    os.close(watched)


def _waiting(watched: int, lifeline: int) -> int:
    told, ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(lifeline)
        contained.end_with(watched)
        os.write(ready, b".")
        forever()
    assert os.read(told, 1) == b"."
    os.close(told)
    os.close(ready)
    return child


def take(request: bytes) -> bytes:
    return bytes(int(request))[:1]


@pytest.mark.skipif(not LINUX, reason="Only Linux bounds a process's memory.")
def test_takes_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: a process that asks for more memory than it may have is an error; one that asks for less is not."""
    monkeypatch.setattr(contained, "MEMORY", 256 << 20)
    process = Contained("It", serving(take), seconds=60)
    process.receive()
    assert process.ask(b"%d" % (128 << 20)) == b"\0"
    with pytest.raises(EngineError, match="crashed") as caught:
        process.ask(b"%d" % (512 << 20))
    assert "memory" in caught.value.solution
