"""What every source of approvals has in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.change import Change
from catalog.git import Repository
from checks.sources.interface import Approval, given

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
H1 = "h1:" + "A" * 43 + "="


class Source:
    """A source that knows one approval."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def read(self, repository: Repository, changed: Change) -> Sequence[Approval]:
        return [Approval(forge=103, workflow="billing-replies", digest=H1, at=self.at)]


@pytest.mark.parametrize(
    ("ahead", "digest"),
    [(timedelta(days=-400), H1), (timedelta(), H1), (timedelta(minutes=10), H1), (timedelta(minutes=11), None),
     (timedelta(days=3650), None)],
)  # fmt: skip
def test_an_approval_from_the_future_names_nothing(ahead: timedelta, digest: str | None) -> None:
    """An approval that is dated ten minutes ahead or more counts for no content, and says why (T03, T13)."""
    (found,) = given(Source(NOW + ahead), Repository(Path()), Change(workflows=(), control=()), NOW)
    assert (found.digest, found.void) == (digest, None if digest else "it is dated after this judgement")
