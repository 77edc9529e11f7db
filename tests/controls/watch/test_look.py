"""`countersign watch` with real points: what crossed is stopped everywhere, once, and never resumed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.answering import Asked, answering
from support.company import Said, signing_key
from support.desk import NAME
from support.live import KEEPER, WATCHER, Live
from support.numbers import report
from support.proxies import page

from catalog import points
from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.append import append
from catalog.records.envelope import sign
from catalog.records.keys import Keyring
from catalog.records.refs import BRANCH
from catalog.records.statement import Kind, make_statement, time_text
from controls.live.presence import sealed
from controls.recorded import FETCH, Background, Reading, Recorded
from controls.watch import prometheus
from controls.watch.lines import Lines
from controls.watch.look import Watcher
from controls.watch.running import Running, Trigger, running
from controls.watch.watch import Watch

TRIAGE = "moved_by_hand_percent"


@pytest.fixture
def numbers(there: Live, tmp_path: Path) -> Iterator[Path]:
    """Half an hour ago all was well."""
    records = there.desk.git("rev-parse", BRANCH)
    there.desk.git("push", "--quiet", "origin", BRANCH)
    file = tmp_path / "numbers.jsonl"
    for metric in ("wrong_price", "rework_minutes_per_task"):
        report(file, metric, 0, ago=1800)
    report(file, TRIAGE, 0, ago=1800, workflow="ticket-triage")
    yield file
    there.desk.git("update-ref", BRANCH, records)
    there.desk.git("push", "--quiet", "--force", "origin", BRANCH)


def watch(there: Live, numbers: Path, *options: str, token: str = WATCHER) -> Said:
    """The watcher looks once."""
    return there.type("watch", "--once", "--lines", str(numbers), *options, COUNTERSIGN_WATCHER_TOKEN=token)


def resume(there: Live, *stops: str) -> None:
    """A reviewed merge lets it run again: it is on record, and the keeper lifts what it names."""
    desk, signer = there.desk, signing_key(Kind.CHANGE)
    said = {
        "workflow": NAME, "at": time_text(datetime.now(UTC) - timedelta(seconds=2)), "stops": list(stops),
        "version": there.version, "commit": desk.git("rev-parse", "origin/main"),
        "first_parent": desk.git("rev-parse", "origin/main"), "request": {"project": 1, "number": 1},
        "reason": "Mended.", "by": "dana", "approvals": [],
    }  # fmt: skip
    with Repository(desk.folder) as repository:
        keyring = Keyring.from_people(desk.people())
        signed = sign(make_statement(Kind.RESUME, said), signer)
        append(repository, BRANCH, [signed], "Resumed", keyring, now=datetime.now(UTC))
    desk.git("push", "--quiet", "origin", BRANCH)
    there.clear()


def ids(there: Live, number: int = 0) -> list[str]:
    """The stops that a point holds, by id."""
    return [path.rsplit("/", 1)[1] for path in there.held(number)]


def test_while_all_is_well_nothing_is_stopped(there: Live, numbers: Path) -> None:
    """It says how much it watches, and its exit code is 0."""
    said = watch(there, numbers)
    assert (said.exit_code, said.output) == (0, "watching 3 triggers of 2 workflows\n")
    assert there.held() == []


def test_what_crossed_is_stopped_at_every_point(there: Live, numbers: Path) -> None:
    """Metric, value, limit and time are named, to whoever watches and at the points; other workflows go on."""
    report(numbers, "wrong_price", 2)
    said = watch(there, numbers)
    words = "wrong_price is 2; its limit is 0 over 1d"
    assert said.exit_code == 1
    assert f"{NAME}: {words}: stopped at 3 of 3 points" in said.output
    assert [there.ask(number)["code"] for number in range(3)] == ["stopped"] * 3
    [(identity, body)] = there.servers[0].ask("point", {}, KEEPER)["stops"][NAME]["all"].items()
    assert (body.get("by"), body["reason"]) == (None, f"Stopped by a trigger: {words}.")
    assert body["trigger"] == {"metric": "wrong_price", "above": 0, "over": 86_400, "value": 2}
    assert identity.startswith("watch-")
    assert WATCHER not in str(there.servers[0].ask("point", {}, KEEPER))
    assert WATCHER not in said.output


def test_what_stays_crossed_is_stopped_once(there: Live, numbers: Path) -> None:
    """However often it looks, and whichever number follows: one stop at each point, and none for another trigger."""
    report(numbers, "wrong_price", 2)
    for _ in range(3):
        assert watch(there, numbers).exit_code == 1
        report(numbers, "wrong_price", 1)
    assert [len(there.held(number)) for number in range(3)] == [1, 1, 1]
    report(numbers, "rework_minutes_per_task", 600)
    assert watch(there, numbers).exit_code == 1
    assert len(there.held()) == 2


def test_it_never_resumes(there: Live, numbers: Path) -> None:
    """T16: a number that is good again is told as such, and what was stopped stays stopped."""
    report(numbers, "wrong_price", 2)
    assert watch(there, numbers).exit_code == 1
    numbers.write_text("\n".join(line for line in numbers.read_text().splitlines() if '"value": 2' not in line) + "\n")
    assert watch(there, numbers).exit_code == 0
    assert there.ask()["code"] == "stopped"


def test_after_a_resumption_old_numbers_count_no_more(there: Live, numbers: Path) -> None:
    """T16: what was stopped, mended and resumed is not stopped again for the same numbers, but for new ones it is."""
    report(numbers, "wrong_price", 2, ago=60)
    assert watch(there, numbers).exit_code == 1
    [first] = ids(there)
    resume(there, first)
    said = watch(there, numbers)
    assert (said.exit_code, there.held()) == (0, []), said.output
    report(numbers, "wrong_price", 1)
    assert watch(there, numbers).exit_code == 1
    [second] = ids(there)
    assert second != first


def test_what_nothing_is_heard_of_stops_at_high_and_is_told_elsewhere(there: Live, numbers: Path) -> None:
    """No data is not good news: the high workflow stops, the low one is named and goes on."""
    numbers.write_text("")
    said = watch(there, numbers)
    assert said.exit_code == 1
    assert f"{NAME}: nothing is heard of wrong_price for 1h; its limit is 0 over 1d: stopped at 3 of 3" in said.output
    assert "ticket-triage: nothing is heard of moved_by_hand_percent for 1h; its limit is 15 over 1d\n" in said.output
    assert there.ask()["code"] == "stopped"
    assert list(there.servers[0].ask("point", {}, KEEPER)["stops"]) == [NAME]


def test_a_point_that_is_away_is_named_and_stopped_by_the_next_look(there: Live, numbers: Path) -> None:
    """T16: the others are stopped at once; the stop that reaches it later is the same."""
    report(numbers, "wrong_price", 2)
    server = there.servers[1]
    server.kill()
    try:
        said = watch(there, numbers)
        assert "stopped at 2 of 3 points" in said.output
        assert f"{NAME}: not confirmed by point-2: nobody listens there" in said.output
    finally:
        server.start()
    assert there.held(1) == []
    assert "stopped at 3 of 3 points" in watch(there, numbers).output
    assert there.held(0) == there.held(1)


def test_a_wrong_token_stops_nothing_and_says_so(there: Live, numbers: Path) -> None:
    """T18: each point that refuses is named, and the token is not."""
    report(numbers, "wrong_price", 2)
    said = watch(there, numbers, token="somebody-elses-token")
    assert said.exit_code == 1
    assert "stopped at 0 of 3 points" in said.output
    assert "point-3: it refuses this token (401)" in said.output
    assert "somebody-elses-token" not in said.output


def test_what_a_way_back_leads_to_is_stopped_too(there: Live, numbers: Path) -> None:
    """After on-call went back to an earlier version, numbers that go on being bad stop that one."""
    before = f"h1:{'B' * 43}="
    there.publish(lambda document: _with_earlier(document, before))
    there.settle()
    identity = sealed("back-1", "rollback", NAME, "all", there.version, before)
    body = {"to": before, "version": there.version, "reason": "Odd", "at": "2026-11-20T12:00:00.000Z", "by": "dana"}
    for server in there.servers:
        assert server.call("PUT", f"/v1/data/control/rollbacks/{NAME}/{identity}", body, KEEPER)[0] == 204
    assert there.ask(version=before)["code"] == "approval_needed"
    report(numbers, "wrong_price", 2)
    said = watch(there, numbers)
    assert "stopped at 3 of 3 points" in said.output, said.output
    assert there.ask(version=before)["decision"] == "deny"


def _with_earlier(document: dict[str, object], version: str) -> None:
    found = document["workflows"][NAME]  # type: ignore[index]
    settings = {key: found[key] for key in ("tier", "models", "prompt", "actions")}
    drill = {
        "version": version, "rollback_digest": version, "outcome": "passed", "target": "staging",
        "at": time_text(datetime.now(UTC) - timedelta(days=1)),
    }  # fmt: skip
    found["earlier"] = [version]
    found["returnable"] = {version: {**settings, "rollback_digest": version, "stopped": False, "drills": [drill]}}


def test_without_records_it_watches_what_it_last_knew(there: Live, numbers: Path) -> None:
    """T19: while nothing was ever known it is an error; the host of git being away stops no watcher that runs."""
    there.desk.git("remote", "rename", "origin", "elsewhere")
    try:
        said = watch(there, numbers)
    finally:
        there.desk.git("remote", "rename", "elsewhere", "origin")
    assert (said.exit_code, "The records cannot be fetched" in said.output) == (3, True), said.output


def test_a_hanging_git_host_delays_no_stop(there: Live, numbers: Path, tmp_path: Path) -> None:
    """T19: what runs was read before; a look asks git's host for news before it stops, and waits only a moment."""
    desk, held = there.desk, tmp_path / "held"
    program = tmp_path / "upload-pack"
    program.write_text(f'#!/bin/sh\nwhile [ -e {held} ]; do sleep 0.1; done\nexec git-upload-pack "$@"\n')
    program.chmod(0o755)
    records = Background(Recorded(desk.folder, desk.git("config", "countersign.anchor"), "main", running), 3600)
    watcher = Watcher(records, Watch(Lines(numbers), 3600), points.read(desk.folder).points, desk.folder, WATCHER)
    records.start(None)
    assert watcher.look().said == []
    held.touch()
    desk.git("config", "remote.origin.uploadpack", str(program))
    try:
        report(numbers, "wrong_price", 2)
        [said] = watcher.look().said
        assert records._done < records._asked  # git hangs as before
    finally:
        held.unlink()
        records.fresh(FETCH)
        records.close()
        desk.git("config", "--unset", "remote.origin.uploadpack")
    assert "wrong_price is 2; its limit is 0 over 1d: stopped at 3 of 3 points" in said


@pytest.mark.parametrize("trouble", [None, RecordError("The records cannot be fetched.")])
def test_what_was_read_long_ago_is_told_with_its_time(there: Live, numbers: Path, trouble: RecordError | None) -> None:
    """T19: it goes on with what it last knew, and says as of when; the same words at each look, said once."""
    known = (Running(name=NAME, tier="low", triggers=(), since=None),)
    records = Background(Recorded(there.desk.folder, "", "main", running), 3600)
    records.reading = Reading(known, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), trouble)
    watcher = Watcher(records, Watch(Lines(numbers), 3600), (), there.desk.folder, WATCHER)
    why = trouble.message if trouble else "git has not answered since."
    assert watcher.look().said == [f"records: {why} What runs is known as of 2026-01-02 03:04:05 UTC."]
    records.reading = Reading(known, datetime.now(UTC))
    assert watcher.look().said == []


def test_prometheus_that_is_a_page_or_gone_is_told(there: Live) -> None:
    """T19: neither counts as good news, and neither stops anything before the silence has passed."""
    with page() as url:
        said = there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)
    assert said.exit_code == 1
    assert "cannot be asked: wrong_price: Prometheus answers something else than it documents." in said.output
    said = there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)
    assert "cannot be asked: wrong_price: Prometheus cannot be asked: nobody listens there." in said.output
    assert (said.exit_code, there.held()) == (1, [])


@pytest.mark.parametrize("options", [(), ("--lines", "a", "--prometheus", "http://127.0.0.1:9")], ids=["none", "both"])
def test_there_is_one_source_of_numbers(there: Live, options: tuple[str, ...]) -> None:
    """None, or two that may differ, is bad usage."""
    assert there.type("watch", "--once", *options, COUNTERSIGN_WATCHER_TOKEN=WATCHER).exit_code == 2


def test_after_its_own_stop_and_a_way_back_it_stops_what_runs_then(there: Live, numbers: Path) -> None:
    """T16: its stop names the version that was bad; new numbers under the earlier one stop that, old ones do not."""
    before = f"h1:{'B' * 43}="
    there.publish(lambda document: _with_earlier(document, before))
    there.settle()
    report(numbers, "wrong_price", 2, ago=1)
    assert "stopped at 3 of 3 points" in watch(there, numbers).output
    assert there.type("rollback", NAME, "--reason", "Before was right").exit_code == 0
    assert (watch(there, numbers).exit_code, there.ask(version=before)["code"]) == (0, "approval_needed")
    time.sleep(0.01)  # the clock moves on: what follows is reported later than the way back
    report(numbers, "wrong_price", 5)
    assert "stopped at 3 of 3 points" in watch(there, numbers).output
    assert there.ask(version=before)["decision"] == "deny"
    there.clear()
    there.publish()
    there.settle()


def test_a_stop_that_was_resumed_and_still_lies_somewhere_is_not_leant_on(there: Live, numbers: Path) -> None:
    """T16: while the keeper has not reached one point yet, new numbers get a stop of their own."""
    report(numbers, "wrong_price", 2, ago=60)
    assert watch(there, numbers).exit_code == 1
    [first] = ids(there)
    body = there.servers[2].ask("point", {}, KEEPER)["stops"][NAME]["all"][first]
    resume(there, first)
    path = f"/v1/data/control/stops/{NAME}/all/{first}"
    assert there.servers[2].call("PUT", path, body, KEEPER)[0] == 204
    report(numbers, "wrong_price", 4)
    assert "stopped at 3 of 3 points" in watch(there, numbers).output
    assert [len(set(ids(there, number)) - {first}) for number in range(3)] == [1, 1, 1]


def test_a_direct_push_that_nobody_can_read_blinds_nobody(there: Live, numbers: Path) -> None:
    """T14: what runs comes from the records, so an unreadable file on the branch changes nothing that is watched."""
    desk = there.desk
    before = desk.git("rev-parse", "origin/main")
    odd = os.path.join(os.fsencode(desk.folder), b"workflows", NAME.encode(), b"n\xff.md")
    with open(odd, "wb") as file:
        file.write(b"x")
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--message", "Odd")
    desk.git("push", "--quiet", "origin", "HEAD:main")
    try:
        report(numbers, "wrong_price", 3)
        said = watch(there, numbers)
        assert "stopped at 3 of 3 points" in said.output, said.output
    finally:
        desk.git("reset", "--quiet", "--hard", before)
        desk.git("push", "--quiet", "--force", "origin", f"{before}:main")


def vector(value: str) -> bytes:
    """A number of each workflow."""
    found = [{"metric": {"workflow": NAME}, "value": [1.0, value]}]
    found.append({"metric": {"workflow": "ticket-triage"}, "value": [1.0, "0"]})
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode()


def test_an_infinite_share_stops(there: Live, numbers: Path) -> None:
    """A share of nothing is infinite to Prometheus, and above any limit; what is no number is written nowhere."""
    with answering(lambda asked: vector("+Inf" if "avg_over_time(rework" in asked.path else "0")) as url:
        said = there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)
    assert "rework_minutes_per_task is inf; its limit is 6 over 7d: stopped at 3 of 3 points" in said.output
    [body] = there.servers[0].ask("point", {}, KEEPER)["stops"][NAME]["all"].values()
    assert body["trigger"]["value"] is None


@pytest.mark.parametrize("odd", [b'{"status": 1' + b"0" * 5000 + b"}", b"[" * 100_000, vector("1" + "0" * 400), b""])
def test_an_odd_answer_of_prometheus_ends_nothing(there: Live, numbers: Path, odd: bytes) -> None:
    """T19: whatever it says, the look goes to its end; a number too large for one is above any limit."""
    with answering(lambda _: odd) as url:
        said = there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)
    assert said.exit_code == 1
    assert "defect" not in said.output


def test_a_slow_number_takes_nothing_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: each question has its own deadline, and whether anything is heard is asked first."""
    monkeypatch.setattr(prometheus, "DEADLINE", 0.3)
    release = threading.Event()

    def answer(query: Asked) -> bytes:
        if "avg_over_time(a_percent" in query.path:
            release.wait(20)
        return vector("5")

    triggers = (Trigger(metric="a_percent", above=1, over=604_800), Trigger(metric="wrong_price", above=0, over=86_400))
    with answering(answer) as url:
        watched = Watch(prometheus.Prometheus(url, "", None), 3600.0)
        found = watched.alarms([Running(name=NAME, tier="low", triggers=triggers, since=None)])
        release.set()
    assert [(alarm.trigger.metric, alarm.value) for alarm in found] == [("wrong_price", 5.0)]
    assert watched.unanswered == ["a_percent: Prometheus cannot be asked: no answer in time."]


def test_a_token_with_a_line_end_is_taken_as_it_is_meant(there: Live, numbers: Path) -> None:
    """T18: a mounted secret often ends in one; it is in no message."""
    with answering(lambda _: vector("0")) as url:
        tokens = {"COUNTERSIGN_WATCHER_TOKEN": f"{WATCHER}\n", "COUNTERSIGN_PROMETHEUS_TOKEN": "prometheus-secret\n"}
        said = there.type("watch", "--once", "--prometheus", url, **tokens)
    assert (said.exit_code, said.output) == (0, "watching 3 triggers of 2 workflows\n")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "localhost:9090", "http://[::1", "ftp://a", ""])
def test_what_is_no_address_is_bad_usage(there: Live, url: str) -> None:
    """It is said before anything is asked."""
    said = there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)
    assert (said.exit_code, "is no address of Prometheus" in said.output) == (2, True)


def test_a_way_back_from_a_clock_that_is_ahead_blinds_nothing(there: Live, numbers: Path) -> None:
    """T13: numbers do not wait for a time that is yet to come."""
    before = f"h1:{'B' * 43}="
    there.publish(lambda document: _with_earlier(document, before))
    there.settle()
    at = time_text(datetime.now(UTC) + timedelta(hours=2))
    identity = sealed("back-1", "rollback", NAME, "all", there.version, before)
    body = {"to": before, "version": there.version, "reason": "Odd", "at": at, "by": "dana"}
    for server in there.servers:
        assert server.call("PUT", f"/v1/data/control/rollbacks/{NAME}/{identity}", body, KEEPER)[0] == 204
    report(numbers, "wrong_price", 2)
    assert "stopped at 3 of 3 points" in watch(there, numbers).output
    there.clear()
    there.publish()
    there.settle()


def test_what_was_seen_to_cross_is_stopped_although_it_is_not_told_twice(there: Live, numbers: Path) -> None:
    """T19: a source that fails between two questions takes no crossing back."""
    asked: list[str] = []

    def answer(query: Asked) -> bytes:
        asked.append(query.path)
        return vector("5" if "increase(" in query.path else "0") if len(asked) <= 6 else b"busy"

    with answering(answer) as url:
        said = there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)
    assert f"{NAME}: wrong_price is 5; its limit is 0 over 1d: stopped at 3 of 3 points" in said.output, said.output
    assert "cannot be asked: wrong_price" in said.output


def test_a_banner_of_the_git_host_is_no_defect(there: Live, numbers: Path, tmp_path: Path) -> None:
    """T19: whatever it prints beside, in whatever letters, the records are read."""
    program = tmp_path / "upload-pack"
    program.write_bytes(b'#!/bin/sh\nprintf "Gr\\374\\337e\\n" >&2\nexec git-upload-pack "$@"\n')
    program.chmod(0o755)
    there.desk.git("config", "remote.origin.uploadpack", str(program))
    try:
        assert watch(there, numbers).exit_code == 0
    finally:
        there.desk.git("config", "--unset", "remote.origin.uploadpack")
