"""What stands between, and is no enforcement point."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support.answering import answering


@contextmanager
def page() -> Iterator[str]:
    """A proxy that answers everything with a page; yields its address."""
    with answering(lambda _: b"<html></html>") as url:
        yield url
