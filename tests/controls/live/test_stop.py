"""Stopping at real enforcement points: every one confirms, or is named with what holds meanwhile."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.certificates import self_signed
from support.desk import NAME
from support.live import KEEPER, LEASE, MAILER, POINTS, Live, bundle_key, oncall_key
from support.points import ACTIVATED, PointServer, free_port
from support.proxies import page

from catalog.points import Point
from catalog.records.keys import SigningKey
from catalog.records.statement import time_text
from controls.live import order as orders
from controls.live.order import Order, Survey
from controls.live.presence import sealed
from controls.live.tokens import Signer

REASON = ("--reason", "Wrong late fees since ten")


def codes(there: Live, **question: str) -> list[str]:
    """What each point tells the mailer."""
    return [there.ask(number, **question)["code"] for number in range(len(there.servers))]


def stop_id(there: Live, name: str) -> str:
    """The id of a stop of the live version."""
    return sealed(name, "stop", NAME, "all", there.version, None)


def ids(there: Live, number: int = 0) -> list[str]:
    """The stops that a point holds, by id."""
    return [path.rsplit("/", 1)[1] for path in there.held(number)]


def again(output: str) -> list[str]:
    """The command to repeat, as it was printed."""
    found = re.search(r"^Again, as often as you like: countersign (.+)$", output, re.MULTILINE)
    assert found, output
    return shlex.split(found[1])


@contextmanager
def down(server: PointServer) -> Iterator[None]:
    """A point is away for a while; it comes back empty."""
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def hanging(server: PointServer) -> Iterator[None]:
    server.hang()
    try:
        yield
    finally:
        server.go_on()


def test_a_stop_is_confirmed_by_every_point(there: Live) -> None:
    """T16: one command, one reason: each point refuses every action, names the fallback, and the command says so."""
    said = there.type("stop", NAME, *REASON)
    assert said.exit_code == 0, said.output
    assert "All 3 points confirmed within" in said.output
    for action in ("invoice-copy", "late-fee-question"):
        assert codes(there, action=action) == ["stopped"] * 3
    refused = there.ask()
    assert (refused["decision"], refused["go"], refused["fallback"]["file"]) == ("deny", False, "fallback.md")


def test_one_action_stops_and_the_others_go_on(there: Live) -> None:
    """Late-fee answers stop; invoice copies still go out when they are released."""
    assert there.type("stop", f"{NAME}/late-fee-question", *REASON).exit_code == 0
    assert codes(there, action="late-fee-question") == ["stopped"] * 3
    assert codes(there, action="invoice-copy") == ["approval_needed"] * 3


def test_everything_stops(there: Live) -> None:
    """`--all` stops what is live, whatever its version."""
    said = there.type("stop", "--all", *REASON)
    assert (said.exit_code, codes(there)) == (0, ["stopped"] * 3), said.output
    assert all(path.startswith("stops/_control/all/stop-") for path in there.held())


def test_the_same_stop_again_changes_nothing(there: Live) -> None:
    """A command that is repeated by its id confirms the stop that is there."""
    for _ in range(2):
        assert there.type("stop", NAME, *REASON, "--id", "stop-again").exit_code == 0
    [path] = there.held()
    assert re.fullmatch(rf"stops/{NAME}/all/stop-again-[0-9a-f]{{6}}-[0-9a-f]{{32}}", path)
    assert [there.held(number) for number in range(3)] == [[path]] * 3


def test_a_point_that_is_away_is_named_with_what_holds_meanwhile(there: Live) -> None:
    """T16: exit code 1, which point, until when its lease can last, and a command that brings it home later."""
    with down(there.servers[1]):
        said = there.type("stop", NAME, *REASON)
        assert said.exit_code == 1
        assert "point-2  not confirmed: nobody listens there" in said.output
        assert "2 of 3 points confirmed; not: point-2." in said.output
        assert re.search(r"Until \d\d:\d\d:\d\d UTC it may go on\. By then a keeper", said.output), said.output
        assert f"stop the keeper, and every point closes within {LEASE} s." in said.output
    assert there.ask(1)["code"] == "lease_ended"
    there.lease(there.servers[1])
    assert there.ask(1)["code"] == "approval_needed"
    assert there.type(*again(said.output)).exit_code == 0
    assert codes(there) == ["stopped"] * 3


def test_a_point_that_hangs_delays_nobody(there: Live) -> None:
    """The others confirm at once; the command ends by its deadline, and says which point gave no answer."""
    with hanging(there.servers[0]):
        said = there.type("stop", NAME, *REASON, "--seconds", "3")
        assert there.ask(1)["code"] == there.ask(2)["code"] == "stopped"
    assert (said.exit_code, "point-1  not confirmed: no answer" in said.output) == (1, True), said.output


def test_something_else_at_a_points_address_is_no_confirmation(there: Live) -> None:
    """A proxy's HTML page, also with status 200, is told apart from an answer of OPA's."""
    listed = there.desk.path(POINTS).read_text()
    document = yaml.safe_load(listed)
    with page() as url:
        document["points"][2]["url"] = url
        there.desk.write(POINTS, yaml.safe_dump(document))
        try:
            said = there.type("stop", NAME, *REASON)
        finally:
            there.desk.write(POINTS, listed)
    assert said.exit_code == 1
    assert "point-3  not confirmed: it answers no JSON" in said.output, said.output


def test_a_point_that_only_the_bundle_lists_is_told_too(there: Live) -> None:
    """T16: an old copy of the list leaves no point out, and is named."""
    listed = there.desk.path(POINTS).read_text()
    document = yaml.safe_load(listed)
    document["points"].pop()
    there.desk.write(POINTS, yaml.safe_dump(document))
    try:
        said = there.type("stop", NAME, *REASON)
    finally:
        there.desk.write(POINTS, listed)
    assert (said.exit_code, codes(there)) == (0, ["stopped"] * 3)
    assert "is old: the bundle also lists point-3" in said.output


def test_a_restarted_point_is_closed(there: Live) -> None:
    """T16: a stop is in a point's memory only; what forgot it has forgotten its lease as well."""
    assert there.type("stop", NAME, *REASON).exit_code == 0
    with down(there.servers[2]):
        pass
    assert there.held(2) == []
    assert there.ask(2)["code"] == "lease_ended"


def test_when_no_point_answers_nothing_is_claimed(there: Live) -> None:
    """It says that nothing is known to hold, and what to do then."""
    with down(there.servers[0]), down(there.servers[1]), down(there.servers[2]):
        said = there.type("stop", NAME, *REASON)
    assert said.exit_code == 1
    assert "No point confirmed, so nothing is known to hold" in said.output


def test_a_key_that_is_not_listed_stops_nothing(there: Live) -> None:
    """T07: the points refuse it, and the command says why and who else can."""
    stranger = there.archive.parent / "eli-2026.pem"
    stranger.write_bytes(SigningKey.generate("eli-2026").pem)
    said = there.type("stop", NAME, *REASON, "--as", "eli", "--key", str(stranger))
    assert (said.exit_code, "Every point refuses the key of eli" in said.output) == (3, True), said.output
    assert there.held() == []


@pytest.mark.parametrize("minutes", [-30, -2, 2, 30])
def test_a_clock_that_is_off_is_no_obstacle(there: Live, minutes: int) -> None:
    """T16: on-call's clock may be wrong by minutes: the order is signed again by the clock of the point."""
    order = Order(kind="stop", workflow=NAME, name="stop-clock", reason="Odd", at="2026-11-20T12:00:00.000Z")
    points = [Point(name=server.name, url=server.url) for server in there.servers]
    who = Signer(person="dana", key=oncall_key("dana"))
    given = orders.give(order, points, there.desk.folder, who, ahead=60.0 * minutes, seconds=5)
    assert [outcome.error for outcome in given] == [None] * 3
    assert codes(there) == ["stopped"] * 3


@pytest.mark.parametrize(
    ("words", "exit_code", "sentence"),
    [
        (("stop", *REASON), 2, "What is to be stopped?"),
        (("stop", NAME, "--all", *REASON), 2, "What is to be stopped?"),
        (("stop", NAME, "--reason", " "), 2, "The reason must be one plain line"),
        (("stop", NAME, "--reason", "x" * 501), 2, "The reason must be one plain line"),
        (("stop", "billing", *REASON), 2, "The points know no workflow 'billing'"),
        (("stop", NAME, *REASON, "--group", "drill"), 2, "declares no drill point"),
        (("stop", NAME, *REASON, "--root", "docs"), 2, "cannot be read"),
        (("rollback", NAME, *REASON), 2, "There is no way back for billing-replies"),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_said_and_nothing_is_written(
    there: Live, words: tuple[str, ...], exit_code: int, sentence: str
) -> None:
    """Each mistake is one sentence."""
    there.desk.path("docs").mkdir(exist_ok=True)
    said = there.type(*words)
    assert (said.exit_code, sentence in " ".join(said.output.split())) == (exit_code, True), said.output
    assert there.held() == []


def test_status_tells_what_every_point_holds(there: Live) -> None:
    """Open or closed, the bundle, each stop with who and why, and where one is lacking."""
    said = there.type("status", NAME)
    assert (said.exit_code, said.output.count("open  ")) == (0, 3), said.output
    there.type("stop", NAME, *REASON, "--id", "stop-status")
    assert there.type("status").exit_code == 0
    with down(there.servers[0]):
        pass
    said = there.type("status")
    assert said.exit_code == 1
    assert "point-1  closed" in said.output
    assert f"stops/{NAME}/all/{ids(there, 1)[0]}: by dana at " in said.output
    assert "request" not in there.type("status", "--format", "json").output
    assert "Wrong late fees since ten; lacking at point-1" in said.output
    listed = json.loads(there.type("status", "--format", "json").output)
    assert [one["held"]["open"] for one in listed] == [False, True, True]


def test_a_rehearsal_stops_no_production_point(there: Live) -> None:
    """A stop for drill points goes to those alone, whatever else the bundle lists."""
    listed = there.desk.path(POINTS).read_text()
    document = yaml.safe_load(listed)
    document["points"] = [{**document["points"][0], "name": "rehearsal", "group": "drill"}]
    there.desk.write(POINTS, yaml.safe_dump(document))
    try:
        said = there.type("stop", NAME, *REASON, "--group", "drill")
    finally:
        there.desk.write(POINTS, listed)
    assert (said.exit_code, "All 1 points confirmed" in said.output) == (0, True), said.output
    assert [len(there.held(number)) for number in range(3)] == [1, 0, 0]


def test_a_point_without_a_bundle_refuses_everything(there: Live, tmp_path: Path) -> None:
    """T11: its authorization policy is in the bundle; until it has one, nobody may ask or write anything."""
    empty = PointServer("empty", tmp_path / "empty", f"http://127.0.0.1:{free_port()}/bundle.tar.gz", bundle_key())
    empty.start(bundle=False)
    try:
        for method, path in (("GET", "/health"), ("POST", "/v1/data/countersign/decision"), ("PUT", "/v1/policies/a")):
            assert empty.call(method, path, {"input": {}}, KEEPER)[0] in (401, 500), path
    finally:
        empty.kill()


def test_a_points_certificate_is_checked(there: Live, tmp_path: Path) -> None:
    """A point behind TLS is believed by the certificate that team/ names, and by no other."""
    certificate, secret = self_signed(tmp_path)
    server = there.servers[0]
    behind = PointServer("behind", tmp_path / "behind", server.bundles, bundle_key(), tls=(certificate, secret))
    behind.start()
    listed = there.desk.path(POINTS).read_text()
    there.desk.write("team/opa.pem", certificate.read_text())
    about = {"name": "behind", "url": behind.url}
    try:
        for point, words in (
            ({**about, "ca": "team/opa.pem"}, "behind   closed"),
            (about, "its certificate is not trusted"),
        ):
            there.desk.write(POINTS, yaml.safe_dump({"points": [point]}))
            said = there.type("status")
            assert words in said.output, said.output
    finally:
        behind.kill()
        there.desk.write(POINTS, listed)
        there.desk.path("team/opa.pem").unlink()


def test_a_point_behind_tls_that_only_the_bundle_lists_is_known_by_its_certificate(there: Live, tmp_path: Path) -> None:
    """T16: the bundle names the file that an old list lacks; where the clone lacks that too, it is named."""
    certificate, secret = self_signed(tmp_path)
    behind = PointServer(
        "behind", tmp_path / "behind", there.servers[0].bundles, bundle_key(), free_port(), (certificate, secret)
    )
    about = {"url": behind.url, "group": "production", "ca": "team/opa.pem"}
    _published(there, lambda document: document["points"].update(behind=about))
    behind.start()
    try:
        for command in (("status",), ("stop", NAME, *REASON)):
            said = there.type(*command)
            assert "is old: the bundle also lists behind" in said.output
            assert "known by, team/opa.pem, is not in this clone: pull first" in said.output, said.output
        there.desk.write("team/opa.pem", certificate.read_text())
        assert "behind   closed  number" in there.type("status").output
        said = there.type("stop", NAME, *REASON)
        assert (said.exit_code, "All 4 points confirmed" in said.output) == (0, True), said.output
    finally:
        behind.kill()
        there.desk.path("team/opa.pem").unlink(missing_ok=True)
        _published(there, lambda _: None)


def _published(there: Live, change: Callable[[Any], None]) -> None:
    """Publish a changed bundle, and wait until every point holds it."""
    marks = [server.mark() for server in there.servers]
    there.publish(change)
    for server, mark in zip(there.servers, marks, strict=True):
        server.until(ACTIVATED, mark)


def test_an_application_may_only_ask(there: Live) -> None:
    """T11, T16: its token neither lifts a stop, nor gives a lease, nor changes what the bundle holds."""
    there.type("stop", NAME, *REASON, "--id", "stop-mine")
    point = there.servers[0]
    path = f"/v1/data/control/stops/{NAME}/all/{stop_id(there, 'stop-mine')}"
    for method, at, body in (
        ("DELETE", path, None),
        ("PUT", "/v1/data/control/lease", {"until": "2099-01-01T00:00:00Z", "seq": 1}),
        ("PUT", "/v1/data/catalog/workflows", {}),
        ("PUT", "/v1/policies/mine", {}),
        ("GET", "/v1/data", None),
        ("POST", "/v1/data/countersign/point", {"input": {}}),
    ):
        assert point.call(method, at, body, MAILER)[0] == 401, (method, at)
    assert there.ask()["code"] == "stopped"


def test_a_point_that_moved_is_told_where_it_is_now(there: Live, tmp_path: Path) -> None:
    """T16: what still runs at the address of an old list confirms nothing for the point that the bundle lists."""
    old = PointServer("old", tmp_path / "old", there.servers[0].bundles, bundle_key())
    old.start()
    listed = there.desk.path(POINTS).read_text()
    document = yaml.safe_load(listed)
    document["points"][0]["url"] = old.url
    there.desk.write(POINTS, yaml.safe_dump(document))
    try:
        there.lease(old)
        said = there.type("stop", NAME, *REASON)
    finally:
        there.desk.write(POINTS, listed)
        old.kill()
    assert "is old: the bundle also lists point-1" in said.output
    assert codes(there) == ["stopped"] * 3


def test_a_point_that_does_not_know_the_workflow_yet_vetoes_nothing(there: Live) -> None:
    """T16: its bundle may be old; whoever knows the workflow says what is live."""
    seen = Survey(None, None, (), {}, (), 0.0)
    known = Survey(there.version, "live", (), {}, (), 0.0)
    answers = iter([seen, known])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(orders, "_look", lambda *_: next(answers))
        declared = [Point(name=server.name, url=server.url) for server in there.servers[:2]]
        signer = Signer(person="dana", key=oncall_key("dana"))
        assert orders.survey(declared, there.desk.folder, NAME, signer, 3.0) == known


def test_a_point_that_restarts_in_the_middle_confirms_nothing(there: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: it is closed, and has forgotten the stop; the same order once more is kept, and confirmed while closed."""
    server, write = there.servers[1], orders._write

    def then(*given: Any) -> str:
        token = write(*given)
        given[0].close()
        server.kill()
        server.start()
        return token

    signer = Signer(person="dana", key=oncall_key("dana"))
    order = Order(
        kind="stop", workflow=NAME, name="stop-1", version=there.version, reason="Odd", at=time_text(datetime.now(UTC))
    )
    declared = [Point(name=server.name, url=server.url)]
    with monkeypatch.context() as restarting:
        restarting.setattr(orders, "_write", then)
        [outcome] = orders.give(order, declared, there.desk.folder, signer, ahead=0.0, seconds=20.0)
    assert "forgotten it" in str(outcome.error)
    [outcome] = orders.give(order, declared, there.desk.folder, signer, ahead=0.0, seconds=3.0)
    assert outcome.value
    assert outcome.value.code == "lease_ended"
    there.lease(server)
    assert there.ask(1)["code"] == "stopped"


def test_without_the_bundles_host_all_goes_on_as_it_was(there: Live) -> None:
    """T19: points keep what they hold, also through a restart: they can be stopped, and none lets more run."""
    away = there.archive.with_suffix(".away")
    there.archive.rename(away)
    try:
        there.servers[2].kill()
        there.servers[2].start(bundle=False)
        there.servers[2].until("Bundle load failed")
        assert there.type("stop", NAME, *REASON).exit_code == 0
        there.lease()
        assert codes(there) == ["stopped"] * 3
    finally:
        away.rename(there.archive)
