"""Processes that are gone when we are, whatever ends us.

Between us and each stands a small shell: it waits for its input to end, which happens when this process ends in any
way, and then kills what it guards. A process that must be seen to hang, or to be killed, is reached by its number.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from catalog.errors import UsageError

_GUARD = """
"$@" </dev/null >&2 & child=$!
echo "$child"
exec >/dev/null 2>&1
read -r _
kill -KILL "$child"; wait "$child"
"""
_PATIENCE = 5.0


class Guarded:
    """One process of the sandbox."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it; what it says goes to `log`. Raises `UsageError` when it cannot be started."""
        self.name, self.log = name, log
        with log.open("ab") as said:
            try:
                self._shell = subprocess.Popen(
                    ["/bin/sh", "-c", _GUARD, "sh", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=said, env=dict(environment), start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise UsageError(f"{name} cannot be started: {error.strerror}.") from error
        assert self._shell.stdout is not None  # it was asked for
        self.pid = int(self._shell.stdout.readline())

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def hang(self) -> None:
        """Make it keep its connections and never answer."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash does."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it for certain."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.close()
        self._shell.stdout.close()
        try:
            self._shell.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._shell.pid, signal.SIGKILL)
            self._shell.wait()
