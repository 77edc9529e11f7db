"""The sentences that text and Markdown share: how much was judged, and who must do what next.

Every function takes an arranged report and returns plain text; a writer still escapes it for its own format.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from checks.finding import Change, Finding, Report, Severity, Verdict
from checks.reports.shape import counting, short

MOST = 6
"""Entries a sentence lists before it says how many more there are."""


def number(count: int, noun: str) -> str:
    """`1 workflow`, `47 rules`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def several(items: Sequence[str], separator: str = ", ", most: int = MOST) -> str:
    """The first `most` items, then how many more there are."""
    rest = len(items) - most
    return separator.join(items[:most]) + (f"{separator}and {rest} more" if rest > 0 else "")


def tally(report: Report) -> str:
    """What the judgement rests on: `1 workflow, 47 rules, regorus 0.13.0, policies 9c1e0f22…, desk`."""
    parts = [number(report.workflows, "workflow"), number(report.rules, "rule"), *report.engines]
    parts.append(f"policies {short(report.policy_digest) or 'unknown'}")
    return ", ".join([*parts, report.assurance])


def judged(report: Report) -> str:
    """Which content was judged, and by which clock."""
    clock = f", replayed as of {report.now}" if report.replay else f", at {report.now}" if report.now else ""
    return f"{report.head or 'content unnamed'}{clock}"


def summary(change: Change) -> str:
    """`widening: prompt changed (high, live, version h1:3f9a0c4e…)`; what did not change has no first half."""
    version = f"version {short(change.version)}" if change.version else ""
    about = ", ".join(part for part in (change.tier, change.state, version) if part)
    return " ".join(part for part in (_changed(change), f"({about})" if about else "") if part)


def _changed(change: Change) -> str:
    kind = [] if change.kind == "none" else [change.kind]
    if change.status == "unchanged":
        return ""
    if change.status in ("added", "deleted") or not change.because:
        return ", ".join(kind if change.status == "edited" and kind else [change.status, *kind])
    return f"{kind[0] if kind else change.status}: {several(change.because, most=4)} changed"


def calm(report: Report) -> str:
    """What to say when no workflow changed and no rule found anything; empty otherwise."""
    changed = any(change.status != "unchanged" for change in report.changes)
    if changed or report.findings or report.mode == "all":
        return ""
    return "No workflow changed, and no rule asks for anything."


def outcome(report: Report) -> str:
    """Who must do what before this may merge, in a sentence or two."""
    sentences = [_repairs(report), _missing(report), _rest(report)]
    if report.verdict is Verdict.PASS:
        sentences.insert(0, "Nothing is out of order." if report.mode == "all" else "Nothing more is needed.")
    return " ".join(sentence for sentence in sentences if sentence)


def needs(report: Report) -> list[str]:
    """Each click and each drill that is still missing, once, such as `finn's approval`."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for finding in counting(report.findings, Severity.WAIT):
        wanted[_need(finding)].add(finding.workflow or "the repository")
    many = _is_many(report)
    return [f"{what} for {several(sorted(where))}" if many else what for what, where in sorted(wanted.items())]


def _need(finding: Finding) -> str:
    # A wait asks for a click or for a drill, by definition: with people named it is theirs to click.
    if len(finding.who) == 1:
        return f"{finding.who[0]}'s approval"
    if finding.who:
        return f"approval by one of {several(finding.who)}"
    return "a passed drill (the pipeline runs it)" if is_drill(finding) else "an approval"


def is_drill(finding: Finding) -> bool:
    """Whether what is waited for is a drill, not anybody's click."""
    return finding.severity is Severity.WAIT and not finding.who and finding.code.startswith("rollback.")


def _repairs(report: Report) -> str:
    denied = counting(report.findings, Severity.DENY)
    if not denied:
        return ""
    many = _is_many(report)
    things = list(dict.fromkeys(_repair(finding, many) for finding in denied))
    author = " by the author" if report.mode == "change" and not any(f.who for f in denied) else ""
    return f"{number(len(denied), 'thing')} must be put right{author}: {several(things)}."


def _repair(finding: Finding, many: bool) -> str:
    where = [finding.workflow or "the repository"] if many else []
    detail = ", ".join([*where, *(["by " + several(finding.who)] if finding.who else [])])
    return f"{finding.code} ({detail})" if detail else finding.code


def _missing(report: Report) -> str:
    wanted = needs(report)
    if not wanted:
        return ""
    verb = "thing is" if len(wanted) == 1 else "things are"
    return f"{len(wanted)} {verb} still needed: {several(wanted, '; ')}."


def _rest(report: Report) -> str:
    waived = [finding for finding in report.findings if finding.waived]
    parts = _counted((len(counting(report.findings, Severity.WARN)), "warning"))
    parts += [f"{len(waived)} waived"] if waived else []
    proposed = len({finding.workflow for finding in report.launch})
    parts += [f"{number(proposed, 'workflow')} not ready to go live"] if proposed else []
    return f"{', '.join(parts)}." if parts else ""


def _counted(*pairs: tuple[int, str]) -> list[str]:
    return [number(count, noun) for count, noun in pairs if count]


def _is_many(report: Report) -> bool:
    concerned = {finding.workflow for finding in (*report.findings, *report.launch)}
    return len(concerned | {change.workflow for change in report.changes if change.status != "unchanged"}) > 1
