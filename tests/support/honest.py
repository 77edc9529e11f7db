"""An honest change as one row of a table: who changes what, and whose clicks it takes until it merges.

Nobody clicks by heart: the note is read, and whoever it names presses Approve and writes the line that it shows; where
it waits for a drill, the pipeline drills. A change that is refused, or that waits for what nobody can do, fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from support.attack import Edit, drill
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk, Heard

from checks.gitlab.merging import LABEL

ROUNDS = 4
"""Judgements until a change must have merged: one that asks, one for a drill, one for what a drill lets through."""

BEHIND = "is to be brought into the branch first"

Before = Callable[[ForgeDesk, MergeRequest], object]

_SECTION = re.compile(r"^### (?:Workflow `([^`]+)`|The repository)$", re.MULTILINE)
_WAITS = re.compile(r"^- \*\*wait\*\* `([a-z.-]+)` .*?: (Must .*)$", re.MULTILINE)
_INSTEAD = re.compile(r"\((\w+) signs instead\)")
_NAMED = re.compile(r"by (one of )?([\w, ]+?)(?: for the owner)?(?:, (?:naming|since)| \(|:|$)")
_CONSENT = re.compile(r"approver, (\w+)")
_LINE = re.compile(r"^countersigned (\S+) \S+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Honest:
    """One honest change; `asks` names everybody who has to click, in any order."""

    what: str
    by: str
    edit: Edit
    asks: str = ""
    then: Before | None = None
    """What happens between the opening and the judgement."""


@dataclass(frozen=True, slots=True)
class Week:
    """Changes that merge one after the other, in one company."""

    name: str
    changes: tuple[Honest, ...]
    scene: Edit | None = None
    """What the company is like when the week begins."""

    def __str__(self) -> str:
        """How a test is called."""
        return self.name


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a note asks for: one of these people to click, or a drill of a workflow."""

    workflow: str
    people: tuple[str, ...] = ()

    @property
    def is_drill(self) -> bool:
        """Whether the pipeline has to do it."""
        return not self.people


def live(there: ForgeDesk, week: Week) -> None:
    """The week goes by: each change merges after just the clicks that it is said to take."""
    if week.scene:
        there.desk.git("switch", "--quiet", "main")
        week.scene(there.desk)
        there.desk.land()
        there.desk.git("config", "countersign.anchor", there.desk.git("rev-parse", "main"))
    for number, change in enumerate(week.changes):
        request = begin(there, change, f"change-{number}")
        if change.then:
            change.then(there, request)
        clicked = follow(there, request, change.what)
        assert clicked == set(change.asks.split()), f"{change.what} took {clicked}"


def begin(there: ForgeDesk, change: Honest, branch: str) -> MergeRequest:
    """Somebody starts from main, changes something, and asks for its merge."""
    desk = there.desk
    desk.git("fetch", "--quiet", "origin")
    desk.git("switch", "--quiet", "--no-track", "-C", branch, "origin/main")
    desk.who = change.by
    change.edit(desk)
    desk.commit(change.what)
    return there.open(branch, change.by, title=change.what, labels=(LABEL,))


def follow(there: ForgeDesk, request: MergeRequest, what: str) -> set[str]:
    """Do what the note asks for until it merges; returns who clicked."""
    clicked: set[str] = set()
    for _ in range(ROUNDS):
        heard = there.merge(request)
        if heard.exit_code == 0:
            assert request.state == "merged", heard.output
            return clicked
        assert heard.exit_code == 4, f"{what} is not only waited for:\n{heard.output}"
        duties = set(_duties(heard.note))
        assert duties, f"{what} waits for nobody:\n{heard.note}"
        if BEHIND in heard.note and not _LINE.search(heard.note):
            _bring_main(there, request)
        # As the note says: first the drills, and nobody clicks before.
        now = {duty for duty in duties if duty.is_drill} or duties
        for duty in sorted(now, key=lambda one: (one.workflow, len(one.people))):
            clicked |= _do(there, request, heard, duty, clicked)
    raise AssertionError(f"{what} still waits after {ROUNDS} rounds:\n{there.note(request)}")


def _do(there: ForgeDesk, request: MergeRequest, heard: Heard, duty: Duty, clicked: set[str]) -> set[str]:
    if duty.is_drill:
        _drill_what_would_merge(there, duty.workflow)
        return set()
    person = next((one for one in duty.people if one in clicked), duty.people[0])
    if person in [one.user.username for one in request.approvals]:
        there.forge.unapprove(request, there.users[person])  # GitLab shows who has approved no other button
    there.approve(request, person)
    for line in _LINE.finditer(heard.note):
        if line[1] == duty.workflow:
            there.say(request, person, line[0])
    return {person}


def _drill_what_would_merge(there: ForgeDesk, workflow: str) -> None:
    here = there.desk.git("rev-parse", "HEAD")
    there.desk.git("fetch", "--quiet", "origin")
    there.desk.git("merge", "--quiet", "-m", "What would merge", "origin/main")
    drill(there, workflow)
    there.desk.git("reset", "--quiet", "--hard", here)


def _bring_main(there: ForgeDesk, request: MergeRequest) -> None:
    """The author does what the note says: brings the target into the branch."""
    there.desk.git("fetch", "--quiet", "origin")
    there.desk.git("merge", "--quiet", "--no-ff", "-m", "Merge main", "origin/main")
    there.push(request, request.author.username)


def _duties(note: str) -> Iterator[Duty]:
    parts = _SECTION.split(note)
    for workflow, text in zip(parts[1::2], parts[2::2], strict=True):
        for code, message in _WAITS.findall(text):
            if code.startswith("rollback."):
                yield Duty(workflow)
                continue
            yield from _asked(workflow or "", message.replace("`", ""))


def _asked(workflow: str, message: str) -> Iterator[Duty]:
    """Who is named: one of several, each of several, or whoever signs instead."""
    if found := _INSTEAD.search(message) or _CONSENT.search(message):
        yield Duty(workflow, (found[1],))
    elif named := _NAMED.search(message):
        people = tuple(re.split(r", | and ", named[2]))
        yield from [Duty(workflow, people)] if named[1] else [Duty(workflow, (person,)) for person in people]
