"""`python -m support.interrupted LINES SIGNAL WORDS…`: the command line, sent a signal after so many journal lines."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any

from countersign.main import main
from drills.journal import Journal

_after, _signal = int(sys.argv[1]), signal.Signals[sys.argv[2]]
_lines, _write = itertools.count(1), Journal.write


def write(self: Journal, event: str, **fields: Any) -> None:
    """As the real one; once the line is on disk, the signal comes."""
    _write(self, event, **fields)
    if next(_lines) == _after:
        os.kill(os.getpid(), _signal)


Journal.write = write  # type: ignore[method-assign]  # the process is killed at an exact line
sys.argv[1:] = sys.argv[3:]
main()
