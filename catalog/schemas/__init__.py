"""The closed JSON Schemas of everything a person declares, and the one judge of them.

Draft 2020-12. `jsonschema-rs` judges; `jsonschema` agrees on the whole corpus (tests/catalog/test_schemas.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

Json = Any

FOLDER = Path(__file__).parent


@cache
def load(name: str) -> dict[str, Json]:
    """The schema of one kind of document: `manifest`, `state`, `people`, `tasks`, `waivers`, `drill`, `prompt`."""
    schema: dict[str, Json] = json.loads((FOLDER / f"{name}.schema.json").read_bytes())
    return schema


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    # No retriever: a schema that asks for another document is a defect, not a download.
    return jsonschema_rs.Draft202012Validator(load(name))


def is_valid(name: str, document: Json) -> bool:
    """Whether the document fits, without saying why: the fast way for the many that do."""
    return bool(_validator(name).is_valid(document))


def problems(name: str, document: Json) -> Iterator[tuple[str, str]]:
    """Every place where the document does not fit: its path (`actions[0].release`) and a sentence."""
    for error in _validator(name).iter_errors(document):
        yield dotted(error.instance_path), _sentence(error.message)


def dotted(path: list[str | int]) -> str:
    """A path as people write it: `actions[0].release`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _sentence(message: str) -> str:
    short = message if len(message) <= 200 else f"{message[:200]}…"
    return f"Must fit the schema: {short}"
