"""The team as one tree has it: people, rotas, signers, tasks, waivers, as facts with every date already read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from catalog import clock, layout
from catalog.git import Repository
from catalog.objects import SUBMODULE
from catalog.workflow import Problem, read_document

Json = Any

KINDS = ("change", "drill", "stop", "resume", "result", "override")
"""Kinds of record."""

FILES = {
    layout.PEOPLE: "people", layout.TASKS: "tasks", layout.WAIVERS: "waivers", layout.POINTS: "points",
    layout.TARGETS: "targets",
}  # fmt: skip
"""What `team/` declares: each file, and its schema."""


@dataclass(slots=True)
class Team:
    """What `team/` declares. Documents that are unreadable are empty, with the reason among the problems."""

    people: dict[str, Json] = field(default_factory=dict)
    tasks: dict[str, Json] = field(default_factory=dict)
    waivers: list[Json] = field(default_factory=list)
    points: dict[str, Json] = field(default_factory=dict)
    targets: dict[str, Json] = field(default_factory=dict)
    """Where drills run beside the sandbox, by name."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def by_email(self) -> dict[str, str]:
        """Person by e-mail address, case-folded."""
        return {
            email.casefold(): person for person, about in self.everyone().items() for email in about.get("emails", [])
        }

    @property
    def by_forge(self) -> dict[int, str]:
        """Person by numeric forge id."""
        return {about["forge"]: person for person, about in self.everyone().items()}

    def public_keys(self) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Every person's public keys, with the person."""
        for person, about in self.everyone().items():
            for key in about.get("keys") or []:
                yield person, key

    @property
    def signers(self) -> dict[str, list[str]]:
        """Key ids that may sign, by kind of record."""
        named = self.people.get("signers") or {}
        return {kind: list(named.get(kind) or []) for kind in KINDS}

    def facts(self, now: datetime) -> dict[str, Json]:
        """The team as rules see it (docs/facts.md)."""
        today = now.date()
        return {
            "owner": self.people.get("owner"),
            "deputy": self.people.get("deputy"),
            "solo": bool(self.people.get("solo", False)),
            "problems": [problem.fact() for problem in self.problems],
            "people": {person: _person(about, today) for person, about in self.everyone().items()},
            "rotas": self.people.get("rotas") or {},
            "signers": self.signers,
            "tasks": self.tasks,
            "waivers": [_waiver(index, waiver, today) for index, waiver in enumerate(self.waivers)],
        }

    def everyone(self) -> dict[str, Json]:
        """What is said of each person, by person."""
        return self.people.get("people") or {}


def absences(before: Team, after: Team) -> list[str]:
    """Whose absences differ between two people files that differ in nothing else; nobody when they do."""
    if before.problems or after.problems or _present(before.people) != _present(after.people):
        return []
    old, new = before.people["people"], after.people["people"]
    return sorted(person for person in new if old[person].get("away") != new[person].get("away"))


def _present(people: Mapping[str, Json]) -> dict[str, Json]:
    named = people.get("people") or {}
    bare = {person: {key: value for key, value in about.items() if key != "away"} for person, about in named.items()}
    return {**people, "people": bare}


def read(contents: Mapping[str, bytes | None]) -> Team:
    """Read `team/` from its files' contents by path; None or absent: no such file."""
    team = Team()
    if contents.get(layout.PEOPLE) is None:
        team.problems.append(Problem(layout.PEOPLE, "", "Must be there: it names the owner, got no such file"))
    documents = {path: _document(team, path, contents.get(path)) for path in FILES}
    team.people = documents[layout.PEOPLE]
    team.tasks = documents[layout.TASKS].get("tasks") or {}
    team.waivers = documents[layout.WAIVERS].get("waivers") or []
    team.points = documents[layout.POINTS]
    team.targets = documents[layout.TARGETS].get("targets") or {}
    return team


def read_team(repository: Repository, tree: str) -> Team:
    """The team that a tree or commit declares, whatever is wrong with it. Raises `GitError` when git lacks a file."""
    paths = {path: f"{tree}:{path}" for path in FILES}
    contents = dict(zip(paths, (content for _, content in repository.read_many(paths.values())), strict=True))
    if None in contents.values():
        # By path, git does not tell a file that is not there from one that an incomplete clone lacks.
        listed = {f"{layout.TEAM}/{entry.name}": entry for entry in repository.entries(f"{tree}:{layout.TEAM}/")}
        lacking = [path for path, content in contents.items() if content is None and path in listed]
        repository.read_bounded(listed[path].oid for path in lacking if listed[path].mode != SUBMODULE)
    return read(contents)


def _document(team: Team, path: str, content: bytes | None) -> dict[str, Json]:
    if content is None:
        return {}
    document, found = read_document(path, content, FILES[path])
    team.problems.extend(found)
    return document or {}


def _person(about: Mapping[str, Json], today: date) -> dict[str, Json]:
    left = about.get("left")
    left_day = clock.day(left)
    return {
        "name": about.get("name"),
        "forge": about.get("forge"),
        "emails": [email.casefold() for email in about.get("emails") or []],
        "may": about.get("may") or [],
        "deputy": about.get("deputy"),
        "away": any(_within(absence, today) for absence in about.get("away") or []),
        # A departure whose date cannot be read counts as one: nobody gains a vote by a typing error.
        "left": left is not None and (left_day is None or left_day <= today),
        "keys": [key["id"] for key in about.get("keys") or []],
        "ended": [key["id"] for key in about.get("keys") or [] if _ended(key, today)],
    }


def _ended(key: Mapping[str, Json], today: date) -> bool:
    """Whether a key signs no more. One whose end cannot be read has ended: it vouches for nothing."""
    end = key.get("to")
    last = clock.day(end)
    return end is not None and (last is None or last < today)


def _within(absence: Mapping[str, Json], today: date) -> bool:
    begin, end = clock.day(absence.get("from")), clock.day(absence.get("to"))
    return begin is None or end is None or begin <= today <= end


def _waiver(index: int, waiver: Mapping[str, Json], today: date) -> dict[str, Json]:
    begin, end = clock.day(waiver.get("from")), clock.day(waiver.get("until"))
    problems = [f"{key} is not a date" for key, value in (("from", begin), ("until", end)) if value is None]
    dated = begin is not None and end is not None
    return {
        "rule": waiver.get("rule"),
        "workflow": waiver.get("workflow"),
        "owner": waiver.get("owner"),
        "reason": waiver.get("reason"),
        "from": waiver.get("from"),
        "until": waiver.get("until"),
        "days": (end - begin).days + 1 if dated and begin and end else None,
        "days_left": (end - today).days if dated and end else None,
        "begun": begin is not None and begin <= today,
        "index": index,
        "problems": problems,
    }
