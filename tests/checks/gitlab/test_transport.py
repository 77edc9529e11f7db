"""T19: every call ends, what passes is waited for at the server's pace, and the budget of a run is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from support.answering import Asked, answering
from support.forge import Fault
from support.forge.faults import Kind
from support.forge.paging import HEADERS
from support.forge.scene import Scene

from catalog.errors import SourceError
from checks.gitlab import client as clients
from checks.gitlab import transport
from checks.gitlab.client import Client
from checks.gitlab.transport import Session

Json = Any
Ask = Callable[..., Client]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project on a forge."""
    with Scene.begin(tmp_path) as found:
        yield found


@pytest.fixture
def naps() -> list[float]:
    """How long was waited, each time, by a clock that does not move."""
    return []


@pytest.fixture
def ask(scene: Scene, naps: list[float]) -> Ask:
    """Makes a client of ana's with such limits."""

    def made(*, deadline: float = 5.0, budget: float = 1000.0) -> Client:
        session = Session(deadline=deadline, budget=budget, sleep=naps.append)
        return Client(scene.url, scene.forge.token(scene.ana), scene.project.id, session=session)

    return made


@pytest.mark.parametrize("kind", ["slow", "drip"])
def test_a_call_ends_at_its_deadline(scene: Scene, ask: Ask, kind: Kind) -> None:
    """A server that is silent, and one that sends a byte now and then, are both left after the deadline."""
    scene.forge.fault(Fault("GET", "/user$", kind, times=None, seconds=5.0))
    with pytest.raises(SourceError, match=r"GitLab cannot be asked now \(no answer within 0 s\)"):
        _ = ask(deadline=0.05).me


def test_a_server_says_how_long_to_wait(scene: Scene, ask: Ask, naps: list[float]) -> None:
    """The seconds of Retry-After are waited, no less."""
    scene.forge.fault(Fault("GET", "/user$", "429", times=2, retry_after=7))
    assert ask().me == scene.ana.id
    assert naps == [7.0, 7.0]


def test_without_a_word_waits_grow(scene: Scene, ask: Ask, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wait is twice the one before, and after six tries it is over."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.5)
    scene.forge.fault(Fault("GET", "/user$", "503", times=None))
    with pytest.raises(SourceError, match="503"):
        _ = ask().me
    assert naps == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_nobody_waits_longer_than_the_budget(scene: Scene, ask: Ask, naps: list[float]) -> None:
    """A server that asks for an hour is told so at once."""
    scene.forge.fault(Fault("GET", "/user$", "429", retry_after=3600))
    with pytest.raises(SourceError, match="429") as caught:
        _ = ask(budget=60).me
    assert naps == []
    assert "nothing was decided" in caught.value.solution


def test_the_budget_is_of_all_calls_together(scene: Scene, ask: Ask) -> None:
    """Once it is used up, no further call is made."""
    client = ask(budget=0.0)
    with pytest.raises(SourceError, match="GitLab cannot be asked now"):
        client.open_requests()


def test_what_is_done_between_calls_costs_nothing(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging for long leaves as much time for the calls that come after it."""
    client = ask(budget=60.0)
    assert client.open_requests() == ([], [])
    later = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: later() + 3600.0)
    assert client.open_requests() == ([], [])


def test_another_piece_of_work_has_a_budget_of_its_own(scene: Scene, ask: Ask, naps: list[float]) -> None:
    """What one merge request waited for is not taken from the next."""
    client = ask(budget=10)
    scene.forge.fault(Fault("GET", "/merge_requests$", "429", times=2, retry_after=7))
    with pytest.raises(SourceError, match="429"):
        client.open_requests()
    client.renew()
    assert client.open_requests() == ([], [])
    assert naps == [7.0]


@pytest.mark.parametrize("kind", ["500", "502", "503", "close"])
def test_a_write_is_not_repeated(scene: Scene, ask: Ask, kind: Kind) -> None:
    """Nobody knows whether it was done, so it is not done twice."""
    opened = scene.open()
    scene.forge.fault(Fault("POST", "/notes$", kind, after=True, times=None))
    with pytest.raises(SourceError):
        ask().write_note(opened.iid, "once")
    assert [note.body for note in opened.notes if not note.system] == ["once"]


def test_a_write_that_was_put_off_is_made(scene: Scene, ask: Ask) -> None:
    """A rate limit says that nothing was done."""
    opened = scene.open()
    scene.forge.fault(Fault("POST", "/notes$", "429", retry_after=0))
    ask().write_note(opened.iid, "once")
    assert [note.body for note in opened.notes if not note.system] == ["once"]


def test_a_list_without_an_end_is_an_error(scene: Scene, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paging is followed to the end, or not believed at all."""
    monkeypatch.setattr(clients, "MAX_ITEMS", 50)
    opened = scene.open()
    scene.forge.note(opened, scene.finn, "one")
    scene.forge.fault(Fault("GET", "/notes$", "endless", times=None))
    with pytest.raises(SourceError, match="has no end"):
        ask().notes(opened.iid)


def test_every_page_is_read(scene: Scene, ask: Ask) -> None:
    """More notes than a page holds are all there."""
    opened = scene.open()
    for number in range(230):
        scene.forge.note(opened, scene.finn, str(number))
    assert [note.body for note in ask().notes(opened.iid) if not note.system] == [str(one) for one in range(230)]


LINKS = ("Link",)


@pytest.mark.parametrize("without", [LINKS, (*LINKS, "X-Next-Page"), HEADERS], ids=["links", "next page", "all"])
def test_a_list_that_lost_its_pages_is_an_error(scene: Scene, ask: Ask, without: tuple[str, ...]) -> None:
    """T19: a proxy that drops the way to the next page does not make the first page the whole list."""
    opened = scene.open()
    for number in range(130):
        scene.forge.note(opened, scene.finn, str(number))
    scene.forge.fault(Fault("GET", "/notes$", "lie", times=None, without=without))
    with pytest.raises(SourceError, match="is not whole: 100 came"):
        ask().notes(opened.iid)


def test_a_list_that_shrinks_while_it_is_read_is_read_again(scene: Scene, ask: Ask) -> None:
    """T19: what is taken from a page that was read would move something else out of the next one, unseen."""
    opened = scene.open()
    for number in range(130):
        scene.forge.note(opened, scene.finn, str(number))

    def second_page() -> None:
        scene.forge.before("GET", "/notes$", lambda: opened.notes.pop(0))

    scene.forge.before("GET", "/notes$", second_page)
    assert [note.body for note in ask().notes(opened.iid)] == [str(one) for one in range(1, 130)]


def test_a_list_that_always_changes_is_an_error(scene: Scene, ask: Ask) -> None:
    """T19: it is read three times, and then nothing is decided."""
    opened = scene.open()
    for number in range(150):
        scene.forge.note(opened, scene.finn, str(number))

    def shrink() -> None:
        opened.notes.pop(0)
        scene.forge.before("GET", "/notes$", shrink)

    scene.forge.before("GET", "/notes$", shrink)
    with pytest.raises(SourceError, match="is not whole"):
        ask().notes(opened.iid)


def test_a_short_list_needs_no_pages(scene: Scene, ask: Ask) -> None:
    """Lists that GitLab does not page say nothing of pages, and are whole."""
    scene.forge.fault(Fault("GET", "/merge_requests$", "lie", without=HEADERS))
    scene.open()
    assert len(ask().open_requests()[0]) == 1


def test_an_answer_may_not_be_too_long(scene: Scene, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would fill the memory is left."""
    monkeypatch.setattr(transport, "MAX_BYTES", 10)
    with pytest.raises(SourceError, match="more than 10 bytes"):
        _ = ask().me


def test_the_token_is_in_no_words(scene: Scene, ask: Ask) -> None:
    """T18: an answer that repeats the token does not bring it into a message."""
    client = ask()
    token = next(iter(scene.forge.tokens))
    scene.forge.fault(Fault("GET", "/user$", "expired", times=None))
    with pytest.raises(SourceError) as caught:
        _ = client.me
    said = caught.value
    assert token not in f"{said.message} {said.why} {said.solution} {said!r} {said.__cause__!r} {said.__context__!r}"


@pytest.mark.parametrize("answer", [{"message": "x"}, {}, "x", 7, [None], ["x"], [[]]], ids=repr)
def test_a_list_that_is_none_is_an_error(scene: Scene, ask: Ask, answer: Json) -> None:
    """T19: whatever stands where a list should, it is said that this is not the documented answer."""
    scene.forge.fault(Fault("GET", "/versions$", "lie", times=None, edit=lambda _: answer))
    with pytest.raises(SourceError) as told:
        ask().pushes(scene.open("a").iid)
    assert told.value.why == "Its answer is not the documented one."


@pytest.mark.parametrize(("name", "without"), [("X-Total", ()), ("X-Per-Page", ("X-Total",))])
def test_headers_that_are_no_numbers_are_an_error(scene: Scene, ask: Ask, name: str, without: tuple[str, ...]) -> None:
    """T19: a proxy that spoils the headers of a list is no reason for a defect."""
    scene.open("a")
    spoiled = Fault("GET", "/merge_requests$", "lie", times=None, headers={name: "many"}, without=without)
    scene.forge.fault(spoiled)
    with pytest.raises(SourceError):
        ask().open_requests()


def test_pages_without_an_end_are_an_error(scene: Scene, ask: Ask) -> None:
    """T19: a list of empty pages, each of which names another, is left."""
    scene.forge.fault(Fault("GET", "/merge_requests$", "endless", times=None))
    with pytest.raises(SourceError):
        ask().open_requests()


def test_one_odd_merge_request_keeps_nobody_from_the_others(scene: Scene, ask: Ask) -> None:
    """T19: what cannot be read is named, and the rest is read."""
    first, second = scene.open("a"), scene.open("b")
    spoiled = lambda listed: [one | ({"sha": None} if one["iid"] == first.iid else {}) for one in listed]  # noqa: E731
    scene.forge.fault(Fault("GET", "/merge_requests$", "lie", times=None, edit=spoiled))
    found, [odd] = ask().open_requests()
    assert [one.number for one in found] == [second.iid]
    assert f"GitLab described !{first.iid} without `sha`" in odd.message


def test_a_merge_request_whose_fork_is_gone_is_read_as_one_from_a_fork(scene: Scene, ask: Ask) -> None:
    """T19: GitLab then names no source project."""
    request = scene.open("a")
    gone = Fault("GET", f"/merge_requests/{request.iid}$", "lie", edit=lambda one: one | {"source_project_id": None})
    scene.forge.fault(gone)
    assert ask().merge_request(request.iid).forked
    assert not ask().merge_request(request.iid).forked


def test_a_list_that_is_too_long_is_read_in_smaller_pages(scene: Scene, ask: Ask) -> None:
    """T19: anybody can write a description of a megabyte; seventeen of them keep nobody from being judged."""
    for number in range(17):
        scene.open(f"branch-{number}", description="x" * 1_000_000)
    found, odd = ask().open_requests()
    assert (len(found), odd) == (17, [])


def test_another_server_gets_no_token(scene: Scene, ask: Ask) -> None:
    """T18: a next page, or anything else, that lies on another server is not asked for."""
    scene.open("a")
    got: list[str | None] = []

    def keep(asked: Asked) -> bytes:
        got.append(asked.headers.get("Authorization"))
        return b""

    with answering(keep, 404) as elsewhere:
        link = f'<{elsewhere}/steal>; rel="next"'
        scene.forge.fault(Fault("GET", "/merge_requests$", "lie", headers={"Link": link}))
        with pytest.raises(SourceError, match="leads to another server"):
            ask().open_requests()
    assert got == []


@contextmanager
def raw(answer: bytes) -> Iterator[str]:
    """A server that gives the same bytes to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    with caller, suppress(OSError):
                        caller.recv(1 << 16)
                        caller.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def answer(status: str, body: bytes, *headers: bytes) -> bytes:
    """A whole answer of HTTP."""
    lines = (b"Content-Type: application/json", b"Content-Length: %d" % len(body), b"Connection: close", *headers)
    return b"\r\n".join([f"HTTP/1.1 {status}".encode(), *lines, b"", body])


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    "given",
    [
        answer("200 OK", DEEP), answer("404 Not Found", DEEP), answer("302 Found", b"", b"Location: http://["),
        answer("302 Found", b"", b"Location: \xff\xfe"), answer("302 Found", b"x" * 1000, b"Location: /elsewhere"),
    ],
    ids=["deep", "deep refusal", "odd redirect", "redirect to no text", "redirect"],
)  # fmt: skip
def test_an_odd_answer_is_an_error(given: bytes) -> None:
    """T19: however odd, it is one error in plain words; nothing crashes beside the call either."""
    with raw(given) as url:
        client = Client(url, "token", 1, session=Session(deadline=5.0, budget=20.0, sleep=lambda _: None))
        with pytest.raises(SourceError):
            client.merge_request(1)
