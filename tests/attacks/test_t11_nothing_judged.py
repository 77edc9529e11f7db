"""T11: zero rules, zero files, undefined: whatever was not judged is an error, and never a pass."""

from __future__ import annotations

import shutil

import pytest
from support.attack import Act, Attack, Edit, ask, attempt, body, pass_through, riding, scene, shorten, writing
from support.desk import FOLDER, MANIFEST, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

RULE = "policies/gate/note/one-page.rego"
VERDICT = "policies/verdict.rego"
EMPTY = "package countersign.verdict\n"


def plain(edit: Edit, *, before: bool = False) -> Act:
    """A change that everybody clicks; or an honest one onto a target that was changed like that."""

    def act(there: ForgeDesk) -> MergeRequest:
        if before:
            scene(there, edit)
            shorten(there.desk)
        else:
            edit(there.desk)
        request = ask(there)
        there.approve(request, "finn", "ana", "ben")
        return request

    return act


def removed(path: str) -> Edit:
    return lambda desk: shutil.rmtree(desk.path(path))


def moved(desk: Desk) -> None:
    desk.path("workflows").rename(desk.path("flows"))


def no_change(there: ForgeDesk) -> MergeRequest:
    """An empty commit: nothing to judge."""
    there.desk.git("commit", "--quiet", "--allow-empty", "-m", "Nothing")
    return ask(there)


NOTHING = (
    ("no answer", EMPTY), ("an empty answer", f"{EMPTY}\nanswer := {{}}\n"),
    ("another answer", f"{EMPTY}\nanswer := 1\n"),
)  # fmt: skip

ATTACKS = (
    Attack("The change leaves no workflow at all.", plain(removed("workflows")), "error", "leaves no workflow"),
    Attack("It moves all workflows to where no rule looks.", plain(moved), "error", "leaves no workflow"),
    Attack("It removes all rules.", plain(removed("policies")), "error", "no rules to judge by"),
    Attack("It removes all rules but the verdict.", plain(removed("policies/gate")), "error", "no rules to judge by"),
    Attack("The target has no rules.", plain(removed("policies"), before=True), "error", "no policies to judge by"),
    Attack("A rule defines no findings, so that it takes no part.", riding(body(RULE, ""), "ana"), "error",
           "note.one-page"),
    Attack("A rule of the target defines no findings.", plain(body(RULE, ""), before=True), "error", "note.one-page"),
    *(Attack(f"The verdict that the change brings has {what}.", riding(writing(VERDICT, text), "ana"), "error",
             "verdict")
      for what, text in NOTHING),
    *(Attack(f"The verdict on the target has {what}.", plain(writing(VERDICT, text), before=True), "error", "verdict")
      for what, text in NOTHING[:1]),
    Attack("The target's list of people is empty.", plain(writing("team/people.yaml", ""), before=True), "error",
           "team/people.yaml"),
    Attack("The target's list of people cannot be read.",
           plain(writing("team/people.yaml", "people: [\n"), before=True),
           "error", "team/people.yaml"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T11: no workflow, no rule, no answer, no people: nothing is judged, and that is said."""
    attempt(attack, forge_desk)


def test_an_edited_rule_that_answers_passes(forge_desk: ForgeDesk) -> None:
    """A rule whose body changes and which still answers passes with the owner."""
    pass_through(forge_desk, riding(lambda desk: desk.replace(RULE, "max_lines := 60", "max_lines := 61"), "ana"))


@pytest.mark.parametrize("edit", [removed("policies"), removed("workflows"), body(RULE, ""), writing(VERDICT, EMPTY)])
def test_the_whole_repository_is_not_judged_either(desk: Desk, edit: Edit) -> None:
    """T11: the same for a judgement of everything."""
    edit(desk)
    desk.cannot_judge(args=("--all",))


def test_a_change_at_the_desk_says_that_nothing_was_judged(desk: Desk) -> None:
    """T11: at the desk as well."""
    shutil.rmtree(desk.path(FOLDER).parent)
    desk.cannot_judge("leaves no workflow", "workflows/")
    assert not desk.path(MANIFEST).exists()
