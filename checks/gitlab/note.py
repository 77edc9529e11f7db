"""What a merge request is told: one note, which is edited in place, and one status.

The note is the Markdown report, in which nothing untrusted is markup, after the lines that people are to copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from checks.finding import Report, Verdict
from checks.gate import Judged
from checks.gitlab.countersignatures import line
from checks.gitlab.facts import MergeRequest, Note
from checks.reports import render
from checks.reports.wording import outcome

MARKER = "<!-- countersign:note -->"
NAME = "countersign"
"""The status, as GitLab lists it."""

_STATES = {Verdict.PASS: "success", Verdict.WAIT: "pending", Verdict.REFUSE: "failed", Verdict.ERROR: "failed"}
_JUDGED_AT = re.compile(r", at `[0-9TZ:-]+`(?=\.\n)")
_MAX_STATUS = 255


def text(judged: Judged, request: MergeRequest, seen: str) -> str:
    """The note, with a hidden line of what was `seen`. The same judgement gives the same note all day."""
    report = _JUDGED_AT.sub("", render("markdown", judged.report))
    asked = "\n".join(_asked(judged, request))
    return f"{MARKER}\n{seen}\n{report}" + (f"\n{asked}\n" if asked else "")


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
    short = words if len(words) <= _MAX_STATUS else f"{words[: _MAX_STATUS - 1]}…"
    return {"state": _STATES[verdict], "name": NAME, "description": short, "target_url": link}


def summary(report: Report) -> str:
    """The verdict in one line."""
    return f"{report.verdict}: {outcome(report)}"


def _asked(judged: Judged, request: MergeRequest) -> Iterator[str]:
    """Whose click is missing, where, and at high the line to write."""
    digests = {one.name: one.countersigned for one in judged.changed.workflows}
    for change in judged.report.changes:
        if change.needs:
            who = " and ".join(f"`{person}`" for person in change.needs)
            yield f"**{who}**: open [this merge request]({request.link}) and press *Approve*."
            if change.tier == "high" and (digest := digests.get(change.workflow)):
                yield "Then write this line as a comment, and do not edit it afterwards:\n"
                yield f"```text\n{line(change.workflow, digest)}\n```"
