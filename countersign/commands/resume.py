"""`countersign resume`: the edits by which what was stopped at the points runs again, reviewed.

Of a workflow they are two, of its `state.yaml`; of everything one, of team/enforcement-points.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from catalog import layout, states
from catalog.errors import JudgeError, UsageError
from catalog.files import write_atomically
from catalog.records.subjects import CONTROL
from catalog.workflow import read_document
from controls.live import fleet, state_file
from controls.live.presence import named, presences
from countersign.commands.live import Options, declared_points, held_by, signer_of

Json = Any


def resume(options: Options, workflow: str) -> int:
    """First put on file whatever stops the workflow at a point; when all of it is, take it out."""
    path = options.root / layout.folder(workflow) / layout.STATE
    state = _state(path, workflow)
    there = _at_the_points(options, workflow)
    listed = {stop["id"]: stop for stop in state.get("stopped") or []}
    if missing := {identity: entry for identity, entry in there.items() if identity not in listed}:
        _save(path, state_file.with_stopped(state, missing.values()))
        click.echo(f"{path}: added {', '.join(sorted(missing))}, which only the points knew.")
        click.echo("Commit it and open a merge request: it narrows, so whoever is on call may make it alone.")
        click.echo("When it is merged and recorded, and the cause is mended, run this again.")
        return 0
    if not listed:
        click.echo(f"Nothing stops {workflow} itself, neither here nor at a point.")
        if _at_the_points(options, CONTROL):
            click.echo("Everything is stopped: countersign resume --all")
        return 0
    del state["stopped"]
    _save(path, state)
    click.echo(f"{path}: took out {', '.join(sorted(listed))}.")
    click.echo(
        "Commit it and open a merge request: `countersign gate` says whose approval it needs. The keeper lifts just"
    )
    click.echo("these when it is merged and recorded.")
    return 0


def resume_everything(options: Options) -> int:
    """Name as resumed whatever stops everything at a point."""
    held = set(_at_the_points(options, CONTROL))
    known = set(declared_points(options.root, options.group).resumed)
    there = sorted(held - known)
    if not there:
        words = ", ".join(sorted(held & known))
        click.echo(
            f"Nothing else stops everything at a point{f' but {words}: named as resumed already' if words else ''}."
        )
        return 0
    path = options.root / layout.POINTS
    write_atomically(path, _with_resumed(path, there))
    click.echo(f"{path}: named {', '.join(there)} as resumed.")
    click.echo(
        "Commit it and open a merge request: the owner approves it. The keeper lifts just these when it is merged and "
        "recorded."
    )
    return 0


def _with_resumed(path: Path, ids: Sequence[str]) -> bytes:
    """The file with more ids; all else stays as it is written. Raises `UsageError` where it cannot be told how."""
    text = path.read_text(encoding="utf-8")
    before, _ = read_document(layout.POINTS, text.encode(), "points")
    wanted = {**(before or {}), "resumed": [*((before or {}).get("resumed") or ()), *ids]}
    lines = "".join(f"  - {one}\n" for one in ids)
    there = re.search(r"^resumed:[ \t]*(#.*)?\n((?:  - .*\n)*)", text, re.MULTILINE)
    if there:
        edited = f"{text[: there.end()]}{lines}{text[there.end() :]}"
    else:
        edited = f"{text.rstrip()}\nresumed:\n{lines}"
    after, problems = read_document(layout.POINTS, edited.encode(), "points")
    if problems or after != wanted:
        raise UsageError(
            f"{path} cannot be edited without rewriting it.", solution=f"Add to its list `resumed`: {', '.join(ids)}."
        )
    return edited.encode()


def _at_the_points(options: Options, workflow: str) -> dict[str, dict[str, Json]]:
    """Every stop and way back of the workflow at any point, as `state.yaml` lists them. All points must answer."""
    points, who = declared_points(options.root, options.group).of(options.group), signer_of(options)
    found: dict[str, dict[str, Json]] = {}
    for outcome in fleet.each(points, options.root, lambda channel: held_by(channel, who), seconds=options.seconds):
        if outcome.value is None:
            raise JudgeError(
                f"{outcome.point.name} does not say what it holds: {outcome.error}.",
                why="A stop that only this point knows would be forgotten.",
                solution="See: countersign status. Then run this again.",
            )
        for path, body in presences(outcome.value):
            if named(path)[0] == workflow:
                found[named(path)[1]] = state_file.entry(path, body if isinstance(body, Mapping) else {})
    return found


def _state(path: Path, workflow: str) -> dict[str, Json]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"There is no {path}.", solution="Name a workflow of this clone.") from error
    document, found = read_document(f"{layout.folder(workflow)}/{layout.STATE}", content, "state")
    for problem in found:
        raise UsageError(f"{problem.file}:{problem.line}: {problem.message}.", solution="Mend the file first.")
    return dict(document or {})


def _save(path: Path, state: Mapping[str, Json]) -> None:
    write_atomically(path, states.text(state))
