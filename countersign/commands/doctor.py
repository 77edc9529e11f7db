"""`countersign doctor`: what works here, and what to do about the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from catalog import policies, snapshot
from catalog.errors import CountersignError
from catalog.git import Repository, version_of_git
from catalog.team import Team
from checks.history import ANCHOR
from checks.query import read_team
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
        click.echo(f"{click.style(mark, fg=colour)}  {item.what:<10}  {item.found}", color=sys.stdout.isatty() or None)
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
    yield _try("target", lambda: Item("ok", "target", snapshot.default_target(repository)))
    yield _anchor(repository)


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
    unsigned = [kind for kind, keys in team.signers.items() if not keys]
    if unsigned:
        words = f"nobody may sign {', '.join(unsigned)} records yet"
        yield Item(
            "hint", "keys", words, "List key ids under `signers` in team/people.yaml when the pipeline has its keys."
        )
    else:
        yield Item("ok", "keys", f"{len(list(team.public_keys()))} public keys, a signer for every kind of record")


def _records(repository: Repository, team: Team) -> Item:
    records = Records.open(repository, team, datetime.now(UTC), desk=True)
    if records.branch is None:
        return Item("hint", "records", "no records branch here", "Fetch it: git fetch origin records")
    return Item("ok", "records", f"{records.branch.ref}, {len(records.branch.workflows())} workflows on record")


def _anchor(repository: Repository) -> Item:
    anchor = repository.variables.get(ANCHOR, "")
    if anchor:
        return Item("ok", "anchor", anchor[:12])
    return Item("hint", "anchor", "not pinned", "Run `countersign init` in a fresh clone of your own.")


def _try(what: str, look: Callable[[], Item]) -> Item:
    try:
        return look()
    except CountersignError as error:
        return _broken(what, error)


def _broken(what: str, error: CountersignError) -> Item:
    return Item("broken", what, error.message, error.solution or error.why)
