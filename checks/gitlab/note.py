"""What a merge request is told: one note, which is edited in place, and one status.

The note is the Markdown report, in which nothing untrusted is markup, after the lines that people are to copy.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from checks.finding import Report, Severity, Verdict
from checks.gate import Judged
from checks.gitlab.countersignatures import lines
from checks.gitlab.facts import MergeRequest, Note
from checks.reports import render
from checks.reports.markdown import code
from checks.reports.safe import one_line
from checks.reports.shape import counting
from checks.reports.wording import is_drill, outcome, several

MARKER = "<!-- countersign:note -->"
NAME = "countersign"
"""The status, as GitLab lists it."""

_STATES = {Verdict.PASS: "success", Verdict.WAIT: "pending", Verdict.REFUSE: "failed", Verdict.ERROR: "failed"}
_JUDGED_AT = re.compile(r", at `[0-9TZ:-]+`(?=\.\n)")
_MAX_STATUS = 255


def text(judged: Judged, request: MergeRequest, seen: str) -> str:
    """The note, with a hidden line of what was `seen`. The same judgement gives the same note all day."""
    report = _JUDGED_AT.sub("", render("markdown", judged.report))
    # What somebody is to do stands before what there is to know.
    verdict, outcome, rest = report.split("\n\n", 2)
    return "\n\n".join([f"{MARKER}\n{seen}\n{verdict}", outcome, *_asked(judged, request), rest])


def error_text(report: str, seen: str) -> str:
    """The note of a run that could not judge."""
    return f"{MARKER}\n{seen}\n{report}"


def own(notes: Sequence[Note], me: int) -> Note | None:
    """The note that this account keeps on the merge request, if it has written one."""
    return next((note for note in notes if note.user == me and note.body.startswith(MARKER)), None)


def marked(notes: Sequence[Note]) -> bool:
    """Whether anybody's note looks like ours."""
    return any(note.body.startswith(MARKER) for note in notes)


def status(verdict: Verdict, words: str, link: str) -> Mapping[str, str]:
    """The status of a commit, as GitLab takes it."""
    words = one_line(words)  # it names workflows, and a name may be anything
    short = words if len(words) <= _MAX_STATUS else f"{words[: _MAX_STATUS - 1]}…"
    return {"state": _STATES[verdict], "name": NAME, "description": short, "target_url": link}


def summary(report: Report) -> str:
    """The verdict in one line."""
    return f"{report.verdict}: {outcome(report)}"


def _asked(judged: Judged, request: MergeRequest) -> Iterator[str]:
    """Whose click is missing, where, and at high the lines to write; or that a missing drill comes first.

    Whoever is asked for a click is asked once: for a change whose way back was rehearsed.
    """
    waiting = counting(judged.report.findings, Severity.WAIT)
    if undrilled := sorted({finding.workflow for finding in waiting if is_drill(finding)}):
        yield _drill_first(undrilled)
        return
    wanted: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for finding in waiting:
        if finding.who:
            wanted[finding.who].add(finding.workflow)
    clicked = {judged.context.team.by_forge.get(approval.forge) for approval in judged.context.approvals}
    for who, workflows in sorted(wanted.items()):
        people = ", ".join(f"`{person}`" for person in who)
        named = people if len(who) == 1 else f"one of {people}"
        # GitLab takes no second approval while an earlier one stands.
        press = "*Revoke approval*, then *Approve*" if clicked & set(who) else "*Approve*"
        yield f"**{named}**: open [this merge request]({request.link}) and press {press}."
        if texts := _lines(judged, workflows):
            what = "this line" if len(texts) == 1 else "these lines"
            yield f"Then write {what} as a comment, and do not edit it afterwards:"
            yield "\n".join(["```text", *texts, "```"])


def _drill_first(workflows: Sequence[str]) -> str:
    names = several([code(one_line(name)) for name in workflows])
    return (
        f"First the way back of {names} is rehearsed: the pipeline does that when nothing but drills and approvals is "
        "missing. If it passes, this note then says whose approval to ask for."
    )


def _lines(judged: Judged, workflows: Collection[str]) -> list[str]:
    """What names the content of those workflows for which a click alone is not enough."""
    digests = {one.name: one.countersigned for one in judged.changed.workflows}
    named = (
        change.workflow
        for change in judged.report.changes
        if change.workflow in workflows and (change.tier, change.kind) == ("high", "widening")
    )
    return lines((name, digest) for name in named if (digest := digests.get(name)))
