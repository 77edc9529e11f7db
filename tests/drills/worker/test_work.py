"""The reference worker: it acts only on permission, at the last moment, once; else a person has the job, and why."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from drills.worker.queue import Queue
from drills.worker.work import Drafted, NoDraft, Worker, digest_of

Json = Any

SETTINGS = {"models": [{"use": "default", "when": None, "id": "fenwick/quick"}], "prompt": {"file": "reply.prompt"}}


class Point:
    """What a point would say, as a script: one answer a question, the last one for all that follow."""

    def __init__(self, *answers: Json) -> None:
        self.answers, self.questions = list(answers), []  # type: ignore[var-annotated]

    def __call__(self, workflow: str, action: str, version: str, caller: str, **more: Json) -> dict[str, Json]:
        self.questions.append({"version": version, **more})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return dict(answer(self.questions[-1]) if callable(answer) else answer)


def said(decision: str, code: str, version: str | None = "h1:now", *, go: bool = True) -> dict[str, Json]:
    given: Json = SETTINGS if go or code == "approval_needed" else {"models": [], "prompt": None}
    return {"decision": decision, "go": go, "code": code, "version": version, "fallback": {"file": "f.md"}, **given}


def draft(job: Mapping[str, Json], settings: Mapping[str, Json]) -> Drafted:
    model = settings["models"][0]["id"]
    return Drafted(f"{model}: {job['text']}", model)


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


def worker(queue: Queue, *answers: Json) -> tuple[Worker, Point]:
    point = Point(*answers)
    return Worker(queue, "billing-replies", "mailer", point, draft), point


def handed_over(queue: Queue, name: str) -> Json:
    return json.loads((queue.folder / f"people/{name}.json").read_bytes())


JOB = {"action": "invoice-copy", "to": "doe", "text": "Where is my invoice?"}


def test_what_is_permitted_is_carried_out(queue: Queue) -> None:
    """It is asked for before the model, and again before the effect, which names the version."""
    queue.put("1", JOB)
    one, point = worker(queue, said("automatic", "released"))
    assert one.work(0)
    draft = "fenwick/quick: Where is my invoice?"
    [effect] = queue.effects()
    assert abs(effect.pop("at") - time.time()) < 60
    assert effect == {
        "job": "1",
        "action": "invoice-copy",
        "version": "h1:now",
        "model": "fenwick/quick",
        "draft": draft,
    }
    assert (list(queue.names("done")), len(point.questions)) == (["1"], 2)
    assert not one.work(0)


@pytest.mark.parametrize("code", ["stopped", "lease_ended", "no_answer", "undeclared_action"])
def test_what_is_refused_goes_to_a_person(queue: Queue, code: str) -> None:
    """T16: nothing is drafted, nothing leaves; the person sees why and what to follow."""
    queue.put("1", JOB)
    one, point = worker(queue, said("deny", code, None, go=False))
    one.work(0)
    assert (queue.effects(), len(point.questions)) == ([], 1)
    assert (handed_over(queue, "1")["why"], handed_over(queue, "1")["fallback"]) == (code, {"file": "f.md"})


def test_a_stop_while_the_model_answers_is_heard(queue: Queue) -> None:
    """T16: a job in flight asks again right before the effect."""
    queue.put("1", JOB)
    one, _ = worker(queue, said("automatic", "released"), said("deny", "stopped", go=False))
    one.work(0)
    assert (queue.effects(), handed_over(queue, "1")["why"]) == ([], "stopped")


def test_a_cached_version_is_good_as_long_as_the_point_says(queue: Queue) -> None:
    """T16: settings of a version that is stale are thrown away, and the right one is asked for."""
    queue.put("1", JOB)
    queue.put("2", JOB)

    def by_version(question: Json) -> Json:
        if question["version"] == "h1:now":
            return said("automatic", "released")
        return said("deny", "stale_version", go=False)

    one, point = worker(queue, by_version)
    one.work(0)
    one.work(0)
    assert [question["version"] for question in point.questions] == ["unknown", *["h1:now"] * 4]
    assert len(queue.effects()) == 2


def test_a_point_that_only_ever_says_stale_is_no_loop(queue: Queue) -> None:
    """It learns once, and then hands over."""
    queue.put("1", JOB)
    one, point = worker(queue, said("deny", "stale_version", "h1:other", go=False))
    one.work(0)
    assert (len(point.questions), handed_over(queue, "1")["why"]) == (2, "stale_version")


def test_a_scheduled_job_waits_and_then_asks_like_all(queue: Queue) -> None:
    """T16: what was scheduled before a stop asks when it is due."""
    queue.put("1", {**JOB, "not_before": 100.0})
    one, point = worker(queue, said("deny", "stopped", go=False))
    assert not one.work(99)
    assert one.work(100)
    assert (queue.effects(), len(point.questions)) == ([], 1)


def test_a_named_action_waits_with_its_digest_for_somebody(queue: Queue) -> None:
    """The draft goes to a person, with the digest that they would release; with the approval it leaves."""
    queue.put("1", JOB)
    one, point = worker(queue, said("named", "approval_needed", go=False))
    one.work(0)
    waiting = handed_over(queue, "1")
    assert waiting["digest"] == digest_of(waiting)
    approval = {"by": "hana", "at": "2026-11-20T12:00:00Z", "digest": waiting["digest"]}
    queue.put("1", {**waiting, "approval": approval})
    two, point = worker(queue, said("named", "approval_needed", go=False), said("named", "released"))
    two.work(0)
    assert point.questions[1] == {"version": "h1:now", "digest": waiting["digest"], "approval": approval}
    assert [effect["draft"] for effect in queue.effects()] == [waiting["draft"]]


def test_an_approval_is_used_once(queue: Queue) -> None:
    """T07: the same release of the same action, sent again, is refused by the worker itself."""
    for name in ("1", "2"):
        queue.put(name, {**JOB, "draft": "Here it is.", "approval": {"by": "hana"}})
    one, _ = worker(queue, said("named", "released"))
    one.work(0)
    one.work(0)
    assert (len(queue.effects()), handed_over(queue, "2")["why"]) == (1, "approval_used")


@pytest.mark.parametrize("why", ["model_failed", "model_swapped"])
def test_a_job_without_a_draft_goes_to_a_person_and_the_next_one_is_done(queue: Queue, why: str) -> None:
    """What the model does not draft is written by a person, who sees why, and what to follow."""
    queue.put("1", JOB)
    queue.put("2", JOB)

    def failing_once(job: Mapping[str, Json], settings: Mapping[str, Json]) -> Drafted:
        if not list(queue.names("people")):
            raise NoDraft(why)
        return draft(job, settings)

    one = Worker(queue, "billing-replies", "mailer", Point(said("automatic", "released")), failing_once)
    one.work(0)
    one.work(0)
    assert (handed_over(queue, "1")["why"], handed_over(queue, "1")["fallback"]) == (why, {"file": "f.md"})
    assert [effect["job"] for effect in queue.effects()] == ["2"]


def test_two_workers_never_do_one_job(queue: Queue) -> None:
    """A job that one has taken is not there for the other."""
    queue.put("1", JOB)
    assert queue.take(0, "mailer") == ("1", JOB)
    assert Queue(queue.folder).take(0, "other") is None
