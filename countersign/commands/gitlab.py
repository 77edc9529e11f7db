"""`countersign gitlab`: judge a merge request on GitLab, and tell it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click

from catalog import clock
from catalog.engines import EngineKind
from catalog.errors import JudgeError, UsageError
from catalog.records.keys import SigningKey
from checks.gitlab import event
from checks.gitlab.client import Client
from checks.gitlab.countersigning import asked
from checks.gitlab.countersigning import countersign as approve
from checks.gitlab.judge import Court, read
from checks.gitlab.judge import judge as judge_request
from checks.gitlab.merging import merge as merge_request
from checks.gitlab.on_file import put_on_file
from checks.gitlab.ordering import take as take_order
from checks.gitlab.rules import sync
from checks.gitlab.sweep import sweep as sweep_project
from checks.reports.safe import one_line
from countersign.commands.gate import printed, reporting

TOKEN = "COUNTERSIGN_GITLAB_TOKEN"  # noqa: S105 - where it is found, not what it is


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The command's options, as typed."""

    url: str
    project: str
    remote: str
    engine: str
    assurance: str
    branch: str
    me: int | None
    event: Path | None = None
    reports: tuple[str, ...] = ()


def judge(start: Path, number: int | None, options: Options) -> int:
    """Judge one merge request and tell it; the exit code is the verdict's, or 0 when an event asks for nothing."""
    _refuse_contradictions(number, options)
    with reporting(options.reports) as keep:
        bench = court(start, options)
        if (wanted := wanted_number(bench, number, options)) is None:
            return 0
        report = judge_request(bench, read(bench, wanted)).judged.report
        keep(report)
    click.echo(printed(report, "text"), nl=False)
    return report.verdict.exit_code


def merge(start: Path, number: int | None, options: Options, key: Path, key_id: str) -> int:
    """Judge one merge request, and merge and record it if it passes and asks for that."""
    _refuse_contradictions(number, options)
    signing = SigningKey.load(key, key_id)
    with reporting(options.reports) as keep:
        bench = court(start, options)
        if (wanted := wanted_number(bench, number, options)) is None:
            return 0
        outcome = merge_request(bench, read(bench, wanted), signing)
        report = outcome.hearing.judged.report
        keep(report)
    click.echo(printed(report, "text"), nl=False)
    if outcome.merged:
        click.echo(f"merged {outcome.merged}, recorded {', '.join(outcome.recorded) or 'nothing new'}")
        return 0
    click.echo(f"not merged: {one_line(outcome.reason)}")
    return report.verdict.exit_code


def countersign(start: Path, number: int, options: Options, *, yes: bool) -> int:
    """Show what the token's owner is asked to countersign, and after a yes do it; 1 after a no."""
    bench = court(start, options)
    found = asked(bench, number)
    request, report = found.hearing.request, found.hearing.judged.report
    click.echo(printed(report, "text"))
    what = ", ".join(found.workflows) or "the paths outside workflows"
    click.echo(one_line(f"{found.person} countersigns {what}"))
    click.echo(one_line(f"at {request.head} of !{request.number} ({request.link})"))
    for line in found.lines:
        click.echo(f"  {one_line(line)}")
    if not yes and not click.confirm("Have you read it, and do you approve it?"):
        return 1
    approve(bench, found)
    click.echo("Countersigned.")
    return 0


def sweep(start: Path, options: Options, key: Path, key_id: str) -> int:
    """Record what was merged and is not on record, then judge all that is open; 3 when anything could not be."""
    signing = SigningKey.load(key, key_id)
    failed = False
    for one in sweep_project(court(start, options), signing):
        click.echo(f"{one_line(one.what)}  {'FAILED: ' if one.failed else ''}{one_line(one.words)}")
        failed = failed or one.failed
    return JudgeError.exit_code if failed else 0


def order(start: Path, options: Options, text: str, key: Path, key_id: str) -> int:
    """Put what on-call ordered at the points on record."""
    signing = SigningKey.load(key, key_id)
    bench = court(start, options)
    click.echo("recorded" if take_order(bench, text, signing) else "on record already")
    filed = list(put_on_file(bench))
    for one in filed:
        click.echo(one_line(f"{'FAILED: ' if one.failed else ''}{one.words}"))
    return JudgeError.exit_code if any(one.failed for one in filed) else 0


def _refuse_contradictions(number: int | None, options: Options) -> None:
    if (number is None) == (options.event is None):
        raise UsageError("Must be given a NUMBER or --event, and not both.", solution="Name one merge request.")


def wanted_number(bench: Court, number: int | None, options: Options) -> int | None:
    """The number of the merge request to judge; None, and a line that says so, when an event asks for nothing."""
    if options.event is None:
        return number
    found = event.number(bench.client, event.load(options.event))
    if isinstance(found, int):
        return found
    click.echo(f"nothing to judge: {found}")
    return None


def take_token() -> str:
    """The token, taken out of the environment."""
    token = os.environ.pop(TOKEN, "")
    if not token:
        raise UsageError(
            f"{TOKEN} is not set.", solution="Give it a token with the scope `api`; never on the command line."
        )
    return token


def sync_rules(start: Path, number: int, options: Options) -> int:
    """Make GitLab's own approval rules of a merge request ask whom the verdict asks."""
    changed = sync(court(start, options), number)
    for line in changed or ["Nothing to change."]:
        click.echo(line)
    return 0


def court(start: Path, options: Options) -> Court:
    """What judging takes. The token leaves the environment, so that no engine, git or rule that is started has it."""
    token = take_token()
    client = Client(options.url, token, options.project, me=options.me)
    return Court(
        client=client, folder=start, remote=options.remote, token=token,
        engine=cast(EngineKind, options.engine), assurance=options.assurance, now=clock.read(None),
        branch=options.branch, link=os.environ.get("CI_JOB_URL", ""),
        warn=lambda words: click.echo(f"warning: {one_line(words)}", err=True),
    )  # fmt: skip
