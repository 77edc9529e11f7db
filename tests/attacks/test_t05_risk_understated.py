"""T05: tier, touches or effect is understated, at once or in steps."""

from __future__ import annotations

import pytest
from support.attack import Act, Attack, Edit, ask, attempt, both, drill, editing, pass_through, riding, scene, writing
from support.desk import MANIFEST, NAME, PROMPT, STATE, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

TRIAGE = "workflows/ticket-triage/workflow.yaml"

lower = editing(MANIFEST, "tier: high", "tier: medium")
no_touch = editing(MANIFEST, "touches: [customers]", "touches: []")
all_drafts = both(*(editing(MANIFEST, f"{{name: {name}, effect: send, release: named}}",
                            f"{{name: {name}, effect: draft, release: review}}") for name in ("invoice-copy",
                            "receipt")))  # fmt: skip


def effect(name: str) -> Edit:
    return editing(TRIAGE, "{name: set-queue, effect: label", f"{{name: set-queue, effect: {name}")


def triage(edit: Edit, *clicks: str) -> Act:
    """A change of the low workflow, drilled and clicked by whom it would concern."""

    def act(there: ForgeDesk) -> MergeRequest:
        edit(there.desk)
        request = ask(there)
        drill(there, "ticket-triage")
        there.approve(request, *clicks)
        return request

    return act


def unsound_together(there: ForgeDesk) -> MergeRequest:
    """A variable is dropped on main while a branch begins to use it."""

    def drop(desk: Desk) -> None:
        desk.replace(PROMPT, "    customer_name: string, the name on the account\n", "")
        desk.replace(PROMPT, "Customer: {{customer_name}}\n", "")

    there.desk.replace(
        PROMPT, "name the policy line you used.", "name the policy line you used, and greet {{customer_name}}."
    )
    branch = there.desk.commit("Greet")
    request = ask(there)
    scene(there, drop)
    there.desk.git("reset", "--quiet", "--hard", branch)
    there.approve(request, "finn")
    return request


PAUSED = "state: paused\nreason: Odd replies.\n"
STOPPED = (
    "state: live\nstopped:\n  - id: fees\n    action: late-fee-question\n    version: '*'\n"
    "    reason: A wrong fee was quoted.\n    at: 2026-11-20T22:40:00Z\n"
)


def release(word: str) -> Edit:
    return editing(MANIFEST, "{name: invoice-copy, effect: send, release: named}",
                   f"{{name: invoice-copy, effect: send, release: {word}}}")  # fmt: skip


ATTACKS = (
    Attack("The tier is lowered although customers are touched; everybody approves.", riding(lower, "ana"),
           "refused", "risk.floor", "Must be high, since it touches customers"),
    Attack("Touches and tier are lowered together, and anybody eligible at medium approves.",
           riding(both(lower, no_touch, all_drafts), "dana", "hugo"), "waits", "risk.owner", "Must be approved by ana"),
    Attack("Only touches is emptied, so that the tier can be lowered next week.", riding(no_touch),
           "waits", "risk.owner"),
    Attack("The second half of it: touches is empty on main, and the tier is lowered without the owner.",
           riding(both(lower, all_drafts), before=no_touch), "waits", "risk.owner"),
    Attack("The second half of it: sending stays, and the tier goes to low.",
           riding(editing(MANIFEST, "tier: high", "tier: low"), "ana", before=no_touch), "refused", "risk.floor",
           "Must be at least medium"),
    Attack("A label becomes a draft without the owner.", triage(effect("draft"), "dana", "hugo"), "waits",
           "risk.owner"),
    Attack("A low workflow sends.", triage(effect("send"), "ana"), "refused", "risk.floor", "at least medium"),
    Attack("A low workflow pays.", triage(effect("pay"), "ana"), "refused", "risk.floor", "Must be high"),
    Attack("A low workflow changes accounts.", triage(effect("change"), "ana"), "refused", "risk.floor",
           "Must be high"),
    Attack("An effect that nobody knows is invented.",
           riding(editing(MANIFEST, "{name: receipt, effect: send", "{name: receipt, effect: nudge"), "ana",
           sound=False),
           "refused", "workflow.schema", "got nudge"),
    Attack("What is sent needs no look any more.", riding(release("automatic"), "ana"), "refused", "risk.release",
           "got automatic"),
    Attack("What is sent is looked at now and then.", riding(release("sample"), "ana"), "refused", "risk.release",
           "got sample"),
    Attack("What is sent is looked at by anybody.", riding(release("review"), "ana"), "refused", "risk.release",
           "got review"),
    Attack("A low workflow gets a tool that acts outside.",
           triage(editing(TRIAGE, "data:\n", "tools:\n  - {name: desk, effect: external}\ndata:\n"), "ana"),
           "refused", "tools.floor"),
    Attack("A low workflow gets write access.", triage(editing(TRIAGE, "access: read", "access: write"), "ana"),
           "refused", "data.floor"),
    Attack("A high workflow gets one more tool, and the owner is not asked.",
           riding(editing(MANIFEST, "tools:\n", "tools:\n  - {name: crm, effect: write}\n")), "waits", "risk.owner"),
    Attack("A stop trigger is raised until it never fires, with an old countersignature.",
           lambda there: _afterwards(there, editing(MANIFEST, "above: 6,", "above: 600,")),
           "waits", "approver.countersign"),
    Attack("The time to roll back grows from minutes to hours, with an old countersignature.",
           lambda there: _afterwards(there, editing(MANIFEST, "within: 5m", "within: 5h")),
           "waits", "approver.countersign"),
    Attack("A stop trigger is dropped among other things, with an old countersignature.",
           lambda there: _afterwards(there, editing(MANIFEST, "    - {metric: wrong_price, above: 0, over: 1d}\n", "")),
           "waits", "approver.countersign"),
    Attack("A pause, which needs nobody, carries a new prompt along.",
           lambda there: _undecorated(there,
           both(writing(STATE, PAUSED), editing(PROMPT, "Never promise", "Always promise"))),
           "waits", "approver.countersign"),
    Attack("A narrower trigger carries a wider model along.",
           lambda there: _undecorated(there, both(editing(MANIFEST, "above: 6,", "above: 4,"),
                                                  editing(MANIFEST, "quick-2026-03-01", "quick-2026-04-01"))),
           "waits", "approver.countersign"),
    Attack("A stop is lifted by on-call alone.",
           lambda there: _undecorated(there, writing(STATE, "state: live\n"), before=writing(STATE, STOPPED)),
           "waits", "approver.countersign"),
    Attack("A version is restored that a stop names.",
           lambda there: _undecorated(there, editing(PROMPT, "Always promise", "Never promise"), before=both(
               writing(STATE, STOPPED), editing(PROMPT, "Never promise", "Always promise"))),
           "waits", "approver.countersign"),
    Attack("Two sound branches merge into a prompt with a variable that nobody fills.", unsound_together,
           "refused", "prompt.variables", "customer_name"),
)  # fmt: skip


def _undecorated(there: ForgeDesk, edit: Edit, before: Edit | None = None) -> MergeRequest:
    """Dana, who is on call, drills it and asks for no approval at all."""
    if before:
        scene(there, before)
    edit(there.desk)
    request = ask(there)
    drill(there, NAME)
    return request


def _afterwards(there: ForgeDesk, edit: Edit) -> MergeRequest:
    request = riding(lambda _: None)(there)
    edit(there.desk)
    there.desk.commit("One more thing")
    drill(there, NAME)
    there.push(request)
    return request


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T05: floors hold whoever approves, the stricter of before and after counts, and other powers ask the owner."""
    attempt(attack, forge_desk)


@pytest.mark.parametrize("act", [riding(lambda _: None), triage(effect("draft"), "ana")])
def test_honestly_stated_it_passes(forge_desk: ForgeDesk, act: Act) -> None:
    """A change within its tier, with the owner where powers change, passes."""
    pass_through(forge_desk, act)


def test_the_report_says_what_it_is(desk: Desk) -> None:
    """T05: a change that understates is told as widening, at the tier it had."""
    both(no_touch, lower)(desk)
    change = desk.gate().report["changes"][0]
    assert (change["kind"], change["tier"]) == ("widening", "high")
