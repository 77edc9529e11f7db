"""GitLab's own approval rules of one merge request, made to ask whom the verdict asks (Premium).

They are a sign on the door, and never the lock: the verdict is had from the rules in `policies/` alone. Only rules that
bear our name are touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import SourceError, UsageError
from checks.finding import Severity
from checks.gate import Judged
from checks.gitlab.client import Client
from checks.gitlab.facts import Answer
from checks.gitlab.judge import Court, hear, read
from checks.gitlab.settings.place import Place
from checks.reports.safe import one_line
from checks.reports.shape import counting

PREFIX = "Countersign: "
_NAME = 200
_FORBIDDEN = 403


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An approval rule that is ours."""

    id: int
    name: str
    users: frozenset[int]
    required: int


def sync(court: Court, number: int) -> list[str]:
    """Make a merge request's rules ask whom the verdict asks; what was changed, a sentence each. Nobody is told.

    Raises `UsageError` without a licence, and `JudgeError` when it cannot be judged or GitLab does not do it.
    """
    if not Place(client=court.client, path="").licensed():
        raise UsageError(
            "Approval rules are not to be had on GitLab Free.",
            why="They need Premium. The note under the merge request names whom it takes, on every tier.",
            solution="Leave this step out: what may merge does not depend on it.",
        )
    wanted = _wanted(hear(court, read(court, number)).judged)
    return list(_set(court.client, f"/merge_requests/{number}/approval_rules", wanted))


def _wanted(judged: Judged) -> dict[str, frozenset[int]]:
    """Forge ids by the rule's name: one rule for each approval that is missing, of which anybody named can give it."""
    forge = {person: number for number, person in judged.context.team.by_forge.items()}
    found = {}
    for one in counting(judged.report.findings, Severity.WAIT):
        if one.who:
            words = f"{PREFIX}{one.workflow or 'the repository'}, {one.code}, {' or '.join(one.who)}"
            found[one_line(words, _NAME)] = frozenset(forge[person] for person in one.who if person in forge)
    return found


def _set(client: Client, path: str, wanted: Mapping[str, frozenset[int]]) -> Iterator[str]:
    ours = {rule.name: rule for rule in map(_rule, client.all_of_project(path)) if rule}
    for name, rule in ours.items():
        if name not in wanted:
            _call(client, "DELETE", f"{path}/{rule.id}")
            yield f"removed: {name}"
    for name, users in wanted.items():
        body = {"name": name, "approvals_required": 1, "user_ids": sorted(users)}
        if name not in ours:
            _call(client, "POST", path, body)
            yield f"added: {name}"
        elif (ours[name].users, ours[name].required) != (users, 1):
            _call(client, "PUT", f"{path}/{ours[name].id}", body)
            yield f"mended: {name}"


def _rule(answer: Any) -> Rule | None:
    """A rule of ours; None for one that people, CODEOWNERS or a report made."""
    read = Answer("an approval rule", answer)
    name = read.text("name")
    if not name.startswith(PREFIX) or read.text("rule_type") not in {"regular", "any_approver"}:
        return None
    users = frozenset(Answer("an approver", one).number("id") for one in read.items("users"))
    return Rule(id=read.number("id"), name=name, users=users, required=read.number("approvals_required"))


def _call(client: Client, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
    try:
        client.ask(method, client.address(path), body)
    except SourceError as error:
        if error.status != _FORBIDDEN:
            raise
        raise SourceError(
            error.message,
            why="The project lets nobody edit approval rules in merge requests.",
            solution="Untick `Prevent editing approval rules in merge requests`: the verdict does not rest on them.",
            status=error.status,
        ) from None
