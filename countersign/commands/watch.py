"""`countersign watch`: hold real numbers against the declared stop triggers, and stop what crossed."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import click

from catalog.errors import CountersignError, UsageError
from controls.recorded import FETCH, Recorded
from controls.watch.lines import Lines
from controls.watch.look import Look, Watcher
from controls.watch.numbers import Source
from controls.watch.prometheus import Prometheus
from controls.watch.running import running
from controls.watch.watch import Watch
from countersign.commands.keep import anchor_in, in_background, say, secret
from countersign.commands.live import declared_points

TOKEN = "COUNTERSIGN_WATCHER_TOKEN"  # noqa: S105 - the name of a variable
PROMETHEUS_TOKEN = "COUNTERSIGN_PROMETHEUS_TOKEN"  # noqa: S105


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    root: Path
    branch: str
    group: str
    prometheus: str | None
    prometheus_ca: Path | None
    lines: Path | None
    every: float
    once: bool


def watch(options: Options) -> int:
    """Look until interrupted; or once: exit code 1 when anything crossed, was silent, or could not be asked."""
    declared = declared_points(options.root, options.group)
    token = secret(TOKEN, "It stops what crosses; its digest stands in team/enforcement-points.yaml.")
    followed = Recorded(options.root, anchor_in(options.root), options.branch, running)
    watch = Watch(_source(options), declared.silence)
    with in_background(followed, None if options.once else FETCH) as records:
        watcher = Watcher(records, watch, declared.of(options.group), options.root, token)
        return _told("", watcher.look())[1] if options.once else _go_on(watcher, options.every)


def _go_on(watcher: Watcher, every: float) -> int:
    ended, told = threading.Event(), ""
    try:
        while True:
            began = time.monotonic()
            try:
                told, _ = _told(told, watcher.look())
            except CountersignError as error:
                told = say(told, f"error: {error.message} {error.why}".strip())
            except Exception as error:  # noqa: BLE001 - said, and looked again: nothing would be watched without it
                told = say(told, f"error: a defect in Countersign: {type(error).__name__}: {error}")
            ended.wait(max(0.0, every - (time.monotonic() - began)))
    except KeyboardInterrupt:
        click.echo("Stopped watching. What was stopped stays stopped.")
        return 0


def _told(before: str, look: Look) -> tuple[str, int]:
    """Print what is new; what was said by now, and the exit code."""
    head = f"watching {look.triggers} triggers of {look.workflows} workflows"
    return say(before, head, *look.said), int(bool(look.said))


def _source(options: Options) -> Source:
    if (options.prometheus is None) == (options.lines is None):
        raise UsageError("Where are the numbers?", solution="Name one: --prometheus URL, or --lines FILE.")
    if options.lines:
        return Lines(options.lines)
    return Prometheus(options.prometheus or "", os.environ.pop(PROMETHEUS_TOKEN, "").strip(), options.prometheus_ca)
