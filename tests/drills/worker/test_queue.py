"""Jobs as files: each in one place, whoever moves them and whenever a worker is killed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from drills.worker.queue import Queue

Json = Any

JOB = {"action": "late-fee-question", "text": "Why?"}


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


def places(queue: Queue) -> dict[str, str]:
    return {name: place for name, (place, _) in queue.jobs().items()}


def test_a_job_is_found_wherever_it_is(queue: Queue) -> None:
    """One job in each place, and one that is nowhere."""
    for name, worker in (("done", "one"), ("people", "two"), ("by-hand", "two"), ("at-work", "two")):
        queue.put(name, JOB)
        assert queue.take(0, worker) == (name, JOB)
    queue.finish("done", "one", "done", JOB)
    for name in ("people", "by-hand"):
        queue.finish(name, "two", "people", JOB)
    queue.by_hand("by-hand", "hana")
    queue.put("inbox", JOB)
    assert places(queue) == {name: name for name in ("inbox", "at-work", "done", "people", "by-hand")}
    assert {name: queue.place(name) for name in places(queue)} == places(queue)
    assert queue.place("other") is None
    assert list(queue.jobs("b")) == ["by-hand"]


def test_what_a_person_finished_says_who_and_when(queue: Queue) -> None:
    """The job is whole, and no longer with people."""
    queue.put("1", JOB)
    queue.take(0, "one")
    queue.finish("1", "one", "people", {**JOB, "why": "stopped"})
    queue.by_hand("1", "hana")
    place, job = queue.jobs()["1"]
    by_hand = job.pop("by_hand")
    assert (place, job, by_hand["by"]) == ("by-hand", {**JOB, "why": "stopped"}, "hana")
    assert abs(by_hand["at"] - time.time()) < 60
    assert list(queue.names("people")) == []


def test_what_a_killed_worker_left_is_taken_up_again(queue: Queue) -> None:
    """The next of its name brings it back to the inbox; of another name's it keeps off."""
    for name, worker in (("1", "mailer"), ("2", "other")):
        queue.put(name, JOB)
        queue.take(0, worker)
    with queue.attended("mailer"):
        assert places(queue) == {"1": "inbox", "2": "at-work"}


def test_a_job_that_has_acted_is_not_taken_up_again(queue: Queue) -> None:
    """A worker that was killed between the effect and the move acted: once is enough."""
    queue.put("1", JOB)
    queue.take(0, "mailer")
    queue.act({"job": "1"})
    with queue.attended("mailer"):
        assert places(queue) == {"1": "done"}


def test_a_job_that_was_handed_over_stays_with_people(queue: Queue) -> None:
    """A worker that was killed between the two steps of a hand-over leaves the job in two places, and then in one."""
    queue.put("1", JOB)
    queue.take(0, "mailer")
    queue._write("people", "1", {**JOB, "why": "stopped"})
    with queue.attended("mailer"):
        assert queue.jobs() == {"1": ("people", {**JOB, "why": "stopped"})}
        assert list(queue.names("at-work")) == []


def test_two_workers_of_one_name_leave_each_other_their_jobs(queue: Queue) -> None:
    """The second to come takes nothing out of the first one's hands."""
    queue.put("1", JOB)
    with queue.attended("mailer"):
        queue.take(0, "mailer")
        with Queue(queue.folder).attended("mailer"):
            assert places(queue) == {"1": "at-work"}


def test_a_job_that_vanishes_is_no_error(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes it out while another looks: it is not there for either."""
    queue.put("1", JOB)
    look = Path.glob
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [*look(self, pattern), self / "0.json"])
    assert queue.take(0, "mailer") == ("1", JOB)
    assert queue.remove("1", "inbox") is False
