"""Rego source as text: what is code, what are strings, which rules always have a value. Needs no engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_QUIET = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\\n])*"|`[^`]*`""")
_PACKAGE = re.compile(r"^package[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_IMPORT = re.compile(r"^import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?", re.MULTILINE)
_HEAD = re.compile(r"^(default[ \t]+)?(?!(?:package|import|else|default)\b)([A-Za-z_]\w*)", re.MULTILINE)
_NEXT_RULE = re.compile(r"^[A-Za-z_#]", re.MULTILINE)
_NAMES = re.compile(r"[A-Za-z_]\w*")
_INSIDE = re.compile(r"[^\n]")
_CONSTANTS = {"true", "false", "null", "set"}


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal, with its place."""

    at: int
    literal: str

    @property
    def value(self) -> str:
        """What is between the quotes; in a plain string, a doubled backslash is one."""
        inner = self.literal[1:-1]
        return inner if self.literal[0] == "`" else inner.replace("\\\\", "\\")


@dataclass(frozen=True)
class Module:
    """One module's source."""

    source: str

    @cached_property
    def code(self) -> str:
        """The source without comments and with empty strings; every character keeps its place."""
        return _QUIET.sub(_blank, self.source)

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Its string literals, in order."""
        found = _QUIET.finditer(self.source)
        return tuple(Text(match.start(), match[0]) for match in found if match[0][0] != "#")

    @cached_property
    def package(self) -> str:
        """Its package, such as `countersign.lib.people`; a part in brackets is joined by a dot."""
        found = _PACKAGE.search(self.source)
        return re.sub(r'\["([^"]+)"\]', r".\1", found[1]) if found else ""

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What each imported name stands for, such as `data.countersign.lib.people`."""
        found = (pair for pair in _IMPORT.findall(self.code) if not pair[0].startswith(("rego.", "future.")))
        return {alias or path.rsplit(".", 1)[-1]: path for path, alias in found}

    @cached_property
    def rules(self) -> Mapping[str, bool]:
        """Its rules that are no functions, and whether each has a value whatever the input."""
        found: dict[str, bool] = {}
        for head in _HEAD.finditer(self.code):
            always = bool(head[1]) or _always(self._rule(head.end()))
            if self.code[head.end() : head.end() + 1] != "(" or head[1]:
                found[head[2]] = found.get(head[2], False) or always
        return found

    def line(self, at: int) -> int:
        """The 1-based line of a place."""
        return self.source.count("\n", 0, at) + 1

    def _rule(self, start: int) -> str:
        following = _NEXT_RULE.search(self.code, start)
        return self.code[start : following.start() if following else len(self.code)]


def always_there(modules: Mapping[str, Module]) -> frozenset[str]:
    """The full names of rules that have a value whatever the input, such as `data.countersign.lib.tier.of`."""
    return frozenset(
        f"data.{module.package}.{name}"
        for module in modules.values()
        for name, always in module.rules.items()
        if always
    )


def _blank(match: re.Match[str]) -> str:
    whole = match[0]
    if whole[0] == "#":
        return " " * len(whole)
    return f'"{_INSIDE.sub(" ", whole[1:-1])}"'


def _always(rest: str) -> bool:
    """Whether a rule has a value, by what follows its name: a set, an object, a comprehension or a constant."""
    rest = rest.lstrip(" \t")
    if rest.startswith(("[", ".", "contains ")):
        return True
    value = rest.removeprefix(":=").strip() if rest.startswith(":=") else ""
    if not value or re.search(r"\bif\b", value):
        return False
    comprehension = value[0] in "[{" and "|" in value
    return comprehension or set(_NAMES.findall(value)) <= _CONSTANTS
