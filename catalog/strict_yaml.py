"""YAML without surprises, on PyYAML's C parser.

One document of mappings, lists and scalars; no anchors, aliases, merge keys, tags or duplicate keys, and no plain
scalar that YAML 1.1 and YAML 1.2 read differently (https://yaml.org/spec/1.2.2/ext/changes/). A plain date or time
stays text. No character that hides or moves what a reviewer sees: YAML 1.1 ends a line, and so a comment, at U+2028.
Values are what JSON can hold, so both Rego engines read them alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml._yaml import CParser

from catalog import hidden

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 50_000
"""Keys and values together: what is found fault with grows with them."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader holds exactly (RFC 8259, section 6)."""

_SHOWN = 40
"""Characters of a value that a message repeats."""

_KNOWN = 1000
_known: set[str] = set()
"""Keys that were found to be text without quotation marks: the same few are in every document."""

Json = Any
_Event = Any
"""A parser event; which attributes it has depends on its class."""

_LONE_RETURN = re.compile(r"\r(?!\n)")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")
_WORDS = {"null": None, "true": True, "false": False}
# Words that begin with a letter and could be taken for something else than text; for speed, beside the pattern below.
_AMBIGUOUS = {"y", "n", "yes", "no", "on", "off", "null", "true", "false", "inf", "nan"}
# What YAML 1.1, YAML 1.2 or a careless reader could take for something else than text.
_SURPRISE = re.compile(
    r"(?i:~|y|n|yes|no|on|off|null|true|false|[-+]?\.?(?:inf|nan)|=|<<)"
    r"|[-+]?[0-9][0-9_,]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?0[xXoObB][0-9a-fA-F_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"
)
_MEANT = {
    **dict.fromkeys(("y", "yes", "on", "true"), "true"),
    **dict.fromkeys(("n", "no", "off", "false"), "false"),
    **dict.fromkeys(("~", "null"), "null"),
    **dict.fromkeys(("=", "<<"), "a key of YAML itself"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document cannot be read: a sentence and a 1-based line (0 when the whole file is meant)."""

    message: str
    line: int = 0


class Unreadable(ValueError):
    """The document is not strict YAML; `problem` says why and where."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.problem = Problem(message, line)


def parse(content: bytes) -> Json:
    """The document's value. Raises `Unreadable` for everything this module's docstring rules out."""
    text = _decode(content)
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable(f"Must be YAML: {error.problem or 'unreadable'}", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:  # the latter: escapes in a tag that are no text
        raise Unreadable(f"Must be YAML: {str(error).splitlines()[0]}") from None


def lines(content: bytes) -> dict[str, int]:
    """The 1-based line of every path (`risk.tier`, `actions[1].release`). Raises `Unreadable` as `parse` does."""
    parse(content)  # the composer below overruns the stack on deep nesting, and resolves aliases
    found: dict[str, int] = {}
    root = yaml.compose(_decode(content), Loader=yaml.CSafeLoader)
    if root is not None:
        _note_lines(root, "", found)
    return found


def line_of(lines: Mapping[str, int], place: str) -> int:
    """The line of a path, or of the nearest thing around it that has one; 1 for the whole document."""
    while place and place not in lines:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines.get(place, 1)


def _note_lines(node: yaml.Node, path: str, found: dict[str, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            child = f"{path}.{key.value}" if path else str(key.value)
            found[child] = key.start_mark.line + 1
            _note_lines(value, child, found)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            child = f"{path}[{index}]"
            found[child] = value.start_mark.line + 1
            _note_lines(value, child, found)


def _decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Unreadable(f"Must be at most {MAX_BYTES >> 20} MiB, got {len(content)} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("Must be UTF-8 text", content.count(b"\n", 0, error.start) + 1) from None
    if text.startswith("\ufeff"):
        raise Unreadable("Must not begin with a byte-order mark", 1)
    lone = _LONE_RETURN.search(text) if "\r" in text else None
    unseen = lone.start() if lone else hidden.find(text)
    if unseen is not None:
        line = text.count("\n", 0, unseen) + 1
        raise Unreadable(f"Must not hold the unseen character U+{ord(text[unseen]):04X}", line)
    directive = f"\n{text}".find("\n%")
    if directive >= 0:
        raise Unreadable("Must not hold a directive", text.count("\n", 0, directive) + 1)
    return text


class _Builder:
    """Builds the value from parser events: the composer would hide anchors, and costs twice the time."""

    def __init__(self, text: str) -> None:
        self._next: Callable[[], _Event] = CParser(text).get_event
        self._left = MAX_VALUES

    def document(self) -> Json:
        self._next()  # stream start
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise Unreadable("Must hold a document, got an empty file")
        value = self._value(self._next(), 1)
        self._next()  # document end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise Unreadable("Must hold one document, got several", _line(after))
        return value

    def _value(self, event: _Event, depth: int) -> Json:
        kind = type(event)
        self._left -= 1
        if self._left < 0:
            raise Unreadable(f"Must hold at most {MAX_VALUES} keys and values, got more", _line(event))
        if kind is yaml.AliasEvent:
            raise Unreadable(f"Must not use the alias *{_shown(event.anchor)}: write the value out", _line(event))
        if event.anchor is not None:
            raise Unreadable(f"Must not use the anchor &{_shown(event.anchor)}: write the value out", _line(event))
        if event.tag is not None:
            raise Unreadable(f"Must not use the tag {_shown(event.tag)}", _line(event))
        if kind is yaml.ScalarEvent:
            value: str = event.value
            # Most are words, or quoted: those are told apart here, which saves a call for each.
            word = value[:1].isalpha() and value.lower() not in _AMBIGUOUS
            return value if word or not event.implicit[0] else _scalar(event)
        if depth > MAX_DEPTH:
            raise Unreadable(f"Must not nest deeper than {MAX_DEPTH} levels", _line(event))
        return self._mapping(depth) if kind is yaml.MappingStartEvent else self._list(depth)

    def _mapping(self, depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        value_of, following = self._value, self._next
        while type(event := following()) is not yaml.MappingEndEvent:
            if type(event) is yaml.ScalarEvent and event.value in _known and event.anchor is None and event.tag is None:
                key = event.value
                self._left -= 1
            else:
                key = self._key(event, depth)
            if key in result:
                raise Unreadable(f"Must not name the key {_shown(key)!r} twice", _line(event))
            result[key] = value_of(following(), depth + 1)
        return result

    def _key(self, event: _Event, depth: int) -> str:
        key = self._value(event, depth + 1)
        if type(key) is not str:
            raise Unreadable(f"Must have text as a key, got {_shown(key)}: quote it", _line(event))
        if event.implicit[0] and len(_known) < _KNOWN:
            _known.add(key)
        return key

    def _list(self, depth: int) -> list[Json]:
        result: list[Json] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            result.append(self._value(event, depth + 1))
        return result


def is_plain(text: str) -> bool:
    """Whether every reader takes a text for text, also without quotation marks."""
    return not _SURPRISE.fullmatch(text)


def _scalar(event: _Event) -> Json:
    value: str = event.value
    if value in _WORDS:
        return _WORDS[value]
    if not value:
        raise Unreadable('Must have a value here: leave the key out, or write "" or []', _line(event))
    if not _SURPRISE.fullmatch(value) or _DATE.fullmatch(value):
        return value
    if _INTEGER.fullmatch(value) and value != "-0":
        return _bounded(int(value) if len(value) < 20 else MAX_INTEGER + 1, event)
    if _DECIMAL.fullmatch(value) and len(value) < 20:
        return float(value)
    why = f"some YAML readers take {_shown(value)!r} for {_taken_for(value)}"
    raise Unreadable(f"Must be quoted if text is meant, since {why}", _line(event))


def _taken_for(value: str) -> str:
    """What a scalar of `_SURPRISE` is to a reader that does not take it for text."""
    if word := _MEANT.get(value.lower()):
        return word
    return "a date" if _DAY.match(value) else "a number"


def _bounded(number: int, event: _Event) -> int:
    if abs(number) > MAX_INTEGER:
        raise Unreadable(f"Must be a number that JSON holds exactly, got {_shown(event.value)}", _line(event))
    return number


def _line(event: _Event) -> int:
    return int(event.start_mark.line) + 1


def _shown(value: Json) -> str:
    if not isinstance(value, str):
        return type(value).__name__
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
