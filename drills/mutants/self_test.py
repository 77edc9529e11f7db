"""The drill is tried on every mutant: what it must catch, it catches, and names where."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.engines.provision import VERSION
from catalog.git import Repository
from catalog.records.statement import time_text
from drills.drill import Run, announce, drill
from drills.marks import Stopwatch
from drills.mutants.catalogue import MUTANTS, Mutant, hears
from drills.mutants.practice import NAME, only, practice
from drills.outcomes import Outcome
from drills.recovery import left, recover
from drills.sandbox import sandbox

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One mutant, and what the drill made of it."""

    mutant: Mutant
    outcome: Outcome
    phase: str | None
    """The first phase that did not pass."""

    @property
    def caught(self) -> bool:
        """Whether the drill ended as it must."""
        wanted = self.mutant.phase
        return self.outcome is self.mutant.outcome and self.phase == (wanted and str(wanted))

    def fact(self) -> dict[str, Json]:
        """As the self-test's file says it."""
        wanted = self.mutant
        return {
            "mutant": wanted.name, "words": wanted.words, "scenario": wanted.scenario, "caught": self.caught,
            "expected": {"outcome": str(wanted.outcome), "phase": wanted.phase and str(wanted.phase)},
            "got": {"outcome": str(self.outcome), "phase": self.phase},
        }  # fmt: skip


def self_test(repository: Repository, commit: str, folder: Path, told: Callable[[Tried], None]) -> dict[str, Json]:
    """Try all mutants, in runs below `folder`; what the self-test's file says. `told` hears of each when it is done."""
    watch = Stopwatch()
    found = []
    for mutant in MUTANTS:
        tried = (_killed if mutant.killed else _tried)(repository, commit, mutant, folder)
        told(tried)
        found.append(tried.fact())
    return {
        "at": time_text(datetime.now(UTC)), "opa": VERSION, "commit": commit, "seconds": round(watch.now(), 3),
        "mutants": found,
    }  # fmt: skip


def _tried(repository: Repository, commit: str, mutant: Mutant, folder: Path) -> Tried:
    found = practice(repository, commit, mutant.fallback)
    plan = only(found, mutant.scenario)
    run = Run.begin(folder)
    try:
        announce(run, plan, found, sandbox.NAME, VERSION)
        with sandbox.sandbox(run.journal.folder / "sandbox", found, NAME, mutant.broken) as (made, target):
            run.journal.listeners.append(hears(mutant, made, target))
            said = drill(run, plan, target)
    finally:
        run.journal.close()
    return _judged(mutant, said)


def _killed(repository: Repository, commit: str, mutant: Mutant, folder: Path) -> Tried:
    """The same in a process of its own, which is killed in the phase; then what it left is brought home from here."""
    runs = folder / mutant.name  # apart from those of other mutants, which may not have come home either
    command = [sys.executable, "-m", "drills.mutants.killed", str(runs), commit, mutant.name]
    done = subprocess.run(command, cwd=repository.path, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    [found] = list(left(runs))
    sandbox.sweep(found.folder / "sandbox")
    said = recover(found, only(practice(repository, commit), mutant.scenario), nullcontext())
    return _judged(mutant, said)


def _judged(mutant: Mutant, said: Mapping[str, Json]) -> Tried:
    bad = next((one["phase"] for one in said["phases"] if one["outcome"] != Outcome.PASSED), None)
    return Tried(mutant=mutant, outcome=Outcome(said["outcome"]), phase=bad)
