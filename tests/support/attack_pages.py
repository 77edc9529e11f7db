"""docs/attacks.md, from the tables of attacks and of honest changes."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from types import ModuleType

from support.attack import Attack
from support.honest import Week
from support.pages import ROOT

HEAD = """\
<!-- Generated from tests/attacks/ and tests/honest/ by `python3 start.py pages`; do not edit. -->

# What was tried, and what stops it

Each line is a test on a real git repository and on a server that answers as GitLab does. Everything that an honest
change has is given to each attack: its drill is recorded, its named approver has countersigned. The control project's
job then judges it, and would merge it. None of them was merged or recorded, and each was stopped by what its line says:
a rule by its code ([the rules](rules.md)) or an error in its own words. *Refused* needs another change, *waits* needs
the click of somebody who is not part of it, and *error* means that nothing was judged. The threats, with what is left
of each, are [a page of their own](threats.md).
"""

HONEST = """\
## What an honest team does

A gate that stops honest work is switched off. Each line merged after just these clicks, and a drill where one was
asked for; nobody clicked by heart: whoever the note names does what it says.
"""


def modules(folder: str) -> Iterator[ModuleType]:
    """The test modules of a folder, by name."""
    for file in sorted((ROOT / "tests" / folder).glob("test_*.py")):
        yield importlib.import_module(f"{folder}.{file.stem}")


def attacks() -> dict[str, tuple[Attack, ...]]:
    """The tables of attacks by threat, each under the first line of its module."""
    return {str(module.__doc__).strip(): module.ATTACKS for module in modules("attacks")}


def weeks() -> tuple[Week, ...]:
    """Every week of honest changes."""
    return tuple(week for module in modules("honest") for week in module.WEEKS)


def page() -> str:
    """The whole page."""
    tables = attacks()
    number, honest = sum(map(len, tables.values())), sum(len(week.changes) for week in weeks())
    counted = f"{number} attacks, {honest} honest changes.\n"
    parts = [_attacks(title, table) for title, table in tables.items()]
    return "\n".join([HEAD, counted, *parts, HONEST, *map(_week, weeks())])


def _attacks(title: str, table: tuple[Attack, ...]) -> str:
    threat, _, words = title.partition(": ")
    rows = [f"| {_cell(one.what)} | {one.ends} | {_cell(one.stopped_by)} |" for one in table]
    heading = f"## {threat} {words[0].upper()}{words[1:].rstrip('.')}\n"
    return "\n".join([heading, "| Attack | Ends | What stops it |", "|---|---|---|", *rows, ""])


def _week(week: Week) -> str:
    rows = [f"| {_cell(one.what)} | {one.by} | {', '.join(one.asks.split()) or 'nobody'} |" for one in week.changes]
    return "\n".join([f"### {week.name}\n", "| Change | By | Asks |", "|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return re.sub(r"([|<>*\[\]])", r"\\\1", text)
