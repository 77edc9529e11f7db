"""The receiver of notices: what it confirms is kept, unless a drill has it lose them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.services import TOKEN, call

from drills.sandbox.receiver import served

Json = Any

LEADS = "%23support-leads"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "messages.jsonl", TOKEN) as found:
        yield found


def send(url: str, name: str = "1", channel: str = LEADS, text: str = "Stopped.") -> tuple[int, Json]:
    return call("POST", f"{url}/hooks/{channel}", {"id": name, "text": text})


def messages(url: str, query: str = "") -> list[Json]:
    found: list[Json] = call("GET", f"{url}/messages{query}")[1]["messages"]
    return found


def test_a_confirmed_message_is_kept(url: str, tmp_path: Path) -> None:
    """In the file, and in what is answered, with its channel and when it came."""
    assert send(url) == (200, {"id": "1"})
    [kept] = (tmp_path / "messages.jsonl").read_text().splitlines()
    [message] = messages(url)
    assert json.loads(kept) == message
    assert abs(message.pop("at") - time.time()) < 60
    assert message == {"id": "1", "channel": "#support-leads", "text": "Stopped.", "acknowledged": None}


def test_channels_are_apart(url: str) -> None:
    """Each is read by itself, or all at once."""
    send(url)
    send(url, "2", "other")
    found = [messages(url, query) for query in (f"?channel={LEADS}", "?channel=other", "?channel=none", "")]
    assert [[one["id"] for one in each] for each in found] == [["1"], ["2"], [], ["1", "2"]]


def test_a_message_sent_again_is_there_once(url: str) -> None:
    """As after an answer that was lost; another message under its id is refused."""
    assert [send(url)[0], send(url)[0], send(url, text="Other.")[0], send(url, channel="other")[0]] == [
        200,
        200,
        409,
        409,
    ]
    assert len(messages(url)) == 1


def test_the_first_acknowledgement_stays(url: str) -> None:
    """Who was second reads who was first."""
    send(url)
    status, first = call("POST", f"{url}/messages/1/acknowledge", {"by": "hana"})
    assert (status, first["acknowledged"]["by"]) == (200, "hana")
    assert call("POST", f"{url}/messages/1/acknowledge", {"by": "omar"}) == (200, first)
    assert messages(url) == [first]


def test_an_unknown_message_is_not_acknowledged(url: str) -> None:
    """Nor is one by nobody."""
    assert call("POST", f"{url}/messages/1/acknowledge", {"by": "hana"})[0] == 404
    send(url)
    assert call("POST", f"{url}/messages/1/acknowledge", {})[0] == 400


@pytest.mark.parametrize("body", [{}, {"id": "1"}, {"id": 1, "text": "x"}, {"id": "1", "text": ""}])
def test_what_is_no_message_is_refused(url: str, body: Json) -> None:
    """And is not kept."""
    assert call("POST", f"{url}/hooks/{LEADS}", body)[0] == 400
    assert messages(url) == []


def test_a_lost_message_is_confirmed_all_the_same(url: str) -> None:
    """That is what a drill has to find out."""
    assert call("PUT", f"{url}/control", {"losing": True})[0] == 200
    assert send(url) == (200, {"id": "1"})
    assert messages(url) == []
    call("PUT", f"{url}/control", {"losing": False})
    send(url)
    assert len(messages(url)) == 1


def test_what_was_kept_outlives_the_receiver(tmp_path: Path) -> None:
    """With who acknowledged it; half a line, which was never confirmed, does not."""
    file = tmp_path / "messages.jsonl"
    with served(file, TOKEN) as url:
        send(url)
        call("POST", f"{url}/messages/1/acknowledge", {"by": "hana"})
        before = messages(url)
    with file.open("ab") as torn:
        torn.write(b'{"id": "2"')
    with served(file, TOKEN) as url:
        assert messages(url) == before
        send(url, "2")
    with served(file, TOKEN) as url:
        assert [message["id"] for message in messages(url)] == ["1", "2"]
