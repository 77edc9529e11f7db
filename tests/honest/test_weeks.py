"""Typical weeks of a real team: nothing honest is refused, and nothing waits for what nobody can do."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support import yaml_text
from support.attack import Edit, both, editing, writing
from support.desk import DRILL, FALLBACK, MANIFEST, NAME, PEOPLE, PROMPT, STATE, WAIVERS, Desk
from support.forge_desk import ForgeDesk
from support.honest import Honest, Week, live

EDITS, NOTES, REFUNDS, TRIAGE = (
    f"workflows/{name}" for name in ("help-centre-edits", "meeting-notes", "refund-decisions", "ticket-triage")
)
LIVE, PAUSED = "state: live\n", "state: paused\nreason: Two odd replies; the policy lines are being checked.\n"
RETIRED = "state: retired\nreason: Nobody needs it any more.\n"
STOPPED = (
    "state: live\nstopped:\n  - id: fees\n    action: late-fee-question\n    version: '*'\n"
    "    reason: A wrong fee was quoted.\n    at: 2026-11-20T22:40:00Z\n"
)


def day(ahead: int) -> str:
    """A date that many days from today."""
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


def team(change: Any) -> Edit:
    """An edit of team/people.yaml as data."""

    def edit(desk: Desk) -> None:
        people = desk.people()
        change(people)
        desk.write(PEOPLE, yaml_text.dump(people))

    return edit


def away(person: str, until: int = 7) -> Edit:
    """Somebody is away from today on."""
    return team(lambda team: team["people"][person].update(away=[{"from": day(-1), "to": day(until)}]))


def back(person: str) -> Edit:
    """They are back earlier than said."""
    return team(lambda team: team["people"][person].pop("away"))


def leave(person: str, heir: str) -> Edit:
    """Somebody leaves; their duties in team/ go to another."""

    def change(team: Any) -> None:
        team["people"][person]["left"] = day(0)
        team["people"][person].pop("away", None)
        team["rotas"] = {
            name: sorted({heir if one == person else one for one in rota}) for name, rota in team["rotas"].items()
        }
        for one in team["people"].values():
            if one.get("deputy") == person:
                one["deputy"] = heir

    return both(team_edit(change), lambda desk: desk.path("team/tasks.yaml").write_text(
        desk.path("team/tasks.yaml").read_text().replace(f"owner: {person}", f"owner: {heir}")))  # fmt: skip


team_edit = team


def new(name: str, like: str, *edits: Edit) -> Edit:
    """A draft, written after another workflow."""

    def edit(desk: Desk) -> None:
        folder = f"workflows/{name}"
        shutil.copytree(desk.path(like), desk.path(folder))
        desk.replace(f"{folder}/workflow.yaml", f"workflow: {like.split('/')[1]}", f"workflow: {name}")
        desk.write(f"{folder}/state.yaml", "state: proposed\n")

    return both(edit, *edits)


def wording(old: str, new: str) -> Edit:
    return editing(PROMPT, old, new)


def adding(path: str, text: str) -> Edit:
    return lambda desk: desk.write(path, desk.path(path).read_text() + text)


def delete(folder: str) -> Edit:
    return lambda desk: shutil.rmtree(desk.path(folder))


def waiver(rule: str) -> str:
    return (
        f"waivers:\n  - rule: {rule}\n    workflow: {NAME}\n    owner: ana\n"
        f"    reason: Staging is being rebuilt, see the plan.\n    from: {day(0)}\n    until: {day(30)}\n"
    )


PAGE = "docs/replies.md"
CALLS = "  calls: {title: Sorting calls, owner: dana, harm: low, speed: seconds, spend: low}\n"

WEEKS = (
    Week("An ordinary week", (
        Honest("A prompt of a high workflow gets shorter.", "dana", wording("at most 120", "at most 90"), "finn"),
        Honest("The article editor's prompt is reworded.", "hugo", editing(f"{EDITS}/edit.prompt", "{{", " {{"), "ana"),
        Honest("The triage prompt is reworded.", "dana", editing(f"{TRIAGE}/sort.prompt", "{{", " {{")),
        Honest("A page about the replies is written.", "gita", writing(PAGE, "Why they are short.\n"), "ana"),
        Honest("The fallback says more exactly where tickets go.", "dana",
               editing(FALLBACK, "oldest first", "the oldest first"), "finn"),
        Honest("The drill gets more jobs.", "eli", editing(DRILL, "jobs: 12", "jobs: 14"), "finn"),
        Honest("The owner corrects the page.", "ana", writing(PAGE, "Why they are shorter.\n"), "ben"),
        Honest("The approver himself corrects a word.", "finn", wording("plain words", "short words"), "ben"),
    )),
    Week("A week of stops and pauses", (
        Honest("On-call stops one action at night.", "eli", writing(STATE, STOPPED)),
        Honest("On-call pauses all of it.", "eli",
               writing(STATE, STOPPED.replace("state: live", "state: paused\nreason: More of them."))),
        Honest("It is resumed after a review.", "dana", writing(STATE, LIVE), "finn"),
        Honest("A colleague who is not on call pauses it.", "gita", writing(STATE, PAUSED), "ana"),
        Honest("It is resumed again.", "dana", writing(STATE, LIVE), "finn"),
        Honest("The approver pauses it himself.", "finn", writing(STATE, PAUSED)),
        Honest("The reason is corrected by on-call.", "dana", writing(STATE, PAUSED.replace("odd", "wrong"))),
        Honest("The owner stops the triage.", "ana", writing(f"{TRIAGE}/state.yaml", PAUSED)),
        Honest("It goes on; at low nobody is asked, but for a drill.", "dana", writing(f"{TRIAGE}/state.yaml", LIVE)),
    )),
    Week("A week of tightening", (
        Honest("A stop trigger is set lower.", "dana", editing(MANIFEST, "above: 6,", "above: 4,")),
        Honest("Another stop trigger is added.", "dana", editing(MANIFEST, "    - {metric: wrong_price",
               "    - {metric: complaints, above: 2, over: 1d}\n    - {metric: wrong_price")),
        Honest("A draft is released by name from now on.", "ben", editing(MANIFEST,
               "late-fee-question, effect: draft, release: review",
               "late-fee-question, effect: draft, release: named")),
        Honest("An action is given up.", "finn",
               editing(MANIFEST, "  - {name: receipt, effect: send, release: named}\n", "")),
        Honest("The tool goes.", "ana", editing(MANIFEST, "tools:\n  - {name: account-lookup, effect: read}\n", "")),
        Honest("More people are said to be touched.", "dana",
               editing(MANIFEST, "touches: [customers]", "touches: [customers, legal]")),
        Honest("The way back has to be faster.", "eli", editing(MANIFEST, "above: 4,", "above: 3,")),
    )),
    Week("A week of restoring", (
        Honest("A new wording goes live.", "dana", wording("Never promise", "Do not promise"), "finn"),
        Honest("On-call brings the old one back.", "eli", wording("Do not promise", "Never promise")),
        Honest("Another model goes live.", "dana",
               editing(MANIFEST, "larkspur/quick-2026-03-01", "larkspur/quick-2026-08-01"), "finn"),
        Honest("The owner brings the old model back.", "ana",
               editing(MANIFEST, "larkspur/quick-2026-08-01", "larkspur/quick-2026-03-01")),
        Honest("A third wording goes live.", "dana", wording("at most 120", "at most 100"), "finn"),
        Honest("A colleague asks for the old one, and on-call agrees.", "gita", wording("at most 100", "at most 120"),
               "ana"),
    )),
    Week("A week of holidays", (
        Honest("The approver says that he is away.", "finn", away("finn")),
        Honest("His deputy signs a change meanwhile.", "dana", wording("at most 120", "at most 90"), "ben"),
        Honest("He is back earlier, which the owner writes down.", "ana", back("finn")),
        Honest("He signs again.", "dana", wording("at most 90", "at most 80"), "finn"),
        Honest("The deputy writes down that the owner is away; somebody else agrees.", "ben", away("ana"), "dana"),
        Honest("The deputy signs for the owner.", "dana", writing(PAGE, "A page.\n"), "ben"),
        Honest("A new draft is approved for the owner.", "dana", new("invoice-replies", "workflows/billing-replies"),
               "ben finn"),
        Honest("The owner's return is written down.", "ben", back("ana"), "dana"),
        Honest("A colleague's holiday is written down by her deputy.", "ben", away("dana")),
    )),
    Week("A week of hand-overs", (
        Honest("The approver hands over to the deputy.", "dana", editing(MANIFEST, "approver: finn", "approver: ben"),
               "ben finn"),
        Honest("The new approver signs.", "dana", wording("at most 120", "at most 90"), "ben"),
        Honest("He hands it back himself.", "ben", editing(MANIFEST, "approver: ben", "approver: finn"), "finn"),
        Honest("A colleague joins.", "ana", team(lambda t: t["people"].update(kim={"name": "Kim Sato", "forge": 110,
               "emails": ["kim@example.org"], "may": ["low", "medium", "high"]})), "ben"),
        Honest("The rota changes.", "dana", team(lambda t: t["rotas"].update(support=["ben", "dana", "eli", "hugo"])),
               "ana"),
        Honest("A colleague may approve high from now on.", "dana",
               team(lambda t: t["people"]["hugo"].update(may=["low", "medium", "high"])), "ana"),
        Honest("They become the approver.", "dana", editing(MANIFEST, "approver: finn", "approver: hugo"), "finn hugo"),
        Honest("A key is replaced before it runs out.", "dana",
               team(lambda t: t["people"]["ana"]["keys"][0].update(to="2098-12-31")), "ana"),
    )),
    Week("A departure", (
        Honest("The approver leaves, and the team says so.", "dana", leave("finn", "ben"), "ana"),
        Honest("What runs can still be paused.", "eli", writing(STATE, PAUSED)),
        Honest("Whoever stood in for him signs the hand-over.", "dana",
               editing(MANIFEST, "approver: finn", "approver: ben"), "ben"),
        Honest("It is resumed with the new approver.", "dana", writing(STATE, LIVE), "ben"),
        Honest("A draft of his is handed over as well.", "dana",
               editing(f"{REFUNDS}/workflow.yaml", "approver: finn", "approver: ben"), "ben"),
        Honest("The owner names another deputy.", "ana",
               team(lambda t: t["people"]["hugo"].update(may=["low", "medium", "high"])), "ben"),
        Honest("The deputy changes.", "ana", team(lambda t: t.update(deputy="hugo")), "ben"),
        Honest("The new deputy signs what the owner wrote.", "ana", writing(PAGE, "A page.\n"), "hugo"),
    )),
    Week("New and retired workflows", (
        Honest("A low draft is written.", "dana", new("call-sorting", TRIAGE), "ana"),
        Honest("It goes live, once it was drilled.", "dana", writing("workflows/call-sorting/state.yaml", LIVE)),
        Honest("A medium draft is written.", "hugo", new("release-news", EDITS), "ana"),
        Honest("It goes live.", "hugo", writing("workflows/release-news/state.yaml", LIVE), "ana"),
        Honest("The refund draft goes live.", "dana", writing(f"{REFUNDS}/state.yaml", LIVE), "finn"),
        Honest("A workflow is retired by on-call.", "eli", writing(f"{TRIAGE}/state.yaml", RETIRED)),
        Honest("What is retired is deleted.", "dana", delete(TRIAGE)),
        Honest("An old retired one is deleted by its approver.", "ben", delete(NOTES)),
        Honest("A low workflow becomes a medium one.", "dana",
               editing("workflows/call-sorting/workflow.yaml", "tier: low", "tier: medium")),
    )),
    Week("Rules and waivers", (
        Honest("A waiver is agreed on.", "dana", writing(WAIVERS, waiver("model.pinned")), "ana"),
        Honest("What it excuses may merge.", "dana",
               editing(MANIFEST, "larkspur/quick-2026-03-01", "larkspur/quick-latest"), "finn"),
        Honest("On-call brings the old model back.", "dana",
               editing(MANIFEST, "larkspur/quick-latest", "larkspur/quick-2026-03-01")),
        Honest("The waiver goes.", "dana", writing(WAIVERS, "waivers: []\n"), "ana"),
        Honest("A rule becomes stricter.", "dana",
               editing("policies/gate/note/one-page.rego", "max_lines := 60", "max_lines := 59"), "ana"),
        Honest("A task is added.", "hugo", adding("team/tasks.yaml", CALLS), "ana"),
        Honest("One change of a prompt and a page.", "dana",
               both(wording("at most 120", "at most 90"), writing(PAGE, "Why.\n")), "ana finn"),
        Honest("Two workflows in one change.", "dana",
               both(wording("at most 90", "at most 80"), editing(f"{EDITS}/edit.prompt", "{{", " {{")), "finn"),
    )),
)  # fmt: skip


@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_every_change_merges(forge_desk: ForgeDesk, week: Week) -> None:
    """Each change of the week merges after just the clicks that its note asks for."""
    live(forge_desk, week)
