"""The page of all rules, docs/rules.md, as Markdown written from their METADATA and their examples."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from catalog import strict_yaml
from catalog.errors import PolicyError
from catalog.policies import Rule
from catalog.strict_yaml import Unreadable

Json = Any

WIDTH = 120
"""Columns of a paragraph; tables are as wide as they are."""

_HEAD = """\
<!-- Generated from policies/gate/ by `python3 start.py pages`; do not edit. -->

# The rules

Every rule of the gate, by its code. A code is its file's path below `policies/gate/`, and permanent. The command
`countersign explain CODE` prints the same at the desk. What a rule sees is on [one page](facts.md), how the gate comes
from rules to a verdict on [another](gate.md).

- *deny* refuses the change. *wait* holds it until somebody approves or a drill is run. *warn* never blocks.
- *Only warns* names the cases in which a finding is printed, and blocks nothing.
- *Waivable* says whether the owner may grant an exception in `team/waivers.yaml`, for one workflow and at most 90 days.
- Before the day it is *in force*, a rule only warns.
- The examples are the titles of two that stand beside the rule, in full, and are evaluated by both engines.
"""
_CONDITIONS = {"desk": "at the desk", "narrowing": "on changes that narrow or restore"}
_CODE_SPAN = re.compile(r"(`[^`]*`)")
_SLUG = re.compile(r"[^\w -]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One content that a rule lets pass, and one that it finds fault with: titles, and what each edits."""

    good: str
    bad: str
    good_set: Mapping[str, Json] = field(default_factory=dict)
    bad_set: Mapping[str, Json] = field(default_factory=dict)


def read_example(path: str, content: bytes) -> Example:
    """The first good and the first bad one of a rule's examples. Raises `PolicyError` if one is missing."""
    try:
        document = strict_yaml.parse(content)
        good, bad = document["good"][0], document["bad"][0]
        return Example(
            good=good["title"], bad=bad["title"], good_set=good.get("set") or {}, bad_set=bad.get("set") or {}
        )
    except (Unreadable, LookupError, TypeError) as error:
        raise PolicyError(
            f"{path} holds no good and bad example: {error}",
            why="Every rule is shown by examples that are really evaluated.",
            solution="Write `good` and `bad`, each a list of examples with a title.",
        ) from error


def page(rules: Sequence[Rule], examples: Mapping[str, Example]) -> str:
    """The page, rules in the order given and grouped by the first part of their code; `examples` by code.

    Raises `PolicyError` for a rule whose declaration is broken or that has no example.
    """
    groups = [(name, list(group)) for name, group in groupby(rules, key=lambda rule: rule.code.split(".")[0])]
    sections = [_section(name, group, examples) for name, group in groups]
    return "\n".join([_HEAD, _index(rules), *sections])


def anchor(heading: str) -> str:
    """What a heading is linked by, as GitLab and GitHub make it of plain words."""
    return _SLUG.sub("", heading.lower()).replace(" ", "-")


def _index(rules: Sequence[Rule]) -> str:
    return "\n".join(["| Code | It says | Severity | Waivable |", "|---|---|---|---|", *map(_row, rules), ""])


def _row(rule: Rule) -> str:
    about = _about(rule)
    cells = (f"[`{rule.code}`](#{anchor(rule.code)})", _inline(about["title"]), about["severity"], _waivable(about))
    return f"| {' | '.join(cells)} |"


def _section(name: str, rules: Sequence[Rule], examples: Mapping[str, Example]) -> str:
    return "\n".join([f"## {name.capitalize()}\n", *("\n".join(_lines(rule, examples)) for rule in rules)])


def _lines(rule: Rule, examples: Mapping[str, Example]) -> Iterator[str]:
    about = _about(rule)
    if rule.code not in examples:
        raise PolicyError(f"{rule.path} has no examples.", solution="Write them in the .yaml file beside it.")
    yield f"### {rule.code}\n"
    yield _wrapped(f"**{_inline(about['title'])}.** {_inline(about['description'])}", "") + "\n"
    yield f"- Severity: {about['severity']}"
    if conditions := about.get("warn_when"):
        yield f"- Only warns: {' and '.join(_CONDITIONS[condition] for condition in conditions)}"
    yield f"- Waivable: {_waivable(about)}"
    yield f"- In force: {_since(about)}"
    yield _wrapped(f"- What to do: {_inline(about['solution'])}", "  ")
    yield f"- Good: {_inline(examples[rule.code].good)}"
    yield f"- Bad: {_inline(examples[rule.code].bad)}"
    yield f"- Source: [`{rule.path}`](../{rule.path})\n"


def _about(rule: Rule) -> Mapping[str, Json]:
    if rule.broken or rule.metadata is None:
        raise PolicyError(f"{rule.path}: {' '.join(rule.broken)}", solution="Repair the rule's METADATA block.")
    return rule.metadata


def _waivable(about: Mapping[str, Json]) -> str:
    return "yes" if about["waivable"] else "no"


def _since(about: Mapping[str, Json]) -> str:
    day = about.get("effective_on")
    return f"since {day}" if day else "always"


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _inline(text: str) -> str:
    """Text on one line, with nothing outside code spans that Markdown would take for HTML or a table's edge."""
    parts = _CODE_SPAN.split(" ".join(text.split()))
    return "".join(part if part.startswith("`") else part.replace("<", "\\<").replace("|", "\\|") for part in parts)
