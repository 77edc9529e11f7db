"""`countersign drill self-test`: drills that must fail, and what of them was caught."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from catalog.errors import UsageError
from catalog.files import write_atomically
from catalog.git import Repository
from drills.mutants.self_test import Tried
from drills.mutants.self_test import self_test as try_all


def self_test(start: Path, output: Path) -> int:
    """Try every mutant, and write what came of it. Exit code 1 unless all were caught."""
    with Repository.discover(start) as repository, tempfile.TemporaryDirectory(prefix="countersign-self-test-") as runs:
        commit = repository.resolve("HEAD^{commit}")
        if commit is None:
            raise UsageError("There is no commit here.", solution="Commit first.")
        said = try_all(repository, commit, Path(runs), _tell)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, json.dumps(said, indent=2, sort_keys=True).encode() + b"\n")
    caught = sum(one["caught"] for one in said["mutants"])
    whole = caught == len(said["mutants"])
    click.secho(
        f"{caught} of {len(said['mutants'])} ended as they must, in {said['seconds']:.0f} s: {output}",
        fg="green" if whole else "red", bold=True,
    )  # fmt: skip
    return int(not whole)


def _tell(tried: Tried) -> None:
    where = f" in {tried.phase}" if tried.phase else ""
    click.secho(
        f"{'caught' if tried.caught else 'MISSED'}  {tried.mutant.name}: {tried.outcome}{where}. {tried.mutant.words}",
        fg=None if tried.caught else "red",
    )
