"""Lists come in pages: twenty to a page unless asked, a hundred at most, and headers say where the others are."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from support.forge.answers import Answer

USUAL, MOST = 20, 100
HEADERS = ("Link", "X-Page", "X-Per-Page", "X-Next-Page", "X-Prev-Page", "X-Total", "X-Total-Pages")


def paged(answer: Answer, url: str, query: dict[str, str], *, endless: bool = False) -> Answer:
    """One page of a list; an endless list repeats itself, and always has a next page."""
    size = min(_number(query.get("per_page"), USUAL), MOST)
    page = _number(query.get("page"), 1)
    total = len(answer.body)
    last = max(1, -(-total // size))
    start = 0 if endless else (page - 1) * size
    following = page + 1 if endless or page < last else None
    places = {"prev": page - 1 if page > 1 else None, "next": following, "first": 1, "last": last}
    links = [
        f'<{url}?{urlencode({**query, "page": number, "per_page": size})}>; rel="{name}"'
        for name, number in places.items()
        if number
    ]
    headers = {
        "Link": ", ".join(links),
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Next-Page": str(following or ""),
        "X-Prev-Page": str(places["prev"] or ""),
        "X-Total": str(total),
        "X-Total-Pages": str(last),
    }
    return replace(answer, body=answer.body[start : start + size], headers={**answer.headers, **headers})


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) else usual
