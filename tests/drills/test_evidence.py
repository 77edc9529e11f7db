"""What is signed of a run: the whole of it, of just this content, target and time; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import kept_runs
from support.desk import NAME
from support.kept_runs import NOW

from catalog import workflow as workflows
from catalog.errors import RecordError
from catalog.records.statement import time_text
from catalog.workflow import File, Workflow
from drills.evidence import OLDEST, statement

Json = Any
Change = Callable[[Json], object]

SAMPLES = Path(__file__).parents[1] / "samples/repository/workflows"


def read(name: str, **changes: bytes) -> Workflow:
    """One of the samples; `changes`: to its files, by their names without the ending."""
    files = {path.name: path.read_bytes() for path in (SAMPLES / name).iterdir()}
    files |= {next(one for one in files if one.startswith(f"{stem}.")): content for stem, content in changes.items()}
    return workflows.read(name, {path: File("100644", "0" * 40, content) for path, content in files.items()})


WORKFLOW = read(NAME)


def changed(change: Change) -> dict[str, Json]:
    """A good run of which something was changed afterwards."""
    said = deepcopy(kept_runs.kept(WORKFLOW))
    change(said)
    return said


def setting(**fields: Json) -> Change:
    return lambda said: said.update(fields)


def refused(said: dict[str, Json], words: str, target: str = "sandbox") -> None:
    with pytest.raises(RecordError) as error:
        statement(said, WORKFLOW, target, NOW)
    told = f"{error.value.message} {error.value.why}"
    assert words in told, told


def test_a_whole_run_is_signed_as_it_is() -> None:
    """Nothing is added to what a run says, and its subjects are the version and the rollback digest."""
    said = kept_runs.kept(WORKFLOW)
    made = statement(said, WORKFLOW, "sandbox", NOW)
    assert made.predicate == said
    assert [one.name for one in made.subjects] == [f"{NAME}@version", f"{NAME}@rollback"]


@pytest.mark.parametrize("phase", ["detect", "stop", "drain", "restore"])
def test_a_failed_run_is_signed_as_well(phase: str) -> None:
    """What failed is put on record, and refuses there; nothing has to be in time or proved for that."""
    said = kept_runs.failed(kept_runs.kept(WORKFLOW), phase)
    del said["marks"][5:]
    assert statement(said, WORKFLOW, "sandbox", NOW).predicate["outcome"] == "failed"


@pytest.mark.parametrize("field", ["version", "rollback_digest"])
def test_another_version_is_refused(field: str) -> None:
    """T08: what was drilled is what git has, by every byte of it."""
    refused(changed(setting(**{field: "h1:" + "A" * 43 + "="})), f"Its {field} is h1:AAA")


def test_a_copied_run_is_refused() -> None:
    """T08: a run of one workflow is no run of another one, and renaming it makes it none."""
    other = kept_runs.kept(read("ticket-triage"))
    refused(other, "Its workflow is ticket-triage")
    refused({**other, "workflow": NAME}, "Its version is")


@pytest.mark.parametrize(("said", "wanted"), [("sandbox", "staging"), ("staging", "sandbox")])
def test_a_run_on_another_target_is_refused(said: str, wanted: str) -> None:
    """T08: what was rehearsed in the sandbox never counts as rehearsed elsewhere."""
    refused(changed(setting(target=said)), f"Its target is {said}", wanted)


def test_a_run_is_signed_for_a_week() -> None:
    """A records branch that cannot be reached is tried again; after a week the run has to be repeated."""
    at = NOW - OLDEST
    assert statement(kept_runs.kept(WORKFLOW, now=at), WORKFLOW, "sandbox", NOW).at == at
    refused(kept_runs.kept(WORKFLOW, now=at - timedelta(seconds=1)), "It ended at")


@pytest.mark.parametrize("days", [-30, -3, 3])
def test_a_run_with_another_date_is_refused(days: int) -> None:
    """T08: a date that was moved, back or forth, with or without its beginning."""
    at, started = (time_text(NOW + timedelta(days=days, seconds=-seconds)) for seconds in (0, kept_runs.SECONDS))
    refused(changed(setting(at=at)), "")
    refused(changed(setting(started=started)), "do not belong together")
    if days != -3:
        refused(changed(setting(at=at, started=started)), "It ended at")


def test_a_run_from_another_drill_file_is_refused() -> None:
    """T08: an easier drill file that was put back afterwards."""
    easier = (SAMPLES / NAME / "drill.yaml").read_bytes().replace(b"silence: 30s", b"silence: 1s")
    said = kept_runs.kept(read(NAME, drill=easier))
    refused(
        {**said, **{key: kept_runs.kept(WORKFLOW)[key] for key in ("version", "rollback_digest")}}, "run from another"
    )


LEFT_OUT: dict[str, tuple[Change, str]] = {
    "a scenario": (lambda said: said["scenarios"].pop(), "did not play the scenarios"),
    "the order": (lambda said: said["scenarios"].reverse(), "did not play the scenarios"),
    "a phase": (lambda said: said["phases"].pop(3), "Its phases are not those"),
    "a phase, told twice": (lambda said: said["phases"].insert(3, said["phases"][3]), "Its phases are not those"),
    "a budget": (lambda said: said["phases"][0].update(budget=3600), "Its phases are not those"),
    "a mark": (lambda said: said["marks"].pop(4), "Its marks are not"),
    "a mark, told twice": (lambda said: said["marks"].insert(4, said["marks"][4]), "Its marks are not"),
    "the drill file": (lambda said: said["configuration"].clear(), "does not fit its schema"),
    "a test": (lambda said: said["passedTests"].pop(), "Its lists of tests"),
    "silence": (lambda said: said["silence"].update(window=29.9), "29.9 s of silence, of 30 s"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_a_run_that_leaves_something_out_is_refused(what: str) -> None:
    """T07: it would prove less than it says."""
    change, words = LEFT_OUT[what]
    refused(changed(change), words)


def _phase(**fields: Json) -> Change:
    return lambda said: said["phases"][2].update(fields)


EMBELLISHED: dict[str, tuple[Change, str]] = {
    "over its budget": (_phase(seconds=10.5), "late-fee-answer/stop took longer than its budget"),
    "no time at all": (_phase(seconds=None), "does not fit its schema"),
    "a phase that failed": (_phase(outcome="failed"), "does not fit its schema"),
    "faster than its marks": (_phase(seconds=0.5), "late-fee-answer/stop took 1 s by its marks"),
    "never undone": (lambda said: said["undo"].update(done=False), "does not fit its schema"),
    "no canary": (lambda said: said["silence"].update(seen_before=False), "does not fit its schema"),
    "a canary that acted": (lambda said: said["silence"].update(seen_after=True), "does not fit its schema"),
    "a scenario that failed": (lambda said: said["scenarios"][1].update(outcome="failed"), "does not fit its schema"),
    "a result of its own": (setting(note="all good"), "does not fit its schema"),
}  # fmt: skip


@pytest.mark.parametrize("how", EMBELLISHED)
def test_a_run_that_counts_as_passed_has_to_be(how: str) -> None:
    """T07: a result that was edited to pass contradicts itself."""
    change, words = EMBELLISHED[how]
    refused(changed(change), words)


def test_a_failed_run_that_was_relabelled_is_refused() -> None:
    """T07: the last word alone makes no failed drill a passed one."""
    said = kept_runs.failed(kept_runs.kept(WORKFLOW))
    refused({**said, "outcome": "passed", "result": "PASSED", "failedTests": []}, "does not fit its schema")


def test_a_workflow_without_a_drill_has_no_evidence() -> None:
    """What git has by now may name no drill: then no run is one of it."""
    manifest = (SAMPLES / NAME / "workflow.yaml").read_bytes().replace(b"drill: drill.yaml", b"drill: none.yaml")
    with pytest.raises(RecordError, match=f"{NAME} has no drill to run"):
        statement(kept_runs.kept(WORKFLOW), read(NAME, workflow=manifest), "sandbox", NOW)
