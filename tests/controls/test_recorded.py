"""Records that are read beside the work: whatever git's host does, nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.errors import RecordError
from controls.recorded import Background, Recorded

LONG = 3600.0


class Host(Recorded[str]):
    """Records that a test sets, of a host that hangs when it says so."""

    def __init__(self) -> None:
        super().__init__(Path(), "", "main", lambda *_: "")
        self.answer: str | Exception = "first"
        self.reads = 0
        self.free = threading.Event()
        self.free.set()

    def read(self) -> str:
        answer, self.reads = self.answer, self.reads + 1
        assert self.free.wait(20)
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def following(host: Host, every: float = LONG) -> Iterator[Background[str]]:
    found = Background(host, every)
    found.start(None)
    yield found
    host.free.set()
    found.close()


def test_what_was_read_is_known_with_its_time() -> None:
    """The first answer is waited for; its time is when the reading began, not when it ended."""
    before = datetime.now(UTC)
    with following(Host()) as records:
        found = records.reading
        assert (found.value, found.trouble, records.latest()) == ("first", None, "first")
        assert found.at is not None
        assert before <= found.at <= datetime.now(UTC)


def test_a_fresh_reading_begins_after_it_was_asked_for() -> None:
    """What is read while somebody asks may be older than the question, so it does not count as the answer."""
    host = Host()
    with following(host) as records:
        host.answer = "second"
        assert records.fresh(20).value == "second"
        assert host.reads == 2


def test_a_hanging_host_is_not_waited_for() -> None:
    """T19: what was read before is there at once, and a fresh reading takes no longer than it was given."""
    host = Host()
    with following(host) as records:
        host.free.clear()
        host.answer = "second"
        before = records.reading
        assert records.fresh(0.1) == records.reading == before  # the new one has not even failed yet
        host.free.set()
        assert records.fresh(20).value == "second"


@pytest.mark.parametrize("error", [RecordError("The records cannot be fetched."), ValueError("odd")])
def test_a_failed_reading_keeps_the_last_good_one(error: Exception) -> None:
    """T19: what is known stays known, with the time at which it was read, and why it is not known better."""
    host = Host()
    with following(host) as records:
        good = records.reading
        host.answer = error
        found = records.fresh(20)
        assert (found.value, found.at, found.trouble is None) == (good.value, good.at, False)
        with pytest.raises(RecordError, match="cannot be"):
            records.latest()
        host.answer = "third"
        assert (records.fresh(20).value, records.latest()) == ("third", "third")


def test_it_is_read_again_and_again() -> None:
    """Nobody has to ask: the next reading begins by itself."""
    host = Host()
    with following(host, every=0.01):
        ends = time.monotonic() + 20
        while host.reads < 3:
            assert time.monotonic() < ends
            time.sleep(0.01)
