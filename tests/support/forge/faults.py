"""Faults: how a forge that is down, slow, lying or busy answers. They are state, and end when they are used up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from support.forge.answers import Answer, insufficient_scope, invalid_token
from support.forge.model import Json

Kind = Literal[
    "429", "500", "502", "503", "504", "slow", "drip", "html", "truncated", "close", "empty", "endless", "expired",
    "under-scoped", "lie",
]  # fmt: skip

HANDLED = frozenset({"slow", "drip", "truncated", "endless", "lie"})
"""Kinds that spoil a true answer; the others stand in for it."""

PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>GitLab</title></head><body><h1>Waiting for GitLab to boot</h1></body></html>"
)


@dataclass(slots=True)
class Fault:
    """The next `times` calls (None: all) of this method whose path holds the pattern are answered wrongly.

    With `after`, the call is carried out first, and its answer is lost.
    """

    method: str
    path: str
    kind: Kind
    times: int | None = 1
    retry_after: int = 1
    seconds: float = 1.0
    status: int = 200
    """Of an HTML page."""
    after: bool = False
    edit: Callable[[Json], Json] = lambda answer: answer
    """Of a lie: what the true answer is turned into."""
    without: tuple[str, ...] = ()
    """Of a lie: the headers that the true answer loses on its way."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of a lie: the headers that it gets instead of its own."""

    def strikes(self, method: str, path: str) -> bool:
        """Whether it applies to a call."""
        return self.times != 0 and method == self.method and re.search(self.path, path) is not None

    @property
    def handles(self) -> bool:
        """Whether the call is carried out."""
        return self.after or self.kind in HANDLED

    def use(self) -> None:
        """One time fewer is left."""
        if self.times is not None:
            self.times -= 1

    def spoil(self, answer: Answer) -> Answer:
        """What is answered in place of a true answer."""
        match self.kind:
            case "429":
                return Answer(429, b"Retry later\n", self._limits(), "text/plain")
            case "500":
                return Answer(500, {"message": "500 Internal Server Error"})
            case "502" | "503" | "504":
                return Answer(int(self.kind), PAGE, {}, "text/html")
            case "html":
                return Answer(self.status, PAGE, {}, "text/html; charset=utf-8")
            case "empty":
                return Answer(200, b"")
            case "expired":
                return invalid_token().answer
            case "under-scoped":
                return insufficient_scope().answer
            case "lie":
                kept = {name: text for name, text in answer.headers.items() if name not in self.without}
                return replace(answer, body=self.edit(answer.body), headers=kept | self.headers)
            case "slow" | "drip" | "truncated" | "close" | "endless":
                return replace(answer)

    def _limits(self) -> dict[str, str]:
        return {
            "Retry-After": str(self.retry_after),
            "RateLimit-Limit": "60",
            "RateLimit-Name": "throttle_authenticated_api",
            "RateLimit-Observed": "61",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": "1795770060",
            "RateLimit-ResetTime": "Fri, 27 Nov 2026 09:01:00 GMT",
        }
