"""Two validators side by side, and walks over schemas and documents, for the tests of `catalog/schemas`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator as Reference

from catalog import schemas, strict_yaml

Json = Any
Steps = tuple[str | int, ...]

NAMES = ("drill", "manifest", "people", "points", "state", "targets", "tasks", "waivers")
"""What a team declares. Records and prompts have schemas of their own, and tests of their own."""
SAMPLES = Path(__file__).parents[1] / "samples/schemas"
SCENARIOS = set(schemas.load("drill")["properties"]["scenarios"]["items"]["properties"]["scenario"]["enum"])


@cache
def fast(name: str) -> jsonschema_rs.Draft202012Validator:
    """The judge."""
    return jsonschema_rs.Draft202012Validator(schemas.load(name))


@cache
def reference(name: str) -> Reference:
    """The validator that must agree with the judge."""
    return Reference(schemas.load(name))


def refusals(validator: jsonschema_rs.Draft202012Validator, document: Json) -> set[tuple[str, str]]:
    """(place, keyword) of every error of the judge."""
    kinds = jsonschema_rs.ValidationErrorKind
    return {
        (
            schemas.dotted(error.instance_path) or ".",
            "propertyNames" if isinstance(error.kind, kinds.PropertyNames) else str(error.schema_path[-1]),
        )
        for error in validator.iter_errors(document)
    }


def reference_refusals(name: str, document: Json) -> set[tuple[str, str]]:
    """(place, keyword) of every error of the reference validator."""
    return {
        (
            schemas.dotted(list(error.absolute_path)) or ".",
            "propertyNames" if "propertyNames" in error.absolute_schema_path else str(error.validator),
        )
        for error in reference(name).iter_errors(document)
    }


@cache
def documents(name: str, kind: str) -> tuple[Json, ...]:
    """The samples of one schema: `valid` or `invalid` ones."""
    return tuple(strict_yaml.parse(path.read_bytes()) for path in sorted((SAMPLES / name).glob(f"{kind}-*.yaml")))


def parts(schema: Json, steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Json]]]:
    """Every subschema with the steps that lead to it."""
    yield steps, schema
    for keyword in ("properties", "$defs"):
        for key, part in schema.get(keyword, {}).items():
            yield from parts(part, (*steps, keyword, key))
    for keyword in ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"):
        if isinstance(schema.get(keyword), dict):
            yield from parts(schema[keyword], (*steps, keyword))
    for index, part in enumerate(schema.get("allOf", [])):
        yield from parts(part, (*steps, "allOf", index))


def conditional(steps: Steps) -> bool:
    """Whether the part only narrows another one that is described and bounded itself."""
    return bool({"allOf", "if", "then", "else", "not", "propertyNames"} & set(steps)) or (
        steps[:1] == ("$defs",) and steps[1] in SCENARIOS
    )


def fields(schema: Json, prefix: str = "", terms: Json = None) -> Iterator[tuple[str, str, str]]:
    """Dotted name, whether required and description of all that a document can say; `*` is any key, `[]` any item."""
    terms = terms or schema.get("$defs", {})
    schema = {**terms.get(schema.get("$ref", "").removeprefix("#/$defs/"), {}), **schema}
    for key, part in schema.get("properties", {}).items():
        name = f"{prefix}.{key}" if prefix else key
        yield name, "yes" if key in schema.get("required", []) else "no", part["description"]
        yield from fields(part, name, terms)
    if isinstance(free := schema.get("additionalProperties"), dict):
        yield f"{prefix}.*", "no", free["description"]
        yield from fields(free, f"{prefix}.*", terms)
    if "items" in schema:
        yield from fields(schema["items"], f"{prefix}[]", terms)


def places(document: Json, steps: Steps = ()) -> Iterator[Steps]:
    """The steps to every value of a document, itself first."""
    yield steps
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*steps, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from places(value, (*steps, index))


def at(document: Json, steps: Steps) -> Json:
    """The value that the steps lead to."""
    for step in steps:
        document = document[step]
    return document
