"""A run is told as it goes: plain lines in a log, a phase against its budget on a terminal."""

from __future__ import annotations

import pytest

from drills.progress import line, shown, until_gone

ENDED = {
    "event": "phase_ended",
    "phase": "stop",
    "outcome": "passed",
    "seconds": 0.0334,
    "resolution": 0.0171,
    "why": "",
}
ENTRIES = (
    {"event": "run_begins", "run": "x"},
    {"event": "scenario_begins", "scenario": "wrong-model"},
    {"event": "phase_begins", "phase": "stop", "budget": 10.0},
    {"event": "mark", "mark": "t4", "last_bad": 1.0, "first_good": 1.1},
    ENDED,
    {"event": "scenario_ended", "scenario": "wrong-model", "outcome": "passed"},
    {"event": "run_ended", "outcome": "passed"},
)
TOLD = ["wrong-model", "  stop         passed  0.033 s (up to 0.017 s less)", "  passed"]


def test_a_log_has_a_line_for_each_phase() -> None:
    """What is only for the journal is not told."""
    told: list[str] = []
    with shown(told.append, live=False) as listener:
        for entry in ENTRIES:
            listener(entry)
    assert told == TOLD


@pytest.mark.parametrize("outcome", ["failed", "late", "inconclusive", "aborted", "undo_failed", "not_run"])
def test_what_did_not_pass_says_why(outcome: str) -> None:
    """The outcome comes first, then the reason; a phase without a time has none."""
    entry = {**ENDED, "outcome": outcome, "seconds": None, "resolution": None, "why": "nobody noticed"}
    assert line(entry) == f"  stop         {outcome}  nobody noticed"


def test_a_terminal_keeps_the_same_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar of a phase goes away with it; what has ended stays."""
    with shown(print, live=True) as listener:
        for entry in ENTRIES:
            listener(entry)
    shown_lines = capsys.readouterr().out.splitlines()
    assert [one for one in shown_lines if one.strip()] == TOLD


def test_who_has_gone_is_told_no_more() -> None:
    """A closed pipe ends the telling, and nothing else."""
    told = []

    def tell(entry: object) -> None:
        told.append(entry)
        raise BrokenPipeError

    hear = until_gone(tell)
    for entry in ENTRIES:
        hear(entry)
    assert told == [ENTRIES[0]]
