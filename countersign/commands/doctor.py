"""`countersign doctor`: what works here, and what to do about the rest."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from catalog import policies, snapshot
from catalog.errors import CountersignError
from catalog.git import Repository, version_of_git
from catalog.records import refs
from catalog.team import Team, read_team
from checks.history import anchor_of, check_anchor
from checks.sources.records import Records

_MARKS = {"ok": ("ok", "green"), "hint": ("--", "yellow"), "broken": ("!!", "red")}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at."""

    state: str
    """ok | hint | broken"""
    what: str
    found: str
    solution: str = ""


def doctor(start: Path) -> int:
    """Print every item. Exit code 3 when something is broken, else 0."""
    items = list(_items(start))
    for item in items:
        mark, colour = _MARKS[item.state]
        click.echo(f"{click.style(mark, fg=colour)}  {item.what:<10}  {item.found}")
        if item.solution:
            click.echo(f"                {item.solution}")
    broken = sum(item.state == "broken" for item in items)
    click.echo(f"{broken} broken." if broken else "All that judging needs works.")
    return 3 if broken else 0


def _items(start: Path) -> Iterator[Item]:
    yield _try("python", lambda: Item("ok", "python", ".".join(map(str, sys.version_info[:3]))))
    yield _try("regorus", lambda: Item("ok", "regorus", version("gordon-to-regorus")))
    yield _opa()
    try:
        repository = Repository.discover(start)
    except CountersignError as error:
        yield _broken("git", error)
        return
    with repository:
        repository.use_scratch()
        yield _try("git", lambda: Item("ok", "git", ".".join(map(str, version_of_git(repository)))))
        yield from _contents(repository)


def _contents(repository: Repository) -> Iterator[Item]:
    try:
        tree = snapshot.working_tree(repository)
        team = read_team(repository, tree)
    except CountersignError as error:
        yield _broken("team", error)
        return
    yield _try("policies", lambda: _policies(repository, tree))
    yield from _people(team)
    yield _try("records", lambda: _records(repository, team))
    yield _try("target", lambda: Item("ok", "target", snapshot.short(snapshot.default_target(repository))))
    yield _try("anchor", lambda: _anchor(repository))


def _opa() -> Item:
    from catalog.engines.provision import find_opa

    try:
        found = find_opa()
    except CountersignError as error:
        return _broken("opa", error)
    if found:
        return Item("ok", "opa", str(found))
    return Item("hint", "opa", "not here yet", "It is built on first use by --engine opa or both; about 70 s, once.")


def _policies(repository: Repository, tree: str) -> Item:
    rules = policies.read(repository, tree)
    found = rules.metadata(datetime.now(UTC).date())
    return Item("ok", "policies", f"{len(found)} rules, {rules.digest[:19]}…")


def _people(team: Team) -> Iterator[Item]:
    for problem in team.problems:
        yield Item("broken", "team", f"{problem.file}:{problem.line}: {problem.message}", "Repair the file.")
    owner, deputy = team.people.get("owner"), team.people.get("deputy")
    if not team.problems:
        second = "solo" if team.people.get("solo") else f"deputy {deputy}"
        yield Item("ok", "people", f"owner {owner}, {second}, {len(team.by_forge)} people")
        yield _keys(team)


def _keys(team: Team) -> Item:
    holders = {key["id"]: person for person, key in team.public_keys()}
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind, keys in team.signers.items():
        for person in {holders.get(key, f"the unknown key {key}") for key in keys}:
            kinds[person].append(kind)
    missing = [kind for kind, keys in team.signers.items() if not keys]
    said = [f"{person} may sign {_and(signed)} records" for person, signed in sorted(kinds.items())]
    said += [f"nobody may sign {_and(missing)} records yet"] if missing else []
    solution = "List key ids under `signers` in team/people.yaml when the pipeline has its keys." if missing else ""
    return Item("hint" if missing else "ok", "keys", "; ".join(said), solution)


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _records(repository: Repository, team: Team) -> Item:
    records = Records.open(repository, team, datetime.now(UTC), desk=True)
    if records.branch:
        where = snapshot.short(records.branch.ref)
        return Item("ok", "records", f"{where}, {len(records.branch.workflows())} workflows on record")
    if "*" in repository.variables.get("remote.origin.fetch", "*"):
        return Item("hint", "records", "no records yet", "They come with the pipeline that writes them.")
    fetch = f"git fetch origin '+{refs.BRANCH}*:{refs.REMOTE}*'"
    return Item("hint", "records", "this clone fetches a single branch", f"Ask for the records as well: {fetch}")


def _anchor(repository: Repository) -> Item:
    anchor = anchor_of(repository)
    if not anchor:
        return Item("hint", "anchor", "not pinned", "Run `countersign init` in a fresh clone of your own.")
    target = snapshot.default_target(repository)
    check_anchor(repository, repository.resolve(f"{target}^{{commit}}") or target)
    return Item("ok", "anchor", anchor[:12])


def _try(what: str, look: Callable[[], Item]) -> Item:
    try:
        return look()
    except CountersignError as error:
        return _broken(what, error)


def _broken(what: str, error: CountersignError) -> Item:
    return Item("broken", what, error.message, error.solution or error.why)
