"""Facts about a fallback file: whether a person could follow it at night."""

from __future__ import annotations

import re
from typing import Any

_HEADING = re.compile(r"^##[ \t]+(.+)$", re.MULTILINE)
_UNSHOWN = re.compile(r"<!--.*?(?:-->|\Z)|^(`{3,}|~{3,})[^\n]*\n.*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE)
"""A comment, which a page does not show, or a block of code, where nothing is a heading or a step."""
_STEP = re.compile(r"^[0-9]{1,3}[.)][ \t]+\S", re.MULTILINE)


def facts(content: bytes, tell: str | None) -> dict[str, Any]:
    """Numbered steps, and whether it says who is told and where the work goes, each under a heading of its own."""
    text = content.decode("utf-8")
    if any(mark in text for mark in ("<!--", "```", "~~~")):  # few have one, and looking for its end is slow
        text = _UNSHOWN.sub("", text)
    sections = _sections(text)
    return {
        "steps": len(_STEP.findall(sections.get("steps", ""))),
        "told": bool(sections.get("who is told", "").strip()),
        "destination": bool(sections.get("where the work goes", "").strip()),
        "mentions_tell": bool(tell) and str(tell) in text,
    }


def _sections(text: str) -> dict[str, str]:
    parts = _HEADING.split(text)
    return {title.strip().lower(): body for title, body in zip(parts[1::2], parts[2::2], strict=True)}
