"""The operating note: one page that answers the five questions about a workflow, from its manifest.

Source of the questions: the operating model in docs/operating.md. Plain Markdown, wrapped by the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog import durations, layout

if TYPE_CHECKING:
    from catalog.workflow import Workflow

Json = Any

WIDTH = 80
_STOPS = 3
"""Stops in force that are told one by one."""
_RELEASES = {
    "named": "a named person approves each one",
    "review": "a person reviews each one",
    "sample": "runs alone, a sample is reviewed",
    "automatic": "runs alone",
}
_REHEARSED = {"low": "rollback_digest", "medium": "rollback_digest", "high": "version"}
"""What a drill must name to count, by tier, as policies/lib/proof.rego has it."""


def note(workflow: Workflow, *, owner: str | None = None, drills: Sequence[Mapping[str, Json]] = ()) -> str:
    """The note as Markdown. `drills`: records as rules see them, newest first."""
    return "\n".join([*_head(workflow), *_halted(workflow.state), *_answers(workflow, owner, drills)]) + "\n"


def note_lines(workflow: Workflow) -> int:
    """How many lines of `WIDTH` columns the note takes, near enough for a limit of one page.

    What is stopped is left out: a limit must not stand in the way of a stop.
    """
    lines = [*_head(workflow), *_answers(workflow, None, ())]
    return sum(-(-len(line) // WIDTH) or 1 for line in lines)


def _head(workflow: Workflow) -> Iterator[str]:
    manifest, state = workflow.manifest, workflow.state
    touches = ", ".join(manifest["risk"]["touches"]) or "internal work only"
    yield f"# {workflow.name}"
    yield ""
    yield manifest["summary"]
    yield ""
    yield f"State {state['state']} · tier {manifest['risk']['tier']} · touches {touches}"
    yield f"Harm: {manifest['risk']['harm']}"
    yield f"Version: {workflow.version}"
    yield f"Rollback digest: {workflow.rollback_digest}"


def _halted(state: Mapping[str, Json]) -> Iterator[str]:
    if state["reason"]:
        yield f"Why {state['state']}: {state['reason']}"
    stops = sorted(state["stopped"], key=lambda stop: str(stop["at"]), reverse=True)
    for stop in stops[:_STOPS]:
        version = "every version" if stop["version"] == "*" else stop["version"]
        yield f"Stopped: {stop['action']}, {version}, since {stop['at']}: {stop['reason']}"
    if len(stops) > _STOPS:
        yield f"Stopped as well: {len(stops) - _STOPS} more, in state.yaml."


def _answers(workflow: Workflow, owner: str | None, drills: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    manifest = workflow.manifest
    yield from _section("Who owns model choice", _models(manifest, owner))
    yield from _section("What needs approval, what runs alone", _actions(manifest))
    yield from _section("Who can stop it fast", _stop(workflow))
    yield from _section("The manual fallback", _fallback(manifest, workflow.fallback))
    yield from _section("Was rollback tested", _rollback(workflow, drills))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield from lines


def _models(manifest: Mapping[str, Json], owner: str | None) -> Iterator[str]:
    yield f"Approver: {manifest['approver'] or 'nobody yet'}. Owner: {owner or 'see team/people.yaml'}."
    for model in manifest["models"]:
        when = f" ({model['when']})" if model["when"] else ""
        yield f"- {model['use']}{when}: {model['id']}. {model['why']}"


def _actions(manifest: Mapping[str, Json]) -> Iterator[str]:
    for action in manifest["actions"]:
        yield f"- {action['name']} ({action['effect']}): {_RELEASES[action['release']]}"
    yield f"Reviewers: {manifest['reviewers'] or 'nobody'}."


def _stop(workflow: Workflow) -> Iterator[str]:
    stop = workflow.manifest["stop"]
    if stop is None:
        yield "Nobody yet."
        return
    yield f"{stop['by']}, alone, with one reason, in {workflow.path(layout.STATE)}: all of it by `state: paused`,"
    yield "one action by an entry under `stopped`. At once when"
    for trigger in stop["when"]:
        yield f"- {trigger['metric']} is above {trigger['above']} over {durations.words(trigger['over'])}"


def _fallback(manifest: Mapping[str, Json], facts: Mapping[str, Json] | None) -> Iterator[str]:
    fallback = manifest["fallback"]
    if fallback is None:
        yield "None yet."
        return
    steps = f"{facts['steps']} steps" if facts else "not readable"
    yield f"{fallback['file']} ({steps}). Tell {fallback['tell']}."


def _rollback(workflow: Workflow, drills: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    rollback = workflow.manifest["rollback"]
    if rollback is None:
        yield "No way back is declared."
        return
    yield f"Back to: {rollback['to']}, within {durations.words(rollback['within'])}, rehearsed by {rollback['drill']}."
    mark = _REHEARSED[workflow.manifest["risk"]["tier"]]
    counted = [drill for drill in drills if drill[mark] == getattr(workflow, mark)]
    if not counted:
        yield f"No drill of this {mark.replace('_', ' ')} is on record."
    for drill in counted[:1]:
        local = ", local evidence" if drill["local"] else ""
        yield f"Last drill: {drill['outcome']} on {drill['target']}, {drill['age_days']} days ago{local}."
