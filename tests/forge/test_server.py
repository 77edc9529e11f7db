"""The server itself: pages, calls, clock, threads."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.forge import Forge, Level
from support.forge.scene import Scene


def test_pages(scene: Scene) -> None:
    """A list comes twenty at a time, at most a hundred, and says where the rest is."""
    mr, api = scene.open(), scene.api(scene.ana)
    for number in range(130):
        scene.forge.note(mr, scene.ana, str(number))
    path = scene.path(mr, "notes")
    first, most, last = api.get(path), api.get(path, per_page=500), api.get(path, page=2, per_page=100, sort="asc")
    assert [len(one.body) for one in (first, most, last)] == [20, 100, 30]
    names = ("x-total", "x-total-pages", "x-page", "x-per-page", "x-next-page", "x-prev-page")
    assert [first.headers[name] for name in names] == ["130", "7", "1", "20", "2", ""]
    assert [last.headers[name] for name in names] == ["130", "2", "2", "100", "", "1"]
    assert 'rel="next"' in first.headers["link"]
    assert f'<{scene.url}/api/v4{path}?page=1&per_page=100&sort=asc>; rel="prev"' in last.headers["link"]


def test_nothing_to_list(scene: Scene) -> None:
    """An empty list is one empty page."""
    reply = scene.api(scene.ana).get(f"{scene.base}/hooks")
    assert (reply.body, reply.headers["x-total"], reply.headers["x-next-page"]) == ([], "0", "")


def test_calls(scene: Scene) -> None:
    """Every call is kept with its query, its user, its headers and how it was answered."""
    scene.api(scene.ana).get("/users", username="finn")
    scene.api_with(**{"User-Agent": "gate"}).get("/user")
    first, second = scene.forge.calls
    assert (first.method, first.path, first.query, first.user, first.status) == (
        "GET", "/users", {"username": "finn"}, "ana", 200
    )  # fmt: skip
    assert (second.user, second.status, second.headers["user-agent"]) == (None, 401, "gate")
    scene.forge.reset_calls()
    assert scene.forge.calls == []


def test_unknown(tmp_path: Path) -> None:
    """A route that nobody wrote is 404, and is remembered."""
    with Scene.begin(tmp_path) as scene:
        reply = scene.api(scene.ana).get("/projects/1/unheard-of")
        assert (reply.status, reply.body) == (404, {"error": "404 Not Found"})
        assert scene.forge.unknown == ["GET /projects/1/unheard-of"]


def test_defects(tmp_path: Path) -> None:
    """What fails in the server, or in what a test runs in between, is remembered and not lost in a thread."""
    with Scene.begin(tmp_path) as scene:
        scene.forge.before("GET", "/user$", lambda: 1 // 0)
        with pytest.raises(http.client.RemoteDisconnected):
            scene.api(scene.ana).get("/user")
        assert scene.forge.unknown == ["defect: ZeroDivisionError('integer division or modulo by zero')"]


def test_forms(scene: Scene) -> None:
    """What is sent may stand in the address, or be a form, instead of JSON."""
    mr = scene.open()
    api = scene.api_with(**{"PRIVATE-TOKEN": scene.forge.token(scene.ana)})
    assert api.call("POST", f"{scene.path(mr, 'notes')}?body=Hello").body["body"] == "Hello"
    assert api.form("POST", scene.path(mr, "notes"), body="Hello again").body["body"] == "Hello again"


def test_clock() -> None:
    """Time stands still until a test moves it."""
    forge = Forge()
    assert forge.now == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    forge.tick(seconds=1, hours=2)
    assert forge.now == datetime(2026, 11, 27, 11, 0, 1, tzinfo=UTC)


def test_date(scene: Scene) -> None:
    """An answer is dated by the forge's clock."""
    assert scene.api(scene.ana).get("/version").headers["date"] == "Fri, 27 Nov 2026 09:00:00 GMT"


def test_numbers_never_fit_by_accident(scene: Scene) -> None:
    """No two things have the same number, of whatever kind they are."""
    mr = scene.open()
    note = scene.forge.note(mr, scene.ana, "Hello")
    numbers = [mr.id, note.id, scene.project.id, mr.pushes[0].id, *scene.forge.users]
    assert len(set(numbers)) == len(numbers)
    assert mr.iid not in numbers
    with pytest.raises(AssertionError, match="taken"):
        scene.forge.user("twin", id=scene.ana.id)


def test_two_forges(tmp_path: Path) -> None:
    """Two forges share nothing, and a closed one answers no more."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with Scene.begin(tmp_path / "one") as one, Scene.begin(tmp_path / "two") as two:
        assert two.api_with(**{"PRIVATE-TOKEN": "glpat-unknown"}).get("/user").status == 401
        assert (len(one.forge.calls), one.url == two.url) == (0, False)
        left = two.api(two.ana)
    with pytest.raises(ConnectionRefusedError):
        left.get("/user")


def test_many_at_once(scene: Scene) -> None:
    """Callers at the same time do not lose each other's writes."""
    mr = scene.open()
    reviewers = [scene.forge.user(f"reviewer{number}") for number in range(12)]
    for one in reviewers:
        scene.forge.member(scene.project, one, Level.DEVELOPER)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda one: scene.api(one).post(scene.path(mr, "approve"), sha=mr.sha), reviewers))
    assert {one.status for one in replies} == {201}
    assert {one.user for one in mr.approvals} == set(reviewers)


def test_one_merges(scene: Scene) -> None:
    """Of several who merge at once, one does."""
    mr, api = scene.open(), scene.api(scene.ana)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: api.put(scene.path(mr, "merge"), sha=mr.sha).status, range(4)))
    assert sorted(replies) == [200, 405, 405, 405]
