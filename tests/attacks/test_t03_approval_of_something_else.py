"""T03 and T04: an approval of something else, and an approver who should not be one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support.desk import MANIFEST, NAME, PEOPLE, PROMPT, STATE, Desk

REFUNDS = "refund-decisions"
REFUND_STATE = f"workflows/{REFUNDS}/state.yaml"
REFUND_MANIFEST = f"workflows/{REFUNDS}/workflow.yaml"


def shorten(desk: Desk) -> None:
    desk.replace(PROMPT, "at most 120 plain words", "at most 90 plain words")


def test_one_more_byte_voids_an_approval(desk: Desk) -> None:
    """T03: an approval names one content; a push after it voids it, and the report says why."""
    shorten(desk)
    approvals = desk.approve_all(("finn", desk.countersigned(), NAME))
    assert "approver.countersign" not in desk.waits(*approvals).codes
    desk.replace(PROMPT, "90 plain words", "91 plain words")
    judged = desk.waits(*approvals)
    judged.asks("approver.countersign", MANIFEST, "finn", desk.countersigned(), severity="wait")
    judged.asks("approver.uncounted", MANIFEST, "by finn", "names another content", severity="warn")


def test_a_parallel_merge_voids_an_approval(on_main: Callable[[], Desk]) -> None:
    """T03: the same diff on another main is another content; the approval of the branch's own does not count."""
    desk = on_main()
    desk.branch("change")
    shorten(desk)
    desk.commit("Shorter")
    approvals = desk.approve_all(("finn", desk.countersigned(), NAME))
    desk.git("switch", "--quiet", "main")
    desk.replace(MANIFEST, "cheapest within one miss", "cheapest within two misses")
    desk.land("Another reason")
    desk.git("switch", "--quiet", "change")
    judged = desk.waits(*approvals)
    judged.asks("approver.uncounted", MANIFEST, "names another content", severity="warn")
    assert "approver.countersign" in judged.codes


def test_a_draft_is_not_its_launch(desk: Desk) -> None:
    """T03: the approval of a proposed workflow's content is none of its going live."""
    desk.replace(f"workflows/{REFUNDS}/decide.prompt", "{{", " {{")
    approvals = desk.approve_all(("finn", desk.countersigned(REFUNDS), REFUNDS))
    desk.passes(*approvals)
    desk.write(REFUND_STATE, "state: live\n")
    judged = desk.waits(*approvals)
    judged.asks("approver.uncounted", REFUND_MANIFEST, "names another content", severity="warn")
    judged.asks("approver.countersign", REFUND_MANIFEST, "finn", severity="wait")


def test_an_approval_of_another_workflow_does_not_count(desk: Desk) -> None:
    """T03: an approval that names another workflow counts for none."""
    shorten(desk)
    judged = desk.waits(
        *desk.approve_all(("finn", desk.countersigned(), REFUNDS), ("finn", desk.countersigned(), None))
    )
    assert "approver.countersign" in judged.codes


def test_the_version_alone_is_not_what_is_approved(desk: Desk) -> None:
    """T03: the version digest, which leaves the state out, is no countersignature."""
    shorten(desk)
    said = desk.run("version", NAME).output.split()
    judged = desk.waits(*desk.approve_all(("finn", said[1], NAME)))
    assert "approver.countersign" in judged.codes


@pytest.mark.parametrize("text", ["{", "[]", '{"approvals": [{}]}', '{"approvals": [{"forge": true}]}', "\x00", ""])
def test_an_unreadable_approvals_file_is_an_error(desk: Desk, text: str) -> None:
    """T03: approvals that cannot be read are an error, and never nobody's."""
    shorten(desk)
    file = desk.folder.parent / "approvals.json"
    file.write_text(text)
    desk.cannot_judge("approvals.json", "docs/approvals.md", args=("--approvals", str(file)))


def test_an_approval_from_the_future_does_not_count(desk: Desk) -> None:
    """T03, T13: an approval that is dated ahead of the clock is void, and the report says why."""
    shorten(desk)
    options = desk.approve_all(("finn", desk.countersigned(), NAME))
    file = desk.folder.parent / "approvals.json"
    file.write_text(re.sub(r'"at": "[0-9]{4}', '"at": "2999', file.read_text()))
    judged = desk.waits(*options)
    judged.asks("approver.countersign", MANIFEST, "finn", severity="wait")
    judged.asks("approver.uncounted", MANIFEST, "by finn", "dated after this judgement", severity="warn")


def test_missing_approvals_are_an_error(desk: Desk) -> None:
    """T03: a file of approvals that is not there is an error."""
    desk.cannot_judge("nowhere.json", args=("--approvals", "../nowhere.json"))


def test_a_swapped_approver_needs_the_old_one(desk: Desk) -> None:
    """T04: naming another approver takes the consent of the one who was named."""
    desk.replace(MANIFEST, "approver: finn", "approver: ben")
    judged = desk.waits(*desk.approve_all(("ben", desk.countersigned(), NAME)))
    assert judged.asks("approver.handover", MANIFEST, "the old approver, finn", line=8, severity="wait")["who"] == [
        "finn"
    ]
    both = desk.approve_all(("ben", desk.countersigned(), NAME), ("finn", desk.countersigned(), NAME))
    assert desk.gate(*both).found("approver.handover") == []


def test_a_misspelt_approver_is_refused(desk: Desk) -> None:
    """T04: an approver whom nobody knows is refused at the line that names them."""
    desk.replace(MANIFEST, "approver: finn", "approver: fin")
    desk.refuses().asks("approver.eligible", MANIFEST, "fin", line=8)


def test_no_approver_is_refused(desk: Desk) -> None:
    """T04: a workflow without an approver is refused."""
    desk.replace(MANIFEST, "approver: finn\n", "")
    desk.refuses().asks("approver.missing", MANIFEST)


@pytest.mark.parametrize(("person", "why"), [("eli", "eli"), ("dana", "dana"), ("ivo", "ivo")])
def test_an_ineligible_approver_is_refused(desk: Desk, person: str, why: str) -> None:
    """T04: somebody who may not approve high, or who has left, cannot be named for it."""
    desk.replace(MANIFEST, "approver: finn", f"approver: {person}")
    desk.refuses().asks("approver.eligible", MANIFEST, why, line=8)


@pytest.mark.parametrize("absence", ["left: 2026-01-01", "away: [{from: 2026-01-01, to: 2099-12-31}]"])
def test_who_is_away_or_gone_does_not_sign(on_main: Callable[[], Desk], absence: str) -> None:
    """T04: the approval of a named approver who is away or has left does not count; their deputy is asked."""
    desk = on_main()
    people = desk.people()
    people["people"]["finn"].pop("away")
    import yaml

    people["people"]["finn"] |= yaml.load(absence, yaml.BaseLoader)
    desk.write(PEOPLE, yaml.safe_dump(people, sort_keys=False))
    desk.replace("team/tasks.yaml", "owner: finn", "owner: ben")
    desk.land()
    desk.branch("change")
    shorten(desk)
    judged = desk.gate(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    assert judged.exit_code == (1 if "left" in absence else 4), judged.output
    assert judged.asks("approver.countersign", MANIFEST, "ben", severity="wait")["who"] == ["ben"]


def test_going_live_takes_the_approver(desk: Desk) -> None:
    """T03: resuming a paused workflow widens, and is countersigned like any content."""
    name = "help-centre-edits"
    desk.write(f"workflows/{name}/state.yaml", "state: live\n")
    judged = desk.waits()
    judged.asks("approver.countersign", f"workflows/{name}/workflow.yaml", severity="wait")
    assert judged.report["changes"][0]["kind"] == "widening"


def test_a_stranger_cannot_pause(desk: Desk) -> None:
    """T04: a pause by somebody who is neither on call, approver nor owner waits for one of them."""
    desk.who = "hugo"
    desk.write(STATE, "state: paused\nreason: I would rather not.\n")
    desk.commit("Pause")
    judged = desk.waits()
    asked = judged.asks("approver.countersign", MANIFEST, "on call, approver or owner", severity="wait")
    assert asked["who"] == ["ana", "ben", "dana", "eli", "finn"]
