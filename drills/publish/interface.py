"""What every form of publishing is: it is shown each workflow once, in order, and then writes what it made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drills.publish.self_test import SelfTest
from drills.publish.sources import History


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """What is published, beside the workflows: as of when, from which commit of the records, with which self-test."""

    now: datetime
    records: str | None
    self_test: SelfTest | None = None


class Form(Protocol):
    """One form. Nothing is seen of it before `finish`, and then all of it at once."""

    def add(self, history: History) -> None:
        """Take in one workflow."""

    def finish(self) -> None:
        """Write it. Raises `UsageError` when that cannot be."""
