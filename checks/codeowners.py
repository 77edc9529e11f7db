"""CODEOWNERS: whom GitLab asks about each path, worked out from the team and the manifests of one tree.

The file is a function of that tree alone. Absences do not show in it, and a departure shows from the day it is written
down, so that no file goes stale because a day has passed. Everything stands in one section, where the last pattern that
matches a path decides alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import layout
from catalog.errors import UsageError
from catalog.team import Team

Json = Any

UNCHECKED = "unchecked: no token and project at hand. GitLab ignores an owner it does not know, and says nothing."

# GitLab takes names in comments for owners, so no comment holds one.
_HEADER = """\
# Generated from team/ and workflows/ by `countersign codeowners`; do not edit.
# The last pattern that matches a path decides.

"""
_DEVELOPER = 30


@dataclass(frozen=True, kw_only=True, order=True, slots=True)
class Owner:
    """One person whom GitLab asks, by the name and the number that it knows."""

    username: str
    person: str
    forge: int


def entries(team: Team, manifests: Mapping[str, Mapping[str, Json]]) -> dict[str, list[Owner]]:
    """Who owns what: owners by pattern, in the order of the file. What is in no readable workflow falls to `*`.

    Raises `UsageError` where nobody would own a path, and for everyone named without a user name.
    """
    named = dict(_named(team, manifests))
    if not named["*"]:
        raise UsageError(
            f"Nobody is left to own what lies outside workflows: {layout.PEOPLE} has neither owner nor deputy here.",
            why="GitLab takes a path without an owner for approved.",
            solution="Name an owner or a deputy who is among the people and has not left.",
        )
    people = _people(team)
    if missing := sorted({person for group in named.values() for person in group if "username" not in people[person]}):
        raise UsageError(
            f"CODEOWNERS must name {', '.join(missing)}, and {layout.PEOPLE} has no user name of theirs.",
            why="GitLab knows an owner by the user name alone.",
            solution=f"Add `username` to each of them in {layout.PEOPLE}: the name of the account at GitLab.",
        )
    return {pattern: sorted(_owner(person, people[person]) for person in group) for pattern, group in named.items()}


def render(entries: Mapping[str, Sequence[Owner]]) -> str:
    """The file's text."""
    lines = (" ".join([pattern, *(f"@{owner.username}" for owner in group)]) for pattern, group in entries.items())
    return _HEADER + "".join(f"{line}\n" for line in lines)


def everyone(entries: Mapping[str, Sequence[Owner]]) -> list[Owner]:
    """All who own something."""
    return sorted({owner for group in entries.values() for owner in group})


def unusable(owners: Iterable[Owner], members: Iterable[Mapping[str, Json]] | None) -> list[str]:
    """Why GitLab would ignore owners, a sentence each, from the project's members as it lists them; None: not asked."""
    if members is None:
        return [UNCHECKED]
    known = {member["username"].casefold(): member for member in members}
    faults = ((owner, _fault(owner, known.get(owner.username.casefold()))) for owner in owners)
    return [f"{owner.person}: @{owner.username} {fault}" for owner, fault in faults if fault]


def _fault(owner: Owner, member: Mapping[str, Json] | None) -> str:
    if member is None:
        return "is no member of the project."
    if member["id"] != owner.forge:
        return f"is account {member['id']}, and {layout.PEOPLE} says {owner.forge}."
    if member["state"] != "active":
        return "is no active member of the project."
    if member["access_level"] < _DEVELOPER:
        return f"has access level {member['access_level']}, and may approve from Developer ({_DEVELOPER}) on."
    return ""


def _named(team: Team, manifests: Mapping[str, Mapping[str, Json]]) -> Iterator[tuple[str, set[str]]]:
    """Each pattern with the people it names, by id."""
    leads = _here(team, _leads(team))
    yield "*", {*leads}
    for name, manifest in sorted(manifests.items()):
        # A folder of another name than its manifest says may have any letters, also those that make up a pattern.
        if manifest["workflow"] == name:
            # Two, where there are two: when its only owner wrote a change, GitLab takes the path for approved.
            signing = _here(team, _signing(team, manifest["approver"]))[:2]
            yield f"/{layout.folder(name)}/", {*signing}
            stopping = _here(team, _on_call(team, manifest["stop"]))
            yield f"/{layout.folder(name)}/{layout.STATE}", {*signing, *stopping, *leads}


def _leads(team: Team) -> list[str | None]:
    return [team.people.get("owner"), team.people.get("deputy")]


def _signing(team: Team, approver: str | None) -> list[str | None]:
    """Who signs for a workflow, in the order in which the rules ask: approver, their deputy, owner, owner's deputy."""
    leads = _leads(team)
    own = None if approver == leads[0] else _people(team).get(approver or "", {}).get("deputy")
    return [approver, own, *leads]


def _on_call(team: Team, stop: Mapping[str, Json] | None) -> list[str]:
    by = (stop or {}).get("by")
    return [] if by is None else [by, *(team.people.get("rotas") or {}).get(by, [])]


def _here(team: Team, people: Iterable[str | None]) -> list[str]:
    """Those of them, in order and once, whom the team knows and who have not left."""
    known = _people(team)
    return [person for person in dict.fromkeys(filter(None, people)) if person in known and "left" not in known[person]]


def _people(team: Team) -> Mapping[str, Json]:
    return team.people.get("people") or {}


def _owner(person: str, about: Mapping[str, Json]) -> Owner:
    return Owner(username=about["username"], person=person, forge=about["forge"])
