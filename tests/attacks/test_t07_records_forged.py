"""T07: records forged, moved, replayed or made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.desk import MANIFEST, NAME, PROMPT, Desk

RECORDS = "refs/heads/records"


def shorten(desk: Desk) -> None:
    desk.replace(PROMPT, "at most 120 plain words", "at most 90 plain words")


def rewrite(desk: Desk, change: Callable[[Path], object]) -> None:
    """Somebody who may push edits the records branch by hand."""
    tree = desk.folder.parent / "records"
    desk.git("worktree", "add", "--quiet", str(tree), "records")
    change(tree)
    desk.git("-C", str(tree), "add", "--all")
    desk.git("-C", str(tree), "commit", "--quiet", "-m", "Nothing to see here")
    desk.git("worktree", "remove", "--force", str(tree))


def one(tree: Path, kind: str, name: str = NAME) -> Path:
    return next((tree / name / kind).iterdir())


def edited(tree: Path) -> None:
    file = one(tree, "drill")
    file.write_text(
        file.read_text().replace('"payload": "', '"payload": "A', 1).replace('"payload":"', '"payload":"A', 1)
    )


def unsigned(tree: Path) -> None:
    file = one(tree, "drill")
    record = json.loads(file.read_text())
    record["signatures"] = []
    file.write_text(json.dumps(record))


def made_by_hand(tree: Path) -> None:
    (tree / NAME / "drill" / "20261101T000000.000Z-000000000000.dsse.json").write_text('{"outcome": "passed"}\n')


def moved_to_another_workflow(tree: Path) -> None:
    file = one(tree, "drill")
    (tree / NAME / "drill" / file.name).rename(tree / NAME / "change" / file.name)


def renamed_to_be_newest(tree: Path) -> None:
    file = one(tree, "drill")
    file.rename(file.with_name(f"2099{file.name[4:]}"))


def linked(tree: Path) -> None:
    (tree / NAME / "drill" / "20261101T000000.000Z-000000000000.dsse.json").symlink_to("/etc/passwd")


def twice(tree: Path) -> None:
    file = one(tree, "drill")
    file.with_name(f"{file.name[:-15]}x.dsse.json").write_bytes(file.read_bytes())


@pytest.mark.parametrize(
    "tamper", [edited, unsigned, made_by_hand, moved_to_another_workflow, renamed_to_be_newest, linked, twice]
)
def test_a_record_that_was_tampered_with_is_an_error(desk: Desk, tamper: Callable[[Path], None]) -> None:
    """T07: one record that cannot be trusted, and nothing is judged; the message names it."""
    shorten(desk)
    rewrite(desk, tamper)
    desk.cannot_judge(NAME)


def test_a_record_copied_to_another_workflow_is_an_error(desk: Desk) -> None:
    """T07: a passed drill copied under another workflow's name is no drill of that workflow."""
    desk.write("workflows/refund-decisions/state.yaml", "state: live\n")

    def copied(tree: Path) -> None:
        file = one(tree, "drill")
        target = tree / "refund-decisions" / "drill" / file.name
        target.parent.mkdir(parents=True)
        target.write_bytes(file.read_bytes())

    rewrite(desk, copied)
    desk.cannot_judge("refund-decisions/drill")


def test_a_drill_of_another_version_does_not_count(desk: Desk) -> None:
    """T07: replaying the passed drill of an earlier version proves nothing of this one."""
    shorten(desk)
    judged = desk.waits()
    judged.asks("rollback.untested", MANIFEST, "this version", severity="wait")


def test_an_expired_key_cannot_have_signed(on_main: Callable[[], Desk]) -> None:
    """T07: a record by a key that was not valid on its day is an error, whoever holds the key."""
    desk = on_main()
    desk.replace("team/people.yaml", "to: '2099-12-31'", "to: '2026-01-31'")
    desk.land()
    desk.branch("change")
    shorten(desk)
    desk.cannot_judge("was not valid on")


def test_a_key_for_another_kind_cannot_have_signed(on_main: Callable[[], Desk]) -> None:
    """T07: a key that may sign changes may not sign drills."""
    desk = on_main()
    text = desk.path("team/people.yaml").read_text()
    desk.write("team/people.yaml", text.replace("  drill:\n  - pipeline-drill", "  drill:\n  - pipeline-change"))
    desk.land()
    desk.branch("change")
    shorten(desk)
    desk.cannot_judge("'pipeline-drill' may not sign drill records")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("records/billing-replies/drill/1.dsse.json", "records/billing-replies/drill/1.dsse.json"),
        ("notes/drill.DSSE.json", "notes/drill.DSSE.json"),
        (f"workflows/{NAME}/drill.intoto.jsonl", f"workflows/{NAME}/drill.intoto.jsonl"),
    ],
)
def test_a_change_cannot_bring_records(desk: Desk, path: str, place: str) -> None:
    """T07: a file that looks like a record is refused wherever a change puts it."""
    desk.write(path, "{}\n")
    desk.refuses().asks("records.hand-made", place, "Must not be made by hand")


def test_parted_branches_of_records_are_an_error(desk: Desk) -> None:
    """T07: when the local records and origin's have parted ways, one of them was rewritten."""
    desk.git("push", "--quiet", "origin", "records")
    rewrite(desk, lambda tree: (tree / "README.md").write_text("x"))
    desk.git("push", "--quiet", "origin", "records")
    desk.git("branch", "--force", "records", "records~1")
    rewrite(desk, lambda tree: (tree / "README.md").write_text("y"))
    shorten(desk)
    desk.cannot_judge("have parted ways")


def test_a_broken_ref_of_records_is_an_error(desk: Desk) -> None:
    """T07: a records ref that points to nothing is an error, and not "no records"."""
    desk.path(".git/refs/heads/records").write_text("0" * 39 + "1\n")
    shorten(desk)
    desk.cannot_judge("records")


def test_without_records_the_report_says_so(desk: Desk) -> None:
    """T07: a deleted branch of records reads as no records: nothing is restoring, and the report says it."""
    desk.git("branch", "--quiet", "-D", "records")
    shorten(desk)
    assert any("nothing is on record yet" in note for note in desk.waits().report["notes"])
