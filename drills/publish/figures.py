"""What many runs come to: counts, median, p95 and maximum of the raw times, misses, and an honest bound.

No averages: of times with a long tail they say little, and a single score would hide what went wrong. Percentiles are
by nearest rank, so that each is a time that was really measured.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from drills.publish.timings import Standing, Timing

CONFIDENCE = 0.95
_STEPS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """One measure over some runs. `n` counts the times; misses are counted apart, each run once."""

    n: int
    median: float | None
    p95: float | None
    longest: float | None
    over: int
    failed: int
    not_run: int
    tried: int
    """Runs that came to this phase: the bound is about them."""

    @property
    def misses(self) -> int:
        """Of those that were tried, the ones that failed or took too long."""
        return self.over + self.failed

    @property
    def bound(self) -> float | None:
        """With 95 % confidence, misses are at most this share of such runs; None when none was tried."""
        return bound(self.misses, self.tried)


def figures(timings: Sequence[Timing]) -> Figures:
    """The figures of one measure, in whatever order its runs come."""
    times = sorted(one.seconds for one in timings if one.seconds is not None)
    count = Counter(one.standing for one in timings)
    not_run = count[Standing.NOT_RUN]
    return Figures(
        n=len(times), median=nearest_rank(times, 50), p95=nearest_rank(times, 95), longest=times[-1] if times else None,
        over=count[Standing.OVER], failed=count[Standing.FAILED], not_run=not_run, tried=len(timings) - not_run,
    )  # fmt: skip


def nearest_rank(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest of the ordered values that at least `percent` of them do not exceed; None of none."""
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


@lru_cache(maxsize=4096)
def bound(misses: int, tries: int) -> float | None:
    """The share of misses that so few in so many tries leave possible, at 95 % confidence (one-sided Clopper-Pearson).

    Without a miss it is 1 - 0.05^(1/n), which is about 3/n.
    """
    if not tries:
        return None
    if misses >= tries:
        return 1.0
    if not misses:
        return 1 - math.pow(1 - CONFIDENCE, 1 / tries)
    low, high = misses / tries, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(misses, tries, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(misses: int, tries: int, share: float) -> float:
    """How likely at most so many misses are, when each try misses with this probability."""
    log_hit, log_miss = math.log(share), math.log1p(-share)
    ways = math.lgamma(tries + 1)
    return sum(
        math.exp(
            ways - math.lgamma(k + 1) - math.lgamma(tries - k + 1) + k * log_hit + (tries - k) * log_miss
        )
        for k in range(misses + 1)
    )  # fmt: skip
