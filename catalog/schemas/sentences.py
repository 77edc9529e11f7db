"""Why a document does not fit its schema, as requirements: `Must be one of low, medium, high: risk.tier (got hgih)`.

The words for a pattern are the description of the part of the schema that has it, and those for a condition say what
it holds for. A keyword without words keeps the validator's own message: only records, which nobody writes, have such.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

Json = Any
Steps = Sequence[str | int]

_SHOWN = 40
"""Characters of a value that a sentence repeats."""
_LONGEST = 200
"""Characters of a path, or of a validator's own message, that a sentence repeats."""
_TYPES = {
    "object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "null": "null",
}  # fmt: skip
_LENGTHS = {
    "minLength": "text of length {} or more",
    "maxLength": "text of length {} or less",
    "minItems": "a list of length {} or more",
    "maxItems": "a list of length {} or less",
    "maxProperties": "a mapping of {} keys or less",
}
_BOUNDS = {"minimum": "{} or more", "maximum": "{} or less", "exclusiveMinimum": "more than {}"}


def misfits(schema: Json, error: ValidationError) -> Iterator[tuple[str, str]]:
    """Each place that an error is about, a key that is missing or must not be there by its own, and a sentence."""
    at, keyword, value = error.instance_path, error.kind.name, error.kind.value
    held_for = _condition(schema, error.schema_path)
    if keyword == "required":
        yield dotted([*at, value]), _said(f"Must have the key {value}{held_for}", at)
    elif keyword == "additionalProperties":
        for key in value:
            yield dotted([*at, key]), _said(f"Must not have the key {_shown(key)}", at)
    elif keyword == "propertyNames":
        key = value.instance
        stranger = _said(f"Must not have the key {_shown(key)}{held_for}", at)
        yield dotted([*at, key]), stranger if value.kind.name == "enum" else _sentence(schema, value, [*at, key])
    else:
        yield dotted(at), _sentence(schema, error, at)


def dotted(path: Steps) -> str:
    """A path as people write it: `actions[0].release`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _sentence(schema: Json, error: ValidationError, at: Steps) -> str:
    must = _must(schema, error)
    if not must:
        return f"Must fit the schema: {_plain(error.message, _LONGEST)}"
    return f"{_said(f'Must {must}', at)} (got {_got(error)})"


def _said(requirement: str, at: Steps) -> str:
    return f"{requirement}: {_plain(dotted(at), _LONGEST)}" if at else requirement


def _must(schema: Json, error: ValidationError) -> str:
    """What the document must do at a place; empty where the schema has no words for it."""
    keyword, value = error.kind.name, error.kind.value
    if form := _LENGTHS.get(keyword) or _BOUNDS.get(keyword):
        return f"be {form.format(value)}"
    part = _part(schema, error.schema_path[:-1])
    match keyword:
        case "enum":
            return f"be one of {', '.join(map(_shown, value))}"
        case "not" if {"enum", "const"} & value.keys():
            return f"not be {' or '.join(map(_shown, value.get('enum') or [value['const']]))}"
        case "type" if "pattern" not in part:
            return f"be {' or '.join(_TYPES[kind] for kind in value)}"
        case "type" | "pattern" | "not" if words := _words(part):
            return f"be {words}"
        case "uniqueItems":
            return "list each item once"
    return ""


def _got(error: ValidationError) -> str:
    value: Json = error.instance
    if error.kind.name in _LENGTHS:
        return str(len(value))
    if error.kind.name == "uniqueItems":
        return f"{_shown(_repeated(value))} twice"
    return _shown(value)


def _repeated(items: list[Json]) -> Json:
    seen: set[str] = set()
    for item in items:
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            return item
        seen.add(text)
    return items[-1]  # two that only JSON Schema takes for one, such as 1 and 1.0


def _condition(schema: Json, path: Steps) -> str:
    """What the nearest `then` or `else` on the way holds for, with a blank before it; empty when there is none."""
    ends = [index + 1 for index, step in enumerate(path) if step in ("then", "else")]
    words = _words(_part(schema, path[: ends[-1]])) if ends else ""
    return f" {words}" if words else ""


def _words(part: Json) -> str:
    text: str = part.get("description", "").removesuffix(".")
    return text[:1].lower() + text[1:]


def _part(schema: Json, path: Steps) -> Json:
    for step in path:
        schema = schema[step]
    return schema


def _shown(value: Json) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    return _plain(str(value), _SHOWN) or "empty text"


def _plain(text: str, longest: int) -> str:
    plain = text if text.isprintable() else ascii(text)[1:-1]
    return plain if len(plain) <= longest else f"{plain[:longest]}…"
