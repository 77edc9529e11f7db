"""The numbers that stop triggers are about, whatever tells them.

What a metric is called says how it is taken over a time: a share or a mean is averaged, anything else is counted. So
`rework_minutes_per_task` is a mean, and `wrong_price` says how many wrong prices there were.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Set
from typing import Protocol

_SHARE = re.compile(r"_(percent|ratio|per_[a-z0-9_]+|seconds|minutes|hours)$")


class Source(Protocol):
    """Where numbers come from; times in seconds."""

    def begin(self) -> None:
        """Get ready for one look: what is asked next is asked of now."""

    def values(self, metric: str, over: float, workflow: str | None = None) -> Mapping[str, float]:
        """The number of each workflow (or of one) over the time that ends now. Raises `SourceError`.

        A workflow of which there is no number is left out, and so is one whose number is none (NaN).
        """

    def heard(self, metric: str, within: float) -> Set[str]:
        """The workflows of which anything was reported lately. Raises `SourceError`."""


def summed(values: Iterable[float]) -> float:
    """A sum; one that is too large for a number is infinite, and above any limit."""
    try:
        return math.fsum(values)
    except OverflowError:
        return math.inf


def is_share(metric: str) -> bool:
    """Whether a metric is averaged; else it is counted."""
    return _SHARE.search(metric) is not None
