"""Times whole processes in turn, so that a slow moment of the machine falls on each of them alike."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One claim: a measured ratio (or size) and what it must stay under."""

    what: str
    value: float
    limit: float
    seconds: dict[str, float]

    @property
    def holds(self) -> bool:
        """Whether the claim stands in this run."""
        return self.value <= self.limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One process to time; `prepare` runs before each run and is not timed. Any other exit code is an error."""

    name: str
    arguments: Sequence[str]
    folder: Path
    exit_code: int = 0
    environment: Mapping[str, str] | None = None
    prepare: Callable[[], object] = lambda: None

    def seconds(self) -> float:
        """How long one run takes, process start included."""
        self.prepare()
        begin = time.perf_counter()
        done = subprocess.run(
            self.arguments,
            cwd=self.folder,
            capture_output=True,
            check=False,
            env={**_environment(), **(self.environment or {})},
        )
        taken = time.perf_counter() - begin
        if done.returncode != self.exit_code:
            words = (done.stdout + done.stderr).decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{self.name} ended with {done.returncode}, not {self.exit_code}:\n{words}")
        return taken


def _environment() -> dict[str, str]:
    # Installed packages are compiled, so what is timed against them may keep its own compiled files, too.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def medians(commands: Sequence[Command], runs: int) -> dict[str, float]:
    """The median seconds of each command by name: one uncounted run of each, then `runs` rounds of all."""
    for command in commands:
        command.seconds()
    taken: dict[str, list[float]] = {command.name: [] for command in commands}
    for _ in range(runs):
        for command in commands:
            taken[command.name].append(command.seconds())
    return {name: median(seconds) for name, seconds in taken.items()}


def in_turn(work: dict[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """Medians of each, in turn, after one uncounted run."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for number in range(runs + 1):
        for name, run in work.items():
            seconds = run()
            if number:
                taken[name].append(seconds)
    return {name: median(seconds) for name, seconds in taken.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_megabytes(command: Command) -> float:
    """The most memory that one run and its children held together (proportional set size), sampled."""
    command.prepare()
    process = subprocess.Popen(
        command.arguments, cwd=command.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    ended = threading.Event()
    threading.Thread(target=_watch, args=(process, ended), daemon=True).start()
    while not ended.wait(_SAMPLE_SECONDS):
        peak = max(peak, sum(_kilobytes(pid) for pid in _tree(process.pid)))
    return peak / 1024


def _watch(process: subprocess.Popen[bytes], ended: threading.Event) -> None:
    process.wait()
    ended.set()


def _tree(root: int) -> list[int]:
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            pending += [int(child) for child in _text(task).split()]
    return found


def _kilobytes(pid: int) -> int:
    lines = [line for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines() if line.startswith("Pss:")]
    return int(lines[0].split()[1]) if lines else 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # the process ended between listing and reading
