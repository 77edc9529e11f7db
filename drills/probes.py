"""The steady state: what must be seen to hold, by the names of drill files. Each may raise `Unseen`, `Disproved`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalog.errors import UsageError
from drills.marks import Disproved
from drills.rehearsal import NAMED, Rehearsal, Unseen
from drills.scenarios.interface import Scenario

Probe = Callable[[Rehearsal, Scenario], None]

_NOWHERE = "practise-by-hand"
"""An action that nobody declares: a job of it always goes to people."""
_RUNS = ("released", "approval_needed")
"""What a point says of an action that may run, or that only waits for its release."""


def prove(name: str, rehearsal: Rehearsal, scenario: Scenario) -> None:
    """Prove one thing of the steady state."""
    _PROBES[name](rehearsal, scenario)


def check(rehearsal: Rehearsal, scenario: Scenario) -> None:
    """Raise `UsageError` for a probe that a scenario could never see: before anything is touched."""
    plan = rehearsal.plan
    asked = {*plan.before, *plan.during, *plan.after}
    if "others-go-on" in asked and not _others(rehearsal, scenario):
        raise UsageError(
            f"{plan.file}: others-go-on can never be seen.",
            why=f"{rehearsal.played.scenario} stops every action of {rehearsal.workflow}.",
            solution="Leave it out of steady_state, or play a scenario that stops one action.",
        )
    if "approvals-hold" in asked and not _named(rehearsal):
        raise UsageError(
            f"{plan.file}: approvals-hold can never be seen.",
            why=f"No action of {rehearsal.workflow} needs a named release.",
            solution="Leave it out of steady_state.",
        )


def _named(rehearsal: Rehearsal) -> list[str]:
    return [action for action, release in rehearsal.actions.items() if release == NAMED]


def _others(rehearsal: Rehearsal, scenario: Scenario) -> list[str]:
    """The actions that a scenario lets go on."""
    acted, way = {"job": "", "version": rehearsal.version}, scenario.way
    return [action for action in rehearsal.actions if not way.is_old({**acted, "action": action})]


def _points_answer(rehearsal: Rehearsal, _: Scenario) -> None:
    question = {"workflow": rehearsal.workflow, "action": rehearsal.easiest, "version": rehearsal.version}

    def all_run() -> bool:
        said = rehearsal.target.decisions({**question, "caller": rehearsal.target.application})
        return all(one is not None and one.get("code") in _RUNS for one in said.values())

    rehearsal.until(all_run, f"every point letting {rehearsal.easiest} run in the rehearsed version")


def _live_version_acts(rehearsal: Rehearsal, _: Scenario) -> None:
    name = rehearsal.put_releasable("steady", rehearsal.easiest)
    rehearsal.until(lambda: rehearsal.acted(name), f"{name} acting")
    for effect in rehearsal.effects():
        if effect["job"] == name and effect["version"] != rehearsal.version:
            raise Disproved(f"{name} ran in {effect['version']}")


def _fallback_open(rehearsal: Rehearsal, _: Scenario) -> None:
    if not rehearsal.steps:
        raise Unseen("the fallback has no numbered steps that a person could follow")
    name = rehearsal.put("steady", _NOWHERE)
    rehearsal.until(lambda: rehearsal.by_hand(name), f"{name} finished by hand")


def _approvals_hold(rehearsal: Rehearsal, _: Scenario) -> None:
    if not (named := _named(rehearsal)):
        raise Unseen("no action of the workflow needs a named release")
    name = rehearsal.put("steady", named[0])
    rehearsal.until(lambda: rehearsal.place(name) == "people", f"{name} waiting for its release")
    if rehearsal.acted(name):
        raise Disproved(f"{name} acted without its release")


def _nothing_paid(rehearsal: Rehearsal, _: Scenario) -> None:
    for effect in rehearsal.effects():
        if f"{rehearsal.prefix}-request" in effect["job"]:
            raise Disproved(f"{effect['job']} was paid")


def _old_version_silent(_: Rehearsal, scenario: Scenario) -> None:
    scenario.check_silence()


def _others_go_on(rehearsal: Rehearsal, scenario: Scenario) -> None:
    if not (others := _others(rehearsal, scenario)):
        raise Unseen("every action is stopped: there is no other one to go on")
    name = rehearsal.put_releasable("other", others[0])
    rehearsal.until(lambda: rehearsal.acted(name), f"{name} going on")


def _queue_drains(rehearsal: Rehearsal, _: Scenario) -> None:
    def is_empty() -> bool:
        jobs = rehearsal.target.office.jobs(rehearsal.prefix)
        return all(about["place"] not in ("inbox", "at-work") for about in jobs.values())

    rehearsal.until(is_empty, "an empty queue", seconds=30.0)


def _team_reachable(rehearsal: Rehearsal, _: Scenario) -> None:
    channel, message = rehearsal.channel, f"{rehearsal.prefix}-steady"
    rehearsal.target.team.tell(channel, message, f"Rehearsal of {rehearsal.workflow}: can you be reached?")
    rehearsal.until(lambda: rehearsal.target.team.has(channel, message), f"a message in {channel}")


_PROBES: Mapping[str, Probe] = {
    "approvals-hold": _approvals_hold,
    "fallback-open": _fallback_open,
    "live-version-acts": _live_version_acts,
    "nothing-paid": _nothing_paid,
    "old-version-silent": _old_version_silent,
    "others-go-on": _others_go_on,
    "points-answer": _points_answer,
    "queue-drains": _queue_drains,
    "team-reachable": _team_reachable,
}
