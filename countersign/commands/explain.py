"""`countersign explain`: one rule, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from catalog import policies, snapshot
from catalog.errors import UsageError
from catalog.git import Repository
from catalog.policies import Rule
from checks.rules_page import read_example

Json = Any

_WIDTH = 100
_INDENT = " " * 13
_SEVERITIES = {
    "deny": "refuses the change",
    "wait": "holds the change until somebody acts",
    "warn": "warns, and never blocks",
}


def explain(start: Path, code: str) -> int:
    """Print what the rule of that code asks for. Raises `UsageError` for an unknown code, naming the nearest."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        tree = snapshot.working_tree(repository)
        rules = {rule.code: rule for rule in policies.read(repository, tree).rules}
        example = _example(repository, tree, rules.get(code))
    if code not in rules:
        near = get_close_matches(code, rules, n=3, cutoff=0.3)
        raise UsageError(
            f"There is no rule {code}.", solution=f"Nearest: {', '.join(near)}." if near else "See docs/rules.md."
        )
    click.echo("\n".join([*_lines(rules[code]), *example]))
    return 0


def _example(repository: Repository, tree: str, rule: Rule | None) -> list[str]:
    """One example that passes and one that does not, from beside the rule; none where there is no such file."""
    path = rule.path.removesuffix(".rego") + ".yaml" if rule else ""
    content = repository.read(f"{tree}:{path}") if path else None
    if content is None:
        return []
    found = read_example(path, content)
    return [
        "",
        f"Passes:      {found.good}",
        *_edits(found.good_set),
        f"Does not:    {found.bad}",
        *_edits(found.bad_set),
    ]


def _edits(fields: Mapping[str, Json]) -> Iterator[str]:
    """What an example changes of a workflow that is in order, a line a field."""
    for pointer, value in fields.items():
        place = pointer.removeprefix("/workflows/0/").strip("/").replace("/", ".").replace("~1", "/").replace("~0", "~")
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield from wrap(f"{place}: {words}", _WIDTH, initial_indent=_INDENT, subsequent_indent=f"{_INDENT}  ")


def _lines(rule: Rule) -> Iterator[str]:
    about = rule.metadata or {}
    yield f"{rule.code}: {about.get('title')}"
    yield ""
    yield " ".join(str(about.get("description")).split())
    yield ""
    yield f"What to do:  {' '.join(str(about.get('solution')).split())}"
    yield f"Severity:    {about.get('severity')}, {_SEVERITIES.get(str(about.get('severity')), 'unknown')}"
    if conditions := about.get("warn_when"):
        yield f"Only warns:  {' and '.join(_CONDITIONS[condition] for condition in conditions)}"
    yield f"Waivable:    {'yes, by the owner, for at most 90 days' if about.get('waivable') else 'no'}"
    yield f"In force:    since {about.get('effective_on')}"
    yield f"Source:      {rule.path}"


_CONDITIONS = {"desk": "at the desk", "narrowing": "on changes that narrow or restore"}
