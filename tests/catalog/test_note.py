"""The operating note answers the five questions about a workflow on one page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.repositories import FILE, NAME, ROOT, SAMPLES

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
STOP = {"id": "s1", "action": "invoice-copy", "version": "*", "reason": "A wrong fee.", "at": "2026-03-01T22:15:00Z"}


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
    for answer in (
        "finn",
        "ana",
        "invoice-copy (send): a named person",
        "support, alone",
        "`state: paused`",
        "5 steps",
    ):
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
    text = note.note(sample, drills=[{**drill, **marks(sample)} for drill in drills])
    assert words in text
    assert text.count("Last drill") <= 1


@pytest.mark.parametrize(
    ("tier", "counts", "other"),
    [
        ("low", "rollback_digest", "version"),
        ("medium", "rollback_digest", "version"),
        ("high", "version", "rollback_digest"),
    ],
)
def test_a_drill_counts_by_what_its_tier_asks_for(sample: Workflow, tier: str, counts: str, other: str) -> None:
    """At low and medium a drill names the rollback digest, at high the version; another one is not told (T08)."""
    sample.manifest["risk"]["tier"] = tier
    told = note.note(sample, drills=[{**DRILL, **marks(sample), other: "h1:other"}])
    missed = note.note(sample, drills=[{**DRILL, **marks(sample), counts: "h1:other"}])
    assert "Last drill: passed" in told
    assert "Last drill" not in missed
    assert f"No drill of this {counts.replace('_', ' ')} is on record." in missed
    assert f"Rollback digest: {sample.rollback_digest}" in told


def marks(sample: Workflow) -> dict[str, str]:
    """What a drill of the workflow as it is names."""
    return {"version": sample.version, "rollback_digest": sample.rollback_digest}


def test_a_stop_in_force_is_told(sample: Workflow) -> None:
    """A paused state has its reason beside it; the newest three stops are told, the others counted."""
    assert "Stopped" not in note.note(sample)
    sample.state = {"state": "paused", "reason": "A draft quoted a wrong fee.", "stopped": []}
    assert "Why paused: A draft quoted a wrong fee." in note.note(sample).splitlines()
    days = [{**STOP, "id": f"s{day}", "at": f"2026-03-0{day}T22:15:00Z"} for day in range(1, 6)]
    sample.state = {"state": "live", "reason": None, "stopped": [*days[:4], {**days[4], "version": "h1:x"}]}
    told = [line for line in note.note(sample).splitlines() if line.startswith("Stopped")]
    assert told == [
        "Stopped: invoice-copy, h1:x, since 2026-03-05T22:15:00Z: A wrong fee.",
        "Stopped: invoice-copy, every version, since 2026-03-04T22:15:00Z: A wrong fee.",
        "Stopped: invoice-copy, every version, since 2026-03-03T22:15:00Z: A wrong fee.",
        "Stopped as well: 2 more, in state.yaml.",
    ]


def test_no_stop_makes_a_note_too_long(sample: Workflow) -> None:
    """What is stopped, and why, takes nothing of the page that the manifest is held to."""
    before = note.note_lines(sample)
    sample.state = {"state": "paused", "reason": "x" * 500, "stopped": [STOP] * 9}
    assert note.note_lines(sample) == before


def test_the_tiers_ask_for_what_the_rules_do() -> None:
    """The note takes for evidence what policies/lib/proof.rego takes for it."""
    proof = (ROOT / "policies/lib/proof.rego").read_text(encoding="utf-8")
    assert f"rehearsed := {json.dumps(note._REHEARSED)}" in proof


@pytest.mark.parametrize("name", sorted(path.name for path in (SAMPLES / "workflows").iterdir()))
def test_one_page(name: str) -> None:
    """Every sample's note fits one page of 60 lines, counted as it is printed at 80 columns."""
    found = read(name)
    lines = [max(1, -(-len(line) // 80)) for line in note.note(found).splitlines()]
    assert sum(lines) <= 60
    found.state = {"state": "live", "reason": None, "stopped": []}
    lines = [max(1, -(-len(line) // 80)) for line in note.note(found).splitlines()]
    assert sum(lines) == note.note_lines(found)
