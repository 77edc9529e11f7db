"""`countersign log`: a workflow's life, from signed records alone."""

from __future__ import annotations

import json

from support.desk import NAME, Desk


def test_records_are_told_newest_first(desk: Desk) -> None:
    """Each record of the workflow, with its time and kind; a new drill comes first."""
    desk.record_drill(NAME)
    said = desk.run("log", NAME)
    assert said.exit_code == 0, said.output
    heads = [line.split("  ")[1] for line in said.output.splitlines() if not line.startswith(" ")]
    assert heads[0] == "drill"
    assert "change" in heads


def test_json_holds_whole_records(desk: Desk) -> None:
    """For programs: kind, place, signing key and all that each record says."""
    said = desk.run("log", NAME, "--format", "json")
    assert said.exit_code == 0, said.output
    found = json.loads(said.output)
    assert {one["said"]["workflow"] for one in found} == {NAME}
    assert all(one["path"].startswith(f"{NAME}/{one['kind']}/") and one["key"] for one in found)


def test_nothing_on_record_is_said(desk: Desk) -> None:
    """A workflow that exists and has no record is no error; without a name, the other paths are meant."""
    assert desk.run("log", "ticket-triage").output == "Nothing is on record of ticket-triage here.\n"
    assert "the paths outside workflows" in desk.run("log").output


def test_an_unknown_workflow_is_bad_usage(desk: Desk) -> None:
    """A name that neither the clone nor a record knows is refused, with those that exist."""
    said = desk.run("log", "billing-reply")
    assert said.exit_code == 2
    assert NAME in said.output


def test_a_deleted_workflow_keeps_its_log(desk: Desk) -> None:
    """What was on record stays readable after the folder has gone."""
    desk.git("rm", "-r", "--quiet", f"workflows/{NAME}")
    desk.commit("Gone")
    assert "change" in desk.run("log", NAME).output


def test_a_forged_record_is_an_error(desk: Desk) -> None:
    """T07: one record that is not signed as it must be, and nothing is told."""
    desk.git("switch", "--quiet", "records")
    record = next(desk.folder.glob(f"{NAME}/drill/*.json"))
    forged = record.read_text().replace('"sig":"', '"sig":"AAAA')
    assert forged != record.read_text()
    record.with_name(record.name.replace("20", "21", 1)).write_text(forged)
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "-m", "Forged")
    desk.git("switch", "--quiet", "change")
    said = desk.run("log", NAME)
    assert said.exit_code == 3
    assert "record" in said.output
