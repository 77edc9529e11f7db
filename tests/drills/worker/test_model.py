"""What the worker makes of a model's answer: a draft, or one word why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from support.points import free_port
from support.services import TOKEN, call

from drills.sandbox import model
from drills.sandbox.http import Reply, serving
from drills.worker.model import draft
from drills.worker.work import NoDraft

Json = Any

SETTINGS = {
    "models": [
        {"use": "default", "when": None, "id": "fenwick/quick"},
        {"use": "edge-cases", "when": "odd", "id": "fenwick/strong"},
    ]
}
JOB = {"action": "late-fee-question", "text": "Why a fee?"}


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A model server that the worker knows."""
    with model.served(TOKEN) as found:
        answers = [
            {"model": f"fenwick/{name}", "contains": "fee", "answer": f"By {name}."} for name in ("quick", "strong")
        ]
        control(found, answers=answers)
        monkeypatch.setenv("COUNTERSIGN_MODEL", found)
        monkeypatch.setenv("COUNTERSIGN_MODEL_TOKEN", TOKEN)
        yield found


def control(url: str, **values: Json) -> None:
    assert call("PUT", f"{url}/control", values)[0] == 200


def why_none(job: Json = JOB) -> str:
    with pytest.raises(NoDraft) as none:
        draft(job, SETTINGS)
    return str(none.value)


@pytest.mark.parametrize(
    ("use", "answer"), [({}, "By quick."), ({"use": "edge-cases"}, "By strong."), ({"use": "other"}, "By quick.")]
)
def test_the_model_for_the_job_s_use_drafts(url: str, use: Json, answer: str) -> None:
    """The first of the settings where none is for it; the job's text goes there as it is."""
    assert draft({**JOB, **use}, SETTINGS).text == answer
    assert call("GET", f"{url}/log")[1]["calls"][0]["text"] == "Why a fee?"


@pytest.mark.parametrize(
    "fault",
    [
        {"failing_percent": 100},
        {"virtual_latency_ms": 10_001},
        {"answers": []},
        {"answers": [{"model": "fenwick/quick", "contains": "", "answer": " "}]},
    ],
)
def test_a_failing_model_drafts_nothing(url: str, fault: Json) -> None:
    """An error, a late answer, no such model, an empty answer."""
    control(url, **fault)
    assert why_none() == "model_failed"


def test_an_answer_within_the_deadline_is_used(url: str) -> None:
    """Ten seconds, as the header says them."""
    control(url, virtual_latency_ms=10_000)
    assert draft(JOB, SETTINGS).text == "By quick."


def test_the_answer_of_another_model_is_none(url: str) -> None:
    """It says by itself that another one wrote it."""
    control(url, swap={"fenwick/quick": "fenwick/strong"})
    assert why_none() == "model_swapped"


def test_a_model_that_is_not_there_drafts_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens, nobody answers in time, or it wants another token."""
    monkeypatch.setattr("drills.worker.model.DEADLINE", 0.2)
    control(url, latency_ms=1000)
    assert why_none() == "model_failed"
    monkeypatch.setenv("COUNTERSIGN_MODEL", f"http://127.0.0.1:{free_port()}")
    assert why_none() == "model_failed"
    monkeypatch.setenv("COUNTERSIGN_MODEL", url)
    control(url, latency_ms=0)
    monkeypatch.delenv("COUNTERSIGN_MODEL_TOKEN")
    assert why_none() == "model_failed"


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        {"choices": []},
        {"choices": [{"message": {"content": "Hello."}}]},
        {"model": "fenwick/quick", "choices": [{"message": {"content": 1}}]},
        {"model": "fenwick/quick", "choices": [{"message": None}]},
    ],
)
def test_an_answer_of_another_shape_is_none(monkeypatch: pytest.MonkeyPatch, said: Json) -> None:
    """Whatever a server sends instead."""
    with serving({("POST", "/v1/chat/completions"): lambda _: Reply(said, HTTPStatus.OK)}, TOKEN) as url:
        monkeypatch.setenv("COUNTERSIGN_MODEL", url)
        monkeypatch.setenv("COUNTERSIGN_MODEL_TOKEN", TOKEN)
        assert why_none() == "model_failed"


def test_without_a_model_the_text_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no address is set, and where the settings name no model."""
    monkeypatch.delenv("COUNTERSIGN_MODEL", raising=False)
    assert draft(JOB, SETTINGS).text == "Why a fee?"
    monkeypatch.setenv("COUNTERSIGN_MODEL", "http://127.0.0.1:9")
    assert draft(JOB, {"models": []}).text == "Why a fee?"
