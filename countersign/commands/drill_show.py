"""`countersign drill show`: the runs that were kept, and how one of them went."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from catalog.errors import UsageError
from checks.reports.safe import one_line
from countersign.terminal import filled
from drills import journal as journals
from drills.drill import RESULT
from drills.outcomes import Outcome
from drills.story import story

Json = Any

_HEAD = ("Run", "Workflow", "Target", "Outcome", "Took")


def show(runs: Path, name: str | None) -> int:
    """Print how a run went, or list all runs. Exit code 1 unless it passed."""
    folders = sorted(path.parent for path in runs.glob(f"*/{journals.NAME}"))
    if name is None:
        for row in _aligned([_listed(folder) for folder in folders]):
            click.echo(row)
        if not folders:
            click.echo(f"No run is kept in {runs}.")
        return 0
    chosen = next((one for one in folders if one.name == name), None)
    if chosen is None:
        raise UsageError(
            f"There is no run {one_line(name)} in {runs}.",
            why=f"There are {len(folders)}.",
            solution="List them: countersign drill show",
        )
    said, entries = _result(chosen), [harmless(entry) for entry in journals.read(chosen)]
    for words, hang in story(entries, said) if entries else ():
        click.echo(filled(words, hang))
    click.echo(f"{chosen.name}: {said['outcome'] if said else 'it has not ended: countersign drill recover'}")
    return int(not said or said["outcome"] != Outcome.PASSED)


def harmless(value: Json) -> Json:
    """What a journal says, as it may be shown: what a target answered is in it (T15)."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {one_line(key): harmless(one) for key, one in value.items()}
    return [harmless(one) for one in value] if isinstance(value, list) else value


def _listed(folder: Path) -> Sequence[str]:
    said, begun = _result(folder), next(iter(journals.read(folder)), {})
    if said:
        outcome, took = said["outcome"], f"{said['seconds']:.1f} s"
    else:
        outcome, took = "running" if journals.is_held(folder) else "not ended", ""
    return folder.name, one_line(begun.get("workflow", "")), one_line(begun.get("target", "")), outcome, took


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows below their heads; each column as wide as it must be."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    for row in (_HEAD, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _result(folder: Path) -> Mapping[str, Json] | None:
    try:
        found: Mapping[str, Json] = json.loads((folder / RESULT).read_bytes())
    except FileNotFoundError:
        return None
    return found
