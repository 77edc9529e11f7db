"""T04: an approver who was swapped, misspelt, is not eligible, looks like another, is away or has left."""

from __future__ import annotations

from typing import Any

import pytest
from support import yaml_text
from support.attack import Act, Attack, Edit, ask, asked, attempt, drill, editing, pass_through, riding, scene, shorten
from support.desk import MANIFEST, NAME, PEOPLE, STATE, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

EDITS = "help-centre-edits"


def names(approver: str) -> Edit:
    return editing(MANIFEST, "approver: finn", f"approver: {approver}")


def signed_by(person: str) -> Act:
    """Somebody else than the named approver countersigns."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = ask(there)
        drill(there, NAME)
        there.countersign(request, person)
        return request

    return act


def swapped(*signers: str) -> Act:
    """Dana names ben in finn's place."""

    def act(there: ForgeDesk) -> MergeRequest:
        names("ben")(there.desk)
        request = ask(there)
        drill(there, NAME)
        for person in signers:
            there.countersign(request, person)
        return request

    return act


def absent(absence: dict[str, Any]) -> Act:
    """Finn is away, or has left; he clicks and writes the line all the same."""

    def leave(desk: Desk) -> None:
        people = desk.people()
        people["people"]["finn"].pop("away")
        people["people"]["finn"] |= absence
        desk.write(PEOPLE, yaml_text.dump(people))
        desk.replace("team/tasks.yaml", "owner: finn", "owner: ben")
        desk.replace(PEOPLE, "- finn", "- ana")

    def act(there: ForgeDesk) -> MergeRequest:
        scene(there, leave)
        shorten(there.desk)
        return asked(there)

    return act


def look_alike(there: ForgeDesk) -> MergeRequest:
    """Somebody registers an account that reads like finn's."""
    user = there.join("fa1brecht", 666)
    user.name = "Finn Albrecht"
    there.users["fa1brecht"] = user
    return signed_by("fa1brecht")(there)


def at_medium(there: ForgeDesk) -> MergeRequest:
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", "  {{")
    request = ask(there)
    there.approve(request, "gita", "eli")
    return request


def paused_by(person: str) -> Act:
    def act(there: ForgeDesk) -> MergeRequest:
        there.desk.who = person
        there.desk.write(STATE, "state: paused\nreason: I would rather not.\n")
        return ask(there, person)

    return act


def written_away(there: ForgeDesk) -> MergeRequest:
    """Dana writes down that finn is away, and the deputy, who is in on it, approves that."""
    people = there.desk.people()
    people["people"]["finn"] |= AWAY
    there.desk.write(PEOPLE, yaml_text.dump(people))
    request = ask(there)
    there.approve(request, "dana", "hugo")
    return request


AWAY = {"away": [{"from": "2026-01-01", "to": "2099-12-31"}]}

ATTACKS = (
    Attack("The author swaps the approver for one who agrees; only the new one signs.", swapped("ben"),
           "waits", "approver.handover", "Must have the consent of the old approver, finn"),
    Attack("The new approver never agreed.", swapped("finn"), "waits", "approver.handover", "the new approver, ben"),
    Attack("The approver's name is misspelt, so that it is nobody's.", riding(names("fin")),
           "refused", "approver.eligible", "got fin"),
    Attack("The approver's name has a letter of another alphabet.", riding(names("f\u0456nn"), sound=False),
           "refused", "workflow.schema"),
    Attack("The workflow names no approver any more.",
           riding(editing(MANIFEST, "approver: finn\n", "")), "refused", "approver.missing"),
    Attack("The approver is a list of people.", riding(names("[finn, dana]"), sound=False), "refused",
           "workflow.schema"),
    Attack("The approver is a rota.", riding(names("support-agents")), "refused", "approver.eligible"),
    Attack("The new approver may approve nothing.", riding(names("eli"), "eli"), "refused", "approver.eligible",
           "got eli"),
    Attack("The new approver may not approve high.", riding(names("hugo"), "hugo"), "refused", "approver.eligible",
           "got hugo"),
    Attack("The new approver left the team a year ago.", riding(names("ivo")), "refused", "approver.eligible",
           "has not left the team"),
    Attack("A colleague who may approve medium countersigns high.", signed_by("hugo"), "waits", "approver.countersign"),
    Attack("The deputy signs while the approver is there.", signed_by("ben"), "waits", "approver.countersign",
           "Must be countersigned by finn"),
    Attack("The owner signs while the approver is there.", signed_by("ana"), "waits", "approver.countersign",
           "Must be countersigned by finn"),
    Attack("Somebody registers an account with the approver's name.", look_alike, "waits", "approver.countersign",
           "by forge user 666: nobody in team/people.yaml has that forge id"),
    Attack("The approver clicks from the beach, although away.", absent(AWAY), "waits", "approver.countersign",
           "Must be countersigned by ben"),
    Attack("A colleague writes down that the approver is away, so that somebody else signs.", written_away,
           "waits", "people.absence", "when finn is away"),
    Attack("The approver has left, and their account still clicks.", absent({"left": "2026-01-01"}),
           "refused", "approver.eligible"),
    Attack("At medium, people who may approve nothing click.", at_medium, "waits", "approver.countersign"),
    Attack("Somebody who is neither on call, approver nor owner pauses a workflow.", paused_by("hugo"),
           "waits", "approver.countersign", "Must be written or approved by one of ana, ben, dana, eli, finn"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T04: only the person whom the target names, with the account that the target gives, can sign."""
    attempt(attack, forge_desk)


@pytest.mark.parametrize("act", [signed_by("finn"), swapped("finn", "ben"), paused_by("eli")])
def test_the_right_person_passes(forge_desk: ForgeDesk, act: Act) -> None:
    """The named approver, both of a hand-over, and on-call for a pause pass."""
    pass_through(forge_desk, act)
