"""A runner that is killed: `python -m drills.mutants.killed RUNS COMMIT MUTANT`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.engines.provision import VERSION
from catalog.git import Repository
from drills.drill import Run, announce, drill
from drills.mutants.catalogue import MUTANTS
from drills.mutants.practice import NAME, only, practice
from drills.sandbox import sandbox


def main(runs: Path, commit: str, name: str) -> None:
    """Drill until the mutant's phase begins."""
    mutant = next(one for one in MUTANTS if one.name == name)
    with Repository.discover(Path()) as repository:
        found = practice(repository, commit)
    plan = only(found, mutant.scenario)
    run = Run.begin(runs)

    def hear(entry: Mapping[str, Any]) -> None:
        if (entry["event"], entry.get("phase")) == ("phase_begins", mutant.phase):
            os.kill(os.getpid(), signal.SIGKILL)

    announce(run, plan, found, sandbox.NAME, VERSION)
    with sandbox.sandbox(run.journal.folder / "sandbox", found, NAME, mutant.broken) as (_, target):
        run.journal.listeners.append(hear)
        drill(run, plan, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
