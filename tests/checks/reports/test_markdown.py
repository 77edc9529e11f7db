"""The Markdown note is inert, whatever it quotes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token
from support.hostile import hostile, reports
from support.reports import change, finding, report

from catalog.errors import JudgeError
from checks.finding import Report
from checks.reports import markdown
from checks.reports.markdown import code, words, write, write_error
from checks.reports.safe import one_line
from checks.reports.shape import arrange, group

PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": False})

BLOCKS = ("heading", "paragraph", "bullet_list", "list_item", "strong")
OURS = {"inline", "text", "code_inline", "softbreak"} | {
    f"{block}_{end}" for block in BLOCKS for end in ("open", "close")
}

LIVE = re.compile(r"[@#!$%&~^*_<>\[\]\\|{}=+`/]|://|www\.|\b[0-9a-fA-F]{7,}\b")
"""What starts a mention, a reference, a link, markup or a quick action."""


def tokens(page: str) -> list[Token]:
    """Every token of a page, nested ones too."""
    return [inner for outer in PARSER.parse(page) for inner in (outer, *(outer.children or ()))]


def prose(page: str) -> list[str]:
    """The text outside code spans."""
    return [token.content for token in tokens(page) if token.type == "text"]


@given(reports())
def test_only_our_own_markup_is_rendered(hostile: Report) -> None:
    """T15: no HTML, link, image, table, quote or code block; our headings alone; one top-level list item a finding."""
    page, arranged = tokens(write(hostile)), arrange(hostile)
    assert {token.type for token in page} <= OURS
    spoken = [part for part in group(arranged) if not part.silent]
    assert sum(token.type == "heading_open" for token in page) == 1 + len(spoken)
    items = [token for token in page if token.type == "list_item_open" and token.level == 1]
    assert len(items) == len(arranged.findings) + len(arranged.launch)


@given(reports())
def test_nothing_live_is_left(hostile: Report) -> None:
    """T15: outside code stands nothing that mentions, refers, links or orders, and no line starts with a slash."""
    page = write(hostile)
    assert not [text for text in prose(page) if LIVE.search(text)]
    assert not [line for line in page.splitlines() if line.lstrip().startswith("/")]


@given(hostile())
def test_errors_are_inert(text: str) -> None:
    """T15: an error's note is as inert as a report's, and says `error`."""
    page = write_error(JudgeError(text, why=text, solution=text))
    assert {token.type for token in tokens(page)} <= OURS
    assert not [text for text in prose(page) if LIVE.search(text)]
    assert page.startswith("## Countersign: error\n")


@given(hostile())
def test_words_lose_nothing(text: str) -> None:
    """Read back, the note says what the message said; only backticks around a quotation become markup."""
    line = one_line(text)
    shown = "".join(token.content for token in tokens("x " + words(line)) if token.type in ("text", "code_inline"))
    assert re.sub("[` ]", "", shown) == "x" + re.sub("[` ]", "", line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Must be countersigned by finn: it is not.", "Must be countersigned by finn: it is not."),
        ("approves version h1:3f9a=.", "approves version `h1:3f9a=`."),
        ("finn's (second) try, 3 of 12", "finn's (second) try, 3 of 12"),
        ("ask @ana /approve now", "ask `@ana /approve` now"),
        ("set `tier: high` first", "set `tier: high` first"),
        ("a `b` c` d", "a `b` `` c` `` d"),
        ("`a``b`", "``` `a``b` ```"),
        ("(see a|b)", "(see `a|b`)"),
        ("deadbeef", "`deadbeef`"),
        ("see www.… (cut)", "see `www`.… (cut)"),
        ("heading'deadbeef", "`heading'deadbeef`"),
        ("", ""),
    ],
)
def test_words(text: str, shown: str) -> None:
    """A plain word stays prose; anything else is code."""
    assert words(text) == shown


@given(hostile())
def test_code_cannot_be_left(text: str) -> None:
    """T15: a code span holds all of its text and nothing ends it early."""
    inline = PARSER.parseInline("x " + code(one_line(text)))[0].children or []
    assert [token.type for token in inline] == ["text", "code_inline"]
    assert inline[1].content.strip() == one_line(text)


def test_a_note_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note too long for GitLab is cut between workflows, says how many are left out, and keeps its tally."""
    monkeypatch.setattr(markdown, "LIMIT", 2000)
    page = write(
        report(*(finding(workflow=f"w{n}") for n in range(9)), changes=tuple(change(f"w{n}") for n in range(9)))
    )
    assert len(page) <= 2000 + 200
    assert re.search(
        r"a note has no room for \d more workflows; the JSON report has them\.\n\nJudged: 9 workflows", page
    )
