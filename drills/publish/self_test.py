"""The self-test's results: drills that must fail, and whether each was caught.

The file's format is catalog/schemas/self-test.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog import schemas
from catalog.errors import UsageError
from catalog.records import strict_json

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One way in which the sandbox was broken on purpose, what a drill should make of that, and what it made of it."""

    name: str
    words: str
    scenario: str
    expected: str
    got: str
    caught: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfTest:
    """One run of all of them. `said` is the file's content."""

    said: Mapping[str, Json]
    mutants: tuple[Mutant, ...]

    @property
    def at(self) -> datetime:
        """When it ended."""
        return datetime.fromisoformat(self.said["at"])

    @property
    def broken(self) -> tuple[Mutant, ...]:
        """Those that a drill must notice; the others are controls, and must pass."""
        return tuple(mutant for mutant in self.mutants if mutant.expected != "passed")

    @property
    def caught(self) -> int:
        """How many of those were noticed, where they are broken."""
        return sum(mutant.caught for mutant in self.broken)

    @property
    def controls(self) -> tuple[Mutant, ...]:
        """What must pass: else a drill that always fails would catch everything."""
        return tuple(mutant for mutant in self.mutants if mutant.expected == "passed")


def read(path: Path) -> SelfTest:
    """The results in a file. Raises `UsageError` when it cannot be read, or does not fit its schema."""
    try:
        said = strict_json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON.", why=str(error)) from error
    for place, sentence in schemas.problems("self-test", said):
        raise UsageError(f"{path} holds no results of a self-test.", why=f"{place}: {sentence}")
    return SelfTest(said=said, mutants=tuple(_mutant(one) for one in said["mutants"]))


def _mutant(one: Mapping[str, Json]) -> Mutant:
    return Mutant(
        name=one["mutant"], words=one["words"], scenario=one["scenario"], expected=_ending(one["expected"]),
        got=_ending(one["got"]), caught=one["caught"],
    )  # fmt: skip


def _ending(one: Mapping[str, Json]) -> str:
    return f"{one['outcome']} at {one['phase']}" if one["phase"] else str(one["outcome"])
