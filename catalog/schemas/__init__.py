"""The closed JSON Schemas of everything a person declares, and the one judge of them.

Draft 2020-12. `jsonschema-rs` judges; `jsonschema` agrees on the whole corpus (tests/catalog/test_schemas.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.schemas.sentences import dotted, misfits

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["FOLDER", "dotted", "is_valid", "load", "problems"]

Json = Any

MOST = 20
"""Problems of one document that are told."""

FOLDER = Path(__file__).parent


@cache
def load(name: str) -> dict[str, Json]:
    """The schema of one kind of document: `manifest`, `state`, `people`, `tasks`, `waivers`, `drill`, `prompt`."""
    schema: dict[str, Json] = json.loads((FOLDER / f"{name}.schema.json").read_bytes())
    return schema


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs  # it takes long: by its first document, a run would wait for its engine anyway

    # No retriever: a schema that asks for another document is a defect, not a download.
    return jsonschema_rs.Draft202012Validator(load(name))


def is_valid(name: str, document: Json) -> bool:
    """Whether the document fits, without saying why: the fast way for the many that do."""
    return bool(_validator(name).is_valid(document))


def problems(name: str, document: Json) -> Iterator[tuple[str, str]]:
    """Every place where the document does not fit, once: its path (`actions[0].release`) and a sentence."""
    found: dict[str, str] = {}
    for error in islice(_validator(name).iter_errors(document), MOST):
        for place, sentence in islice(misfits(load(name), error), MOST):
            found.setdefault(place, sentence)
    yield from islice(found.items(), MOST)
