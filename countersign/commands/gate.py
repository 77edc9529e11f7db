"""`countersign gate`: judge, print, write reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click

from catalog import clock
from catalog.engines import EngineKind
from catalog.errors import CountersignError, JudgeError, UsageError
from checks.finding import Report, Verdict
from checks.gate import Request, judge
from checks.reports import parse_options, prepare, render, render_error, save
from checks.sources.file import ApprovalsFile, NoApprovals
from countersign.terminal import columns

_BROKEN_OFF = JudgeError("The run broke off: nothing was judged.", solution="See what it printed, and run it again.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The command's options, as typed."""

    everything: bool
    staged: bool
    target: str | None
    base: str | None
    head: str | None
    engine: str
    assurance: str
    approvals: Path | None
    now: str | None
    replay: bool
    form: str
    reports: tuple[str, ...]
    hook: bool


def gate(options: Options) -> int:
    """Judge and report. The exit code is the verdict's; with `hook`, a wait is no failure."""
    _refuse_contradictions(options)
    with reporting(options.reports) as keep:
        report = judge(_request(options))
        keep(report)
    click.echo(printed(report, options.form), nl=False)
    return 0 if options.hook and report.verdict is Verdict.WAIT else report.verdict.exit_code


@contextmanager
def reporting(options: Sequence[str]) -> Iterator[Callable[[Report], None]]:
    """Write what is kept within the block to each `FORMAT=PATH`, or else why the block failed."""
    wanted = parse_options(options)
    prepare([path for _, path in wanted])
    pages: list[tuple[Path, str]] = []
    try:
        yield lambda report: pages.extend((path, render(form, report)) for form, path in wanted)
    except BaseException as error:
        # Also for a defect or Ctrl-C: the report of an earlier run must not stand for this one.
        shown = error if isinstance(error, CountersignError) else _BROKEN_OFF
        for form, path in wanted:
            save(path, render_error(shown, form))
        raise
    for path, page in pages:
        save(path, page)


def _request(options: Options) -> Request:
    return Request(
        start=Path(), everything=options.everything, staged=options.staged, target=options.target, base=options.base,
        head=options.head, engine=cast(EngineKind, options.engine), assurance=options.assurance,
        now=clock.read(options.now, replay=options.replay), replay=options.replay,
        approvals=ApprovalsFile(options.approvals) if options.approvals else NoApprovals(),
    )  # fmt: skip


def _refuse_contradictions(options: Options) -> None:
    scopes = {"--all": options.everything, "--staged": options.staged, "--base": options.base is not None}
    chosen = [name for name, given in scopes.items() if given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} cannot go together.", solution="Choose one of them.")
    if options.head is not None and options.base is None:
        raise UsageError("--head needs --base.", solution="Name both: --base main --head my-branch.")
    if options.target is not None and (options.everything or options.base is not None):
        raise UsageError(f"--target cannot go with {chosen[0]}.", solution="Leave one of them out.")


def printed(report: Report, form: str) -> str:
    """The report as this terminal, or pipe, should get it."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return render(form, report, colour=colour, width=columns())
