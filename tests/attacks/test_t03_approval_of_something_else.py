"""T03: an approval of something else: before the last push, of other content, of another merge request."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

import pytest
from support.attack import (
    Act,
    Attack,
    Edit,
    ask,
    asked,
    attempt,
    drill,
    editing,
    pass_through,
    scene,
    shorten,
    writing,  # fmt: skip
)
from support.desk import FALLBACK, MANIFEST, NAME, PROMPT, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

from checks.gitlab.merging import LABEL

EDITS = "help-centre-edits"
REFUNDS = "refund-decisions"
CLICK = "it was a click alone"


def pushes(*words: int) -> Act:
    """Finn countersigns; then the branch gets other contents, one after the other (120: as it was then)."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = asked(there)
        signed = there.desk.git("rev-parse", "HEAD")
        for number in words:
            if number == 90:
                there.desk.git("reset", "--quiet", "--hard", signed)
            else:
                there.desk.replace(PROMPT, "at most 90", f"at most {number}")
                there.desk.commit("Shorter still")
                drill(there, NAME)
            there.push(request)
        return request

    return act


def parallel(path: str, old: str, new: str) -> Act:
    """Finn countersigns; meanwhile another change of the same workflow merges."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = asked(there)
        branch = there.desk.git("rev-parse", "HEAD")
        scene(there, editing(path, old, new))
        there.desk.git("reset", "--quiet", "--hard", branch)
        return request

    return act


def then(do: Callable[[ForgeDesk, MergeRequest], object], *, click: bool = True) -> Act:
    """A drilled change that finn clicked; then something happens instead of a true countersignature."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = ask(there)
        drill(there, NAME)
        if click:
            there.approve(request, "finn")
        do(there, request)
        return request

    return act


def line(there: ForgeDesk, workflow: str = NAME, digest: str = "") -> str:
    return f"countersigned {workflow} {digest or there.desk.countersigned()}"


def says(who: str, words: Callable[[ForgeDesk], str]) -> Callable[[ForgeDesk, MergeRequest], object]:
    return lambda there, request: there.say(request, who, words(there))


def edits_a_comment(there: ForgeDesk, request: MergeRequest) -> None:
    note = there.say(request, "finn", "Looks good.")
    there.forge.tick(minutes=1)
    there.forge.edit_note(note, line(there), there.users["ana"])


def deletes_the_line(there: ForgeDesk, request: MergeRequest) -> None:
    there.forge.delete_note(there.say(request, "finn", line(there)))


def takes_it_back(there: ForgeDesk, request: MergeRequest) -> None:
    there.say(request, "finn", line(there))
    there.forge.unapprove(request, there.users["finn"])


def clicks_again(*words: int) -> Act:
    """Finn countersigns 90 and takes it back; he approves another content by a click alone; then come others."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = asked(there)
        there.forge.tick(minutes=1)
        there.forge.unapprove(request, there.users["finn"])
        last = 90
        for number in (80, *words):
            there.desk.replace(PROMPT, f"at most {last}", f"at most {number}")
            there.desk.commit("Another length")
            drill(there, NAME)
            there.push(request)
            if number == 80:
                there.approve(request, "finn")
            last = number
        return request

    return act


def stale_page(there: ForgeDesk) -> MergeRequest:
    """Finn reads one content; another is pushed just before the click; the line names what was read."""
    shorten(there.desk)
    request = ask(there)
    read = line(there)
    there.desk.replace(PROMPT, "at most 90", "at most 5")
    there.desk.commit("Quickly")
    drill(there, NAME)
    there.push(request)
    there.approve(request, "finn")
    there.say(request, "finn", read)
    return request


def draft_then_launch(there: ForgeDesk) -> MergeRequest:
    state = f"workflows/{REFUNDS}/state.yaml"
    there.desk.replace(f"workflows/{REFUNDS}/decide.prompt", "{{", " {{")
    request = ask(there)
    there.countersign(request, "finn", REFUNDS)
    there.desk.write(state, "state: live\n")
    there.desk.commit("Launch")
    drill(there, REFUNDS)
    there.push(request)
    return request


def another_request(there: ForgeDesk) -> MergeRequest:
    """The same commits in a second merge request, on which nobody has clicked."""
    shorten(there.desk)
    first = asked(there)
    there.forge.close(first)
    return there.open("again", labels=(LABEL,))


def retargeted(there: ForgeDesk) -> MergeRequest:
    shorten(there.desk)
    there.desk.git("push", "--quiet", "origin", "main:refs/heads/playground")
    request = ask(there)
    drill(there, NAME)
    there.forge.retarget(request, "playground", there.users["dana"])
    there.countersign(request, "finn")
    there.forge.tick(minutes=1)
    there.forge.retarget(request, "main", there.users["dana"])
    return request


def other_path_after_the_owner(there: ForgeDesk) -> MergeRequest:
    there.desk.write("notes.md", "A page.\n")
    request = ask(there)
    there.approve(request, "ana")
    there.desk.write("notes.md", "A page!\n")
    there.desk.commit("One more byte")
    there.push(request)
    return request


def medium_after_the_click(there: ForgeDesk) -> MergeRequest:
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", " {{")
    request = ask(there)
    there.approve(request, "hugo")
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", " {{")
    there.desk.commit("More")
    there.push(request)
    return request


def deleted_after_the_click(there: ForgeDesk) -> MergeRequest:
    """Finn approves a page; a draft of his merges; then the branch catches up with main, and drops the draft."""
    there.desk.who = "gita"
    there.desk.write("notes.md", "A page.\n")
    request = ask(there, "gita")
    there.approve(request, "finn", "ana")
    branch = there.desk.git("rev-parse", "HEAD")
    scene(there, new("invoice-replies"))
    there.desk.git("reset", "--quiet", "--hard", branch)
    there.desk.who = "gita"
    there.desk.git("merge", "--quiet", "--no-ff", "--strategy", "ours", "-m", "Catch up", "main")
    there.push(request, "gita")
    return request


def new(name: str) -> Edit:
    """A draft like the billing replies."""

    def edit(desk: Desk) -> None:
        shutil.copytree(desk.path(f"workflows/{NAME}"), desk.path(f"workflows/{name}"))
        desk.replace(f"workflows/{name}/workflow.yaml", f"workflow: {NAME}", f"workflow: {name}")
        desk.write(f"workflows/{name}/state.yaml", "state: proposed\n")

    return edit


def paused_meanwhile(there: ForgeDesk, *, kept_live: bool = False) -> MergeRequest:
    """A click on new words for a live workflow at medium, which is then paused on main.

    With `kept_live` the author brings main into the branch, and has it live there as it was.
    """
    state = f"workflows/{EDITS}/state.yaml"
    scene(there, writing(state, "state: live\n"))
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", " {{")
    request = ask(there)
    drill(there, EDITS)
    there.approve(request, "hugo")
    branch = there.desk.git("rev-parse", "HEAD")
    scene(there, writing(state, "state: paused\nreason: Odd edits.\n"))
    there.desk.git("reset", "--quiet", "--hard", branch)
    if kept_live:
        there.desk.git("merge", "--quiet", "--no-ff", "--strategy", "ours", "-m", "Catch up", "main")
        there.push(request)
    return request


def resumes(there: ForgeDesk) -> MergeRequest:
    there.desk.write(f"workflows/{EDITS}/state.yaml", "state: live\n")
    request = ask(there)
    drill(there, EDITS)
    return request


def pushed_while_judged(there: ForgeDesk) -> MergeRequest:
    shorten(there.desk)
    request = asked(there)

    def push() -> None:
        there.desk.replace(PROMPT, "at most 90", "at most 5")
        there.desk.commit("Quickly")
        there.push(request)

    there.forge.before("PUT", "/merge$", push)
    return request


ATTACKS = (
    Attack("The author pushes other content after the approval.", pushes(80), "waits", "approver.countersign",
           "by finn: it was given before the push of"),
    Attack("They push back to what was approved, and away again.", pushes(80, 90, 70), "waits", "approver.countersign",
           "by finn: it was given before the push of"),
    Attack("They push in the moment between the judgement and the merge.", pushed_while_judged,
           "error", "409 SHA does not match HEAD"),
    Attack("They push just before the click, and the approver names what they had read.", stale_page,
           "waits", "approver.countersign", CLICK),
    Attack("A parallel merge changes what the same diff means.",
           parallel(MANIFEST, "cheapest within one miss", "cheapest within two misses"),
           "waits", "approver.countersign", "by finn: the target branch has changed this content since"),
    Attack("A parallel merge changes another file of the workflow.", parallel(FALLBACK, "2. Discard", "2. Keep"),
           "waits", "approver.countersign", "by finn: the target branch has changed this content since"),
    Attack("At high, the approver clicks and names nothing.", then(lambda *_: None),
           "waits", "approver.countersign", CLICK),
    Attack("The line is there, and nobody has clicked.", then(says("finn", line), click=False),
           "waits", "approver.countersign", "Must be countersigned by finn"),
    Attack("The approver wrote the line and took the approval back.", then(takes_it_back),
           "waits", "approver.countersign", "Must be countersigned by finn"),
    Attack("The author writes the line for the approver.", then(says("dana", line)),
           "waits", "approver.countersign", CLICK),
    Attack("A Maintainer edits the approver's comment into the line.", then(edits_a_comment),
           "waits", "approver.countersign", CLICK),
    Attack("The approver's line was deleted.", then(deletes_the_line), "waits", "approver.countersign", CLICK),
    Attack("The approver quotes the line to ask what it means.",
           then(says("finn", lambda t: f"> {line(t)}\n\nWhat is this?")),
           "waits", "approver.countersign", CLICK),
    Attack("They show the line as code to ask what it means.",
           then(says("finn", lambda t: f"What is this?\n\n```text\n{line(t)}\n```")),
           "waits", "approver.countersign", CLICK),
    Attack("The line is in their comment, and hidden.", then(says("finn", lambda t: f"Hm.\n\n<!--\n{line(t)}\n-->")),
           "waits", "approver.countersign", CLICK),
    Attack("The line of an approval that was taken back is there when they click on other content.", clicks_again(),
           "waits", "approver.countersign", CLICK),
    Attack("It is, and then what they took back is pushed again.", clicks_again(90),
           "waits", "approver.countersign", "by finn: it was given before the push of"),
    Attack("The line names another workflow.", then(says("finn", lambda there: line(there, REFUNDS))),
           "waits", "approver.countersign", CLICK),
    Attack("The line names the version, which leaves the state out.",
           then(says("finn", lambda there: line(there, NAME, there.desk.digests(NAME)["version"]))),
           "waits", "approver.countersign", CLICK),
    Attack("The approval of a draft is used for its launch.", draft_then_launch, "waits", "approver.countersign",
           "by finn: it was given before the push of"),
    Attack("The same commits come in another merge request.", another_request, "waits", "approver.countersign"),
    Attack("It was approved for another branch, and then retargeted.", retargeted, "waits", "approver.countersign",
           "by finn: it was given before the target branch was changed"),
    Attack("The owner approved a page, and then it gets one more byte.", other_path_after_the_owner,
           "waits", "control.owner"),
    Attack("At medium, the author pushes after the click.", medium_after_the_click, "waits", "approver.countersign"),
    Attack("A click on something else is used for deleting what came to main later.", deleted_after_the_click,
           "waits", "approver.countersign", "by finn: what it was given on changed something else"),
    Attack("A workflow at medium is paused on main after the click on its new words.", paused_meanwhile,
           "waits", "approver.countersign", "by hugo: the target branch has changed this content since"),
    Attack("It is, and the branch catches up with main and keeps it live.",
           lambda there: paused_meanwhile(there, kept_live=True),
           "waits", "approver.countersign", "by hugo: what it was given on changed something else"),
    Attack("A paused workflow is resumed without anybody's look.", resumes, "waits", "approver.countersign"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T03: an approval counts for the content that it was given on, and for nothing else."""
    attempt(attack, forge_desk)


@pytest.mark.parametrize("words", [(), (80, 90)])
def test_what_was_approved_passes(forge_desk: ForgeDesk, words: tuple[int, ...]) -> None:
    """The approved content itself passes, also after the branch went elsewhere and came back."""
    pass_through(forge_desk, pushes(*words))


# At the desk, approvals are a file.


@pytest.mark.parametrize("text", ["{", "[]", '{"approvals": [{}]}', '{"approvals": [{"forge": true}]}', "\x00", ""])
def test_an_unreadable_approvals_file_is_an_error(desk: Desk, text: str) -> None:
    """T03: approvals that cannot be read are an error, and never nobody's."""
    shorten(desk)
    file = desk.folder.parent / "approvals.json"
    file.write_text(text)
    desk.cannot_judge("approvals.json", "docs/approvals.md", args=("--approvals", str(file)))


def test_missing_approvals_are_an_error(desk: Desk) -> None:
    """T03: a file of approvals that is not there is an error."""
    desk.cannot_judge("nowhere.json", args=("--approvals", "../nowhere.json"))


def test_an_approval_of_something_else_is_told(desk: Desk) -> None:
    """T03: in a file, another content, another workflow and no workflow are told apart from the one that counts."""
    shorten(desk)
    other = ("finn", desk.digests(NAME)["version"], NAME)
    judged = desk.waits(
        *desk.approve_all(other, ("finn", desk.countersigned(), REFUNDS), ("finn", desk.countersigned(), None))
    )
    judged.asks("approver.countersign", MANIFEST, "finn", severity="wait")
    judged.asks("approver.uncounted", MANIFEST, "by finn", "names another content", severity="warn")


def test_an_approval_from_the_future_does_not_count(desk: Desk) -> None:
    """T03, T13: an approval that is dated ahead of the clock is void, and the report says why."""
    shorten(desk)
    options = desk.approve_all(("finn", desk.countersigned(), NAME))
    file = desk.folder.parent / "approvals.json"
    file.write_text(re.sub(r'"at": "[0-9]{4}', '"at": "2999', file.read_text()))
    judged = desk.waits(*options)
    judged.asks("approver.countersign", MANIFEST, "finn", severity="wait")
    judged.asks("approver.uncounted", MANIFEST, "by finn", "dated after this judgement", severity="warn")
