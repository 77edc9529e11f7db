"""The worker as a process: beside a model that fails, told to end, and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.company import ROOT
from support.services import TOKEN, call

from drills.sandbox import model
from drills.sandbox.http import Call, Reply, serving
from drills.worker.queue import Queue

Json = Any

JOB = {"action": "late-fee-question", "to": "doe", "text": "Why a fee?"}
GO = {
    "decision": "automatic",
    "go": True,
    "code": "released",
    "version": "h1:now",
    "models": [{"use": "default", "when": None, "id": "fenwick/quick"}],
    "prompt": None,
    "fallback": {"file": "fallback.md"},
}


def lets_go(_: Call) -> Reply:
    return Reply({"result": GO})


@pytest.fixture
def urls(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A point that lets everything run, and a model, both known to workers; yields the model's address."""
    point = serving({("POST", "/v1/data/countersign/decision"): lets_go}, TOKEN)
    with point as asked, model.served(TOKEN) as drafting:
        monkeypatch.setenv("COUNTERSIGN_POINT", asked)
        monkeypatch.setenv("COUNTERSIGN_APPLICATION_TOKEN", TOKEN)
        monkeypatch.setenv("COUNTERSIGN_MODEL", drafting)
        monkeypatch.setenv("COUNTERSIGN_MODEL_TOKEN", TOKEN)
        answers = [{"model": "fenwick/quick", "contains": "", "answer": "No fee."}]
        call("PUT", f"{drafting}/control", {"answers": answers})
        yield drafting


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


def start(queue: Queue, *options: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "drills.worker", str(queue.folder), "billing-replies", "--name", "mailer", *options]
    return subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)})


def until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


def calls(url: str) -> int:
    count: int = call("GET", f"{url}/log")[1]["count"]
    return count


def test_a_failing_model_stops_no_worker(urls: str, queue: Queue) -> None:
    """Half of the calls fail: people have those jobs, and the others are done."""
    call("PUT", f"{urls}/control", {"failing_percent": 50})
    for number in range(4):
        queue.put(str(number), JOB)
    assert start(queue, "--once").wait(20) == 0
    assert (list(queue.names("done")), list(queue.names("people"))) == (["0", "2"], ["1", "3"])
    job = json.loads((queue.folder / "people/1.json").read_bytes())
    assert job == {**JOB, "why": "model_failed", "fallback": {"file": "fallback.md"}}


def test_a_swapped_model_hands_over(urls: str, queue: Queue) -> None:
    """Nothing that another model wrote leaves the house."""
    answers = [{"model": "fenwick/odd", "contains": "", "answer": "A fee of 99."}]
    call("PUT", f"{urls}/control", {"answers": answers, "swap": {"fenwick/quick": "fenwick/odd"}})
    queue.put("1", JOB)
    assert start(queue, "--once").wait(20) == 0
    assert queue.jobs()["1"][1]["why"] == "model_swapped"
    assert queue.effects() == []


@pytest.mark.usefixtures("urls")
def test_a_worker_that_is_told_to_end_finishes_the_job_in_hand(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """And takes no other."""
    asked, told = threading.Event(), threading.Event()

    def complete(_: Call) -> Reply:
        asked.set()
        assert told.wait(20)
        return Reply({"model": "fenwick/quick", "choices": [{"message": {"content": "No fee."}}]})

    queue.put("1", JOB)
    queue.put("2", JOB)
    with serving({("POST", "/v1/chat/completions"): complete}, TOKEN) as slow:
        monkeypatch.setenv("COUNTERSIGN_MODEL", slow)
        worker = start(queue)
        assert asked.wait(20)
        worker.terminate()
        told.set()
        assert worker.wait(20) == 0
    assert {name: place for name, (place, _) in queue.jobs().items()} == {"1": "done", "2": "inbox"}


def test_an_idle_worker_ends_when_told(urls: str, queue: Queue) -> None:
    """Within a moment, and with nothing to complain of."""
    queue.put("1", JOB)
    worker = start(queue)
    until(lambda: queue.place("1") == "done")
    worker.terminate()
    assert worker.wait(20) == 0


def test_the_job_of_a_killed_worker_is_done_once_by_the_next(urls: str, queue: Queue) -> None:
    """It was in flight, and had not acted."""
    call("PUT", f"{urls}/control", {"latency_ms": 60_000})
    queue.put("1", JOB)
    worker = start(queue)
    until(lambda: calls(urls))
    worker.kill()
    worker.wait()
    assert queue.place("1") == "at-work"
    call("PUT", f"{urls}/control", {"latency_ms": 0})
    assert start(queue, "--once").wait(20) == 0
    assert [effect["job"] for effect in queue.effects()] == ["1"]
