"""`countersign keep`: one small process that carries every stop to every point, and lets points go on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from catalog.errors import RecordError, UsageError
from catalog.git import Repository
from catalog.points import Points
from checks.history import anchor_of
from checks.reports.safe import one_line
from controls.keeper.journal import Journal
from controls.keeper.keep import Keeper, Round
from controls.keeper.records import standing
from controls.keeper.report import Reporter, Trigger
from controls.keeper.serve import Health, served
from controls.recorded import Background, Recorded
from countersign.commands.live import declared_points

T = TypeVar("T")

TOKEN = "COUNTERSIGN_KEEPER_TOKEN"  # noqa: S105 - the name of a variable
TRIGGER_TOKEN = "COUNTERSIGN_TRIGGER_TOKEN"  # noqa: S105

_RECORDS_EVERY = 10.0
"""Seconds between two readings of the records."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    root: Path
    state: Path
    branch: str
    group: str
    host: str
    port: int
    trigger: str | None
    rounds: int | None


def keep(options: Options) -> int:
    """Make rounds until interrupted, or as many as asked for: then exit code 1 when the last renewed not all."""
    declared = declared_points(options.root, options.group)
    token = secret(TOKEN, "The keeper speaks to the points with it; its digest stands in team/enforcement-points.yaml.")
    reporter = _reporter(options.trigger)
    followed = Recorded(options.root, anchor_in(options.root), options.branch, standing)
    with in_background(followed, _RECORDS_EVERY) as records, _journal(options.state) as journal:
        keeper = Keeper(declared, options.group, options.root, token, journal, records.latest)
        health = Health(declared.lease)
        with served(health, options.host, options.port) as url:
            click.echo(f"Keeping {len(declared.of(options.group))} points; health and metrics on {url}")
            return _run(keeper, health, reporter, declared, options.rounds)


def _run(keeper: Keeper, health: Health, reporter: Reporter | None, declared: Points, rounds: int | None) -> int:
    ended, made, told = threading.Event(), 0, ""
    code = 1
    try:
        while True:
            try:
                found = keeper.round()
            except RecordError as error:
                health.failed()
                told, code = say(told, f"error: {error.message} {error.why}".strip()), 1
                found = Round()
            except Exception as error:  # noqa: BLE001 - said, and tried again: without it every point closes
                health.failed()
                told, code = say(told, f"error: a defect in Countersign: {type(error).__name__}: {error}"), 1
                found = Round()
            else:
                health.made(found, len(keeper.journal.held))
                told, code = say(told, *_words(found)), int(bool(found.closed))
                if reporter:
                    reporter.pass_on(keeper.journal.held, keeper.recorded.held)
            made += 1
            if rounds and made >= rounds:
                return code
            ended.wait(max(0.0, keeper.pause - found.seconds))
    except KeyboardInterrupt:
        click.echo(
            f"Stopped. The points close by themselves within {declared.lease} s, unless another keeper keeps them."
        )
        return 0


def _words(found: Round) -> Iterator[str]:
    yield f"renewed {', '.join(sorted(found.renewed)) or 'none'}"
    yield from (f"closed {name}: {why}" for name, why in sorted(found.closed.items()))
    yield from (f"new {path}" for path in found.new)
    if found.lifted:
        yield f"lifted {found.lifted}"
    if found.records:
        yield f"records: {found.records}"


def say(before: str, *lines: str) -> str:
    """Print what is not just what was said before; what was said by now."""
    said = "\n".join(one_line(line) for line in lines)
    if said != before:
        click.echo(said)
    return said


def secret(name: str, why: str) -> str:
    """A secret, taken out of the environment. Raises `UsageError` when it is not there."""
    if not (found := os.environ.pop(name, "").strip()):
        raise UsageError(
            f"{name} is not set.", why=why, solution=f"Set it in the environment of this one process: {name}=…"
        )
    return found


def _reporter(url: str | None) -> Reporter | None:
    if not url:
        click.secho("No --trigger is given: stops are kept, and nobody is asked to put them on record.", fg="yellow")
        return None
    token = secret(TRIGGER_TOKEN, "It starts the control project's pipeline for each stop.")
    return Reporter(Trigger(url=url, token=token), say=lambda line: click.echo(one_line(line)))


def anchor_in(root: Path) -> str:
    """Where judging began, as a clone has it pinned."""
    with Repository.discover(root) as repository:
        return anchor_of(repository)


@contextmanager
def in_background(records: Recorded[T], wait: float | None) -> Iterator[Background[T]]:
    """Records that are read beside the work, for as long as that lasts; `wait`: seconds for the first answer."""
    found = Background(records, _RECORDS_EVERY)
    found.start(wait)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def _journal(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder / "journal.jsonl")
    try:
        yield journal
    finally:
        journal.close()
