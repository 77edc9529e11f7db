"""The bundle's host: the newest bundle, at once for who waits for it, and put there by nobody without the token."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from support.services import TOKEN

from drills.sandbox import bundles
from drills.sandbox.bundles import served

PATH = "/bundle.tar.gz"
LONG = 999
"""Seconds that somebody would wait who waits in vain."""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "bundle.tar.gz", TOKEN) as found:
        yield found


def put(url: str, content: bytes, token: str = TOKEN, path: str = PATH) -> int:
    answer = requests.put(f"{url}{path}", content, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    return answer.status_code


def get(url: str, tag: str = "", wait: int = 0, path: str = PATH) -> requests.Response:
    headers = {"If-None-Match": tag} | ({"Prefer": f"modes=snapshot;wait={wait}"} if wait else {})
    return requests.get(f"{url}{path}", headers=headers, timeout=20)


def test_what_was_published_is_served(url: str) -> None:
    """With a tag of its content, and the kind that makes a point wait for the next."""
    assert put(url, b"one") == 200
    answer = get(url)
    assert (answer.status_code, answer.content) == (200, b"one")
    assert answer.headers["Content-Type"] == "application/vnd.openpolicyagent.bundles"
    assert get(url, answer.headers["ETag"]).status_code == 304
    put(url, b"two")
    assert get(url, answer.headers["ETag"]).content == b"two"


def test_nothing_is_there_before(url: str) -> None:
    """Nor at any other path."""
    assert get(url).status_code == 404
    put(url, b"one")
    assert get(url, path="/other.tar.gz").status_code == 404


def test_who_waits_has_the_next_one_at_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as wait."""
    put(url, b"one")
    tag = get(url).headers["ETag"]
    came: list[bytes] = []
    looked, read = threading.Semaphore(0), bundles._Handler._read

    def look(self: bundles._Handler) -> bytes | None:
        looked.release()  # under the lock, which it gives up by waiting: nothing is published in between
        return read(self)

    monkeypatch.setattr(bundles._Handler, "_read", look)
    waiting = [
        threading.Thread(target=lambda: came.append(get(url, tag, wait=LONG).content), daemon=True) for _ in range(3)
    ]
    for thread in waiting:
        thread.start()
    for _ in waiting:
        assert looked.acquire(timeout=20)
    assert came == []
    put(url, b"two")
    for thread in waiting:
        thread.join(20)
    assert came == [b"two"] * 3


def test_who_waits_in_vain_is_told_so(url: str) -> None:
    """When the time that it asked for is over."""
    put(url, b"one")
    began = time.monotonic()
    assert get(url, get(url).headers["ETag"], wait=1).status_code == 304
    assert time.monotonic() - began > 0.9


def test_who_has_another_one_does_not_wait(url: str) -> None:
    """It lacks the newest already."""
    put(url, b"one")
    assert get(url, '"of another"', wait=LONG).content == b"one"


@pytest.mark.parametrize(("token", "path"), [("", PATH), ("another", PATH), (TOKEN, "/other.tar.gz")])
def test_nobody_else_publishes(url: str, token: str, path: str) -> None:
    """A bundle is believed by its signature, and hidden by whoever may replace it."""
    put(url, b"one")
    assert put(url, b"two", token, path) == 401
    assert get(url).content == b"one"


def test_half_a_bundle_is_none(url: str) -> None:
    """Whoever sent it was killed meanwhile."""
    put(url, b"one")
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = f"PUT {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 100\r\n\r\n"
        connection.sendall(head.encode() + b"half")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert get(url).content == b"one"
