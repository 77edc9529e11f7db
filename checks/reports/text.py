"""A report for a person at a terminal or in a job's log: grouped by workflow, the verdict on the last line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.errors import CountersignError, JudgeError
from checks.finding import Finding, Report
from checks.reports.safe import one_line
from checks.reports.shape import Group, arrange, group, place
from checks.reports.wording import calm, judged, outcome, several, summary, tally

_INDENT = " " * 10
_COLOURS = {
    "deny": "red", "refuse": "red", "error": "red", "wait": "yellow", "warn": "cyan", "pass": "green",
    "waived": "bright_black", "note": "bright_black", "why": "bright_black",
}  # fmt: skip

_FEW = 50
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LOG_COMMAND = re.compile(r"::|##")
"""Starts of lines that a CI runner may take for an order; runners skip leading blanks when they look."""


def write(report: Report, *, colour: bool = False, width: int = 100) -> str:
    """The report as text, wrapped at `width` columns (0: never); `colour` adds terminal colours."""
    return _Page(colour=colour, width=width).report(arrange(report))


def write_error(error: CountersignError, *, colour: bool = False, width: int = 100, judging: bool = True) -> str:
    """What could not be done, why, and what to do; no word about judging where a command was misused or judges not."""
    page = _Page(colour=colour, width=width)
    judging = judging and isinstance(error, JudgeError)
    heading = "cannot judge" if judging else page.paint("error")
    lines = page.wrap(f"{heading}: {one_line(error.message)}", "", "  ")
    lines += page.wrap(f"why: {one_line(error.why)}", "  ", "    ") if error.why else []
    lines += page.wrap(f"-> {one_line(error.solution)}", "  ", "    ") if error.solution else []
    lines += [f"{page.paint('error')}: nothing was judged, and that is not a pass."] if judging else []
    return "\n".join(lines) + "\n"


class _Page:
    def __init__(self, *, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = width

    def report(self, report: Report) -> str:
        # Of few workflows, also how the ones were drilled that lack nothing.
        parts = [part for part in group(report) if not part.silent or (part.drill and report.workflows <= _FEW)]
        blocks = ["\n".join(self._group(part)) for part in parts]
        end = [calm(report)] if calm(report) else []
        for note in report.notes:
            end += self.wrap(f"{self.paint('note')}: {note}", "", "  ")
        end += self.wrap(f"judged: {judged(report)}", "", "  ")
        end.append(f"{self.paint(report.verdict)}: {tally(report)}. {outcome(report)}")
        return "\n\n".join([*blocks, "\n".join(end)]) + "\n"

    def paint(self, word: str, pad: int = 0) -> str:
        """A word of ours in its colour; never untrusted text."""
        padded = word.ljust(pad)
        if not self._colour:
            return padded
        import click

        return click.style(padded, fg=_COLOURS[word], bold=word in ("deny", "refuse", "error"))

    def wrap(self, text: str, indent: str, hang: str = "") -> list[str]:
        """`text` in lines of the page's width, none of which a log reader takes for an order.

        `hang` indents the lines after the first, where the first starts with words of ours and the rest may not.
        """
        lines = [text]
        if self._width:
            import textwrap  # not for a pipe, where nothing is wrapped

            room = max(self._width - len(indent + hang), 40)
            lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
        lines = ["\\" + line if _LOG_COMMAND.match(line) else line for line in lines]
        return [indent + lines[0], *(indent + hang + line for line in lines[1:])]

    def _group(self, part: Group) -> Iterator[str]:
        yield _heading(part)
        for finding in part.findings:
            yield from self._finding(finding)
        asked = {person for finding in part.findings for person in finding.who}
        missing = [person for person in (part.change.needs if part.change else ()) if person not in asked]
        if missing:
            yield f"  needs   {several(missing)} to countersign"
        yield from self._launch(part)

    def _finding(self, finding: Finding) -> Iterator[str]:
        label = "waived" if finding.waived else finding.severity.value
        yield "  " + "  ".join(part for part in (self.paint(label, 6), finding.code, place(finding)) if part)
        yield from self.wrap(finding.message, _INDENT)
        if finding.waived:
            yield from self.wrap(f"would {_weight(finding)}; waived: {finding.waived}", _INDENT)
        elif finding.solution:
            yield from self.wrap(f"-> {finding.solution}", _INDENT)

    def _launch(self, part: Group) -> Iterator[str]:
        if part.drill:
            yield from self.wrap(f"drilled: {part.drill}", "  ", "    ")
        if part.launch:
            yield "  to go live it still needs"
            room = max(len(finding.code) for finding in part.launch)
            for finding in part.launch:
                first, *more = self.wrap(finding.message, " " * (8 + room))
                yield f"    - {finding.code.ljust(room)}{first[6 + room :]}"
                yield from more


def _heading(part: Group) -> str:
    # A name that could pass for a verdict line, or for an order to a CI runner, is quoted.
    name = part.workflow if _PLAIN_NAME.fullmatch(part.workflow) else f'"{part.workflow}"'
    if not part.workflow:
        return "the repository"
    detail = summary(part.change) if part.change else ""
    return f"{name}  {detail}" if detail else name


def _weight(finding: Finding) -> str:
    return {"deny": "refuse", "wait": "wait", "warn": "warn"}[finding.severity]
