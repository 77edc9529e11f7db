"""The whole repository as it stands: the same report however the work is shared out."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable

import pytest
from support.desk import FALLBACK, FOLDER, MANIFEST, NAME, Desk

from catalog import clock
from checks import standing
from checks.finding import Report
from checks.gate import Request, judge


def whole(desk: Desk, part: int, workers: int) -> Report:
    """The report of `--all` with parts of this many workflows, on this many cores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "_PART", part)
        patch.setattr(os, "cpu_count", lambda: workers)
        return judge(Request(start=desk.folder, everything=True, now=NOW))


NOW = clock.read(None)


def test_worker_processes_say_what_one_says(desk: Desk) -> None:
    """Parts and processes change the work, never the report."""
    desk.path(FALLBACK).unlink()
    desk.write("workflows/ticket-triage/odd.md", "x\n")
    alone = whole(desk, 250, 1)
    assert alone.workflows == 5
    assert alone.launch
    for part, workers in ((1, 1), (1, 2), (2, 2), (3, 2), (1, 8)):
        assert dataclasses.asdict(whole(desk, part, workers)) == dataclasses.asdict(alone), (part, workers)


def test_an_error_in_a_worker_is_an_error(desk: Desk) -> None:
    """T11: a worker that cannot judge ends the run as an error, with its own words."""
    from catalog.errors import EngineError

    desk.write("policies/verdict.rego", "package countersign.verdict\n")
    with pytest.raises(EngineError, match="verdict"):
        whole(desk, 1, 2)


def test_a_worker_that_is_killed_is_an_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: a worker that ends without an answer is an error, and not five workflows fewer."""
    from catalog.errors import JudgeError

    monkeypatch.setattr(standing._Worker, "run", classmethod(_die))
    monkeypatch.setattr(vars(standing._Worker)["run"].__func__, "__qualname__", "_die")
    with pytest.raises(JudgeError, match="without an answer"):
        whole(desk, 1, 2)


def _die(cls: type, names: object) -> None:
    os._exit(9)


def test_needs_of_a_launch_are_no_failures(on_main: Callable[[], Desk]) -> None:
    """What a proposed workflow lacks to go live is listed, and no part of the verdict."""
    desk = on_main()
    desk.record_drill("ticket-triage")
    judged = desk.passes("--all")
    launch = {(one["workflow"], one["code"]) for one in judged.report["launch"]}
    assert launch == {("refund-decisions", "approver.countersign"), ("refund-decisions", "rollback.untested")}
    assert judged.report["findings"] == []
    assert "to go live it still needs" in judged.output


def test_every_workflow_is_counted(desk: Desk) -> None:
    """T11: the report says how many rules and workflows were judged, by what, and lists every workflow."""
    judged = desk.waits("--all").report
    assert judged["judged"]["workflows"] == 5
    assert judged["judged"]["rules"] > 40
    assert judged["judged"]["policy_digest"].startswith("h1:")
    assert [one["workflow"] for one in judged["changes"]] == sorted(one["workflow"] for one in judged["changes"])


def test_the_working_tree_is_what_stands(desk: Desk) -> None:
    """Uncommitted work is judged by `--all` too, with the working tree's own rules and people."""
    desk.replace(MANIFEST, "tier: high", "tier: low")
    desk.refuses("--all").asks("risk.floor", MANIFEST)


def test_evidence_that_ages_turns_it_red(desk: Desk) -> None:
    """A live workflow whose drill has gone stale waits under `--all`, and under nobody else's change."""
    later = "2099-01-01"
    desk.waits("--all", "--now", later).asks("rollback.stale", MANIFEST, severity="wait")
    desk.replace("workflows/help-centre-edits/edit.prompt", "{{", " {{")
    assert not [one for one in desk.gate("--now", later).report["findings"] if one["workflow"] == NAME]


def test_a_departed_approver_is_asked_to_hand_over(on_main: Callable[[], Desk]) -> None:
    """T04: a live workflow whose approver has left is refused under `--all`; what runs goes on."""
    desk = on_main()
    text = desk.path("team/people.yaml").read_text()
    desk.write(
        "team/people.yaml", text.replace("    name: Finn Albrecht\n", "    name: Finn Albrecht\n    left: 2026-01-01\n")
    )
    desk.refuses("--all").asks("people.eligible", MANIFEST, "has left", line=8)


@pytest.mark.parametrize("twin", ["bi11ing-replies", "billingreplies"])
def test_look_alike_names_stand_out(on_main: Callable[[], Desk], twin: str) -> None:
    """T09: two names that read the same are refused under `--all` too, each beside the other."""
    desk = on_main()
    shutil.copytree(desk.path(FOLDER), desk.path(f"workflows/{twin}"))
    desk.replace(f"workflows/{twin}/workflow.yaml", f"workflow: {NAME}", f"workflow: {twin}")
    desk.land("A twin")
    judged = desk.refuses("--all")
    judged.asks("workflow.folder", MANIFEST, "Must not read like", twin)
    judged.asks("workflow.folder", f"workflows/{twin}/workflow.yaml", "Must not read like", NAME)


def test_another_history_does_not_stand(on_main: Callable[[], Desk]) -> None:
    """T17: a history that does not descend from the anchor is an error under `--all` as well."""
    desk = on_main()
    desk.git("config", "countersign.anchor", desk.git("rev-parse", "HEAD"))
    assert desk.gate("--all").exit_code != 3
    desk.git("checkout", "--quiet", "--orphan", "rewritten")
    desk.cannot_judge("anchor", args=("--all",))
    desk.commit("Rewritten")
    desk.cannot_judge("anchor", args=("--all",))


def test_files_that_git_was_told_not_to_see_are_noted(desk: Desk) -> None:
    """T06: a file that git takes for unchanged is told in the report, of the whole and of a change."""
    desk.replace(MANIFEST, "tier: high", "tier: low")
    desk.git("update-index", "--assume-unchanged", MANIFEST)
    for args in ((), ("--all",)):
        assert any("assume-unchanged" in note for note in desk.gate(*args).report["notes"])
