"""Reports are cleaned, sorted and grouped before anything is written."""

from __future__ import annotations

import pytest
from support.reports import ALIAS, DRILL, FALLBACK, OWNER, SANDBOX, change, finding, report

from checks.finding import Severity
from checks.reports.shape import arrange, counting, group, place, short


def test_arrange_forgets_order_and_duplicates() -> None:
    """The same findings in any order, any number of times, are the same report."""
    assert arrange(report(DRILL, OWNER, DRILL)) == arrange(report(OWNER, DRILL))


def test_arrange_cleans_every_text() -> None:
    """T15: no text of a report is passed over."""
    bad = "a\x1b[2Jb\nc"
    hostile = finding(bad, workflow=bad, file=bad, field=bad, message=bad, solution=bad, who=(bad,), waived=bad)
    named = change(bad, status=bad, kind=bad, because=(bad,), tier=bad, state=bad, version=bad, needs=(bad,))
    texts = dict.fromkeys(("mode", "target", "head", "now", "assurance", "policy_digest"), bad)
    arranged = arrange(report(hostile, changes=(named,), launch=(hostile,), engines=(bad,), notes=(bad,), **texts))
    assert "\\x1b" not in repr(arranged)
    assert "\\n" not in repr(arranged)


def test_group_puts_the_repository_first_and_the_worst_first() -> None:
    """A reader meets what concerns everything, then each workflow by name, its worst finding on top."""
    groups = group(arrange(report(ALIAS, SANDBOX, DRILL, FALLBACK, OWNER, finding("a.late", Severity.WARN, line=1))))
    assert [g.workflow for g in groups] == ["", "billing-replies", "refund-decisions", "ticket-triage"]
    assert [f.code for f in groups[1].findings] == ["rollback.untested", "a.late", "rollback.sandbox-only"]


def test_group_keeps_changes_without_findings() -> None:
    """A workflow that was judged and is in order has its group."""
    (repository, changed) = group(arrange(report(changes=(change(),))))
    assert (repository.silent, changed.silent, changed.change) == (True, False, change())


def test_group_of_an_unchanged_workflow_is_silent() -> None:
    """A workflow that neither changed nor was found fault with needs no words."""
    assert all(g.silent for g in group(report(changes=(change(status="unchanged", kind="none"),))))


def test_counting_leaves_out_the_waived() -> None:
    """A waived finding does not count."""
    assert counting([FALLBACK, SANDBOX], Severity.DENY) == [FALLBACK]


@pytest.mark.parametrize(
    ("digest", "shown"), [("h1:0123456789", "h1:01234567…"), ("0123456789", "01234567…"), ("h1:01", "h1:01"), ("", "")]
)
def test_short(digest: str, shown: str) -> None:
    """A digest is cut to what a reader compares; a short one is left alone."""
    assert short(digest) == shown


@pytest.mark.parametrize(("line", "shown"), [(8, "a.yaml:8"), (0, "a.yaml")])
def test_place(line: int, shown: str) -> None:
    """A line that is not known is not shown."""
    assert place(finding(file="a.yaml", line=line)) == shown


def test_place_without_a_file() -> None:
    """A finding about no file has no place, whatever its line."""
    assert place(finding(file="", line=3)) == ""
