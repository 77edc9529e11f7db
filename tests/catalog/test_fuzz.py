"""10,000 hostile documents, YAML and schema together: never a traceback, never a pass of what cannot be read (T10)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.repositories import DRILL, FALLBACK, MANIFEST, PROMPT, SAMPLES, STATE

from catalog import schemas, strict_yaml, team, workflow
from catalog.strict_yaml import Unreadable
from catalog.workflow import File, Workflow

CASES = 10_000
PARTS = 10
_FILES = {Path(path).name: (SAMPLES / path).read_bytes() for path in (MANIFEST, STATE, PROMPT, FALLBACK, DRILL)}
_PEOPLE = (SAMPLES / "team" / "people.yaml").read_bytes()
_CORPUS = sorted((SAMPLES.parent / "schemas").glob("*/*.yaml"))
_WORDS = [
    *(
        "yes",
        "no",
        "0o17",
        "1e3",
        "12:30",
        ".inf",
        "~",
        "<<",
        "null",
        "true",
        "''",
        "[]",
        "{}",
        "- ",
        ": ",
        "? ",
        "- a",
    ),
    *("&a", "*a", "!!str", "!x", "---", "...", "%YAML 1.1", "#", "|", ">", "'", '"', "\\", "[", "]", "{", "}", ","),
    *("\t", "\n", "\r", "\0", "\x85", "\u2028", "\ufeff", "\U0001f600", "{{x}}", "{{{", "}}", "## Steps", "1. x"),
    *("workflow: x", "tier: low", "models: []", "9" * 400, "a" * 300, "[" * 40, "\n" + " " * 40, "h1:", "all", "../x"),
]
Change = Callable[[bytearray, random.Random], None]


def _insert(content: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(content) + 1)
    content[place:place] = chance.choice(_WORDS).encode()


def _cut(content: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(content) + 1)
    del content[place : place + chance.randrange(1, 40)]


def _twist(content: bytearray, chance: random.Random) -> None:
    if content:
        content[chance.randrange(len(content))] = chance.randrange(256)


def _repeat(content: bytearray, chance: random.Random) -> None:
    lines = bytes(content).splitlines(keepends=True) or [b""]
    place = chance.randrange(len(lines))
    lines[place:place] = [chance.choice(lines)]
    content[:] = b"".join(lines)


def _swap(content: bytearray, chance: random.Random) -> None:
    lines = bytes(content).splitlines(keepends=True)
    chance.shuffle(lines)
    content[:] = b"".join(lines)


_CHANGES: list[Change] = [_insert, _insert, _cut, _twist, _repeat, _swap]


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        chance.choice(_CHANGES)(changed, chance)
    return bytes(changed)


def check_workflow(files: dict[str, bytes]) -> None:
    """A folder is read whatever it holds; with problems, it is nothing else; without, its documents are readable."""
    read = workflow.read(
        "billing-replies", {name: File("100644", "0" * 40, content) for name, content in files.items()}
    )
    if read.problems:
        assert read == Workflow(read.name, read.files, read.problems)
        assert all(problem.message and problem.file for problem in read.problems)
        json.dumps([problem.fact() for problem in read.problems]).encode()
        return
    json.dumps(read.facts(), allow_nan=False).encode()
    for name, kind in (("workflow.yaml", "manifest"), ("state.yaml", "state")):
        assert schemas.is_valid(kind, strict_yaml.parse(files[name]))
    assert read.version.startswith("h1:")


@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_files(part: int) -> None:
    """A workflow's files, each cut, twisted and mixed, are read or refused; what is refused is never half read."""
    chance = random.Random(part)
    names = list(_FILES)
    for _ in range(CASES // PARTS * 7 // 10):
        name = chance.choice([*names, "workflow.yaml"])
        check_workflow({**_FILES, name: mutated(_FILES[name], chance)})


@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_documents(part: int) -> None:
    """Every document of the corpus, mutated, is unreadable, refused by its schema, or plain JSON that fits."""
    chance = random.Random(1000 + part)
    for _ in range(CASES // PARTS * 2 // 10):
        path = chance.choice(_CORPUS)
        content = mutated(path.read_bytes(), chance)
        document, problems = workflow.read_document("f", content, path.parent.name)
        try:
            value = strict_yaml.parse(content)
        except Unreadable:
            assert (document, len(problems)) == (None, 1)
            continue
        json.dumps(value, allow_nan=False)
        assert document == (None if problems else value)
        assert bool(problems) is not schemas.is_valid(path.parent.name, value)


@given(st.randoms(use_true_random=False))
@settings(max_examples=CASES // 10, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_people(chance: random.Random) -> None:
    """A mutated team/people.yaml is empty with a reason, or fits its schema: nobody is half known."""
    found = team.read({"team/people.yaml": mutated(_PEOPLE, chance)})
    assert bool(found.problems) is not bool(found.people)
    assert bool(found.by_forge) is not bool(found.problems) or found.people.get("people") == {}
