"""T08: drills that prove nothing."""

from __future__ import annotations

from typing import Any

import pytest
from support.desk import DRILL, MANIFEST, NAME, Desk
from support.records import failed

from catalog.errors import RecordError


@pytest.mark.parametrize("outcome", ["failed", "late", "inconclusive", "aborted", "undo_failed", "not_run"])
def test_only_passed_is_good(desk: Desk, outcome: str) -> None:
    """T08: the newest drill counts, and any outcome but passed refuses, also after an older pass."""
    desk.replace(MANIFEST, "20 real samples", "40 real samples")
    desk.record_drill(NAME, days_ago=2)
    desk.record_drill(NAME, days_ago=1, **failed(outcome))
    judged = desk.refuses(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    judged.asks("rollback.failed", MANIFEST, outcome)


def test_a_sandbox_proves_nothing_at_high(desk: Desk) -> None:
    """T08: a drill that only ran in the sandbox does not launch a high workflow."""
    desk.replace(MANIFEST, "20 real samples", "40 real samples")
    desk.record_drill(NAME, target="sandbox")
    judged = desk.gate(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    judged.asks("rollback.sandbox-only", MANIFEST)
    assert judged.exit_code == 1


def test_an_old_drill_is_stale(desk: Desk) -> None:
    """T08: at high a drill of this version counts for 30 days."""
    desk.replace(MANIFEST, "20 real samples", "40 real samples")
    desk.record_drill(NAME, days_ago=31)
    judged = desk.waits(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    judged.asks("rollback.stale", MANIFEST, severity="wait")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("action: late-fee-question", "action: late-fee-answer", "late-fee-answer"),
        ("use: edge-cases", "use: no-cases", "no-cases"),
        ("silence: 30s", "silence: 41s", "40 s"),
    ],
)
def test_a_drill_of_what_is_not_there_is_refused(desk: Desk, old: str, new: str, word: str) -> None:
    """T08: a scenario on an action or a model that the manifest lacks, or a silence past its time, proves nothing."""
    (line,) = [number for number, row in enumerate(desk.path(DRILL).read_text().splitlines(), 1) if old in row]
    desk.replace(DRILL, old, new)
    desk.refuses().asks("drill.plausible", DRILL, word, line=line)


@pytest.mark.parametrize(("value", "exit_code"), [(0, 1), (1, 4)])
def test_a_trigger_that_is_not_crossed_is_refused(desk: Desk, value: int, exit_code: int) -> None:
    """T08: a stop that is to follow from a number is drilled with one above the trigger."""
    crossed = f"  - {{scenario: stop-trigger, metric: wrong_price, value: {value}, undo: [clear-metric]}}\n"
    desk.replace(DRILL, "steady_state:\n", f"{crossed}steady_state:\n")
    judged = desk.gate()
    assert judged.exit_code == exit_code, judged.output
    assert bool(judged.found("drill.plausible")) is (exit_code == 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"silence": {"seen_before": False, "seen_after": False, "window": 20}},
        {"silence": {"seen_before": True, "seen_after": True, "window": 20}},
        {"silence": {"seen_before": True, "seen_after": False, "window": 0}},
        {"undo": {"done": False, "steady": True}},
        {"phases": []},
        {"scenarios": []},
    ],
)
def test_a_record_of_a_drill_that_could_not_fail_is_not_admitted(desk: Desk, fields: dict[str, Any]) -> None:
    """T08: a record that says passed without its positive control, its undo or its phases cannot be written."""
    with pytest.raises(RecordError):
        desk.record_drill(NAME, **fields)
