"""Text that tries to be more than text, for every report format at once."""

from __future__ import annotations

from hypothesis import strategies as st
from support.reports import change, report

from checks.finding import Change, Finding, Report, Severity

LINES = ("\n", "\r\n", "\u2028", "\x85", "\n/merge", "\n===\n", "```\n", " ")
HIDDEN = (
    "\x00",
    "\x08",
    "\x7f",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\uffff",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u3164",
    "\U000e0041",
)
TERMINAL = (
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b1A",
    "\x1b",
    "section_start:1:x\r\x1b[0K",
    "::error file=a::b",
    "##[error]",
)
MARKUP = (
    "</testcase>",
    "</failure>",
    "]]>",
    "<![CDATA[",
    "<!--",
    "&amp;",
    "&#0;",
    "<script>alert(1)</script>",
    "<img src=x>",
)
BLOCKS = ("~~~", "|", "| --- |", "# heading", "- item", "1. item", "> quote", "[a]: b", "[^1]", "[[_TOC_]]", "{+ a +}")
INLINE = ("`", "``", "![a](b)", "[a](b)", "**bold**", "_x_", "\\", ":smile:", "$`x`$", "a|b", '"', "'", ",", "{", "}")
GITLAB = ("/approve", "@ana", "@all", "#1", "!1", "$1", "~label", "%milestone", "&1", "deadbeef", "a@b.example")
LINKS = ("https://evil.example", "www.evil.example", "pass: 1 workflow")
ATTACKS = (*LINES, *HIDDEN, *TERMINAL, *MARKUP, *BLOCKS, *INLINE, *GITLAB, *LINKS)


_PIECE = st.one_of(st.sampled_from((*ATTACKS, "word", "1", "billing-replies")), st.characters())


def hostile() -> st.SearchStrategy[str]:
    """Attacks, words and single characters, glued together."""
    return st.builds("{}{}{}".format, _PIECE, _PIECE, _PIECE)


def findings() -> st.SearchStrategy[Finding]:
    """Findings whose every text is hostile."""
    return st.builds(
        Finding,
        workflow=st.one_of(st.just(""), hostile()),
        file=st.one_of(st.just(""), hostile()),
        line=st.integers(0, 99),
        code=hostile(),
        severity=st.sampled_from(Severity),
        field=st.one_of(st.just(""), hostile()),
        message=hostile(),
        solution=st.one_of(st.just(""), hostile()),
        who=st.lists(hostile(), max_size=2).map(tuple),
        waived=st.one_of(st.just(""), hostile()),
    )


def changes() -> st.SearchStrategy[Change]:
    """Changes whose every quoted text is hostile; status and kind are the gate's own words."""
    return st.builds(
        change,
        hostile(),
        status=st.sampled_from(["added", "edited", "deleted", "unchanged"]),
        kind=st.sampled_from(["narrowing", "widening", "restoring", "none"]),
        because=st.lists(hostile(), max_size=3).map(tuple),
        tier=hostile(),
        state=hostile(),
        version=hostile(),
        needs=st.lists(hostile(), max_size=2).map(tuple),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Consistent reports full of hostile text; no two findings are equal."""
    several = st.lists(findings(), max_size=3, unique=True)
    return report(
        *draw(several),
        changes=tuple(draw(st.lists(changes(), max_size=2, unique_by=lambda item: item.workflow))),
        launch=tuple(draw(several)),
        head=draw(hostile()),
        engines=(draw(hostile()),),
        policy_digest=draw(hostile()),
        notes=tuple(draw(st.lists(hostile(), max_size=2))),
    )
