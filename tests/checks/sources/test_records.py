"""What is on record of a workflow, as the rules will see it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from support.desk import FOLDER, MANIFEST, NAME, PROMPT, Desk

from catalog import change, snapshot
from catalog.change import WorkflowChange
from catalog.errors import RecordError
from catalog.git import Repository
from catalog.team import read_team
from checks.sources.records import Records


@contextmanager
def opened(
    desk: Desk, *, at_desk: bool = True, ahead: timedelta = timedelta()
) -> Iterator[tuple[Records, WorkflowChange]]:
    """The records of a clone, and the live workflow as its working tree has it."""
    with Repository.discover(desk.folder) as repository:
        repository.use_scratch()
        tree = snapshot.working_tree(repository)
        records = Records.open(repository, read_team(repository, tree), datetime.now(UTC) + ahead, desk=at_desk)
        found = next(iter(change.read_workflows(repository, tree, [NAME])), None)
        yield records, WorkflowChange(name=NAME, before=found, after=found)


def test_what_ran_and_what_was_drilled(desk: Desk) -> None:
    """The live version is on record, with its passed drill and their ages in days."""
    with opened(desk) as (records, one):
        evidence = records.evidence(one)
        assert records.state == "readable"
        assert records.notes == ()
        assert one.after is not None
        (ran,), (drill,) = evidence.recorded, evidence.drills
        assert (ran["version"], ran["state"], ran["stopped"], ran["age_days"]) == (one.after.version, "live", False, 3)
        assert (drill["version"], drill["outcome"], drill["local"]) == (one.after.version, "passed", False)


def test_a_new_version_has_no_drill_of_its_own(desk: Desk) -> None:
    """Another prompt is another version; the drill of the same rollback digest is still found."""
    desk.replace(PROMPT, "120", "90")
    with opened(desk) as (records, one):
        (drill,) = records.evidence(one).drills
        assert one.after is not None
        assert drill["version"] != one.after.version
        assert drill["rollback_digest"] == one.after.rollback_digest


def test_another_way_back_has_no_drill(desk: Desk) -> None:
    """With another fallback neither digest is on record, so no drill is found; what ran still is."""
    desk.write(f"{FOLDER}/fallback.md", "Other.\n")
    with opened(desk) as (records, one):
        evidence = records.evidence(one)
        assert evidence.drills == []
        assert len(evidence.recorded) == 1


def test_a_workflow_that_cannot_be_read_has_no_evidence(desk: Desk) -> None:
    """T07: without a sound side there are no digests to find evidence for."""
    desk.write(MANIFEST, "workflow: [\n")
    with opened(desk) as (records, one):
        assert records.evidence(one).drills == ()


def test_a_deleted_workflow_keeps_its_record(desk: Desk) -> None:
    """What was there before is what evidence is read for when nothing is left after."""
    with opened(desk) as (records, one):
        gone = WorkflowChange(name=NAME, before=one.before, after=None)
        assert len(records.evidence(gone).recorded) == 1


def test_no_records_is_a_note(desk: Desk) -> None:
    """T07: without a branch of records there are none, and the reader is told."""
    desk.git("branch", "--quiet", "-D", "records")
    with opened(desk) as (records, one):
        assert records.state == "none"
        assert len(records.notes) == 1
        assert records.evidence(one).recorded == ()


def test_records_of_origin_are_read(desk: Desk) -> None:
    """A clone that only fetched the records reads origin's."""
    desk.git("push", "--quiet", "origin", "records")
    desk.git("branch", "--quiet", "-D", "records")
    with opened(desk) as (records, one):
        assert len(records.evidence(one).recorded) == 1


def test_a_record_from_the_future_is_an_error(desk: Desk) -> None:
    """T13: under a clock that was set back, records are from the future, and not evidence."""
    with opened(desk, ahead=-timedelta(days=10)) as (records, one), pytest.raises(RecordError, match="from the future"):
        records.evidence(one)


def test_local_evidence_without_a_key_is_an_error(desk: Desk) -> None:
    """T07: local evidence that was copied into a clone without its key counts nowhere."""
    desk.git("update-ref", "refs/countersign/local", "records")
    with opened(desk) as (records, one), pytest.raises(RecordError, match="no key of its own"):
        records.evidence(one)
    with opened(desk, at_desk=False) as (records, one):
        assert len(records.evidence(one).drills) == 1


def test_a_name_that_no_record_can_carry_has_none(desk: Desk) -> None:
    """T09: a folder whose name no record can carry has no records, and is no error."""
    shutil.copytree(desk.path(FOLDER), desk.path("workflows/Odd Name"))
    with Repository.discover(desk.folder) as repository:
        repository.use_scratch()
        tree = snapshot.working_tree(repository)
        records = Records.open(repository, read_team(repository, tree), datetime.now(UTC), desk=True)
        (found,) = change.read_workflows(repository, tree, ["Odd Name"])
        evidence = records.evidence(WorkflowChange(name="Odd Name", before=None, after=found))
        assert not evidence.drills
        assert not evidence.recorded
