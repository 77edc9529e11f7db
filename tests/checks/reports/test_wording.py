"""The sentences say who must do what."""

from __future__ import annotations

from typing import Any

import pytest
from support.reports import ALIAS, DRILL, FALLBACK, OWNER, SAMPLES, SANDBOX, change, finding, report

from checks.finding import Finding, Severity
from checks.reports.shape import arrange
from checks.reports.wording import calm, judged, number, outcome, several, summary, tally

SIGNED = "Nothing more is needed."


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ((), SIGNED),
        ((ALIAS,), f"{SIGNED} 1 warning."),
        ((SANDBOX,), f"{SIGNED} 1 waived."),
        ((finding(),), "1 thing is still needed: finn's approval."),
        ((finding(), DRILL), "2 things are still needed: a passed drill (the pipeline runs it); finn's approval."),
        ((finding(who=("gus", "finn")),), "1 thing is still needed: approval by one of finn, gus."),
        ((finding(who=()),), "1 thing is still needed: an approval."),
        ((FALLBACK,), "1 thing must be put right by the author: fallback.usable."),
        (
            (finding("approver.eligible", Severity.DENY, who=("ben",)),),
            "1 thing must be put right: approver.eligible (by ben).",
        ),
        (
            (finding(), OWNER),
            "2 things are still needed: ana's approval for the repository; finn's approval for billing-replies.",
        ),
    ],
)
def test_outcome(found: tuple[Finding, ...], sentence: str) -> None:
    """The last words name each click, drill and repair once, and whose it is."""
    assert outcome(arrange(report(*found))) == sentence


def test_outcome_of_many_is_bounded() -> None:
    """Ten thousand needs do not make an endless line."""
    found = [finding(workflow=f"w{n}") for n in range(10)]
    sentence = "1 thing is still needed: finn's approval for w0, w1, w2, w3, w4, w5, and 4 more."
    assert outcome(arrange(report(*found))) == sentence


def test_outcome_of_all_names_no_author() -> None:
    """The standing duties of a repository have no author to blame."""
    assert outcome(arrange(report(FALLBACK, mode="all"))) == "1 thing must be put right: fallback.usable."


def test_tally_says_what_the_verdict_rests_on() -> None:
    """How much was judged, by which engines, under which rules, how surely."""
    expected = "3 workflows, 47 rules, opa 1.22.2, regorus 0.13.0, policies sha256:9c1e0f22…, pinned"
    assert tally(arrange(SAMPLES["refuse"])) == expected


def test_tally_admits_an_unknown_digest() -> None:
    """A missing policy digest is said, not left out."""
    assert "policies unknown" in tally(report(policy_digest=""))


def test_judged_says_when_the_clock_was_set() -> None:
    """A replay can never be taken for a judgement of today (T13)."""
    assert judged(report(head="a", replay=True)) == "a, replayed as of 2026-10-30T09:00:00Z"
    assert judged(report(head="", now="")) == "content unnamed"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "widening: prompt changed (high, live)"),
        ({"because": tuple("abcdef")}, "widening: a, b, c, d, and 2 more changed (high, live)"),
        ({"status": "added"}, "added, widening (high, live)"),
        ({"status": "deleted", "kind": "narrowing", "tier": "", "state": ""}, "deleted, narrowing"),
        ({"kind": "none", "because": ("summary",)}, "edited: summary changed (high, live)"),
        ({"because": ()}, "widening (high, live)"),
        ({"status": "unchanged", "kind": "none"}, "(high, live)"),
    ],
)
def test_summary(facts: dict[str, Any], sentence: str) -> None:
    """A change is told by its kind and the paths that made it so."""
    assert summary(change(**{"version": "", **facts})) == sentence


def test_calm_only_when_nothing_changed_and_nothing_was_found() -> None:
    """`No workflow changed` is never said over a change, a finding, or the whole repository."""
    assert calm(report())
    assert calm(report(changes=(change(status="unchanged"),)))
    assert not calm(report(changes=(change(),)))
    assert not calm(report(OWNER))
    assert not calm(report(mode="all"))


def test_number_and_several() -> None:
    """One is singular, and a long list ends in a count."""
    assert (number(1, "rule"), number(0, "rule")) == ("1 rule", "0 rules")
    assert several(["a", "b", "c"], most=2) == "a, b, and 1 more"
