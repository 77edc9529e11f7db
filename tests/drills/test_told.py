"""What a journal tells: of a run that ended, of one that was brought home, and of an older release's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import kept_runs

from catalog import workflow as workflows
from catalog.workflow import File
from drills import told
from drills.outcomes import Phase
from drills.plan import plan

Json = Any

FOLDER = Path(__file__).parents[1] / "samples/repository/workflows/billing-replies"
FILES = {path.name: File("100644", "0" * 40, path.read_bytes()) for path in FOLDER.iterdir()}
WORKFLOW = workflows.read("billing-replies", FILES)
PLAN = plan(WORKFLOW)
RUN = kept_runs.kept(WORKFLOW)


def test_a_run_is_told_from_its_journal() -> None:
    """As it was kept, with nothing odd in it; its bundle's number is the one that it ended with."""
    assert told.tell(RUN.entries, PLAN, RUN.entries[-1]) == RUN.said
    assert list(told.oddities(RUN.entries, PLAN)) == []
    assert told.tell(RUN.entries, PLAN, {**RUN.entries[-1], "seq": 40})["bundle"]["seq"] == 40


@pytest.mark.parametrize("phase", list(Phase)[:-1])
def test_a_failed_run_is_told_as_failed(phase: Phase) -> None:
    """In whichever phase; what was left out is told as that."""
    run = kept_runs.kept(WORKFLOW, failing=phase)
    assert list(told.oddities(run.entries, PLAN)) == []
    assert (run.said["outcome"], run.said["undo"]) == ("failed", {"done": True, "steady": True})
    later = list(Phase)[list(Phase).index(phase) + 1 : -1]
    assert [one["phase"] for one in run.said["phases"] if one["outcome"] == "not_run"] == later


@pytest.mark.parametrize("line", range(1, len(RUN.entries)))
def test_what_was_cut_off_never_passed(line: int) -> None:
    """T08: wherever a journal ends, whoever brings its run home tells it as aborted, or as what could not be undone."""
    entries = RUN.entries[:line]
    assert list(told.oddities(entries, PLAN)) == ["It has no end."]
    assert not told.is_home(entries)
    for failures, outcome in (([], "aborted"), (["x"], "undo_failed")):
        end = {"event": told.RECOVERED, "t": entries[-1]["t"], "seconds": entries[-1]["t"], "failures": failures}
        said = told.tell(entries, PLAN, end)
        ended = [*entries, {**end, "outcome": said["outcome"]}]
        assert (said["outcome"], said["result"]) == (outcome, "FAILED")
        assert (list(told.oddities(ended, PLAN)), told.is_home(ended)) == ([], outcome == "aborted")


def test_an_older_release_says_less() -> None:
    """What it was killed in is brought home all the same; it proved no more than its journal says."""
    entries = [dict(entry) for entry in RUN.entries]
    for entry in entries:
        for name in ("seen_before", "seen_after", "window", "undone", "steady", "drill", "seq"):
            if entry["event"] != "run_begins" or name == "drill":
                entry.pop(name, None)
    said = told.tell(entries, PLAN, {**entries[-1], "event": told.RECOVERED, "failures": []})
    assert (said["undo"], said["silence"]["window"]) == ({"done": True, "steady": False}, 0.0)
    assert said["bundle"]["seq"] == RUN.said["bundle"]["seq"]


@pytest.mark.parametrize("entries", [[], [{"t": 0, "event": "run_begins"}], [{"t": 0, "event": "run_ended"}]])
def test_what_has_no_good_end_is_not_home(entries: list[Json]) -> None:
    """A journal that says nothing is no reason to forget a run; one that ended says so."""
    assert told.is_home(entries) is (bool(entries) and entries[-1]["event"] == "run_ended")
