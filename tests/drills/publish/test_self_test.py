"""The self-test's results are read strictly."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.drill_runs import SELF_TEST

from catalog import schemas
from catalog.errors import UsageError
from drills.publish import self_test

Json = Any


def written(folder: Path, said: Json) -> Path:
    """A file of it."""
    path = folder / "self-test.json"
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    return path


def test_the_schema_is_closed() -> None:
    """Every object refuses keys that it does not know, and asks for those that it does."""
    schema = schemas.load("self-test")
    Draft202012Validator.check_schema(schema)
    item = schema["properties"]["mutants"]["items"]
    for part in (schema, item, schema["$defs"]["ending"]):
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])


def test_results_are_read(tmp_path: Path) -> None:
    """Each mutant with how it must end and how it ended; how many were caught."""
    found = self_test.read(written(tmp_path, SELF_TEST))
    assert (found.caught, len(found.mutants)) == (1, 2)
    assert [mutant.expected for mutant in found.mutants] == ["failed at drain", "inconclusive"]
    assert [mutant.got for mutant in found.mutants] == ["failed at drain", "passed"]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda said: said.update(extra=1), "extra"),
        (lambda said: said.pop("opa"), "opa"),
        (lambda said: said.update(mutants=[]), "mutants"),
        (lambda said: said["mutants"][0].update(words="a\nb"), "words"),
        (lambda said: said["mutants"][0].update(caught="yes"), "caught"),
        (lambda said: said["mutants"][0]["got"].update(phase="lunch"), "phase"),
    ],
)
def test_what_does_not_fit_is_refused(change: Callable[[Json], object], words: str, tmp_path: Path) -> None:
    """T15: an unknown key, a missing one, a text of two lines: each is named."""
    said = copy.deepcopy(SELF_TEST)
    change(said)
    with pytest.raises(UsageError) as caught:
        self_test.read(written(tmp_path, said))
    assert words in caught.value.why


@pytest.mark.parametrize("text", ["{", '{"at": 1, "at": 2}', "[" * 100_000])
def test_what_is_no_json_is_refused(text: str, tmp_path: Path) -> None:
    """Broken, ambiguous or bottomless text is a misuse with a message."""
    with pytest.raises(UsageError, match="is no JSON"):
        self_test.read(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(UsageError, match=r"none\.json cannot be read: No such file"):
        self_test.read(tmp_path / "none.json")
