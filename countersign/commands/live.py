"""`countersign stop`, `rollback` and `status`: at every enforcement point at once, and read back from each."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

import click

from catalog import layout, points
from catalog.errors import UsageError
from catalog.points import Point, Points
from catalog.records.statement import time_text
from catalog.records.subjects import CONTROL
from checks.reports.safe import one_line
from controls.live import fleet
from controls.live import order as orders
from controls.live.channel import Channel
from controls.live.fleet import Outcome
from controls.live.order import Confirmed, Order, Survey
from controls.live.presence import ROLLBACKS, STOPS, presences
from controls.live.tokens import Signer, signer

Json = Any

_SHOWN = {"undeclared_action": "back", "nothing_live": "stopped", "lease_ended": "closed"}
"""Reasons as a table tells them."""


_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    root: Path
    person: str | None
    key: Path | None
    group: str
    seconds: float


def stop(options: Options, target: str | None, reason: str, identity: str | None, *, everything: bool) -> int:
    """Stop a workflow, one action of it, or everything. Exit code 0 only when every point confirmed."""
    if everything == bool(target):
        raise UsageError("What is to be stopped?", solution="Name a workflow, WORKFLOW/ACTION, or --all.")
    workflow, _, action = (target or CONTROL).partition("/")
    now = datetime.now(UTC)
    order = Order(
        kind="stop", workflow=workflow, action=action or orders.ALL, reason=_reason(reason), at=time_text(now),
        name=_name(identity) or orders.new_name("stop", now), typed=bool(identity),
    )  # fmt: skip
    return _carry_out(options, order)


def rollback(options: Options, workflow: str, to: str | None, reason: str, identity: str | None) -> int:
    """Return to an earlier version. Exit code 0 only when every point confirmed."""
    now = datetime.now(UTC)
    order = Order(
        kind="rollback", workflow=workflow, name=_name(identity) or orders.new_name("rollback", now), to=to,
        typed=bool(identity),
        reason=_reason(reason), at=time_text(now),
    )  # fmt: skip
    return _carry_out(options, order)


def status(options: Options, workflow: str | None, form: str) -> int:
    """What every point holds. Exit code 1 unless all answer, are open, and hold the same."""
    declared = declared_points(options.root, options.group)
    who = _reader(options, declared)

    def ask(points: Sequence[Point]) -> list[Outcome[dict[str, Json]]]:
        work = fleet.each(points, options.root, lambda one: _held(one, who, workflow), seconds=options.seconds)
        return list(work)

    found = ask(declared.of(options.group))
    listed = [point for outcome in found if outcome.value for point in orders.listed_by(outcome.value)]
    if missing := orders.unlisted(declared.of(options.group), listed, options.group):
        _warn_of(missing, "They are asked too.")
        found += ask(missing)
    found = sorted(found, key=lambda outcome: outcome.point.name)
    if form == "json":
        click.echo(json.dumps([_fact(outcome) for outcome in found], indent=2))
    else:
        for line in _status(found, workflow):
            click.echo(line)
    held = [outcome.value for outcome in found if outcome.value]
    same = len({(one["seq"], *sorted(path for path, _ in presences(one))) for one in held}) <= 1
    return 0 if len(held) == len(found) and same and all(one["open"] for one in held) else 1


def _carry_out(options: Options, order: Order) -> int:
    declared, who = declared_points(options.root, options.group), signer_of(options)
    listed = declared.of(options.group)
    found = orders.survey(listed, options.root, order.workflow, who, options.seconds)
    order = orders.aimed(order, found)
    missing = orders.unlisted(listed, found.listed if found else (), options.group)
    targets = [*listed, *missing]
    _announce(order, found, targets)
    _warn_of(missing, "They are told too.")
    began = datetime.now(UTC)
    outcomes: list[Outcome[Confirmed]] = []
    width = max(len(point.name) for point in targets)
    for outcome in orders.give(
        order, targets, options.root, who, ahead=found.ahead if found else 0.0, seconds=options.seconds
    ):
        outcomes.append(outcome)
        _show(outcome, width)
    return _sum_up(order, options, outcomes, began, declared.lease)


def _warn_of(missing: Sequence[Point], then: str) -> None:
    """Name the points that only the bundle lists."""
    if missing:
        names = ", ".join(point.name for point in missing)
        click.secho(f"{layout.POINTS} is old: the bundle also lists {names}. {then}", fg="yellow", err=True)


def _announce(order: Order, found: Survey | None, targets: Sequence[Point]) -> None:
    what = "everything" if order.workflow == CONTROL else one_line(order.workflow)
    if order.kind == "rollback":
        click.echo(f"Returning {what} to {order.to} at {len(targets)} points ({order.name})")
        return
    part = "" if order.action == orders.ALL else f"/{one_line(order.action)}"
    live = f", found live: {order.version}" if found and order.workflow != CONTROL else ""
    click.echo(f"Stopping {what}{part} at {len(targets)} points ({order.name}){live}")


def _show(outcome: Outcome[Confirmed], width: int) -> None:
    name, taken = outcome.point.name.ljust(width), f"{outcome.seconds * 1000:5.0f} ms"
    if outcome.value:
        said = _SHOWN.get(outcome.value.code, outcome.value.code)
        click.echo(f"  {name}  {click.style(said, fg='green')}  {outcome.value.at:%H:%M:%S}  {taken}")
    else:
        click.echo(f"  {name}  {click.style('not confirmed', fg='red', bold=True)}: {one_line(str(outcome.error))}")


def _sum_up(order: Order, options: Options, outcomes: Sequence[Outcome[Confirmed]], began: datetime, lease: int) -> int:
    lost = sorted(outcome.point.name for outcome in outcomes if not outcome.value)
    if not lost:
        slowest = max(outcome.seconds for outcome in outcomes)
        click.secho(f"All {len(outcomes)} points confirmed within {slowest:.2f} s.", fg="green", bold=True)
        return 0
    confirmed, closes = len(outcomes) - len(lost), began + timedelta(seconds=lease)
    click.secho(f"{confirmed} of {len(outcomes)} points confirmed; not: {', '.join(lost)}.", fg="red", bold=True)
    click.echo(_meanwhile(len(lost), closes, lease) if confirmed else _nothing_known(lease))
    click.echo(f"Again, as often as you like: {_again(order, options)}")
    return 1


def _meanwhile(lost: int, closes: datetime, lease: int) -> str:
    """What holds at the points that did not confirm, and until when, where others did."""
    they, them = ("it", "there") if lost == 1 else ("they", "to them")
    return (
        f"Until {closes:%H:%M:%S} UTC {they} may go on. By then a keeper that reaches a point which confirmed has "
        f"brought it {them}, and whatever no keeper reaches has closed by itself. After that {they} can go on only "
        "where a keeper reaches just the other side of what cuts you off. You cannot see that from here: if "
        f"countersign status still shows no answer then, stop the keeper, and every point closes within {lease} s."
    )


def _nothing_known(lease: int) -> str:
    return (
        "No point confirmed, so nothing is known to hold: a keeper that still reaches them goes on renewing. Stop the "
        f"keeper, and they close within {lease} s; or stop the applications."
    )


def _again(order: Order, options: Options) -> str:
    words = ["countersign", order.kind]
    if order.workflow == CONTROL:
        words.append("--all")
    else:
        words.append(order.workflow + ("" if order.action == orders.ALL else f"/{order.action}"))
    words += ["--to", order.to] if order.to else []
    words += ["--reason", order.reason, "--id", order.name]
    words += ["--as", options.person] if options.person else []
    words += ["--key", str(options.key)] if options.key else []
    words += ["--group", options.group] if options.group != "production" else []
    return " ".join(quote(word) for word in words)


def declared_points(root: Path, group: str) -> Points:
    """The points that this copy declares. Raises `UsageError` when it declares none of the group."""
    declared = points.read(root)
    if not declared.of(group):
        raise UsageError(
            f"{layout.POINTS} declares no {group} point.",
            solution="Declare the OPA servers that applications ask (docs/enforcement.md).",
        )
    return declared


def signer_of(options: Options) -> Signer:
    """Who acts, with their key."""
    return signer(keys_folder(), options.person, options.key)


def keys_folder() -> Path:
    """Where a person's own keys lie."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home, "countersign", "keys")


def _reason(text: str) -> str:
    """One line that a record can hold."""
    if not (said := " ".join(text.split())) or len(said) > 500 or one_line(said) != said:
        raise UsageError("The reason must be one plain line of at most 500 characters.")
    return said


def _name(given: str | None) -> str | None:
    if given and not _NAME.fullmatch(given):
        raise UsageError("An id has small letters, digits and hyphens, and at most 30 of them.")
    return given


# Status.


def _reader(options: Options, declared: Points) -> Signer | None:
    """Who reads; None when the environment holds a token for every point."""
    if all(point.token and os.environ.get(point.token) for point in declared.of(options.group)):
        return None
    return signer_of(options)


def held_by(channel: Channel, who: Signer | None) -> dict[str, Json]:
    """What a point holds, read with a signed request, or with the token that the environment has for it."""
    return _read(channel, who)[0]


def _held(channel: Channel, who: Signer | None, workflow: str | None) -> dict[str, Json]:
    held, token = _read(channel, who)
    if workflow:
        held["workflow"] = channel.ask("workflow", {"workflow": workflow}, token)
    return held


def _read(channel: Channel, who: Signer | None) -> tuple[dict[str, Json], str]:
    """What it holds, and the token that it accepts."""
    if who is None:
        token = os.environ.get(channel.point.token or "", "")
        return channel.ask("point", {}, token), token
    return orders.read(channel, who)


def _fact(outcome: Outcome[dict[str, Json]]) -> dict[str, Json]:
    error = str(outcome.error) if outcome.error else None
    held = outcome.value and {**outcome.value, **{kind: _unsigned(outcome.value[kind]) for kind in (STOPS, ROLLBACKS)}}
    return {"point": outcome.point.name, "url": outcome.point.url, "error": error, "held": held}


def _unsigned(said: Json) -> Json:
    """The same without signed requests: for ten minutes each lets whoever has it do the same again."""
    if not isinstance(said, dict):
        return said
    return {key: _unsigned(value) for key, value in said.items() if key != "request"}


def _status(found: Sequence[Outcome[dict[str, Json]]], workflow: str | None) -> Iterator[str]:
    width = max(len(outcome.point.name) for outcome in found)
    for outcome in found:
        name = outcome.point.name.ljust(width)
        if outcome.value is None:
            yield f"{name}  {click.style('no answer', fg='red', bold=True)}: {one_line(str(outcome.error))}"
            continue
        held = outcome.value
        mark = click.style("open  ", fg="green") if held["open"] else click.style("closed", fg="yellow", bold=True)
        running = f"  {held['workflow']['state']}  {held['workflow']['version']}" if workflow else ""
        yield f"{name}  {mark}  number {held['seq']}  {one_line(str(held['revision']))[:12]}{running}"
    yield from _presences(found)


def _presences(found: Sequence[Outcome[dict[str, Json]]]) -> Iterator[str]:
    """Every stop and way back, with the points that lack it."""
    there = [(outcome.point.name, outcome.value) for outcome in found if outcome.value]
    holders: dict[str, tuple[Json, set[str]]] = {}
    for name, held in there:
        for path, body in presences(held):
            holders.setdefault(path, (body, set()))[1].add(name)
    for path, (body, names) in sorted(holders.items()):
        said = body if isinstance(body, Mapping) else {}
        to = f" to {said['to']}" if said.get("to") else ""
        lacking = [name for name, _ in there if name not in names]
        where = f"; lacking at {', '.join(lacking)}" if lacking else ""
        yield one_line(
            f"{path}{to}: by {said.get('by') or 'a trigger'} at {said.get('at')}: {said.get('reason')}{where}"
        )
