"""`countersign gitlab drill`: the drills that a merge request still needs, and nothing else of it is wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from catalog.git import Repository
from checks.finding import Report, Severity
from checks.gitlab.judge import Hearing, hear, read
from checks.sources.records import Records
from countersign.commands import drill
from countersign.commands.gitlab import Options, court, wanted_number

RUNNABLE = ("rollback.untested", "rollback.stale")
"""The rules that wait for a drill which a pipeline can run."""
FAILED = "rollback.failed"
UNDECIDED = ("aborted", "inconclusive", "not_run")
"""Outcomes that prove nothing against a version: the drill was ended, or could not see."""
TRIES = 3
"""Drills of one version that may end so, before a person has to look."""


def drill_request(start: Path, number: int | None, options: Options, runs: Path, target: str) -> int:
    """Rehearse what a merge request would bring. Exit code 0 when no drill is missing, or all passed.

    Each version is drilled once on a target: a drill that failed is a refusal, and no wait for another try.
    """
    bench = court(start, options)
    if (wanted := wanted_number(bench, number, options)) is None:
        return 0
    found = hear(bench, read(bench, wanted))
    names = missing(found.judged.report, undecided(start, found, target))
    if not names:
        click.echo(f"!{wanted} waits for no drill: {found.judged.report.verdict.value}.")
        return 0
    asked = drill.Options(
        runs=runs, target=target, production=None, base=found.judged.comparison.target, head=found.request.head,
        record=False,
    )  # fmt: skip
    return drill.run(start, names, asked, everything=False, due=False, dry=False)


def missing(report: Report, undecided: Collection[str] = ()) -> list[str]:
    """The workflows that wait for a drill, where everything else that is missing is a click; none where it is more.

    `undecided`: those whose newest drill may be tried again.
    """
    counting = [finding for finding in report.findings if not finding.waived]
    again = {one.workflow for one in counting if one.code == FAILED and one.workflow in undecided}
    denied = [one for one in counting if one.severity is Severity.DENY]
    if any(one.code != FAILED or one.workflow not in again for one in denied):
        return []
    return sorted({one.workflow for one in counting if one.code in RUNNABLE} | again)


def undecided(start: Path, found: Hearing, target: str) -> set[str]:
    """The workflows whose newest drills there, of what is proposed, said nothing when they ended, and not too often."""
    with Repository.discover(start) as repository:
        records = Records.open(repository, found.judged.context.team, datetime.now(UTC), desk=False)
        return {
            one.name
            for one in found.judged.changed.workflows
            if _may_be_tried_again(
                [drill["outcome"] for drill in records.evidence(one).drills if drill["target"] == target]
            )
        }


def _may_be_tried_again(outcomes: Sequence[str]) -> bool:
    """`outcomes`: the newest first."""
    unsaid = next((number for number, one in enumerate(outcomes) if one not in UNDECIDED), len(outcomes))
    return 0 < unsaid < TRIES
