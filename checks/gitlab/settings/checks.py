"""Every check of the settings, in the order in which people read them. Each is asked, whatever became of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from catalog.errors import SourceError
from checks.gitlab.settings import approvals, branches, control, people, switches
from checks.gitlab.settings.item import Call, Item, State
from checks.gitlab.settings.setup import Setup
from checks.gitlab.settings.switches import of_control, of_project

Check = Callable[[Setup], Item]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("tier", people.tier),
    ("project.members", people.seats),
    ("project.maintainers", people.maintainers),
    ("project.bot", people.bot),
    ("project.branch", branches.target),
    ("project.records", branches.records),
    ("project.lock", branches.lock),
    ("project.deploy-keys", switches.project_keys),
    ("project.merge-method", of_project(switches.METHOD)),
    ("project.squash", of_project(switches.SQUASH)),
    ("project.merge-checks", switches.merge_checks),
    ("project.pipeline", switches.pipeline),
    ("project.fork-pipelines", of_project(switches.FORKS)),
    ("project.job-token", of_project(switches.JOB_PUSH)),
    ("project.override", of_project(switches.OVERRIDE)),
    ("project.secrets", control.secrets),
    ("project.approvals", approvals.settings),
    ("project.code-owners", approvals.code_owners),
    ("project.owners", people.owners),
    ("project.webhook", control.webhook),
    ("control.maintainers", people.control_maintainers),
    ("control.branch", branches.judge),
    ("control.branches", branches.judges_others),
    ("control.deploy-keys", switches.control_keys),
    ("control.pipeline", switches.judge),
    ("control.fork-pipelines", of_control(switches.FORKS)),
    ("control.job-token", of_control(switches.JOB_PUSH)),
    ("control.override", of_control(switches.CONTROL_OVERRIDE)),
    ("control.variables", control.variables),
    ("control.trigger", control.trigger),
    ("control.schedule", control.schedule),
    ("token", control.token),
)


def run(setup: Setup) -> list[Item]:
    """One item a check. What cannot be read is `unknown`, with the reason."""
    return [replace(_asked(check, setup), name=name) for name, check in CHECKS]


def _asked(check: Check, setup: Setup) -> Item:
    try:
        return check(setup)
    except SourceError as error:
        return Item(state=State.UNKNOWN, found=error.message, meaning=error.why, solution=error.solution)


def apply(setup: Setup, item: Item) -> str:
    """Make an item's calls, in their order; what GitLab did not do, in words, or nothing.

    Where one fails, what the calls before it took away is brought back, and what cannot be is said.
    """
    undo: list[Call] = []
    for call in item.fix:
        words = _made(setup, call)
        if words and undo:
            lost = [f"{one.method} {one.path}" for one in undo if _made(setup, one)]
            return f"{words} {f'NOR COULD IT BE UNDONE: {lost}' if lost else 'It is as it was before.'}"
        if words:
            return words
        undo = [*undo, call.undo] if call.undo else undo
    return ""


def _made(setup: Setup, call: Call) -> str:
    try:
        setup.me.ask(call.method, call.path, call.body)
    except SourceError as error:
        return f"{error.message} {error.solution}".rstrip()
    return ""
