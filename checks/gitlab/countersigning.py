"""Countersigning from a terminal: the approval names the commit that was read, and the line the content.

In a browser a stale page can be approved just after a push; here GitLab refuses an approval of any other head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.errors import UsageError
from checks.finding import Severity, Verdict
from checks.gitlab.countersignatures import lines
from checks.gitlab.judge import Court, Hearing, hear, read
from checks.reports.shape import counting


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one person is asked to countersign of a merge request."""

    person: str
    hearing: Hearing
    lines: Sequence[str]
    """What to write besides approving: one line for each workflow at high."""
    workflows: Sequence[str]
    """Of those that the approval is asked for, the names; the other paths are no workflow."""


def asked(court: Court, number: int) -> Asked:
    """Judge without telling, and say what the token's owner is asked for. Raises `UsageError` when that is nothing."""
    hearing = hear(court, read(court, number))
    judged = hearing.judged
    person = judged.context.team.by_forge.get(court.client.me)
    if person is None:
        raise UsageError(
            f"The token is of GitLab's user {court.client.me}, who is nobody in team/people.yaml.",
            solution="Use a token of your own, or have your numeric id put into team/people.yaml.",
        )
    if judged.report.verdict is Verdict.REFUSE:
        raise UsageError(
            f"!{number} is refused as it is, so there is nothing to countersign yet.",
            why="What mends it is another content, which an approval of this one does not hold for.",
            solution="Wait until its author has mended it: the note on the merge request says what.",
        )
    mine = [change for change in judged.report.changes if person in change.needs]
    waiting = {who for finding in counting(judged.report.findings, Severity.WAIT) for who in finding.who}
    if person not in waiting:
        raise UsageError(
            f"Nothing in !{number} waits for {person}.",
            why=f"It is judged {judged.report.verdict}.",
            solution="Read the note on the merge request: it names whose approval is missing.",
        )
    digests = {one.name: one.countersigned for one in judged.changed.workflows}
    high = [(change.workflow, digests.get(change.workflow)) for change in mine if change.tier == "high"]
    return Asked(
        person=person, hearing=hearing, workflows=[change.workflow for change in mine],
        lines=lines((name, digest) for name, digest in high if digest),
    )  # fmt: skip


def countersign(court: Court, found: Asked) -> None:
    """Approve exactly what was judged, and name it. Raises `SourceError` when there has been a push since."""
    request = found.hearing.request
    if court.client.me in {click.user for click in found.hearing.case.clicks}:
        court.client.unapprove(request.number)  # given on something else, or on nobody knows what
    court.client.approve(request.number, request.head)
    for text in found.lines:
        court.client.write_note(request.number, text)
