"""What is read of a hostile file takes time that grows with its size, and not with the square of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 60
"""Of the processor alone, so that no other work counts. What grows with the square of a megabyte takes hours."""


@contextmanager
def linear() -> Iterator[None]:
    """Fails what takes far longer than reading once."""
    began = time.thread_time()
    yield
    assert time.thread_time() - began < SECONDS
