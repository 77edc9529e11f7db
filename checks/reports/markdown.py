"""A report as a note on a merge request: prose where a word is plainly a word, code where it is anything else.

Nothing untrusted is ever markup, a mention, a reference, a link or a quick action: all of those need a character
that stands only inside code spans here, and no line starts with text that is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.errors import CountersignError
from checks.finding import Change, Finding, Report
from checks.reports.safe import one_line
from checks.reports.shape import Group, arrange, group
from checks.reports.wording import calm, judged, number, outcome, several, summary, tally

LIMIT = 900_000
"""Characters; GitLab refuses a note of more than a million."""

_OPENING = "(\"'\u201c\u2018"
_CLOSING = ")\"'\u201d\u2019.,;:?\u2026"
_TOKEN = re.compile(rf"(?:(?<= )|^)([{_OPENING}]*)`([^`]+)`([{_CLOSING}]*)(?= |$)|\S+")
"""What the author of a message quoted in backticks, or else anything between two blanks."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*|\d{1,6}|[-\u2013\u2014]")
_COMMIT = re.compile(r"\b[0-9a-fA-F]{7,}\b")
"""GitLab links a bare word that names a commit."""


def write(report: Report) -> str:
    """The report as GitLab-flavoured Markdown of at most `LIMIT` characters; what is cut is counted."""
    report = arrange(report)
    blocks = [f"## Countersign: {report.verdict}", words(outcome(report))]
    blocks += [calm(report)] if calm(report) else []
    blocks += ["\n".join(_group(part)).rstrip() for part in group(report) if not part.silent]
    end = [f"Note: {words(note)}" for note in report.notes]
    end.append(f"Judged: {words(tally(report))}; {words(judged(report))}.")
    return _fit(blocks, end)


def write_error(error: CountersignError) -> str:
    """A note that says that nothing was judged, why, and what to do."""
    lines = ["## Countersign: error", f"Nothing was judged, and that is not a pass: {words(one_line(error.message))}"]
    lines += [f"Why: {words(one_line(error.why))}"] if error.why else []
    lines += [f"Next: {words(one_line(error.solution))}"] if error.solution else []
    return "\n\n".join(lines) + "\n"


def words(text: str) -> str:
    """`text` (one line) as inert Markdown: each run of tokens that are not plainly words becomes a code span."""
    pieces: list[str] = []
    run: list[str] = []

    def end_run(closing: str = "") -> None:
        if run:
            pieces.append(code(" ".join(run)) + closing)
            run.clear()

    for opening, core, closing, quoted in _tokens(text):
        if not quoted and _plain(core):
            end_run()
            pieces.append(opening + core + closing)
        elif opening or quoted:
            end_run()
            pieces.append(opening + code(core) + closing)
        else:
            run.append(core)
            if closing:
                end_run(closing)
    end_run()
    return " ".join(pieces)


def code(text: str) -> str:
    """`text` (one line) as a code span that no backtick in it can end."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[:1] == "`" or text[-1:] == "`" or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _tokens(text: str) -> Iterator[tuple[str, str, str, bool]]:
    """Opening marks, core, closing marks, and whether the core stood in backticks."""
    for match in _TOKEN.finditer(text):
        opening, quoted, closing = match.groups()
        if quoted:
            yield opening, quoted, closing, True
        else:
            inner = match.group().lstrip(_OPENING)
            core = inner.rstrip(_CLOSING)
            yield match.group()[: -len(inner) or None], core, inner[len(core) :], False


def _plain(core: str) -> bool:
    # Before a full stop, `www` begins a link.
    return not core or (_WORD.fullmatch(core) is not None and not _COMMIT.search(core) and core.casefold() != "www")


def _group(part: Group) -> Iterator[str]:
    yield (f"### Workflow {code(part.workflow)}" if part.workflow else "### The repository") + "\n"
    if part.change:
        needs = f" Still to countersign: {words(several(part.change.needs))}." if part.change.needs else ""
        yield f"{_sentence(part.change)}{needs}\n"
    for finding in part.findings:
        yield from _finding(finding)
    for finding in part.launch:
        yield f"- To go live, {code(finding.code)}: {words(finding.message)}"


def _sentence(change: Change) -> str:
    said = words(summary(change))
    return f"Unchanged {said}." if change.status == "unchanged" else f"{said[:1].upper()}{said[1:]}."


def _finding(finding: Finding) -> Iterator[str]:
    label = f"**waived** ({finding.severity})" if finding.waived else f"**{finding.severity}**"
    where = f" in {code(finding.file)}" if finding.file else ""
    where += f", line {finding.line}" if finding.file and finding.line else ""
    yield f"- {label} {code(finding.code)}{where}: {words(finding.message)}"
    if finding.waived:
        yield f"  - Waived: {words(finding.waived)}"
    elif finding.solution:
        yield f"  - Next: {words(finding.solution)}"


def _fit(blocks: list[str], end: list[str]) -> str:
    room = LIMIT - sum(len(line) + 2 for line in end)
    kept: list[str] = []
    for block in blocks:
        room -= len(block) + 2
        if room < 0:
            rest = number(len(blocks) - len(kept), "more workflow")
            end = [f"Cut here: a note has no room for {rest}; the JSON report has them.", *end]
            break
        kept.append(block)
    return "\n\n".join([*kept, *end]) + "\n"
