"""A run is told so that whoever was not there knows what happened, in which order, and what remained."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from support import journals

from drills.story import story

Json = Any


def told(entries: list[Json], outcome: str | None) -> list[str]:
    """Its lines."""
    said = {"outcome": outcome, "seconds": 12.5} if outcome else None
    return [words for words, _ in story(entries, said)]


def line(lines: list[str], begins: str) -> str:
    """The one that begins so."""
    [found] = [one for one in lines if one.strip().startswith(begins)]
    return found


def test_a_run_that_passed() -> None:
    """Of what, where, when, by whom; its phases; then all of it in order; silence, undo, and that nothing remains."""
    lines = told(journals.passed(), "passed")
    assert lines[:4] == [
        "billing-replies on sandbox: passed in 12.5 s",
        "  began    2026-09-01 11:59:00 UTC, run by job 7",
        f"  version  h1:{'a' * 43}=",
        "  commit   aaaaaaaaaaaa, on a candidate bundle",
    ]
    assert line(lines, "silence") == (
        "  silence  was watched from 1.70 s to 4.49 s: nothing of the old version acted; before the stop a canary was "
        "seen to act"
    )
    assert line(lines, "undo") == (
        "  undo     all 3 steps were taken back by 5.300 s; the steady state was proved again at 5.200 s"
    )
    assert lines[-1] == "Remains: nothing; the sandbox went with the run."


def test_it_is_told_in_order() -> None:
    """By when it happened: that the old version fell silent is known long after it did."""
    lines = told(journals.passed(), "passed")
    happened = lines[lines.index("  in seconds since the run began:") + 1 : lines.index(line(lines, "silence"))]
    times = [float(one.split()[0]) for one in happened]
    assert all(earlier <= later for earlier, later in pairwise(times))
    words = [one.split(maxsplit=1)[1] for one in happened]
    assert words[:7] == [
        "begins", "the trigger became true (t0)", "somebody, or the system, noticed (t1)", "on-call accepted (t2)",
        "the stop command was issued (t3)", "sandbox-2 confirmed the order", "sandbox-1 confirmed the order",
    ]  # fmt: skip
    assert words.index("the old version had its last side effect (t7)") < words.index("the watch for silence ended")
    assert words[-5:] == [
        "the way home begins", "taken back: resume-action", "taken back: remove-canary",
        "all was undone, and the steady state proved again (t9)", "taken back: clear-practice",
    ]  # fmt: skip


def test_a_run_that_failed_and_was_not_undone() -> None:
    """Who did not confirm, what broke the silence, which step could not be taken back, and of what."""
    lines = told(journals.failed(target="staging"), "undo_failed")
    assert line(lines, "drain") == (
        "  drain        failed  the canary drill-a1b2c3-1-canary-cached-2 acted after the stop"
    )
    assert line(lines, "notify").split() == ["notify", "not_run"]
    assert "1.550  sandbox-1 did not: it does not answer" in line(lines, "1.550")
    assert line(lines, "silence").startswith("  silence  was watched from 1.60 s on, and was broken: the canary ")
    assert (
        line(lines, "undo")
        == "  undo     2 of 3 steps were taken back by 3.500 s; the steady state was not proved again"
    )
    assert lines[-1] == (
        f"Remains: resume-action (paths {journals.STOP['paths']}). Take it back: countersign drill recover"
    )


def test_a_run_that_was_killed() -> None:
    """Where it was, that it has not ended, and all that is still to be taken back."""
    lines = told(journals.killed(target="staging"), None)
    assert lines[0] == "billing-replies on staging: it has not ended"
    assert line(lines, "late-fee-answer") == "late-fee-answer: it did not end"
    assert line(lines, "mitigate") == "  mitigate     aborted  the run was killed"
    assert "was not watched" in line(lines, "silence")
    remains = lines[-1]
    assert (
        remains.index("remove-canary (") < remains.index("resume-action (") < remains.index("clear-practice of 1 scen")
    )


def test_phases_are_told_in_their_order() -> None:
    """A phase that was left out is written into the journal last, and told in its place."""
    left_out = next(one for one in journals.failed() if one.get("phase") == "notify")
    entries = [*(one for one in journals.failed() if one is not left_out and one.get("phase") != "notify"), left_out]
    lines = told(entries, "undo_failed")
    assert lines.index(line(lines, "notify")) == lines.index(line(lines, "restore")) - 1


def test_silence_of_a_run_that_was_killed_in_it() -> None:
    """It was watched, from the last refusal on."""
    entries = [*journals.killed(), {"event": "phase_begins", "t": 2.0, "phase": "drain", "budget": 60.0}]
    silent = line(told(entries, None), "silence")
    assert silent.startswith("  silence  was watched from 1.60 s on, until the run was ended: the run was killed; ")


@pytest.mark.parametrize(("failures", "words", "remains"), [
    ((), "another process brought it home", "nothing; all was taken back."),
    (("resume-action: gone",), "another process could not take back resume-action: gone", "resume-action (paths "),
])  # fmt: skip
def test_a_run_that_was_brought_home(failures: tuple[str, ...], words: str, remains: str) -> None:
    """What the other process took back is told with the rest."""
    lines = told([*journals.killed(target="staging"), *journals.recovered(*failures)], "aborted")
    assert line(lines, "2.800").strip() == f"2.800  {words}"
    steady = "not proved again" if failures else "proved again at 2.800 s"
    assert line(lines, "undo").endswith(f"; the steady state was {steady}")
    assert lines[-1].startswith(f"Remains: {remains}")


def test_scenarios_that_were_not_come_to() -> None:
    """Each is named."""
    lines = told(journals.failed(scenarios=["late-fee-answer", "wrong-model"]), "undo_failed")
    assert "wrong-model: not_run" in lines
    assert told([journals.begun()], None)[-3:] == [
        "late-fee-answer: not_run",
        "",
        "Remains: nothing; all was taken back.",
    ]
