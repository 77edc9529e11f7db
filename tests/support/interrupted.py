"""The command line, sent a signal after so many journal lines: `python -m support.interrupted`, one order a line.

Each order is `{"words": […], "after": LINES, "signal": NAME}`, carried out by a new process of its own that has
everything imported already; each answer its exit code and what it said.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import tempfile
from typing import IO, Any

import countersign.commands.drill  # noqa: F401 - here once, not in each process
from countersign.main import main
from drills.journal import Journal

Json = Any


def interrupt(after: int, number: signal.Signals) -> None:
    """Once so many lines of a journal are on disk, this signal comes; for 0 it never does."""
    lines, real = itertools.count(1), Journal.write

    def write(self: Journal, event: str, **fields: Any) -> None:
        real(self, event, **fields)
        if next(lines) == after:
            os.kill(os.getpid(), number)

    Journal.write = write  # type: ignore[method-assign]  # it comes at an exact line


def carry_out(order: Json, said: IO[bytes], complained: IO[bytes]) -> None:
    """In a process of its own: never returns."""
    os.dup2(said.fileno(), 1)
    os.dup2(complained.fileno(), 2)
    interrupt(order["after"], signal.Signals[order["signal"]])
    sys.argv[1:] = order["words"]
    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def answered(order: Json) -> Json:
    """What came of one order."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        if (child := os.fork()) == 0:
            carry_out(order, said, complained)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in (said, complained):
            file.seek(0)
            texts.append(file.read().decode())
    return {"code": code, "said": texts[0], "complained": texts[1]}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answered(json.loads(line))), flush=True)
