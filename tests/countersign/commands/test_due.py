"""`countersign due`: what the rules say is due, for any scheduler, so that somebody notices when ours has stopped."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from support.desk import NAME, Desk
from support.records import failed

NEVER = "rollback.untested: Must have a passed drill of this "


@pytest.fixture
def desk(on_main: Callable[[], Desk]) -> Desk:
    """On main: one workflow was drilled three days ago."""
    return on_main()


def test_what_was_never_rehearsed_is_due(desk: Desk) -> None:
    """Each workflow that runs or is to be launched, in order, with the rule's words; not what is paused or retired."""
    said = desk.run("due")
    assert (said.exit_code, said.output.splitlines()) == (4, [
        f"refund-decisions  {NEVER}version (got none)", f"ticket-triage  {NEVER}rollback digest (got none)",
    ])  # fmt: skip


def test_programs_get_json(desk: Desk) -> None:
    """The same, as a list."""
    said = desk.run("due", "--format", "json")
    assert said.exit_code == 4
    found = json.loads(said.output)
    assert [one["workflow"] for one in found] == ["refund-decisions", "ticket-triage"]
    assert all(one["why"].startswith(NEVER) for one in found)


def test_nothing_is_due(desk: Desk) -> None:
    """Exit code 0, and a word or an empty list."""
    for name in ("refund-decisions", "ticket-triage"):
        desk.record_drill(name)
    said = desk.run("due")
    assert (said.exit_code, said.output) == (0, "No rehearsal is due.\n")
    assert json.loads(desk.run("due", "--format", "json").output) == []


@pytest.mark.parametrize(("days", "rule"), [(20, None), (25, "rollback.due"), (40, "rollback.stale")])
def test_evidence_ages(desk: Desk, days: int, rule: str | None) -> None:
    """At high risk a drill counts for 30 days, and the next one is due once three quarters of them are over."""
    desk.record_drill("ticket-triage")
    desk.record_drill("refund-decisions", days_ago=days)
    said = desk.run("due")
    told = [line.split("  ", 1)[1].partition(":")[0] for line in said.output.splitlines() if line.startswith("refund")]
    assert told == ([rule] if rule else []), said.output


def test_a_failed_drill_and_one_in_the_sandbox_are_due(desk: Desk) -> None:
    """What does not count as evidence is rehearsed again: the newest that failed, and at high one that was played."""
    desk.record_drill(NAME, **failed())
    desk.record_drill("refund-decisions", target="sandbox")
    told = {line.split()[0]: line.split()[1] for line in desk.run("due").output.splitlines()}
    assert (told[NAME], told["refund-decisions"]) == ("rollback.failed:", "rollback.sandbox-only:")


def test_a_change_is_due_as_soon_as_it_runs(desk: Desk) -> None:
    """A version of high risk that nobody rehearsed: what is committed counts, whoever merged it."""
    desk.replace(f"workflows/{NAME}/reply.prompt", "at most 120", "at most 90")
    desk.land()
    assert f"{NAME}  {NEVER}version (got none)" in desk.run("due").output


def test_without_rules_nothing_is_told(desk: Desk) -> None:
    """It could not be judged: exit code 3, never an empty list that looks like good news."""
    desk.path("policies/lib/proof.rego").unlink()
    desk.land()
    for form in ("text", "json"):
        said = desk.run("due", "--format", form)
        assert said.exit_code == 3
        assert said.output.startswith("error: "), said.output
        assert "No rehearsal is due" not in said.output
