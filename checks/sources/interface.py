"""Where facts come from that no file of the change may state: who approved what, and what is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from catalog.change import Change
from catalog.git import Repository

CLOCK_SKEW = timedelta(minutes=10)
"""How far ahead of ours another machine's clock may be."""

How = Literal["sha", "note", "button", "file"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """One person's countersignature of one exact content."""

    forge: int
    """Numeric id of the person on the forge; names and e-mail addresses can be changed there."""
    workflow: str | None
    """The workflow; None for the paths outside workflows."""
    digest: str | None
    """The countersigned digest of the workflow, or the digest of the paths outside workflows.

    None when it cannot be told what the person saw.
    """
    at: datetime
    how: How = "file"
    """How the content was named: by a commit, in a note, by nothing but a click, or in a file of approvals."""
    void: str | None = None
    """Why the content is another than the one judged, where the source knows: `it was given before the push of …`."""


class Approvals(Protocol):
    """A source of approvals. Raises `SourceError` when it cannot answer: no answer is never no approval."""

    def read(self, repository: Repository, changed: Change) -> Sequence[Approval]:
        """Every approval known for what is judged: `changed`, whose objects `repository` holds."""
        ...


def given(source: Approvals, repository: Repository, changed: Change, now: datetime) -> list[Approval]:
    """Every approval of a source. One from the future names no content: whoever dated it was not there yet (T13)."""
    void = "it is dated after this judgement"
    return [
        replace(one, digest=None, void=void) if one.at > now + CLOCK_SKEW else one
        for one in source.read(repository, changed)
    ]
