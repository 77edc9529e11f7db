"""The documentation as data: pages, headings, links, paths and the threats that tests cite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from support.pages import ROOT

THREATS = tuple(f"T{number:02}" for number in range(1, 20))

_FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)[ \t]*$", re.MULTILINE)
_NOT_IN_ANCHOR = re.compile(r"[^\w -]")
_CODE = re.compile(r"[a-z]+\.[a-z-]+")
_ID = re.compile(r"\bT\d\d\b")


def pages() -> list[Path]:
    """README.md and every page below docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def prose(text: str) -> str:
    """A page without its fenced examples and comments, which quote other files' paths and marks."""
    return _COMMENT.sub("", _FENCE.sub("", text))


def paths(text: str) -> Iterator[str]:
    """Every path from the repository's root that a page's prose names in code marks; `*` stands for any name."""
    folders = {entry.name for entry in ROOT.iterdir() if entry.is_dir() and not entry.name.startswith(".")}
    for span in _SPAN.findall(prose(text)):
        first, slash, rest = span.partition("/")
        # The team's own workflows and people are theirs to name; `<name>` stands for one of them. What commands leave
        # in a clone is there or not, by what was typed in it.
        if slash and rest and first in folders - {"workflows", "reports", "public"} and not set("<> ()") & set(span):
            yield span


def codes(text: str) -> list[str]:
    """Everything in a page's code marks that looks like a rule's code."""
    spans = (span for span in _SPAN.findall(prose(text)) if _CODE.fullmatch(span))
    return [span for span in spans if not span.endswith((".md", ".py", ".yaml"))]


def links(text: str) -> Iterator[str]:
    """Every link of a page's prose to another page or place of this repository."""
    return (link for link in _LINK.findall(prose(text)) if "://" not in link)


def anchors(text: str) -> set[str]:
    """What a page's headings are linked by."""
    plain = (_SPAN.sub(r"\1", heading).lower() for heading in _HEADING.findall(prose(text)))
    return {_NOT_IN_ANCHOR.sub("", heading).replace(" ", "-") for heading in plain}


def sections(text: str) -> Mapping[str, str]:
    """A page's second-level parts by heading."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def citations() -> Mapping[str, list[str]]:
    """Test files by the threat that they cite, sorted."""
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "policies").rglob("*_test.rego")]
    found: dict[str, list[str]] = {threat: [] for threat in THREATS}
    for file in sorted(files):
        for threat in set(_ID.findall(file.read_text(encoding="utf-8"))) & found.keys():
            found[threat].append(file.relative_to(ROOT).as_posix())
    return found
