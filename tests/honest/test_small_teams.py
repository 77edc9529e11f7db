"""A team of two, and a founder alone: nobody is asked who is not there, and what one may do alone is done alone."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
import yaml
from support import yaml_text
from support.attack import Edit, ask, both, drill, editing, writing
from support.desk import MANIFEST, NAME, PEOPLE, PROMPT, STATE, Desk
from support.forge_desk import ForgeDesk
from support.honest import Honest, Week, live

PAGE = "docs/page.md"
EDITS, TRIAGE = "workflows/help-centre-edits", "workflows/ticket-triage"


def only(*people: str, **fields: Any) -> Edit:
    """The company shrinks to these people, who hold every duty; the last of them approves everything."""

    def edit(desk: Desk) -> None:
        team = desk.people()
        team["people"] = {name: about for name, about in team["people"].items() if name in people}
        for about in team["people"].values():
            about.pop("deputy", None)
        team["rotas"] = {rota: list(people) for rota in team["rotas"]}
        team.pop("deputy")
        desk.write(PEOPLE, yaml_text.dump({**team, **fields}))
        tasks = yaml.safe_load(desk.path("team/tasks.yaml").read_text())
        for task in tasks["tasks"].values():
            task["owner"] = people[0]
        desk.write("team/tasks.yaml", yaml.safe_dump(tasks))
        for manifest in desk.path("workflows").glob("*/workflow.yaml"):
            said = yaml.safe_load(manifest.read_text())
            text = manifest.read_text().replace(f"approver: {said['approver']}", f"approver: {people[-1]}")
            manifest.write_text(text.replace("  by: ben", f"  by: {people[0]}"))

    return edit


def calm(desk: Desk) -> None:
    """The founder has nothing high yet."""
    for name in (NAME, "refund-decisions", "meeting-notes"):
        shutil.rmtree(desk.path(f"workflows/{name}"))


def draft(name: str, like: str) -> Edit:
    def edit(desk: Desk) -> None:
        shutil.copytree(desk.path(like), desk.path(f"workflows/{name}"))
        desk.replace(f"workflows/{name}/workflow.yaml", f"workflow: {like.split('/')[1]}", f"workflow: {name}")
        desk.write(f"workflows/{name}/state.yaml", "state: proposed\n")

    return edit


TWO = Week("A team of two", (
    Honest("The owner shortens a prompt; the other one signs.", "ana", editing(PROMPT, "at most 120", "at most 90"),
           "ben"),
    Honest("The approver shortens it; the owner signs.", "ben", editing(PROMPT, "at most 90", "at most 80"), "ana"),
    Honest("The owner writes a page.", "ana", writing(PAGE, "A page.\n"), "ben"),
    Honest("The other one writes a page.", "ben", writing(PAGE, "Another page.\n"), "ana"),
    Honest("At night, one of them pauses.", "ben", writing(STATE, "state: paused\nreason: Odd replies.\n")),
    Honest("Together they go on.", "ana", writing(STATE, "state: live\n"), "ben"),
    Honest("At medium, either signs what the other wrote.", "ben", editing(f"{EDITS}/edit.prompt", "{{", " {{"), "ana"),
    Honest("A new draft by the approver.", "ben", draft("invoice-replies", f"workflows/{NAME}"), "ana"),
    Honest("One takes over from the other.", "ana", editing(MANIFEST, "approver: ben", "approver: ana"), "ben"),
), only("ana", "ben", deputy="ben"))  # fmt: skip

ALONE = Week("A founder alone", (
    Honest("A low workflow is reworded.", "ana", editing(f"{TRIAGE}/sort.prompt", "{{", " {{")),
    Honest("A page is written.", "ana", writing(PAGE, "A page.\n"), "ana"),
    Honest("A medium workflow is reworded.", "ana", editing(f"{EDITS}/edit.prompt", "{{", " {{"), "ana"),
    Honest("A medium workflow goes live.", "ana", writing(f"{EDITS}/state.yaml", "state: live\n"), "ana"),
    Honest("It is paused.", "ana", writing(f"{EDITS}/state.yaml", "state: paused\nreason: Odd edits.\n")),
    Honest("A new low draft is written.", "ana", draft("call-sorting", TRIAGE), "ana"),
    Honest("It goes live.", "ana", writing("workflows/call-sorting/state.yaml", "state: live\n")),
    Honest("It is retired.", "ana", writing("workflows/call-sorting/state.yaml", "state: retired\nreason: Done.\n")),
    Honest("A colleague joins.", "ana", editing(PEOPLE, "people:\n",
           "people:\n  kim: {name: Kim, forge: 110, emails: [kim@example.org], may: [low, medium, high]}\n"), "ana"),
    Honest("The colleague becomes the deputy.", "ana", editing(PEOPLE, "solo: true", "deputy: kim"), "ana"),
), both(calm, only("ana", solo=True)))  # fmt: skip

WEEKS = (TWO, ALONE)


@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_every_change_merges(forge_desk: ForgeDesk, week: Week) -> None:
    """Each change of the week merges after just the clicks that its note asks for."""
    forge_desk.join("kim", 110)
    live(forge_desk, week)


def test_alone_high_stays_refused(forge_desk: ForgeDesk) -> None:
    """T02: a founder alone approves nothing high of their own."""
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "main")
    only("ana", solo=True)(desk)
    desk.land()
    desk.git("switch", "--quiet", "-C", "change", "main")
    desk.who = "ana"
    desk.replace(PROMPT, "at most 120", "at most 90")
    request = ask(forge_desk, "ana")
    drill(forge_desk, NAME)
    forge_desk.countersign(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (1, "opened")
    assert "approver.author" in heard.output
