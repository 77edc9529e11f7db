"""A command that is run at a terminal, and asks."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys

from support.company import ROOT
from support.desk import Desk

CTRL_C = "\x03"


def converse(desk: Desk, answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run `init` at a terminal, answering each question once it is asked; exit code, and all that was shown.

    Ctrl-C is pressed until it is heeded: readline does not notice a signal that comes between its prompt and its wait.
    """
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "countersign", "init"], cwd=desk.folder, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=_take_terminal,  # noqa: PLW1509
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    shown, seen = "", 0
    for question, answer in answers:
        while not re.search(rf"{question}[^\n]*: ?$|{question}[^\n]*\]: ?$", shown[seen:]):
            shown += _read(ours)
        seen = len(shown)
        if answer == CTRL_C:
            shown += _interrupt(ours)
            break
        os.write(ours, f"{answer}\r".encode())
        while len(shown) == seen:
            shown += _read(ours)
    while piece := _read(ours, ends=True):
        shown += piece
    os.close(ours)
    return running.wait(timeout=20), shown


def watch(desk: Desk, *words: str, columns: int = 100) -> tuple[int, str]:
    """Run a command at a terminal so wide, and only look; exit code, and all that was shown, codes included."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "countersign", *words]
    size = {"PYTHONPATH": str(ROOT), "COLUMNS": str(columns), "LINES": "40", "TERM": "xterm"}
    running = subprocess.Popen(
        command, cwd=desk.folder, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, **size},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    while piece := _read(ours, ends=True):
        shown += piece
    os.close(ours)
    return running.wait(timeout=20), shown


def _interrupt(descriptor: int) -> str:
    shown = ""
    for _ in range(20):
        os.write(descriptor, CTRL_C.encode())
        while select.select([descriptor], [], [], 1)[0]:
            if not (piece := _read(descriptor, ends=True)):
                return shown
            shown += piece
    raise AssertionError("Ctrl-C was not heeded")


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(descriptor: int, *, ends: bool = False) -> str:
    ready, _, _ = select.select([descriptor], [], [], 20)
    assert ready, "nothing was asked within 20 s"
    try:
        piece = os.read(descriptor, 4096)
    except OSError:  # the other side of a terminal has been closed
        piece = b""
    assert piece or ends, "it ended in the middle of its questions"
    return piece.decode()
