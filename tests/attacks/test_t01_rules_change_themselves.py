"""T01: the change edits what judges it; the target's rules and people judge all the same."""

from __future__ import annotations

import re

import pytest
from support.desk import MANIFEST, NAME, PEOPLE, PROMPT, Desk

FLOOR = "policies/gate/risk/floor.rego"
VERDICT = "policies/verdict.rego"


def lower_tier(desk: Desk) -> None:
    desk.replace(MANIFEST, "tier: high", "tier: medium")


def silence(desk: Desk, path: str) -> None:
    """The rule stays, with its metadata, and finds nothing."""
    text = desk.path(path).read_text()
    head = text[: re.search(r"^package .*\n", text, re.MULTILINE).end()]  # type: ignore[union-attr]
    desk.write(path, f"{head}\nfindings := set()\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("severity: deny", "severity: warn"),
        ("waivable: false", "waivable: true"),
        ("effective_on: 2026-11-01", "effective_on: 2099-01-01"),
        ("severity: deny", "severity: deny\n#   note: none"),
    ],
)
def test_weakened_metadata_is_not_used(desk: Desk, old: str, new: str) -> None:
    """T01: a severity, date or condition weakened by the change softens nothing in the change."""
    lower_tier(desk)
    desk.replace(FLOOR, old, new)
    judged = desk.refuses()
    judged.asks("risk.floor", MANIFEST, "Must be high", line=5)
    judged.asks("control.owner", FLOOR, "ana", severity="wait")


def test_an_emptied_rule_still_judges(desk: Desk) -> None:
    """T01: the rule that the change empties refuses the change all the same."""
    lower_tier(desk)
    silence(desk, FLOOR)
    judged = desk.refuses()
    judged.asks("risk.floor", MANIFEST, "Must be high")
    assert "The rules that the change brings were applied as well." in judged.report["notes"]


def test_every_rule_silenced_still_judges(desk: Desk) -> None:
    """T01: a change that makes every rule silent is judged by the target's, and asks for the owner."""
    lower_tier(desk)
    for path in (desk.folder / "policies" / "gate").rglob("*.rego"):
        if not path.name.endswith("_test.rego"):
            silence(desk, str(path.relative_to(desk.folder)))
    assert desk.refuses().codes >= {"risk.floor", "control.owner", "approver.countersign"}


def test_a_verdict_that_always_passes_is_not_asked(desk: Desk) -> None:
    """T01: a verdict.rego that drops every finding is the change's own, and judges nothing away."""
    lower_tier(desk)
    desk.replace(VERDICT, '"findings": findings', '"findings": set()')
    assert desk.refuses().codes >= {"risk.floor", "control.owner"}


def test_a_deleted_rule_keeps_its_code(desk: Desk) -> None:
    """T01: rule codes are permanent; a change that deletes a rule is refused by name."""
    desk.path(FLOOR).unlink()
    desk.refuses().asks("control.policies", FLOOR, "Must keep the code risk.floor")


def test_a_person_added_by_the_change_approves_nothing(desk: Desk) -> None:
    """T01: the approval of a person whom the same change adds is nobody's."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    text = desk.path(PEOPLE).read_text()
    mallory = "  mallory: {name: Mallory, forge: 999, emails: [m@example.org], may: [low, medium, high]}\nrotas:"
    desk.write(PEOPLE, text.replace("rotas:", mallory))
    judged = desk.waits(
        *desk.approve_all(("nobody", desk.countersigned(), NAME), ("nobody", desk.control_digest(), None))
    )
    assert judged.codes >= {"approver.countersign", "control.owner"}
    judged.asks("approver.uncounted", MANIFEST, "forge user 999", severity="warn")


def test_an_account_taken_over_by_the_change_approves_nothing(desk: Desk) -> None:
    """T01: giving the approver's place another account in the same change makes that account nobody still."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.replace(PEOPLE, "forge: 103", "forge: 666")
    judged = desk.waits(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    assert "approver.countersign" in judged.codes


def test_eligibility_granted_by_the_change_does_not_count(desk: Desk) -> None:
    """T01: a change that makes its new approver eligible is judged by who was eligible before it."""
    desk.replace(MANIFEST, "approver: finn", "approver: eli")
    text = desk.path(PEOPLE).read_text()
    start = text.index("  eli:")
    desk.write(PEOPLE, text[:start] + text[start:].replace("may: []", "may: [low, medium, high]", 1))
    judged = desk.refuses()
    judged.asks("approver.eligible", MANIFEST, "eli", line=8)
    judged.asks("control.owner", PEOPLE, "ana", severity="wait")


def test_an_owner_named_by_the_change_is_not_asked(desk: Desk) -> None:
    """T01: a change that makes its author the owner is the old owner's to approve."""
    desk.replace(PEOPLE, "owner: ana", "owner: finn")
    judged = desk.waits(*desk.approve_all(("finn", desk.control_digest(), None)))
    assert judged.asks("control.owner", PEOPLE, severity="wait")["who"] == ["ana"]


@pytest.mark.parametrize(
    "path", [".gitlab-ci.yml", "start.py", "requirements/run.txt", "checks/gate.py", "un known.bin"]
)
def test_code_beside_a_workflow_waits_for_the_owner(desk: Desk, path: str) -> None:
    """T01: CI, requirements, code and paths that no rule knows wait for the owner, whatever else is approved."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.write(path, "harmless: true\n")
    approvals = desk.approve_all(("finn", desk.countersigned(), NAME), ("finn", desk.control_digest(), None))
    judged = desk.waits(*approvals)
    assert judged.asks("control.owner", path, "outside workflows/", severity="wait")["who"] == ["ana"]
    assert "approver.countersign" not in judged.codes


def test_the_owner_settles_control_paths(desk: Desk) -> None:
    """T01: the owner's approval of just these paths is what lets them pass; one more byte and it is void."""
    desk.write("notes.md", "A page.\n")
    approvals = desk.approve_all(("ana", desk.control_digest(), None))
    assert desk.passes(*approvals).codes == set()
    desk.write("notes.md", "A page!\n")
    assert desk.waits(*approvals).codes == {"control.owner"}


def test_the_owner_cannot_settle_their_own(desk: Desk) -> None:
    """T01: control paths that the owner wrote wait for the deputy."""
    desk.who = "ana"
    desk.write("notes.md", "A page.\n")
    judged = desk.waits(*desk.approve_all(("ana", desk.control_digest(), None)))
    assert judged.asks("control.owner", "notes.md", severity="wait")["who"] == ["ben"]


def test_rules_that_the_change_brings_must_let_it_pass(desk: Desk) -> None:
    """T01: a stricter rule of the change counts in the change itself."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    text = desk.path("policies/gate/note/one-page.rego").read_text()
    head = text[: re.search(r"^package .*\n", text, re.MULTILINE).end()]  # type: ignore[union-attr]
    always = 'findings contains {"workflow": null, "field": "people", "message": "Must never pass"}\n'
    desk.write("policies/gate/note/one-page.rego", f"{head}\n{always}")
    desk.refuses().asks("note.one-page", PEOPLE, "Must never pass")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"code": code,', '"code": "no.such",'),
        ('"severity": severity(metadata(code), hit.workflow),', '"severity": "none",'),
        ('"message": hit.message,', '"message": 5,'),
        ('"who": sort(object.get(hit, "who", [])),', '"who": [1],'),
        ('"waived": waived(code, hit.workflow),', '"waived": 77,'),
        ('"findings": findings', '"findings": 7'),
        ('"changes": changes', '"changes": []'),
    ],
)
def test_a_verdict_that_talks_nonsense_is_an_error(desk: Desk, old: str, new: str) -> None:
    """T01, T12: a verdict.rego of the change that answers nonsense is an error of the rules, not of the gate."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.replace(VERDICT, old, new)
    desk.cannot_judge("verdict.rego did not answer as documented")


def test_attributes_of_the_change_hide_nothing(desk: Desk) -> None:
    """T01: attributes that the change brings do not hide what it edits."""
    desk.write(".gitattributes", "* merge=ours diff=none filter=evil export-ignore\n")
    lower_tier(desk)
    desk.refuses().asks("risk.floor", MANIFEST, "Must be high")
