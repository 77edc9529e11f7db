"""The keeper with real points: silence means stopped, and no point goes on before it has every stop."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import requests
from support.company import ROOT
from support.desk import NAME
from support.live import KEEPER, LEASE, WATCHER, Live, digest, environ
from support.points import ACTIVATED, PointServer, free_port

from catalog import points
from catalog.errors import RecordError
from controls.keeper.journal import Journal
from controls.keeper.keep import Keeper, Round
from controls.keeper.records import Standing
from controls.live.presence import named, sealed

Json = Any


RESUMED = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Scene:
    """A keeper of the points, with records that a test sets."""

    def __init__(self, there: Live, folder: Path) -> None:
        self.there, self.recorded = there, Standing()
        self.unreadable = False
        self.journal = Journal(folder / "journal.jsonl")
        self.keeper = Keeper(
            points.read(there.desk.folder), "production", there.desk.folder, KEEPER, self.journal, self.records
        )

    def records(self) -> Standing:
        if self.unreadable:
            raise RecordError("The records cannot be fetched.")
        return self.recorded

    def round(self) -> Round:
        return self.keeper.round()


@pytest.fixture
def scene(there: Live, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(there, tmp_path)
    yield made
    made.journal.close()


def restart(server: PointServer) -> None:
    server.kill()
    server.start()


def stop(there: Live, name: str = "s1") -> tuple[str, dict[str, Json]]:
    """A stop of the live version as it lies at a point."""
    identity = sealed(name, "stop", NAME, "all", there.version, None)
    body = {"version": there.version, "reason": "Odd", "at": "2026-11-20T12:00:00.000Z", "by": "dana"}
    return f"stops/{NAME}/all/{identity}", body


def put(server: PointServer, path: str, body: Mapping[str, Json]) -> None:
    assert server.call("PUT", f"/v1/data/control/{path}", dict(body), KEEPER)[0] == 204


def test_a_round_lets_the_points_go_on(scene: Scene) -> None:
    """Points that have just started are closed; after a round all are open, for one lease."""
    for server in scene.there.servers:
        restart(server)
    assert [scene.there.ask(number)["code"] for number in range(3)] == ["lease_ended"] * 3
    found = scene.round()
    assert (sorted(found.renewed), found.closed) == (["point-1", "point-2", "point-3"], {})
    assert [scene.there.ask(number)["code"] for number in range(3)] == ["approval_needed"] * 3


def test_a_stop_at_one_point_is_carried_to_all(scene: Scene) -> None:
    """T16: what reached one point reaches every other with the next round, and is in the journal before."""
    path, body = stop(scene.there)
    put(scene.there.servers[1], path, body)
    assert scene.round().new == [path]
    assert [scene.there.ask(number)["code"] for number in range(3)] == ["stopped"] * 3
    assert scene.journal.held == {path: body}


def test_a_restarted_point_has_its_stops_back_before_its_lease(scene: Scene) -> None:
    """T16: the stops are written first: the server's own log shows in which order."""
    path, body = stop(scene.there)
    put(scene.there.servers[0], path, body)
    scene.round()
    server = scene.there.servers[2]
    restart(server)
    mark = server.mark()
    scene.round()
    written = [line["req_path"] for line in server.lines[mark:] if line.get("req_method") == "PUT"]
    assert list(dict.fromkeys(written)) == [f"/v1/data/control/{path}", "/v1/data/control/lease"]
    assert scene.there.ask(2)["code"] == "stopped"


def test_stops_on_record_reach_points_that_forgot_them(scene: Scene) -> None:
    """T16: with every point and the keeper begun anew, the records still stop."""
    path, body = stop(scene.there)
    for server in scene.there.servers:
        restart(server)
    scene.recorded = Standing({path: body})
    scene.round()
    assert [scene.there.ask(number)["code"] for number in range(3)] == ["stopped"] * 3


def test_without_records_a_restarted_point_stays_closed(scene: Scene) -> None:
    """T19: nobody knows what it has forgotten; the others, who forgot nothing, go on."""
    scene.unreadable = True
    restart(scene.there.servers[0])
    found = scene.round()
    assert sorted(found.renewed) == ["point-2", "point-3"]
    assert "it has forgotten its stops" in found.closed["point-1"]
    assert "cannot be fetched" in found.records
    scene.unreadable = False
    assert sorted(scene.round().renewed) == ["point-1", "point-2", "point-3"]


def test_what_was_resumed_is_lifted_everywhere_and_stays_so(scene: Scene) -> None:
    """Exactly the recorded ids go, also from a point that comes back with one later."""
    first, body = stop(scene.there, "s1")
    second, _ = stop(scene.there, "s2")
    for path in (first, second):
        put(scene.there.servers[0], path, body)
    scene.round()
    scene.recorded = Standing({}, {named(first): RESUMED})
    assert scene.round().lifted == 1
    assert [scene.there.held(number) for number in range(3)] == [[second]] * 3
    scene.recorded = Standing()
    put(scene.there.servers[1], first, body)
    assert scene.round().lifted == 1
    assert [scene.there.held(number) for number in range(3)] == [[second]] * 3


def test_a_point_with_an_old_bundle_is_not_renewed(scene: Scene) -> None:
    """T16: signatures do not age, numbers do: a point that was given an earlier bundle again closes at once."""
    scene.round()
    server = scene.there.servers[0]
    scene.there.publish(lambda document: document.update(seq=document["seq"] - 1))
    scene.there.settle(server)
    try:
        assert scene.there.ask(0)["code"] == "lease_ended"
        assert "its bundle is number 2, the newest is 3" in scene.round().closed["point-1"]
    finally:
        scene.there.publish()
        scene.there.settle()


def test_for_one_poll_the_bundle_before_is_good_enough(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first point has a newer bundle, the others have the declared time to fetch it, and no longer."""
    now = time.monotonic()
    scene.round()
    held = {"seq": scene.journal.seq, "open": True}
    monkeypatch.setattr(time, "monotonic", lambda: now + 100)
    scene.keeper._note_seq({"x": {"seq": scene.journal.seq + 1}})
    scene.keeper._refuse(held)
    monkeypatch.setattr(time, "monotonic", lambda: now + 106)
    with pytest.raises(Exception, match="the newest is"):
        scene.keeper._refuse(held)


def test_a_hanging_point_delays_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are renewed while it hangs; it is named when it was asked, and asked in fewer and fewer rounds."""
    monkeypatch.setattr(Keeper, "_share", 3.0)  # so long it is waited for in each round
    server = scene.there.servers[0]
    server.hang()
    try:
        rounds = [scene.round() for _ in range(9)]
    finally:
        server.go_on()
    assert [sorted(found.renewed) for found in rounds] == [["point-2", "point-3"]] * 9
    asked = [number for number, found in enumerate(rounds, start=1) if "point-1" in found.closed]
    assert asked == [1, 2, 3, 4, 8]
    assert "no answer" in rounds[0].closed["point-1"]


def test_two_keepers_are_as_good_as_one(scene: Scene, tmp_path: Path) -> None:
    """T16: what one was told the other has too, by way of the points; neither undoes what the other did."""
    second = Scene(scene.there, tmp_path / "second")
    try:
        path, body = stop(scene.there)
        put(scene.there.servers[0], path, body)
        scene.round()
        put(scene.there.servers[2], stop(scene.there, "s2")[0], body)
        second.round()
        scene.round()
        assert scene.journal.held == second.journal.held
        assert [len(scene.there.held(number)) for number in range(3)] == [2, 2, 2]
    finally:
        second.journal.close()


def keep(there: Live, folder: Path, *options: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    """`countersign keep`, for one round."""
    command = [
        sys.executable, "-m", "countersign", "keep", "--state", str(folder), "--port", "0", "--rounds", "1", *options,
    ]  # fmt: skip
    with environ(COUNTERSIGN_KEEPER_TOKEN=KEEPER, PYTHONPATH=str(ROOT)):
        return subprocess.run(
            ["sh", "-c", f'{shell} exec "$@"', "sh", *command],
            cwd=there.desk.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip


def test_the_command_keeps_and_says_so(there: Live, tmp_path: Path) -> None:
    """One round from the command line, with records that are fetched from the remote; no secret is printed."""
    there.desk.git("push", "--quiet", "origin", "refs/heads/records")
    done = keep(there, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "renewed point-1, point-2, point-3" in done.stdout
    assert "records:" not in done.stdout
    assert KEEPER not in done.stdout + done.stderr
    assert digest(KEEPER) not in done.stdout + done.stderr


def test_a_full_disk_renews_nothing(there: Live, tmp_path: Path) -> None:
    """T16: a stop that cannot be made durable must not be forgotten: then no point goes on."""
    path, body = stop(there)
    put(there.servers[0], path, body)
    server = there.servers[1]
    mark = server.mark()
    done = keep(there, tmp_path, shell="ulimit -f 0;")
    assert done.returncode in (1, 3), done.stdout + done.stderr
    assert "journal" in done.stdout + done.stderr
    assert not [line for line in server.lines[mark:] if line.get("req_path", "").endswith("/lease")]


def test_without_its_token_it_does_not_start(there: Live, tmp_path: Path) -> None:
    """A missing secret is asked for by name."""
    command = [sys.executable, "-m", "countersign", "keep", "--state", str(tmp_path), "--rounds", "1"]
    with environ(PYTHONPATH=str(ROOT)):
        done = subprocess.run(command, cwd=there.desk.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, "COUNTERSIGN_KEEPER_TOKEN is not set" in done.stderr) == (2, True), done.stderr


def test_health_and_metrics_are_served(there: Live, tmp_path: Path) -> None:
    """While rounds are made it is well, and Prometheus reads which points are open."""
    port = free_port()
    command = [sys.executable, "-m", "countersign", "keep", "--state", str(tmp_path), "--port", str(port)]
    with environ(COUNTERSIGN_KEEPER_TOKEN=KEEPER, PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1"):
        process = subprocess.Popen(command, cwd=there.desk.folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(3)]
        assert any("renewed point-1" in line for line in said), said
        assert requests.get(f"http://127.0.0.1:{port}/health", timeout=20).status_code == 200
        figures = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20)
        assert figures.headers["Content-Type"].startswith("application/openmetrics-text")
        assert 'countersign_point_open{point="point-1"} 1.0' in figures.text
        assert "countersign_stops_held 0.0" in figures.text
        assert requests.get(f"http://127.0.0.1:{port}/other", timeout=20).status_code == 404
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=20)
    assert (process.returncode, "The points close by themselves within" in rest) == (0, True)


def test_a_stop_that_is_given_again_after_its_resumption_holds(scene: Scene) -> None:
    """T16: on-call types the printed command once more: it is another stop, which nobody has resumed."""
    there = scene.there
    assert there.type("stop", NAME, "--reason", "Odd", "--id", "stop-tonight").exit_code == 0
    scene.round()
    [path] = there.held()
    scene.recorded = Standing(lifted={named(path): datetime.now(UTC)})
    scene.round()
    assert there.held() == []
    assert there.type("stop", NAME, "--reason", "Odd again", "--id", "stop-tonight").exit_code == 0
    for _ in range(2):
        assert len(scene.round().renewed) == 3
        [again] = there.held()
        assert again != path
        assert [there.held(number) for number in range(3)] == [[again]] * 3


def test_a_stop_of_another_day_is_lifted_all_the_same(scene: Scene) -> None:
    """T16: a time that cannot be, or is far ahead, makes no stop that nothing lifts."""
    for number, at in enumerate(["2999-01-01T00:00:00.000Z", "yesterday", None]):
        path, body = stop(scene.there, f"s{number}")
        put(scene.there.servers[0], path, {**body, "at": at})
    scene.round()
    scene.recorded = Standing(lifted={named(path): RESUMED for path in scene.there.held()})
    assert scene.round().lifted == 3
    assert [scene.there.held(number) for number in range(3)] == [[]] * 3


def test_a_point_that_restarts_while_it_is_brought_up_to_date_is_not_let_go_on(scene: Scene) -> None:
    """T16: what it holds is read back around the renewal, so that what it forgot in between is there before it runs."""
    there = scene.there
    assert there.type("stop", NAME, "--reason", "Odd").exit_code == 0
    scene.round()
    answers = scene.keeper._answers

    def then(made: Round) -> dict[str, Json]:
        found = answers(made)
        restart(there.servers[2])
        return found

    scene.keeper._answers = then  # type: ignore[method-assign]
    scene.round()
    assert there.ask(2)["code"] in {"stopped", "lease_ended"}


def test_a_lease_that_became_shorter_is_given_as_short(scene: Scene) -> None:
    """A merged, shorter lease is the bundle's word: the keeper, begun before, keeps to it, and the points stay open."""
    there = scene.there
    there.publish(lambda document: document.update(lease_seconds=30))
    _until_leased_for(there, 30)
    try:
        assert len(scene.round().renewed) == 3
        assert [there.ask(number)["code"] for number in range(3)] == ["approval_needed"] * 3
    finally:
        there.publish()
        _until_leased_for(there, LEASE)


def _until_leased_for(there: Live, seconds: int) -> None:
    """Wait until every point has the bundle that says so."""
    for server in there.servers:
        mark = server.mark()
        while server.ask("point", {}, KEEPER)["lease_seconds"] != seconds:
            mark = server.until(ACTIVATED, mark)


@pytest.mark.parametrize("depth", [980, 3000])
def test_an_odd_body_stops_its_workflow_and_nothing_else(scene: Scene, depth: int) -> None:
    """T10, T16: whoever may write a stop cannot end the keeper, or close a point, by what they write into it."""
    server = scene.there.servers[0]
    path, _ = stop(scene.there)
    content = b'{"a":' * depth + b"1" + b"}" * depth
    request = Request(f"{server.url}/v1/data/control/{path}", method="PUT", data=content)
    request.add_header("Authorization", f"Bearer {WATCHER}")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=20) as answer:
        assert answer.status == 204
    for _ in range(2):
        assert len(scene.round().renewed) == 3
    assert [scene.there.ask(number)["code"] for number in range(3)] == ["stopped"] * 3
