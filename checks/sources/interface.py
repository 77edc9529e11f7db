"""Where facts come from that no file of the change may state: who approved what, and what is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """One person's countersignature of one exact content."""

    forge: int
    """Numeric id of the person on the forge; names and e-mail addresses can be changed there."""
    workflow: str | None
    """The workflow; None for the paths outside workflows."""
    digest: str
    """The countersigned digest of the workflow, or the digest of the paths outside workflows."""
    at: datetime


class Approvals(Protocol):
    """A source of approvals. Raises `SourceError` when it cannot answer: no answer is never no approval."""

    def read(self) -> Sequence[Approval]:
        """Every approval known for what is judged."""
        ...
