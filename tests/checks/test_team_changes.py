"""Changes of the team that nothing else would notice: keys that go, files that turn into something else, absences."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from support import yaml_text
from support.desk import FOLDER, NAME, PEOPLE, STATE, Desk

ABSENCE = [{"from": "2026-11-27", "to": "2026-12-05"}]


def edit(desk: Desk, change: Callable[[dict[str, Any]], object]) -> None:
    """Somebody edits team/people.yaml."""
    people = desk.people()
    change(people)
    desk.write(PEOPLE, yaml_text.dump(people))


def approved(desk: Desk, *people: str) -> list[str]:
    """The options that give these people's approvals of the paths outside workflows."""
    return desk.approve_all(*((person, desk.control_digest(), None) for person in people))


@pytest.mark.parametrize(
    "change",
    [
        lambda people: people["signers"].update(drill=[]),
        lambda people: people["signers"].update(change=["pipeline-drill"]),
        lambda people: people["people"]["ana"]["keys"][0].update(to="2026-01-02"),
        lambda people: people["people"]["ana"]["keys"][0].update(ed25519="ab" * 32),
    ],
    ids=["a kind signed by nobody", "another key for the kind", "an end before the record", "another key of that name"],
)
def test_a_key_that_signed_a_record_stays(desk: Desk, change: Callable[[dict[str, Any]], object]) -> None:
    """T07: no approval makes a change pass after which what is on record could not be read any more."""
    edit(desk, change)
    judged = desk.refuses(*approved(desk, "ana", "ben"))
    judged.asks("records.readable", PEOPLE, "Must keep the keys that signed billing-replies/")


def test_keys_are_rotated_by_adding(desk: Desk) -> None:
    """The old key ends and stays listed, the new one stands beside it, and what follows can be judged."""

    def rotate(people: dict[str, Any]) -> None:
        for kind in ("change", "drill"):
            people["signers"][kind].append(f"{kind}-2")
            key = {"id": f"{kind}-2", "ed25519": os.urandom(32).hex(), "from": "2026-11-01", "to": "2099-12-31"}
            people["people"]["ben"].setdefault("keys", []).append(key)
        for key in people["people"]["ana"]["keys"]:
            key["to"] = "2099-12-30"

    edit(desk, rotate)
    desk.passes(*approved(desk, "ana"))
    desk.commit("Rotate the keys")
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.write(STATE, "state: paused\nreason: Odd replies.\n")
    desk.passes()


def test_an_absence_is_recorded_in_a_plain_file(desk: Desk) -> None:
    """T10: who records their own absence, alone, turns the team's file into nothing else on the way."""
    desk.who = "finn"
    edit(desk, lambda people: people["people"]["finn"].update(away=ABSENCE))
    desk.passes()
    desk.path(PEOPLE).chmod(0o755)
    desk.refuses().asks("people.schema", PEOPLE, "Must be a plain file (got executable)")
    text = desk.path(PEOPLE).read_text()
    desk.path(PEOPLE).unlink()
    desk.path(PEOPLE).symlink_to("elsewhere.yaml")
    desk.write("team/elsewhere.yaml", text)
    desk.refuses().asks("people.schema", PEOPLE, "Must be a plain file (got symlink)")


def test_a_team_of_two_records_the_owner_s_absence(on_main: Callable[[], Desk]) -> None:
    """The deputy records it, and nobody is asked who is not there."""
    desk = on_main()

    def shrink(people: dict[str, Any]) -> None:
        people["people"] = {name: people["people"][name] for name in ("ana", "ben")}
        people["rotas"] = {rota: [*people["people"]] for rota in people["rotas"]}

    edit(desk, shrink)
    desk.write("team/tasks.yaml", re.sub(r"owner: \w+", "owner: ben", desk.path("team/tasks.yaml").read_text()))
    desk.land()
    desk.branch("away", "ben")
    edit(desk, lambda people: people["people"]["ana"].update(away=ABSENCE))
    desk.passes()


def test_hidden_text_outside_workflows_is_told(desk: Desk) -> None:
    """T15: the owner is told that there is more to what they approve than they see."""
    desk.write("docs/page.md", "Nothing to see.\u200b\u202e\n")
    judged = desk.waits()
    judged.asks("control.hidden", "docs/page.md", "holds characters that nobody sees", severity="warn")


def test_a_link_is_no_workflow(desk: Desk) -> None:
    """T10: what stands in a folder's place is refused, whoever approves it."""
    desk.path("workflows/new-one").symlink_to(NAME)
    desk.refuses(*approved(desk, "ana")).asks("workflow.folder", "workflows/new-one", "got symlink")


def test_an_untidy_file_that_was_there_does_not_keep_a_workflow_running(on_main: Callable[[], Desk]) -> None:
    """Pausing needs nobody to tidy up first; every other change does."""
    desk = on_main()
    desk.write(f"{FOLDER}/reply.prompt", desk.path(f"{FOLDER}/reply.prompt").read_text() + "\u200b\n")
    desk.land()
    desk.branch("pause")
    desk.write(STATE, "state: paused\nreason: Odd replies.\n")
    desk.passes().asks("workflow.files", f"{FOLDER}/reply.prompt", "hidden characters", severity="warn")
    shutil.copy(desk.path(f"{FOLDER}/fallback.md"), desk.path(f"{FOLDER}/more.md"))
    desk.refuses()
