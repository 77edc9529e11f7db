"""The model server: scripted answers in OpenAI's shape, faults that are set, and a log that says what happened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from support.services import TOKEN, call

from drills.sandbox.http import Call
from drills.sandbox.model import Model, served

Json = Any

ANSWERS = [
    {"model": "fenwick/quick", "contains": "fee", "answer": "No fee."},
    {"model": "fenwick/quick", "contains": "", "answer": "Hello."},
    {"model": "fenwick/odd", "contains": "fee", "answer": "A fee of 99."},
]


@pytest.fixture
def url() -> Iterator[str]:
    with served(TOKEN) as found:
        control(found, answers=ANSWERS)
        yield found


def control(url: str, **values: Json) -> None:
    assert call("PUT", f"{url}/control", values)[0] == 200


def ask(url: str, text: str = "Why a fee?", model: str = "fenwick/quick") -> tuple[int, Json]:
    return call("POST", f"{url}/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}]})


def test_the_first_answer_that_matches_is_given(url: str) -> None:
    """In the shape that OpenAI's clients read."""
    status, said = ask(url)
    assert (status, said["object"], said["model"]) == (200, "chat.completion", "fenwick/quick")
    message = {"role": "assistant", "content": "No fee."}
    assert said["choices"] == [{"index": 0, "message": message, "finish_reason": "stop"}]
    assert said["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert (said["id"].startswith("chatcmpl-"), abs(said["created"] - time.time()) < 60) == (True, True)
    assert ask(url, "Hi")[1]["choices"][0]["message"]["content"] == "Hello."


@pytest.mark.parametrize(
    ("text", "model", "status", "code"),
    [("Why a fee?", "fenwick/other", 404, "model_not_found"), ("Hi", "fenwick/odd", 422, "nothing_matches")],
)
def test_what_is_not_scripted_is_an_error(url: str, text: str, model: str, status: int, code: str) -> None:
    """In OpenAI's shape, and never an answer that somebody made up."""
    found, said = ask(url, text, model)
    assert (found, said["error"]["code"], set(said["error"])) == (status, code, {"message", "type", "param", "code"})


@pytest.mark.parametrize(
    "body",
    [
        {"messages": []},
        {"model": "fenwick/quick"},
        {"model": "fenwick/quick", "messages": ["x"]},
        {"model": "fenwick/quick", "messages": [{"role": "user", "content": ["x"]}]},
    ],
)
def test_what_is_no_question_is_refused(url: str, body: Json) -> None:
    """And is in no log."""
    assert call("POST", f"{url}/v1/chat/completions", body)[0] == 400
    assert call("GET", f"{url}/log")[1]["count"] == 0


@given(st.integers(0, 100), st.integers(0, 60), st.integers(0, 5))
def test_exactly_the_share_that_is_set_fails(percent: int, calls: int, earlier: int) -> None:
    """Of the first n calls since it was set, n * percent / 100, rounded down."""
    model = Model()
    routes = model.routes()
    question = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    for _ in range(earlier):
        routes["POST", "/v1/chat/completions"](Call((), {}, question))
    routes["PUT", "/control"](Call((), {}, {"failing_percent": percent}))
    for number in range(1, calls + 1):
        routes["POST", "/v1/chat/completions"](Call((), {}, question))
        statuses = [entry["status"] for entry in model._log[earlier:]]
        assert (len(statuses), statuses.count(503)) == (number, number * percent // 100)


def test_a_failing_model_says_so(url: str) -> None:
    """With 503, in OpenAI's shape, until that is taken back."""
    control(url, failing_percent=100)
    status, said = ask(url)
    assert (status, said["error"]["code"]) == (503, "overloaded")
    control(url, failing_percent=0)
    assert ask(url)[0] == 200


def test_a_real_latency_is_waited_for(url: str) -> None:
    """The call is in the log from when it came in."""
    control(url, latency_ms=300)
    assert ask(url)[0] == 200
    answered = time.time()
    [entry] = call("GET", f"{url}/log")[1]["calls"]
    assert answered - entry["at"] > 0.29


def test_ending_does_not_wait_for_a_latency() -> None:
    """Whoever still waits is cut off."""
    broken = []

    def asking(url: str) -> None:
        with pytest.raises(requests.ConnectionError):
            ask(url)
        broken.append(True)

    with served(TOKEN) as url:
        control(url, answers=ANSWERS, latency_ms=60_000)
        thread = threading.Thread(target=asking, args=(url,))
        thread.start()
        while not call("GET", f"{url}/log")[1]["count"]:
            time.sleep(0.01)
    thread.join(20)
    assert broken == [True]


def test_a_virtual_latency_costs_nobody_time(url: str) -> None:
    """The answer comes at once, and says how long it would have taken."""
    control(url, virtual_latency_ms=60_000)
    body = {"model": "fenwick/quick", "messages": [{"role": "user", "content": "x"}]}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=20)
    assert answer.headers["Countersign-Virtual-Latency-Ms"] == "60000"
    control(url, virtual_latency_ms=0)
    answer = requests.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=20)
    assert "Countersign-Virtual-Latency-Ms" not in answer.headers


@pytest.mark.parametrize(("masked", "claimed"), [(False, "fenwick/odd"), (True, "fenwick/quick")])
def test_another_model_answers_silently(url: str, masked: bool, claimed: str) -> None:
    """Its answer says which it was, or lies; the log always knows."""
    control(url, swap={"fenwick/quick": "fenwick/odd"}, masked=masked)
    status, said = ask(url)
    assert (status, said["model"], said["choices"][0]["message"]["content"]) == (200, claimed, "A fee of 99.")
    [entry] = call("GET", f"{url}/log")[1]["calls"]
    assert (entry["asked"], entry["served"]) == ("fenwick/quick", "fenwick/odd")


def test_the_log_is_read_on(url: str) -> None:
    """Each call with its number, the moment, both models, the status and the beginning of the text."""
    ask(url, "fee " * 100)
    ask(url, "Hi", "fenwick/odd")
    log = call("GET", f"{url}/log?after=1")[1]
    at = log["calls"][0].pop("at")
    assert abs(at - time.time()) < 60
    entry = {"number": 2, "asked": "fenwick/odd", "served": "fenwick/odd", "status": 422, "text": "Hi"}
    assert log == {"count": 2, "calls": [entry]}
    assert len(call("GET", f"{url}/log")[1]["calls"][0]["text"]) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"failing_percent": 101},
        {"failing_percent": True},
        {"latency_ms": -1},
        {"latency_ms": 1.5},
        {"swap": {"a": 1}},
        {"masked": 1},
        {"answers": [{"model": "a"}]},
        {"answers": {}},
    ],
)
def test_what_cannot_be_set_is_refused(url: str, wrong: Json) -> None:
    """And all stays as it was."""
    before = call("GET", f"{url}/control")
    assert call("PUT", f"{url}/control", wrong)[0] == 400
    assert call("GET", f"{url}/control") == before
