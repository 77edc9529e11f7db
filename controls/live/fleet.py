"""All points at once: each in a thread of its own, none waiting for another, and what each said as soon as it did."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from catalog.points import Point
from controls.live.channel import Channel, PointError

T = TypeVar("T")

DEADLINE = 3.0
"""Seconds that a point may take for all that one command asks of it."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What came of one point: a value, or why there is none."""

    point: Point
    value: T | None
    error: PointError | None
    seconds: float
    """Since all were asked."""


def each(
    points: Sequence[Point], root: Path, work: Callable[[Channel], T], *, seconds: float = DEADLINE
) -> Iterator[Outcome[T]]:
    """Do some work at every point at the same time; yields each outcome when it comes, the last by the deadline.

    A point that drips or hangs delays nobody: its thread is left behind, and ends with the process.
    """
    began = time.monotonic()
    done: queue.SimpleQueue[Outcome[T]] = queue.SimpleQueue()

    def run(point: Point) -> None:
        channel = Channel(point, root, seconds)
        try:
            outcome = Outcome(point, work(channel), None, time.monotonic() - began)
        except PointError as error:
            outcome = Outcome(point, None, error, time.monotonic() - began)
        except Exception as error:  # noqa: BLE001 - a defect must not look like a point that is still at work
            outcome = Outcome(point, None, PointError(f"a defect: {type(error).__name__}"), time.monotonic() - began)
        finally:
            channel.close()
        done.put(outcome)

    for point in points:
        threading.Thread(target=run, args=(point,), daemon=True).start()
    waiting = set(points)
    while waiting:
        try:
            outcome = done.get(timeout=max(0.0, began + seconds - time.monotonic()) + 0.1)
        except queue.Empty:
            break
        waiting.discard(outcome.point)
        yield outcome
    for point in sorted(waiting, key=lambda one: one.name):
        yield Outcome(point, None, PointError(f"no answer within {seconds:g} s"), time.monotonic() - began)
