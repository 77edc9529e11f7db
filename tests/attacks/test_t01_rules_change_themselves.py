"""T01: the change edits the rules, the code, the CI, the requirements or the people that judge it."""

from __future__ import annotations

import pytest
from support.attack import (  # fmt: skip
    Act,
    Attack,
    Edit,
    asked,
    attempt,
    body,
    both,
    editing,
    pass_through,
    riding,
    scene,
    shorten,
    writing,
)
from support.desk import MANIFEST, PEOPLE, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

FLOOR = "policies/gate/risk/floor.rego"
NOTE = "policies/gate/note/one-page.rego"
VERDICT = "policies/verdict.rego"
ALWAYS = 'findings contains {"workflow": null, "field": "people", "message": "Must never pass"}\n'
MALLORY = "  mallory: {name: Mallory, forge: 999, emails: [m@example.org], may: [low, medium, high]}\nrotas:"

lower_tier = editing(MANIFEST, "tier: high", "tier: medium")


def with_accomplice(edit: Edit, number: int) -> Act:
    """A stranger's account clicks and writes the line, for a place in the team that the change makes theirs."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        edit(there.desk)
        there.join("mallory", number)
        request = asked(there)
        there.forge.unapprove(request, there.users["finn"])
        there.countersign(request, "mallory")
        return request

    return act


def grant(desk: Desk) -> None:
    """Eli becomes eligible, and the approver."""
    desk.replace(MANIFEST, "approver: finn", "approver: eli")
    text = desk.path(PEOPLE).read_text()
    start = text.index("  eli:")
    desk.write(PEOPLE, text[:start] + text[start:].replace("may: []", "may: [low, medium, high]", 1))


def repair(*clicks: str) -> Act:
    """The target's rules are broken, and a change of policies alone mends them."""

    def act(there: ForgeDesk) -> MergeRequest:
        sound = there.desk.path(NOTE).read_text()
        scene(there, writing(NOTE, "package broken {\n"))
        there.desk.write(NOTE, sound)
        there.desk.commit("Mend the rule")
        request = there.open("change", labels=("countersign::merge",))
        there.approve(request, *clicks)
        return request

    return act


ATTACKS = (
    Attack("The change softens the rule that refuses it from `deny` to `warn`; the owner approves.",
           riding(both(lower_tier, editing(FLOOR, "severity: deny", "severity: warn")), "ana"), "refused",
           "risk.floor"),
    Attack("It puts off the day from which the rule counts.",
           riding(both(lower_tier, editing(FLOOR, "effective_on: 2026-11-01", "effective_on: 2099-01-01")), "ana"),
           "refused", "risk.floor"),
    Attack("It empties the rule that refuses it, and keeps its name.",
           riding(both(lower_tier, body(FLOOR, "findings := set()\n")), "ana"), "refused", "risk.floor"),
    Attack("It makes the verdict drop every finding.",
           riding(both(lower_tier, editing(VERDICT, '"findings": findings', '"findings": set()')), "ana"),
           "refused", "risk.floor"),
    Attack("It deletes the rule.", riding(both(lower_tier, lambda desk: desk.path(FLOOR).unlink()), "ana"),
           "refused", "control.policies", "Must keep the code risk.floor"),
    Attack("It makes the finding read as if it were waived.",
           riding(both(lower_tier, editing(VERDICT, "waived(code, hit.workflow),", "0,")), "ana"),
           "error", "It names the waiver 0, of 0."),
    Attack("It hides what it edits behind git attributes.",
           riding(both(lower_tier, writing(".gitattributes", "* merge=ours diff=none filter=evil export-ignore\n"))),
           "refused", "risk.floor"),
    Attack("It brings a rule that refuses everything, so that nothing merges any more.",
           riding(body(NOTE, ALWAYS), "ana"), "refused", "note.one-page", "Must never pass"),
    Attack("It adds an accomplice to the approvers, who approves.",
           with_accomplice(both(editing(PEOPLE, "rotas:", MALLORY),
           editing(MANIFEST, "approver: finn", "approver: mallory")), 999),
           "refused", "approver.eligible", "got mallory"),
    Attack("It gives the approver's place to another account, which approves.",
           with_accomplice(editing(PEOPLE, "forge: 103", "forge: 666"), 666),
           "waits", "approver.countersign", "forge user 666: nobody in team/people.yaml has that forge id"),
    Attack("It makes its approver eligible in the same change.", riding(grant, "ana", "eli"), "refused",
           "approver.eligible"),
    Attack("It makes its author the owner, who approves.",
           riding(both(editing(PEOPLE, "owner: ana", "owner: finn")), "dana"), "waits", "control.owner",
           "Must be approved by ana"),
    Attack("It makes the team a solo team, so that nobody else has to look.",
           riding(editing(PEOPLE, "deputy: ben\npeople", "solo: true\npeople"), "dana"), "waits", "control.owner"),
    Attack("It drops the gate from the pipeline.",
           riding(writing(".gitlab-ci.yml", "test: {script: 'true'}\n"), "dana"),
           "waits", "control.owner", ".gitlab-ci.yml"),
    Attack("It makes the program that starts the gate do nothing.", riding(writing("start.py", "pass\n")),
           "waits", "control.owner", "start.py"),
    Attack("It swaps a required package for another.", riding(writing("requirements/run.txt", "evil==1.0\n")),
           "waits", "control.owner", "requirements/run.txt"),
    Attack("It names other code owners.", riding(writing(".gitlab/CODEOWNERS", "* @dpetrova\n")),
           "waits", "control.owner", ".gitlab/CODEOWNERS"),
    Attack("It repairs rules that are broken on the target, with the owner's approval alone.",
           repair("ana"), "waits", "control.owner", "ben"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T01: the target's rules, people and code judge, whatever the change makes of them."""
    attempt(attack, forge_desk)


def test_with_the_owner_it_passes(forge_desk: ForgeDesk) -> None:
    """The owner's approval of just these paths is what lets an honest change of the CI pass."""
    pass_through(forge_desk, riding(writing(".gitlab-ci.yml", "test: {script: 'true'}\n"), "ana"))


def test_a_repair_by_both_passes(forge_desk: ForgeDesk) -> None:
    """Broken rules are repaired by a change that owner and deputy approve."""
    pass_through(forge_desk, repair("ana", "ben"))


def test_the_owner_cannot_settle_their_own(forge_desk: ForgeDesk) -> None:
    """T01: control paths that the owner wrote wait for the deputy, and pass with them."""
    forge_desk.desk.who = "ana"
    forge_desk.desk.write("notes.md", "A page.\n")
    forge_desk.desk.commit("A page")
    request = forge_desk.open("change", "ana", labels=("countersign::merge",))
    forge_desk.approve(request, "ana")
    assert "Must be approved by ben" in forge_desk.merge(request).output
    forge_desk.approve(request, "ben")
    pass_through(forge_desk, lambda _: request)
