"""The one question that is put to the rules, and what a rule set answers to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import layout, team
from catalog.engines import EngineKind, open_engine
from catalog.engines.interface import Engine
from catalog.errors import JudgeError
from catalog.git import Repository
from catalog.objects import KINDS
from catalog.policies import RuleSet
from catalog.team import Team
from catalog.workflow import Problem
from checks import outcome
from checks.facts import Context
from checks.finding import Finding
from checks.places import Places

Json = Any

QUERY = "data.countersign.verdict.answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule set says of some facts."""

    verdict: Mapping[str, Json]
    metadata: Mapping[str, Json]

    def findings(self, team: Team, places: Places) -> set[Finding]:
        """Its findings, each with file, line and solution."""
        return set(outcome.findings(self.verdict, self.metadata, team, places))


class Bench:
    """A rule set loaded into an engine, to be asked as often as needed. A context manager."""

    def __init__(self, kind: EngineKind, rules: RuleSet, now: datetime, *, vetted: bool = False) -> None:
        self.rules = rules
        self.metadata = rules.metadata(now.date())
        self._engine: Engine = open_engine(
            kind, rules.modules, {"countersign": {"metadata": self.metadata}}, vetted=vetted
        )

    @property
    def engine(self) -> str:
        """Name and version of what judges."""
        return self._engine.name

    def ask(self, context: Context, workflows: Iterable[Mapping[str, Json]]) -> Answer:
        """What the rules say of some workflows in a context. Raises `PolicyError` unless every rule took part."""
        verdict = self._engine.evaluate(QUERY, context.facts(workflows))
        return Answer(outcome.checked(verdict, self.metadata, len(context.team.waivers)), self.metadata)

    def __enter__(self) -> Bench:
        self._engine.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._engine.__exit__(*details)


def read_judging_team(repository: Repository, tree: str) -> Team:
    """The team that judges. Raises `JudgeError` when its people cannot be read; unreadable waivers do not hold."""
    found = team.read_team(repository, tree)
    for problem in (problem for problem in found.problems if problem.file == layout.PEOPLE):
        raise JudgeError(
            f"{problem.file}:{problem.line}: {problem.message}",
            why="The target's own team file says who may approve, and it cannot be read.",
            solution="Repair it on the target: the owner merges by hand, once.",
        )
    return found


def read_proposed_team(repository: Repository, tree: str) -> Team:
    """The team that a change would leave: its files must be plain ones, too, which those of the target once were."""
    found = team.read_team(repository, tree)
    wanted = {path.removeprefix(f"{layout.TEAM}/"): path for path in team.FILES}
    for entry in repository.entries(f"{tree}:{layout.TEAM}/"):
        kind = KINDS.get(entry.mode, "folder")
        if entry.name in wanted and kind != "file":
            found.problems.append(Problem(wanted[entry.name], "", f"Must be a plain file (got {kind})"))
    return found
