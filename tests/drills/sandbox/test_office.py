"""The office of a queue: jobs come in, are seen wherever they are, and are finished by people."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.services import TOKEN, call

from drills.sandbox.office import served
from drills.worker.queue import Queue

Json = Any

JOB = {"action": "late-fee-question", "text": "Why?"}


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path / "queue")


@pytest.fixture
def url(queue: Queue) -> Iterator[str]:
    with served(queue.folder, TOKEN) as found:
        yield found


def jobs(url: str, prefix: str = "") -> Json:
    return call("GET", f"{url}/jobs?prefix={prefix}")[1]["jobs"]


def with_people(queue: Queue, name: str) -> None:
    queue.put(name, JOB)
    queue.take(0, "mailer")
    queue.finish(name, "mailer", "people", {**JOB, "why": "stopped"})


def test_a_job_comes_in_once(url: str, queue: Queue) -> None:
    """A job of that name anywhere stands in the way of a second."""
    assert call("POST", f"{url}/jobs/canary-1", JOB) == (201, {"name": "canary-1", "place": "inbox"})
    assert queue.jobs() == {"canary-1": ("inbox", JOB)}
    assert call("POST", f"{url}/jobs/canary-1", JOB)[0] == 409
    queue.take(0, "mailer")
    assert call("POST", f"{url}/jobs/canary-1", JOB)[0] == 409
    queue.finish("canary-1", "mailer", "done", JOB)
    assert call("POST", f"{url}/jobs/canary-1", JOB)[0] == 409


@pytest.mark.parametrize("body", [{}, {"action": 1}, {"action": "a", "not_before": "x"}, []])
def test_what_no_worker_could_do_does_not_come_in(url: str, body: Json) -> None:
    """A job has an action, and may have a moment."""
    assert call("POST", f"{url}/jobs/1", body)[0] == 400
    assert jobs(url) == {}


@pytest.mark.parametrize("name", ["..%2F..%2Fx", "A", "a.b", "x" * 81, "a%0A", ""])
@pytest.mark.parametrize(("method", "more"), [("POST", ""), ("DELETE", ""), ("POST", "/return"), ("POST", "/by-hand")])
def test_a_name_is_a_name_and_no_path(url: str, name: str, method: str, more: str) -> None:
    """T10: nothing outside the queue is read, written or removed."""
    assert call(method, f"{url}/jobs/{name}{more}", {**JOB, "by": "hana"})[0] == 400


def test_jobs_are_seen_with_their_places(url: str, queue: Queue, tmp_path: Path) -> None:
    """By the beginning of their names, which is no pattern and no path."""
    (tmp_path / "tokens.json").write_text("{}")
    with_people(queue, "b-1")
    queue.put("a-1", JOB)
    people = {"b-1": {"place": "people", "job": {**JOB, "why": "stopped"}}}
    assert jobs(url) == {"a-1": {"place": "inbox", "job": JOB}, **people}
    assert jobs(url, "b-") == people
    assert [jobs(url, odd) for odd in ("*", "..%2F", "%2F", "../../")] == [{}] * 4


def test_a_job_is_removed_unless_it_is_at_work(url: str, queue: Queue) -> None:
    """And only one that is there."""
    assert call("DELETE", f"{url}/jobs/1")[0] == 404
    queue.put("1", JOB)
    assert call("DELETE", f"{url}/jobs/1")[0] == 200
    with_people(queue, "1")
    assert call("DELETE", f"{url}/jobs/1")[0] == 200
    assert jobs(url) == {}
    queue.put("1", JOB)
    queue.take(0, "mailer")
    assert call("DELETE", f"{url}/jobs/1")[0] == 409
    assert queue.place("1") == "at-work"


def test_a_person_finishes_a_job(url: str, queue: Queue) -> None:
    """One that is with people; who did is kept."""
    assert call("POST", f"{url}/jobs/1/by-hand", {"by": "hana"})[0] == 404
    queue.put("1", JOB)
    assert call("POST", f"{url}/jobs/1/by-hand", {"by": "hana"})[0] == 409
    call("DELETE", f"{url}/jobs/1")
    with_people(queue, "1")
    assert call("POST", f"{url}/jobs/1/by-hand", {})[0] == 400
    assert call("POST", f"{url}/jobs/1/by-hand", {"by": "hana"}) == (200, {"name": "1", "place": "by-hand"})
    assert (jobs(url)["1"]["place"], jobs(url)["1"]["job"]["by_hand"]["by"]) == ("by-hand", "hana")
    assert call("POST", f"{url}/jobs/1/by-hand", {"by": "hana"})[0] == 409


def test_a_job_goes_back_to_the_workers(url: str, queue: Queue) -> None:
    """One that is with people, and no other."""
    assert call("POST", f"{url}/jobs/1/return")[0] == 404
    with_people(queue, "1")
    assert call("POST", f"{url}/jobs/1/return") == (200, {"name": "1", "place": "inbox"})
    assert call("POST", f"{url}/jobs/1/return")[0] == 409


def test_effects_are_read_on(url: str, queue: Queue) -> None:
    """Each as it was written, with its number and its moment."""
    status, none = call("GET", f"{url}/effects")
    assert abs(none.pop("now") - time.time()) < 60
    assert (status, none) == (200, {"count": 0, "effects": []})
    for name in ("1", "2"):
        queue.act({"job": name, "action": "a"})
    [first, second] = [json.loads(line) for line in (queue.folder / "effects.jsonl").read_text().splitlines()]
    later = call("GET", f"{url}/effects?after=1")[1]
    assert (later["count"], later["effects"]) == (2, [{"number": 2, **second}])
    assert set(first) == {"job", "action", "at"}
