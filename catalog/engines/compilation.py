"""Compiling rules with OPA under the capabilities that gate rules have, strictly."""

from __future__ import annotations

import json
import subprocess
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from catalog.engines import wire
from catalog.engines.banned import CAPABILITIES
from catalog.engines.interface import Json
from catalog.errors import EngineError, PolicyError

DEADLINE = 30.0
"""Seconds that compiling may take."""

_passed: set[str] = set()


class Check:
    """A check that runs in the background from the start on. `finish` waits for its result; `close` gives it up.

    Rules that passed once in this process are not checked again.
    """

    def __init__(self, opa: Path, modules: Mapping[str, str]) -> None:
        self._paths = list(modules)
        self._digest = _digest(opa, modules)
        self._process: subprocess.Popen[str] | None = None
        if self._digest in _passed:
            return
        folder = tempfile.TemporaryDirectory(prefix="countersign-check-")
        write_numbered(Path(folder.name), modules)
        try:
            self._process = subprocess.Popen(
                [
                    str(opa), "check", "--strict", "--format", "json", "--capabilities", str(CAPABILITIES),
                    folder.name,
                ],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={}, encoding="utf-8",
                errors="replace",
            )  # fmt: skip
        except OSError as error:
            folder.cleanup()
            raise EngineError(f"OPA cannot be started: {wire.first_line(error)}.") from error
        self._end = weakref.finalize(self, _end, self._process, folder)

    def finish(self) -> None:
        """Wait for the result. Raises `PolicyError` for rules that do not compile, naming file and line."""
        if self._process is None:
            return
        try:
            said, _ = self._process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"opa check took longer than {DEADLINE:g} s.") from error
        else:
            code = self._process.returncode
            if code:
                raise self._refused(said)
            _passed.add(self._digest)
        finally:
            self.close()

    def close(self) -> None:
        """Give the check up, if it still runs."""
        if self._process is not None:
            self._process = None
            self._end()

    def _refused(self, said: str) -> PolicyError:
        why = "opa check refuses the rules, strictly and under the gate's capabilities."
        try:
            message = in_words(json.loads(said)["errors"][0], self._paths)
        except (ValueError, LookupError, TypeError):
            return PolicyError(f"The rules do not compile: {wire.first_line(said)}.", why=why)
        return PolicyError(f"{message}.", why=why, solution="Repair the rule, or say it with what gate.json lists.")


def write_numbered(folder: Path, modules: Mapping[str, str]) -> None:
    """Write modules under names that no path can trick: `0000.rego`, in their order."""
    for index, source in enumerate(modules.values()):
        (folder / f"{index:04}.rego").write_text(source, encoding="utf-8", newline="")


def in_words(error: Mapping[str, Json], paths: Sequence[str]) -> str:
    """One of OPA's errors, in one line with the module's own path and line.

    Raises `LookupError`, `ValueError` or `TypeError` for what is no error of OPA's.
    """
    message, place = wire.first_line(error["message"]).rstrip("."), error.get("location")
    return f"{paths[int(Path(place['file']).stem)]}:{place['row']}: {message}" if place else message


def _end(process: subprocess.Popen[str], folder: tempfile.TemporaryDirectory[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
    folder.cleanup()


def _digest(opa: Path, modules: Mapping[str, str]) -> str:
    parts = [str(opa), CAPABILITIES.read_text(encoding="utf-8"), *(part for item in modules.items() for part in item)]
    return sha256(json.dumps(parts).encode()).hexdigest()
