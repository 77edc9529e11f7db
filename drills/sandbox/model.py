"""A model server that speaks as OpenAI's does: scripted answers, faults that a drill sets, a log of every call.

What happens to a call is decided and logged as it comes in; a real latency only delays the answer.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

from drills.sandbox.http import Call, Control, Refused, Reply, Routes, serving

Json = Any

_LATENCY = re.compile(r"\[answer after ([0-9]{1,5}) ms\]")
_ANSWER = re.compile(r'\[answer "([^"]{1,500})"\]')
"""What the text of a practice job may direct: when it is answered, and with what."""
VIRTUAL = "Countersign-Virtual-Latency-Ms"
"""The header with a latency that nobody waits for: who has a deadline treats a longer one as a time-out."""


class _Told(NamedTuple):
    """What the text itself directs."""

    latency_ms: int
    answer: str | None


@contextmanager
def served(token: str, port: int = 0) -> Iterator[str]:
    """A model server in the background; yields its address. Raises `UsageError` for a taken port."""
    model = Model()
    with serving(model.routes(), token, port) as url:
        try:
            yield url
        finally:
            model.closing.set()


class Model:
    """The models that the scripted answers name, and what goes wrong with them."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._deciding = threading.Lock()
        self._log: list[dict[str, Json]] = []
        self._calls = 0
        self._control = Control(
            answers=([], _is_answers),
            failing_percent=(0, lambda value: _is_count(value) and value <= 100),
            latency_ms=(0, _is_count),
            virtual_latency_ms=(0, _is_count),
            swap=({}, _is_texts),
            masked=(False, lambda value: isinstance(value, bool)),
        )

    def routes(self) -> Routes:
        """What it answers to."""
        return {
            ("POST", "/v1/chat/completions"): self._complete,
            ("GET", "/control"): self._control.get,
            ("PUT", "/control"): self._set,
            ("GET", "/log"): self._read,
        }

    def _set(self, call: Call) -> Reply:
        """Failing calls are counted from when their share was last set, so that a drill knows which they are."""
        with self._deciding:
            reply = self._control.put(call)
            if "failing_percent" in call.body:
                self._calls = 0
        return reply

    def _read(self, call: Call) -> Reply:
        log = list(self._log)
        return Reply({"count": len(log), "calls": call.after(log)})

    def _complete(self, call: Call) -> Reply:
        asked, text = call.text("model"), _last_words(call.body)
        told = _directed(text)
        with self._deciding:
            control = self._control.values
            served = control["swap"].get(asked, asked)
            reply = self._fault(control["failing_percent"]) or _answered(control, asked, served, text, told)
            entry = {"at": time.time(), "asked": asked, "served": served, "status": reply.status, "text": text[:200]}
            self._log.append(entry)
        if self.closing.wait(max(control["latency_ms"], told.latency_ms) / 1000):
            raise ConnectionAbortedError
        virtual = control["virtual_latency_ms"]
        return Reply(reply.body, reply.status, {VIRTUAL: str(virtual)} if virtual else {})

    def _fault(self, percent: int) -> Reply | None:
        """Evenly spread: of the first n calls, n * percent / 100 fail, rounded down."""
        self._calls += 1
        if self._calls * percent // 100 == (self._calls - 1) * percent // 100:
            return None
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, "server_error", "overloaded", "The model is overloaded.")


def _directed(text: str) -> _Told:
    latency, answer = _LATENCY.search(text), _ANSWER.search(text)
    return _Told(int(latency[1]) if latency else 0, answer[1] if answer else None)


def _answered(control: Mapping[str, Json], asked: str, served: str, text: str, told: _Told) -> Reply:
    of_model = [one for one in control["answers"] if one["model"] == served]
    if not of_model:
        message = f"The model `{asked}` does not exist."
        return _error(HTTPStatus.NOT_FOUND, "invalid_request_error", "model_not_found", message)
    for one in of_model:
        if one["contains"] in text:
            return Reply(_completion(asked if control["masked"] else served, text, told.answer or one["answer"]))
    message = "No scripted answer of this model is for that text."
    return _error(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request_error", "nothing_matches", message)


def _completion(model: str, text: str, answer: str) -> dict[str, Json]:
    message = {"role": "assistant", "content": answer}
    asked, said = len(text.split()), len(answer.split())
    return {
        "id": f"chatcmpl-{time.time_ns():x}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _error(status: HTTPStatus, kind: str, code: str, message: str) -> Reply:
    return Reply({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


def _last_words(body: Mapping[str, Json]) -> str:
    """What the user said last. Raises `Refused` for messages that are none."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(_is_texts(one) for one in messages):
        raise Refused(HTTPStatus.BAD_REQUEST, "Must have a list `messages`, each a role and a text.")
    said: list[str] = [one.get("content", "") for one in messages if one.get("role") == "user"]
    return said[-1] if said else ""


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_texts(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_answers(value: Json) -> bool:
    keys = {"model", "contains", "answer"}
    return isinstance(value, list) and all(_is_texts(one) and one.keys() == keys for one in value)
