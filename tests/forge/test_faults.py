"""A forge that is down, slow, lying or busy, and what happens in between two calls."""

from __future__ import annotations

import http.client
import time

import pytest
from support.forge import Fault
from support.forge.faults import Kind
from support.forge.scene import Scene


@pytest.mark.parametrize(
    ("kind", "status"),
    [("500", 500), ("502", 502), ("503", 503), ("504", 504), ("expired", 401), ("under-scoped", 403)],
)
def test_answers_instead(kind: Kind, status: int, scene: Scene) -> None:
    """A fault is answered once, and then the truth again."""
    scene.forge.fault(Fault("GET", "/user$", kind))
    api = scene.api(scene.ana)
    assert [api.get("/user").status for _ in range(2)] == [status, 200]


def test_lie(scene: Scene) -> None:
    """A lie is a true answer with something turned in it."""
    scene.forge.fault(Fault("GET", "/user$", "lie", edit=lambda said: {**said, "id": 0}))
    api = scene.api(scene.ana)
    assert [api.get("/user").body["id"] for _ in range(2)] == [0, scene.ana.id]


def test_rate_limit(scene: Scene) -> None:
    """A rate limit is plain text, and says in its headers when to come back."""
    scene.forge.fault(Fault("GET", "/user$", "429", retry_after=7))
    reply = scene.api(scene.ana).get("/user")
    assert (reply.status, reply.text.strip(), reply.headers["content-type"]) == (429, "Retry later", "text/plain")
    assert (reply.headers["retry-after"], reply.headers["ratelimit-remaining"]) == ("7", "0")


@pytest.mark.parametrize("status", [200, 502])
def test_page(status: int, scene: Scene) -> None:
    """A page for people may come where JSON was asked for, even with 200."""
    scene.forge.fault(Fault("GET", "/user$", "html", status=status))
    reply = scene.api(scene.ana).get("/user")
    assert (reply.status, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_empty(scene: Scene) -> None:
    """An answer may hold nothing."""
    scene.forge.fault(Fault("GET", "/user$", "empty"))
    assert scene.api(scene.ana).get("/user").text == ""


def test_truncated(scene: Scene) -> None:
    """An answer may end before its length."""
    scene.forge.fault(Fault("GET", "/user$", "truncated"))
    with pytest.raises(http.client.IncompleteRead):
        scene.api(scene.ana).get("/user")


def test_close(scene: Scene) -> None:
    """A connection may end without an answer."""
    scene.forge.fault(Fault("GET", "/user$", "close"))
    with pytest.raises(http.client.RemoteDisconnected):
        scene.api(scene.ana).get("/user")


def test_slow(scene: Scene) -> None:
    """An answer may take longer than a caller waits."""
    scene.forge.fault(Fault("GET", "/user$", "slow", seconds=30))
    with pytest.raises(TimeoutError):
        scene.api(scene.ana).call("GET", "/user", timeout=0.05)


def test_drip(scene: Scene) -> None:
    """An answer may come byte by byte, each in good time, and so outlast a limit on silence."""
    scene.forge.fault(Fault("GET", "/version$", "drip", seconds=0.002))
    began = time.monotonic()
    reply = scene.api(scene.ana).call("GET", "/version", timeout=1)
    assert reply.body["version"]
    assert time.monotonic() - began > 0.002 * len(reply.text)


def test_endless(scene: Scene) -> None:
    """A list may always have a next page."""
    mr = scene.open()
    scene.forge.note(mr, scene.ana, "one")
    scene.forge.fault(Fault("GET", "/notes$", "endless", times=None))
    for page in (1, 2, 500):
        reply = scene.api(scene.ana).get(scene.path(mr, "notes"), page=page)
        assert [one["body"] for one in reply.body] == ["one"]
        assert reply.headers["x-next-page"] == str(page + 1)
        assert f"page={page + 1}" in reply.headers["link"]


@pytest.mark.parametrize("after", [True, False])
def test_lost_answer(after: bool, scene: Scene) -> None:
    """Of a write without an answer nobody knows whether it happened: it may have, and it may not."""
    mr = scene.open()
    scene.forge.fault(Fault("PUT", "/merge$", "close", after=after))
    with pytest.raises(http.client.RemoteDisconnected):
        scene.api(scene.ana).put(scene.path(mr, "merge"), sha=mr.sha)
    assert mr.state == ("merged" if after else "opened")


def test_aim(scene: Scene) -> None:
    """A fault strikes its method and path alone, as often as it says."""
    mr = scene.open()
    fault = scene.forge.fault(Fault("GET", r"/merge_requests/\d+/approvals$", "503", times=2))
    api = scene.api(scene.ana)
    assert api.get(scene.path(mr)).status == 200
    assert api.post(scene.path(mr, "approve")).status == 201
    assert [api.get(scene.path(mr, "approvals")).status for _ in range(3)] == [503, 503, 200]
    assert fault.times == 0


def test_for_ever(scene: Scene) -> None:
    """A fault without a number stays until it is ended."""
    fault = scene.forge.fault(Fault("GET", "/user$", "503", times=None))
    api = scene.api(scene.ana)
    assert {api.get("/user").status for _ in range(5)} == {503}
    fault.times = 0
    assert api.get("/user").status == 200


def test_race(scene: Scene) -> None:
    """What happens right before a call happens once, and the call sees it."""
    mr = scene.open()
    scene.forge.before("GET", "/approvals$", lambda: scene.forge.approve(mr, scene.finn))
    api, path = scene.api(scene.ana), scene.path(mr, "approvals")
    assert [len(api.get(path).body["approved_by"]) for _ in range(2)] == [1, 1]


def test_race_may_call(scene: Scene) -> None:
    """What happens in between may itself call the forge."""
    mr = scene.open()
    owner = scene.api(scene.ana)
    scene.forge.before("POST", "/notes$", lambda: owner.put(scene.path(mr, "merge")))
    assert scene.api(scene.finn).post(scene.path(mr, "notes"), body="Too late").status == 201
    assert mr.state == "merged"
