"""The operating note answers the five questions about a workflow on one page."""

from __future__ import annotations

from typing import Any

import pytest
from support.repositories import FILE, NAME, SAMPLES

from catalog import note, workflow
from catalog.workflow import File, Workflow

QUESTIONS = [
    "## Who owns model choice",
    "## What needs approval, what runs alone",
    "## Who can stop it fast",
    "## The manual fallback",
    "## Was rollback tested",
]
DRILL = {"outcome": "passed", "target": "sandbox", "age_days": 3, "local": False}


@pytest.fixture
def sample() -> Workflow:
    return read(NAME)


def read(name: str) -> Workflow:
    folder = SAMPLES / "workflows" / name
    return workflow.read(name, {path.name: File(FILE, "a" * 40, path.read_bytes()) for path in folder.iterdir()})


def test_the_five_questions(sample: Workflow) -> None:
    """Every question has its heading, in order, and an answer below it."""
    text = note.note(sample, owner="ana")
    sections = text.split("\n## ")
    assert [f"## {section.splitlines()[0]}" for section in sections[1:]] == QUESTIONS
    assert all(section.split("\n", 1)[1].strip() for section in sections)
    for answer in ("finn", "ana", "invoice-copy (send): a named person", "support, alone", "5 steps", "within 5m"):
        assert answer in text


def test_every_model_action_and_trigger_is_there(sample: Workflow) -> None:
    """Nothing that the manifest lists is left out."""
    text = note.note(sample)
    assert all(model["id"] in text for model in sample.manifest["models"])
    assert all(action["name"] in text for action in sample.manifest["actions"])
    assert all(trigger["metric"] in text for trigger in sample.manifest["stop"]["when"])


def test_what_is_not_there_is_said(sample: Workflow) -> None:
    """A workflow without approver, stop, fallback or rollback says so under each question."""
    bare: dict[str, Any] = dict.fromkeys(("approver", "reviewers", "stop", "rollback", "fallback"))
    sample.manifest = {**sample.manifest, **bare}
    text = note.note(sample)
    for words in ("nobody yet", "Reviewers: nobody", "Nobody yet.", "None yet.", "No way back is declared."):
        assert words in text


def test_a_fallback_that_cannot_be_read(sample: Workflow) -> None:
    """A fallback file that is not there is said to be not readable."""
    sample.fallback = None
    assert "fallback.md (not readable)" in note.note(sample)


@pytest.mark.parametrize(
    ("drills", "words"),
    [
        ([], "No drill of this version is on record."),
        ([DRILL], "Last drill: passed on sandbox, 3 days ago."),
        ([{**DRILL, "local": True}], "Last drill: passed on sandbox, 3 days ago, local evidence."),
        ([{**DRILL, "outcome": "failed"}, DRILL], "Last drill: failed on sandbox, 3 days ago."),
    ],
)
def test_the_last_drill(sample: Workflow, drills: list[dict[str, Any]], words: str) -> None:
    """The newest drill is told, also a failed one, and local evidence is called that (T08)."""
    text = note.note(sample, drills=drills)
    assert words in text
    assert text.count("Last drill") <= 1


@pytest.mark.parametrize("name", sorted(path.name for path in (SAMPLES / "workflows").iterdir()))
def test_one_page(name: str) -> None:
    """Every sample's note fits one page of 60 lines, counted as it is printed at 80 columns."""
    found = read(name)
    lines = sum(max(1, -(-len(line) // 80)) for line in note.note(found).splitlines())
    assert lines == note.note_lines(found) <= 60
