"""What is signed of a run: the whole of it, of just this content, target and time, as its journal tells it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import kept_runs
from support.desk import NAME
from support.kept_runs import NOW

from catalog import workflow as workflows
from catalog.errors import NoEvidence
from catalog.workflow import File, Workflow
from drills import told as journals
from drills.evidence import BY_SIGNER, OLDEST, statement
from drills.kept import Kept
from drills.plan import plan

Json = Any
Change = Callable[[Json], object]

SAMPLES = Path(__file__).parents[1] / "samples/repository/workflows"


def read(name: str, **changes: bytes) -> Workflow:
    """One of the samples; `changes`: to its files, by their names without the ending."""
    files = {path.name: path.read_bytes() for path in (SAMPLES / name).iterdir()}
    files |= {next(one for one in files if one.startswith(f"{stem}.")): content for stem, content in changes.items()}
    return workflows.read(name, {path: File("100644", "0" * 40, content) for path, content in files.items()})


WORKFLOW = read(NAME)
OTHER = "h1:" + "A" * 43 + "="


def changed(change: Change) -> Kept:
    """A good run whose result was changed afterwards."""
    run = kept_runs.kept(WORKFLOW)
    said = deepcopy(dict(run.said))
    change(said)
    return replace(run, said=said)


def told(change: Callable[[list[Json]], object], run: Kept | None = None) -> Kept:
    """A run whose journal was changed, and whose result is what that tells."""
    run = run or kept_runs.kept(WORKFLOW)
    entries = deepcopy(list(run.entries))
    change(entries)
    return kept_runs.of(journals.tell(entries, plan(WORKFLOW), entries[-1]), entries, run.name)


def setting(**fields: Json) -> Change:
    return lambda said: said.update(fields)


def refused(run: Kept, words: str, target: str = "sandbox") -> None:
    with pytest.raises(NoEvidence) as error:
        statement(run, kept_runs.read(WORKFLOW), target, NOW)
    shown = f"{error.value.message} {error.value.why}"
    assert words in shown, shown


def test_a_whole_run_is_signed_as_it_is() -> None:
    """To what it says is added whose word that is; its subjects are the version and the rollback digest."""
    run = kept_runs.kept(WORKFLOW)
    made = statement(run, kept_runs.read(WORKFLOW), "sandbox", NOW)
    attested = {"journal": run.digest, "by_signer": list(BY_SIGNER)}
    assert made.predicate == {**run.said, "attested": attested}
    assert [one.name for one in made.subjects] == [f"{NAME}@version", f"{NAME}@rollback"]


@pytest.mark.parametrize("phase", ["detect", "stop", "drain", "notify"])
def test_a_failed_run_is_signed_as_well(phase: str) -> None:
    """What failed is put on record, and refuses there; nothing has to be in time or proved for that."""
    run = kept_runs.kept(WORKFLOW, failing=phase)
    assert statement(run, kept_runs.read(WORKFLOW), "sandbox", NOW).predicate["outcome"] == "failed"


@pytest.mark.parametrize("field", ["version", "rollback_digest"])
def test_another_version_is_refused(field: str) -> None:
    """T08: what was drilled is what git has, by every byte of it."""
    refused(changed(setting(**{field: OTHER})), f"Its {field} is h1:AAA")


KNOWN: dict[str, tuple[Change, str]] = {
    "commit": (setting(commit="b" * 40), "Its commit is bbb"),
    "revision": (lambda said: said["bundle"].update(revision="r1"), "Its bundle.revision is r1"),
    "number": (lambda said: said["bundle"].update(seq=13), "Its bundle.seq is 13"),
    "earlier number": (lambda said: said["bundle"].update(seq=11), "Its bundle.seq is 11"),
    "candidate": (setting(candidate=False), "Its candidate is False"),
    "opa": (setting(opa="0.1.0"), "Its opa is 0.1.0"),
}


@pytest.mark.parametrize("what", KNOWN)
def test_what_the_signer_knows_is_not_believed(what: str) -> None:
    """T07: of which commits, and so from which bundle, and with which OPA: each is found out, and compared."""
    change, words = KNOWN[what]
    refused(changed(change), words)


def test_a_target_that_was_drilled_on_before_holds_later_bundles() -> None:
    """Its numbers go on, and never back; a sandbox begins anew each time."""
    found = kept_runs.read(WORKFLOW)
    run = kept_runs.kept(WORKFLOW, target="staging", seq=40)
    assert statement(run, found, "staging", NOW).predicate["bundle"]["seq"] == 40
    refused(kept_runs.kept(WORKFLOW, target="staging", seq=11), "Its bundle.seq is 11", "staging")
    refused(kept_runs.kept(WORKFLOW, seq=40), "Its bundle.seq is 40")


def test_a_copied_run_is_refused() -> None:
    """T08: a run of one workflow is no run of another one, also where both come back in the same way."""
    other = read("ticket-triage")
    run = kept_runs.kept(other)
    refused(run, "There is no workflow 'ticket-triage'")
    refused(replace(run, said={**run.said, "workflow": NAME}), "Its version is")
    digests = {key: kept_runs.kept(WORKFLOW).said[key] for key in ("version", "rollback_digest")}
    refused(replace(run, said={**run.said, "workflow": NAME, **digests}), "Its scenarios are not those")


@pytest.mark.parametrize(("said", "wanted"), [("sandbox", "staging"), ("staging", "sandbox")])
def test_a_run_on_another_target_is_refused(said: str, wanted: str) -> None:
    """T08: what was rehearsed in the sandbox never counts as rehearsed elsewhere, whoever renames it."""
    refused(kept_runs.kept(WORKFLOW, target=said), f"Its target is {said}", wanted)
    run = kept_runs.kept(WORKFLOW, target=said)
    refused(replace(run, said={**run.said, "target": wanted}), "Its target is not what its journal tells", wanted)


def test_a_run_is_signed_for_a_week() -> None:
    """A records branch that cannot be reached is tried again; after a week the run has to be repeated."""
    at, found = NOW - OLDEST, kept_runs.read(WORKFLOW)
    assert statement(kept_runs.kept(WORKFLOW, now=at), found, "sandbox", NOW).at == at
    refused(kept_runs.kept(WORKFLOW, now=at - timedelta(seconds=1)), "It ended at")


@pytest.mark.parametrize("days", [-30, -3, 3])
def test_a_run_with_another_date_is_refused(days: int) -> None:
    """T07: a date that was moved, back or forth, in the result, in its journal too, or by its name as well."""
    run, moved = kept_runs.kept(WORKFLOW), kept_runs.kept(WORKFLOW, now=NOW + timedelta(days=days))
    dates = {key: moved.said[key] for key in ("at", "started")}
    words = "not what its journal tells" if days == -3 else "It ended at"
    refused(replace(run, said={**run.said, **dates}), words)
    begun = {**run.entries[0], "started": moved.entries[0]["started"]}
    both = kept_runs.of({**run.said, **dates}, [begun, *run.entries[1:]])
    refused(both, "name different runs" if days == -3 else "It ended at")


def test_a_run_under_another_name_is_refused() -> None:
    """T07: a copy of a run, of its result, or of its journal is not another run."""
    run = kept_runs.kept(WORKFLOW)
    name = run.name.replace(kept_runs.SUFFIX, "ffffff")
    renamed = {**run.said, "run": name}
    begun = {**run.entries[0], "run": name}
    refused(replace(run, name=name), "name different runs")
    refused(replace(run, said=renamed), "Its run is not what its journal tells")
    refused(replace(run, name=name, said=renamed), "name different runs")
    refused(replace(run, entries=[begun, *run.entries[1:]]), "name different runs")


def test_a_result_beside_another_journal_is_refused() -> None:
    """T07: of two runs' files, neither is one run."""
    run, other = kept_runs.kept(WORKFLOW), kept_runs.kept(WORKFLOW, suffix="ffffff", failing="stop")
    refused(replace(other, said=run.said), "not what its journal tells")
    refused(replace(run, said=other.said), "not what its journal tells")


def test_a_run_from_another_drill_file_is_refused() -> None:
    """T08: an easier drill file that was put back afterwards."""
    easier = (SAMPLES / NAME / "drill.yaml").read_bytes().replace(b"silence: 30s", b"silence: 1s")
    run = kept_runs.kept(read(NAME, drill=easier))
    digests = {key: kept_runs.kept(WORKFLOW).said[key] for key in ("version", "rollback_digest")}
    refused(replace(run, said={**run.said, **digests}), "run from another")


LEFT_OUT: dict[str, Change] = {
    "a scenario": lambda said: said["scenarios"].pop(),
    "the order": lambda said: said["scenarios"].reverse(),
    "a phase": lambda said: said["phases"].pop(3),
    "a phase, told twice": lambda said: said["phases"].insert(3, said["phases"][3]),
    "a budget": lambda said: said["phases"][0].update(budget=3600),
    "a mark": lambda said: said["marks"].pop(4),
    "a mark, told twice": lambda said: said["marks"].insert(4, said["marks"][4]),
    "a test": lambda said: said["passedTests"].pop(),
    "silence": lambda said: said["silence"].update(window=30.1),
    "some time": lambda said: said.update(seconds=said["seconds"] - 1),
    "who ran it": setting(runner="job 8"),
    "a mark, moved": lambda said: said["marks"][0].update(first_good=0.5),
    "a phase, quicker": lambda said: said["phases"][2].update(seconds=0.5),
    "a drill file, renamed": lambda said: said["configuration"][0].update(name="workflows/other/drill.yaml"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_a_result_that_its_journal_does_not_tell_is_refused(what: str) -> None:
    """T07: whatever was left out, added or moved, each field follows from the journal and the drill file."""
    refused(changed(LEFT_OUT[what]), "is not what its journal tells")


def _phase(**fields: Json) -> Change:
    return lambda said: said["phases"][2].update(fields)


EMBELLISHED: dict[str, Change] = {
    "no time at all": _phase(seconds=None),
    "a phase that failed": _phase(outcome="failed"),
    "a negative time": _phase(seconds=-1),
    "never undone": lambda said: said["undo"].update(done=False),
    "no canary": lambda said: said["silence"].update(seen_before=False),
    "a canary that acted": lambda said: said["silence"].update(seen_after=True),
    "a scenario that failed": lambda said: said["scenarios"][1].update(outcome="failed"),
    "no drill file": lambda said: said["configuration"].clear(),
    "a result of its own": setting(note="all good"),
    "no number": setting(seconds=float("nan")),
    "no end": setting(seconds=float("inf")),
    "a number with hundreds of digits": setting(seconds=10**400),
}


@pytest.mark.parametrize("how", EMBELLISHED)
def test_a_run_that_counts_as_passed_has_to_be(how: str) -> None:
    """T07: a result that was edited to pass contradicts itself."""
    refused(changed(EMBELLISHED[how]), "")


def test_a_failed_run_that_was_relabelled_is_refused() -> None:
    """T07: the last word alone makes no failed drill a passed one, in its result or in its journal."""
    run = kept_runs.kept(WORKFLOW, failing="stop")
    passed = {"outcome": "passed", "result": "PASSED", "failedTests": []}
    refused(replace(run, said={**run.said, **passed}), "does not fit its schema")
    refused(replace(run, said=kept_runs.kept(WORKFLOW).said), "is not what its journal tells")
    ends = [*run.entries[:-1], {**run.entries[-1], "outcome": "passed"}]
    refused(replace(run, entries=ends), "Its journal ends as passed, and tells of failed")


def at(event: str, key: str = "", value: str = "", nth: int = 0) -> Callable[[list[Json]], int]:
    """Where a line is in a journal."""
    return lambda entries: [
        number for number, one in enumerate(entries) if one["event"] == event and (not key or one[key] == value)
    ][nth]


def line(where: Callable[[list[Json]], int], **fields: Json) -> Callable[[list[Json]], object]:
    return lambda entries: entries[where(entries)].update(fields)


def without(where: Callable[[list[Json]], int]) -> Callable[[list[Json]], object]:
    return lambda entries: entries.pop(where(entries))


def again(where: Callable[[list[Json]], int]) -> Callable[[list[Json]], object]:
    return lambda entries: entries.insert(where(entries), entries[where(entries)])


PUT_TOGETHER: dict[str, tuple[Callable[[list[Json]], object], str]] = {
    "two beginnings": (lambda entries: entries.insert(1, entries[0]), "its one beginning"),
    "no beginning": (lambda entries: entries.insert(0, {"t": 0, "event": "x", **entries[0], "run": "x"}), ""),
    "another order of time": (line(at("mark", "mark", "t4"), t=0.5), "not in the order of their time"),
    "before its beginning": (line(at("run_begins"), t=-1), "not in the order of their time"),
    "longer than it was": (line(at("run_ended"), seconds=101), "before it was as long as it says"),
    "a phase twice": (again(at("phase_begins")), "not in their order, each once"),
    "a phase that never began": (without(at("phase_begins", "phase", "stop")), "not in their order, each once"),
    "a mark twice": (again(at("mark", "mark", "t4")), "tells a mark twice"),
    "a mark of later": (line(at("mark", "mark", "t4"), first_good=6), "t4 is not of the time"),
    "a mark of before": (line(at("mark", "mark", "t0"), first_good=-3), "t0 is not of the time"),
    "a mark seen before it was not": (line(at("mark", "mark", "t4"), last_bad=5.5), "t4 is not of the time"),
    "a scenario left out": (
        lambda entries: entries.__delitem__(slice(at("scenario_begins", nth=1)(entries), -1)),
        "ends as passed, and tells of not_run",
    ),
    "a scenario of another drill": (line(at("scenario_begins"), scenario="wrong-model"), "not those of its drill file"),
    "silence without its time": (line(at("mark", "mark", "t7"), first_good=9), "s of silence, and had"),
    "a window without its time": (line(at("scenario_ended"), window=31), "31 s of silence, and had 30 s"),
    "too short a silence": (
        lambda entries: [one.update(window=29.9) for one in entries if one["event"] == "scenario_ended"],
        "29.9 s of silence, of 30 s",
    ),
    "over its budget": (
        lambda entries: [line(at("phase_ended", "phase", "stop"), seconds=10.5)(entries)],
        "took longer than its budget",
    ),
    "faster than its marks": (line(at("phase_ended", "phase", "stop"), seconds=0.5), "took 1 s by its marks"),
    "no mark": (without(at("mark", "mark", "t5")), "Its marks are not"),
    "its drill file": (line(at("run_begins"), drill="0" * 64), "run from another"),
}


@pytest.mark.parametrize("how", PUT_TOGETHER)
def test_a_journal_that_was_put_together_is_refused(how: str) -> None:
    """T07: lines have an order and a time, which whoever edits a journal and its result has to get right as well."""
    change, words = PUT_TOGETHER[how]
    refused(told(change), words)


def test_a_way_back_that_took_too_long_is_refused() -> None:
    """T07: all phases in their budgets, and the whole of it not within what the manifest allows."""
    manifest = (SAMPLES / NAME / "workflow.yaml").read_bytes().replace(b"within: 5m", b"within: 40s")
    short = read(NAME, workflow=manifest)
    with pytest.raises(NoEvidence) as error:
        statement(kept_runs.kept(short), kept_runs.read(short), "sandbox", NOW)
    assert error.value.why == "late-fee-answer took 41 s, and its way back may take 40 s."


@pytest.mark.parametrize("lines", [0, 1, -1, -5])
def test_a_truncated_journal_tells_nothing(lines: int) -> None:
    """T07: a run that did not end has no result, whatever lies there."""
    run = kept_runs.kept(WORKFLOW)
    refused(replace(run, entries=run.entries[:lines]), "Its journal is none")


JUNK: tuple[Json, ...] = (
    {"t": "x"}, {"started": 7}, {"started": "yesterday"}, {"run": None}, {"drill": []}, {"runner": {}},
)  # fmt: skip


@pytest.mark.parametrize("fields", JUNK, ids=str)
def test_a_journal_of_something_else_is_refused(fields: Json) -> None:
    """T07: what no runner writes is no defect of whoever reads it."""
    run = kept_runs.kept(WORKFLOW)
    refused(replace(run, entries=[{**run.entries[0], **fields}, *run.entries[1:-1], {**run.entries[-1]}]), "")


def test_a_workflow_without_a_drill_has_no_evidence() -> None:
    """What git has by now may name no drill: then no run is one of it."""
    manifest = (SAMPLES / NAME / "workflow.yaml").read_bytes().replace(b"drill: drill.yaml", b"drill: none.yaml")
    found = kept_runs.read(read(NAME, workflow=manifest))
    with pytest.raises(NoEvidence, match=f"{NAME} has no drill to run"):
        statement(kept_runs.kept(WORKFLOW), found, "sandbox", NOW)
