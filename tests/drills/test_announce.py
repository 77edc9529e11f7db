"""The team hears how a drill ended, by a webhook that nobody else learns of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar

import pytest
from support.records import failed, predicate

from catalog.errors import SourceError
from catalog.records.statement import Kind
from controls import listening
from drills.announce import WEBHOOK, announce, words

Json = Any

SECRET = "/hooks/T0/very-secret"


class Chat(listening.Handler):
    """A chat that takes incoming messages, or does not."""

    heard: ClassVar[list[Json]] = []
    status: ClassVar[HTTPStatus] = HTTPStatus.OK

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, json.loads(body)))
        self.answer(self.status, b"ok", "text/plain")


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Chat]]:
    kind = type("OwnChat", (Chat,), {"heard": [], "status": HTTPStatus.OK})
    with listening.bound(kind, "127.0.0.1", 0) as server, listening.in_background(server):
        monkeypatch.setenv(WEBHOOK, f"http://127.0.0.1:{server.server_address[1]}{SECRET}")
        yield kind


def test_the_channel_of_the_fallback_is_told(chat: type[Chat]) -> None:
    """One message, with the workflow, the target, how it ended and how long it took."""
    assert announce("#support-leads", predicate(Kind.DRILL))
    text = "Drill of billing-replies on sandbox: passed (32 s)"
    assert chat.heard == [(SECRET, {"channel": "#support-leads", "text": text})]


def test_a_failure_says_where() -> None:
    """The first phase that did not pass is named."""
    said = predicate(Kind.DRILL, **failed("late"))
    assert words(said) == "Drill of billing-replies on sandbox: late at late-fee-answer/stop (32 s)"


def test_without_a_webhook_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk has none, and need not."""
    monkeypatch.delenv(WEBHOOK, raising=False)
    assert not announce("#support-leads", predicate(Kind.DRILL))


@pytest.mark.parametrize("status", [HTTPStatus.FOUND, HTTPStatus.NOT_FOUND, HTTPStatus.BAD_GATEWAY])
def test_what_is_not_taken_is_an_error(chat: type[Chat], status: HTTPStatus) -> None:
    """T18: and the error does not hold the address, which is a secret."""
    chat.status = status
    with pytest.raises(SourceError) as caught:
        announce("#support-leads", predicate(Kind.DRILL))
    assert str(int(status)) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_chat_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: as above."""
    monkeypatch.setenv(WEBHOOK, f"http://127.0.0.1:9{SECRET}")
    with pytest.raises(SourceError) as caught:
        announce("#support-leads", predicate(Kind.DRILL))
    assert "secret" not in str(caught.value)
