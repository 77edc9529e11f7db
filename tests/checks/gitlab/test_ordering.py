"""The durable half of a stop: what is put on record is what on-call's own key signed, once, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from support.company import Said
from support.desk import NAME, Desk
from support.forge_desk import ForgeDesk
from support.live import declare
from support.orders import EARLIER, VERSION, ordered, passed_on

from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind
from catalog.records.store import Branch

Json = Any


@pytest.fixture
def there(desk: Desk) -> Iterator[ForgeDesk]:
    """A project whose people have keys, and whose job may sign stops."""
    declare(desk, [], "20s")
    with ForgeDesk.begin(desk) as found:
        yield found


def put(there: ForgeDesk, text: str) -> Said:
    """The control project's job takes it."""
    return there.handle("order", "--order", text)


def stops(there: ForgeDesk) -> list[dict[str, Json]]:
    """The stops on record."""
    keyring = Keyring.from_people(there.desk.people())
    with Repository(there.desk.folder.parent / "remote.git") as remote:
        found = Branch.open(remote, "refs/heads/records").read(NAME, (Kind.STOP,), keyring, now=datetime.now(UTC))
    return [dict(one.statement.predicate) for one in found]


def test_a_stop_is_on_record_once(there: ForgeDesk) -> None:
    """Who, when, why, which version, with which key; the signed request itself is kept only as a digest."""
    order = ordered()
    text = passed_on(order)
    assert put(there, text).output.splitlines()[0] == "recorded"
    assert put(there, text).output.strip() == "on record already"
    [said] = stops(there)
    assert (said["by"], said["key"], said["version"], said["id"]) == ("dana", "dana-2026", VERSION, order.id)
    assert (said["reason"], said["rollback_to"]) == ("Wrong fees", None)
    assert len(said["request_sha256"]) == 64
    assert json.loads(text)["body"]["request"] not in json.dumps(said)


def test_a_way_back_is_on_record_with_where_it_leads(there: ForgeDesk) -> None:
    """A rollback is a stop of the version that was bad, with the one way that is left."""
    assert put(there, passed_on(ordered(kind="rollback"))).exit_code == 0
    assert [(said["version"], said["rollback_to"]) for said in stops(there)] == [(VERSION, EARLIER)]


@pytest.mark.parametrize("value", [3, 0.5, None])
def test_a_trigger_that_the_manifest_declares_is_on_record(there: ForgeDesk, value: float | None) -> None:
    """The watcher has no key: what it says is held against the manifest's own trigger. No value: nothing was heard."""
    trigger = {"metric": "wrong_price", "value": value, "above": 0, "over": 86400}
    order = ordered()
    text = {"path": order.path, "body": {**order.words, "by": None, "trigger": trigger}}
    assert put(there, json.dumps(text)).exit_code == 0
    assert [(said["by"], said["trigger"]) for said in stops(there)] == [(None, trigger)]


UNSIGNED = "did not sign it with a key that team/people.yaml lists"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lambda: "stop it", "is none that a keeper passes on"),
        (lambda: json.dumps({"path": "policies/mine", "body": {}}), "is none that a keeper passes on"),
        (lambda: passed_on(ordered(), key="ben"), UNSIGNED),
        (lambda: passed_on(ordered(), person="eli", key="dana"), UNSIGNED),
        (lambda: passed_on(ordered(), reason="Because"), UNSIGNED),
        (lambda: passed_on(ordered(), request="e30.e30.e30"), UNSIGNED),
        (lambda: passed_on(ordered(), version=EARLIER), "Its id is not that of what it says"),
        (lambda: passed_on(ordered(kind="rollback"), to=VERSION), "Its id is not that of what it says"),
        (lambda: passed_on(ordered(), ago=3600), "It was signed at another time than it says"),
        (lambda: passed_on(ordered(ago=3600)), "It was signed at another time than it says"),
        (lambda: passed_on(ordered(), by=None), "the manifest declares no such trigger"),
        (
            lambda: passed_on(ordered(), by=None, trigger={"metric": "wrong_price", "above": 9, "over": 86400}),
            "the manifest declares no such trigger",
        ),
    ],
)
def test_what_proves_nothing_is_not_recorded(there: ForgeDesk, text: Any, words: str) -> None:
    """T07: another's key, changed words, an old signature, an invented trigger: an error, and nothing on record."""
    said = put(there, text())
    assert (said.exit_code, words in " ".join(said.output.split())) == (3, True), said.output
    assert stops(there) == []
