"""T08: drills that cannot fail, did fail, are too old, or rehearse something else."""

from __future__ import annotations

from typing import Any

import pytest
from support.attack import Act, Attack, Edit, ask, attempt, drill, editing, pass_through, riding, shorten
from support.desk import DRILL, FALLBACK, MANIFEST, NAME, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk
from support.records import failed

from catalog.errors import RecordError

CROSSED = "  - {scenario: stop-trigger, metric: wrong_price, value: 0, undo: [clear-metric]}\n"


def drilled(*drills: dict[str, Any]) -> Act:
    """A countersigned change with these drills on record, oldest first."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = ask(there)
        for fields in drills:
            drill(there, NAME, **fields)
        there.countersign(request, "finn")
        return request

    return act


def drilled_before(edit: Edit) -> Act:
    """What was drilled is not what merges: an edit comes after the drill, and is countersigned."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        there.desk.commit("Shorter")
        drill(there, NAME)
        edit(there.desk)
        request = ask(there)
        there.countersign(request, "finn")
        return request

    return act


def without_scenarios(desk: Desk) -> None:
    text = desk.path(DRILL).read_text()
    desk.write(DRILL, f"scenarios: []\n{text[text.index('steady_state:') :]}")


def proposed_and_live(there: ForgeDesk) -> MergeRequest:
    """A draft, which needs no drill, goes live in the same change."""
    there.desk.write("workflows/refund-decisions/state.yaml", "state: live\n")
    request = ask(there)
    there.countersign(request, "finn", "refund-decisions")
    return request


ATTACKS = (
    *(Attack(f"The newest drill ended as {outcome}; an older one had passed.",
             drilled({"days_ago": 2}, {"days_ago": 1, **failed(outcome)}), "refused", "rollback.failed",
             f"got {outcome}")
      for outcome in ("failed", "inconclusive", "not_run")),
    Attack("At high, the drill ran in the sandbox only.", drilled({"target": "sandbox"}), "refused",
           "rollback.sandbox-only"),
    Attack("At high, the drill is 31 days old.", drilled({"days_ago": 31}), "waits", "rollback.stale"),
    Attack("The drill file is made easier after the drill.", drilled_before(editing(DRILL, "jobs: 12", "jobs: 1")),
           "waits", "rollback.untested"),
    Attack("The way back changes after it was rehearsed.", drilled_before(editing(FALLBACK, "3. Move", "3. Leave")),
           "waits", "rollback.untested"),
    Attack("The model is swapped after the drill.",
           drilled_before(editing(MANIFEST, "quick-2026-03-01", "quick-2026-04-01")),
           "waits", "rollback.untested"),
    Attack("A workflow goes live that nobody ever drilled.", proposed_and_live, "waits", "rollback.untested"),
    Attack("The drill plays on an action that the workflow does not have.",
           riding(editing(DRILL, "action: late-fee-question", "action: late-fee-answer")), "refused",
           "drill.plausible"),
    Attack("The drill plays on a model that the workflow does not have.",
           riding(editing(DRILL, "use: edge-cases", "use: no-cases")), "refused", "drill.plausible"),
    Attack("The drill waits for silence longer than it may take.",
           riding(editing(DRILL, "silence: 30s", "silence: 41s")),
           "refused", "drill.plausible"),
    Attack("The drill pulls a trigger with a number that does not reach it.",
           riding(editing(DRILL, "steady_state:\n", f"{CROSSED}steady_state:\n")), "refused", "drill.plausible"),
    Attack("The drill may take longer than the way back.", riding(editing(DRILL, "restore: 60s", "restore: 600s")),
           "refused", "rollback.budget"),
    Attack("The drill has no scenario at all.",
           riding(without_scenarios, sound=False), "refused", "workflow.schema"),
    Attack("A drill is dropped from a live workflow.",
           riding(editing(MANIFEST, "rollback: {to: manual, within: 5m, drill: drill.yaml}\n", "")), "refused",
           "rollback.target"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T08: only a passed, recent drill of just what would run counts, and one that could not fail is refused."""
    attempt(attack, forge_desk)


@pytest.mark.parametrize("drills", [({},), ({"days_ago": 1, **failed()}, {}), ({"days_ago": 30},)])
def test_a_drill_that_proves_it_passes(forge_desk: ForgeDesk, drills: tuple[dict[str, Any], ...]) -> None:
    """A passed drill passes, also after an earlier failure, and on its thirtieth day."""
    pass_through(forge_desk, drilled(*drills))


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
