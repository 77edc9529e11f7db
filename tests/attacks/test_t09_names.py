"""T09: delete and add anew, rename, names that look like others."""

from __future__ import annotations

import shutil

import pytest
from support.attack import Act, Attack, Edit, ask, attempt, clicked, pass_through, scene, writing
from support.desk import FOLDER, NAME, STATE, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

NOTES = "workflows/meeting-notes"


def plain(edit: Edit, *clicks: str, before: Edit | None = None) -> Act:
    """A change that everybody clicks who could be asked."""

    def act(there: ForgeDesk) -> MergeRequest:
        if before:
            scene(there, before)
        edit(there.desk)
        request = ask(there)
        there.approve(request, "finn", "ana", *clicks)
        return request

    return act


def clone_as(name: str, *, keep: bool = True) -> Edit:
    """The live workflow again, as a draft under another name."""

    def edit(desk: Desk) -> None:
        folder = f"workflows/{name}"
        shutil.copytree(desk.path(FOLDER), desk.path(folder))
        desk.replace(f"{folder}/workflow.yaml", f"workflow: {NAME}", f"workflow: {name}")
        desk.write(f"{folder}/state.yaml", "state: proposed\n")
        if not keep:
            shutil.rmtree(desk.path(FOLDER))

    return edit


def delete(folder: str) -> Edit:
    return lambda desk: shutil.rmtree(desk.path(folder))


def readd(desk: Desk) -> None:
    desk.git("checkout", "--quiet", "main~1", "--", NOTES)
    desk.write(f"{NOTES}/state.yaml", "state: proposed\n")


def rename_in_two_steps(desk: Desk) -> None:
    """On a case-blind disk, the same folder twice."""
    shutil.copytree(desk.path(FOLDER), desk.path(f"Workflows/{NAME}"))


ATTACKS = (
    Attack("A live workflow is deleted, and everybody approves.", plain(delete(FOLDER)), "refused",
           "workflow.retired-first"),
    Attack("A live workflow is renamed, so that its past is gone.", plain(clone_as("invoice-replies", keep=False)),
           "refused", "workflow.retired-first"),
    Attack("A live workflow is set back to proposed, and then deleted like a draft.",
           plain(delete(FOLDER), before=writing(STATE, "state: proposed\n")), "refused", "workflow.retired-first"),
    Attack("A deleted workflow comes back under its name, without its history.",
           plain(readd, "ben", before=delete(NOTES)), "refused", "workflow.readded"),
    *(Attack(f"A new workflow is called {name}.", plain(clone_as(name)), "refused", "workflow.folder",
             f"of another workflow, {NAME}")
      for name in ("bi11ing-replies", "billingreplies")),
    *(Attack(f"A new workflow's name is written {kind}.", plain(clone_as(name)), "refused", code)
      for kind, name, code in (("in capitals", "Billing-Replies", "workflow.schema"),
                               ("with a letter of another alphabet", "b\u0456lling-replies", "workflow.schema"),
                               ("from right to left", "\u202ebilling", "workflow.schema"))),
    Attack("The whole folder gets a twin in capitals.",
           clicked(rename_in_two_steps, "finn", "dana"), "waits", "control.owner", "Workflows/"),
    Attack("A manifest calls itself another workflow.",
           plain(lambda desk: desk.replace(f"{FOLDER}/workflow.yaml", f"workflow: {NAME}",
           "workflow: refund-decisions")),
           "refused", "workflow.folder", "Must equal the folder's name"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T09: a name is used once, reads like no other, and what ran is retired before it goes."""
    attempt(attack, forge_desk)


def test_what_is_retired_may_go(forge_desk: ForgeDesk) -> None:
    """A retired workflow is deleted like any paper that is done with."""
    pass_through(forge_desk, plain(delete(NOTES), "ben"))


def test_a_new_name_passes(forge_desk: ForgeDesk) -> None:
    """A draft under a name of its own passes with approver and owner."""

    def act(there: ForgeDesk) -> MergeRequest:
        clone_as("invoice-replies")(there.desk)
        request = ask(there)
        for person in ("finn", "ana"):
            there.countersign(request, person, "invoice-replies")
        return request

    pass_through(forge_desk, act)
