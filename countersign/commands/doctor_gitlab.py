"""`countersign doctor --gitlab`: how the project and its control project are set up, and what to do about it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from catalog import clock, layout, snapshot
from catalog.errors import JudgeError, UsageError
from catalog.git import Repository
from catalog.team import read_team
from checks.codeowners import Owner
from checks.gitlab.client import Client
from checks.gitlab.settings.checks import apply, run
from checks.gitlab.settings.item import Call, Item, State, exit_code
from checks.gitlab.settings.place import Place
from checks.gitlab.settings.setup import Setup
from checks.gitlab.transport import Session
from checks.reports.safe import one_line
from countersign.commands.codeowners import owners_kept
from countersign.commands.gitlab import take_token

BOT_TOKEN = "COUNTERSIGN_BOT_TOKEN"  # noqa: S105 - where it is found, not what it is

Json = Any

_MARKS = {
    State.OK: ("ok", "green"), State.NOTE: ("--", "yellow"), State.OPEN: ("!!", "red"), State.UNKNOWN: ("??", "red"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The command's options, as typed."""

    url: str
    project: str | None
    control: str | None
    bot: int | None
    apply: bool
    yes: bool
    form: str


def doctor_gitlab(start: Path, options: Options) -> int:
    """Print every setting; with `apply`, set first what can be set. Exit code 1 when one is open, 3 when unreadable."""
    items = run(_setup(start, options, token := take_token(), bot_token := os.environ.pop(BOT_TOKEN, "")))
    if options.apply and any(item.fix for item in items):
        _apply(_setup(start, options, token, bot_token), items, options)
        items = run(_setup(start, options, token, bot_token))
    if options.form == "json":
        click.echo(json.dumps(_json(options, items), indent=2, ensure_ascii=False))
    else:
        _print(items)
    return exit_code(items)


def _setup(start: Path, options: Options, token: str, bot_token: str) -> Setup:
    if not (options.project and options.control and options.bot):
        raise UsageError(
            "--gitlab needs --project, --control-project and --bot.",
            why="What is open depends on whose project it is, what judges it, and who may merge.",
            solution="Name both by path; the bot by its number, which GitLab shows on its profile.",
        )
    if options.project == options.control:
        raise UsageError("The control project must be another than the project that it judges.")
    session = Session()
    client, control = (Client(options.url, token, one, session=session) for one in (options.project, options.control))
    with Repository.discover(start) as repository:
        repository.use_scratch()
        owner, people, owners = _team(repository)
    return Setup(
        project=Place(client=client, path=options.project), control=Place(client=control, path=options.control),
        owner=owner, bot=options.bot, people=people, owners=owners, today=clock.read(None).date(), me=client,
        as_bot=Client(options.url, bot_token, options.project, session=session) if bot_token else None,
    )  # fmt: skip


def _team(repository: Repository) -> tuple[int, dict[int, str], Sequence[Owner] | None]:
    """The owner's forge id, everybody's, and whom CODEOWNERS names, as the working tree has them."""
    tree = snapshot.working_tree(repository)
    people = read_team(repository, tree).by_forge
    named = read_team(repository, tree).people.get("owner")
    owner = next((forge for forge, person in people.items() if person == named), None)
    if owner is None:
        raise JudgeError(
            f"{layout.PEOPLE} does not say who the owner is.", why="Who may merge and set things depends on it.",
            solution="Repair it: `countersign doctor` says what is wrong.",
        )  # fmt: skip
    return owner, people, owners_kept(repository, tree)


def _apply(setup: Setup, items: Sequence[Item], options: Options) -> None:
    """Show every call, ask, and make them; what GitLab refuses is said item by item."""
    fixing = [item for item in items if item.fix]
    click.echo("To be set:", err=True)
    for item in fixing:
        for call in item.fix:
            body = f" {json.dumps(call.body)}" if call.body else ""
            click.echo(f"  {item.name}: {call.method} {one_line(call.path + body)}", err=True)
    if not options.yes:
        click.confirm("Set all of these?", abort=True, err=True)
    for item in fixing:
        refused = apply(setup, item)
        click.echo(f"  {item.name}: {f'REFUSED: {one_line(refused)}' if refused else 'set'}", err=True)


def _print(items: Sequence[Item]) -> None:
    width = max(len(item.name) for item in items)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for item in items:
        mark, shade = _MARKS[item.state]
        click.echo(f"{click.style(mark, fg=shade)}  {item.name:<{width}}  {one_line(item.found)}", color=colour)
        for more in (item.meaning, item.solution) if item.state is not State.OK else ():
            if more:
                click.echo(f"    {'':<{width}}  {one_line(more)}", color=colour)
    click.echo(_count(items))


def _count(items: Sequence[Item]) -> str:
    unread, opened = (sum(item.state is state for item in items) for state in (State.UNKNOWN, State.OPEN))
    if not unread and not opened:
        return "All that the gate needs of GitLab is set."
    fixable = sum(bool(item.fix) for item in items)
    hint = f" --apply would set {fixable} of them." if fixable else ""
    return f"{opened} open, {unread} could not be read.{hint}"


def _json(options: Options, items: Sequence[Item]) -> Json:
    return {
        "gitlab": options.url, "project": options.project, "control_project": options.control, "bot": options.bot,
        "exit_code": exit_code(items), "items": [_item(item) for item in items],
    }  # fmt: skip


def _item(item: Item) -> Json:
    said = {key: one_line(getattr(item, key)) for key in ("name", "found", "meaning", "solution")}
    return {**said, "state": item.state.value, "fix": [_call(call) for call in item.fix]}


def _call(call: Call) -> dict[str, Any]:
    return {"method": call.method, "path": call.path, "body": dict(call.body)}
