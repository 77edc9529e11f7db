"""Going back at real enforcement points: one version runs, every other one is refused, at all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.desk import NAME
from support.live import Live

Json = Any

REASON = ("--reason", "The version before had the fees right")
BEFORE, EARLIER, STALE = (f"h1:{letter * 43}=" for letter in "AEI")


def drilled(version: str, days: int) -> Json:
    """An earlier version as the bundle lists it, drilled so many days ago."""
    at = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    digest = f"h1:{'M' * 43}="
    drill = {"version": version, "rollback_digest": digest, "outcome": "passed", "target": "staging", "at": at}
    actions = {"invoice-copy": {"effect": "send", "release": "named"}}
    models = [{"use": "default", "when": None, "id": "fenwick/older-2026-01-01"}]
    return {
        "tier": "high", "models": models, "prompt": {"file": "reply.prompt", "digest": "h1:old"}, "actions": actions,
        "rollback_digest": digest, "stopped": False, "drills": [drill],
    }  # fmt: skip


@pytest.fixture(scope="module")
def with_past(three: Live) -> Live:
    """The points hold a bundle that lists earlier versions."""

    def add(document: Json) -> None:
        workflow = document["workflows"][NAME]
        workflow["earlier"] = [STALE, BEFORE, EARLIER]
        workflow["returnable"] = {STALE: drilled(STALE, 200), BEFORE: drilled(BEFORE, 3), EARLIER: drilled(EARLIER, 9)}

    three.publish(add)
    three.settle()
    return three


@pytest.fixture
def there(with_past: Live) -> Live:
    with_past.clear()
    return with_past


def test_the_newest_proved_version_is_back_with_one_command(there: Live) -> None:
    """Every point runs it with its own models and prompt; what ran before is stale, and so are caches of it."""
    said = there.type("rollback", NAME, *REASON)
    assert (said.exit_code, "All 3 points confirmed" in said.output) == (0, True), said.output
    for number in range(3):
        now = there.ask(number, version=BEFORE)
        assert (now["code"], now["models"][0]["id"]) == ("approval_needed", "fenwick/older-2026-01-01")
        stale = there.ask(number)
        assert (stale["decision"], stale["code"], stale["version"]) == ("deny", "stale_version", BEFORE)


def test_after_a_stop_the_way_back_runs(there: Live) -> None:
    """The stop names the version that was bad; the way back leads to another, which runs at once."""
    assert there.type("stop", NAME, "--reason", "Wrong fees").exit_code == 0
    assert there.ask(version=BEFORE)["code"] == "stopped"
    assert there.type("rollback", NAME, *REASON).exit_code == 0
    assert there.ask(version=BEFORE)["code"] == "approval_needed"
    assert there.ask()["code"] == "stale_version"


def test_the_same_way_back_again_changes_nothing(there: Live) -> None:
    """Also after it took effect, a repeated command confirms it, and adds none."""
    for _ in range(2):
        assert there.type("rollback", NAME, *REASON, "--id", "back-again").exit_code == 0
    assert [len(there.held(number)) for number in range(3)] == [1, 1, 1]


def test_two_ways_back_that_differ_run_nothing(there: Live) -> None:
    """T16: two on-calls at once, each to another version: safe, and the second is told why."""
    assert there.type("rollback", NAME, "--to", BEFORE, *REASON).exit_code == 0
    said = there.type("rollback", NAME, "--to", EARLIER, *REASON, person="ben")
    assert (said.exit_code, "somebody ordered another way back" in said.output) == (1, True), said.output
    for version in (BEFORE, EARLIER, there.version):
        assert there.ask(version=version)["decision"] == "deny"


def test_two_on_calls_who_agree_are_no_trouble(there: Live) -> None:
    """The same way back twice, and a stop beside it, leave the version that both chose running."""
    assert there.type("rollback", NAME, "--to", BEFORE, *REASON).exit_code == 0
    assert there.type("rollback", NAME, "--to", BEFORE, *REASON, person="ben").exit_code == 0
    assert there.ask(version=BEFORE)["code"] == "approval_needed"


def test_a_version_that_is_stopped_later_runs_no_more(there: Live) -> None:
    """A stop after a way back names what runs then: nothing is left to run, and the stop is confirmed."""
    assert there.type("rollback", NAME, *REASON).exit_code == 0
    said = there.type("stop", NAME, "--reason", "This one is wrong as well")
    assert (said.exit_code, f"found live: {BEFORE}" in said.output) == (0, True), said.output
    assert there.ask(version=BEFORE)["decision"] == "deny"


@pytest.mark.parametrize("to", [STALE, f"h1:{'Q' * 43}="])
def test_a_version_that_proves_nothing_is_no_way_back(there: Live, to: str) -> None:
    """One whose drill is too old, or that never ran, is refused before anything is written."""
    said = there.type("rollback", NAME, "--to", to, *REASON)
    words = " ".join(said.output.split())
    assert (said.exit_code, f"There is no way back to {to}" in words) == (2, True), said.output
    assert f"One may return to: {BEFORE}, {EARLIER}." in words
    assert there.held() == []


def test_on_call_may_not_lift_it(there: Live) -> None:
    """T16: coming back is reviewed: who ordered it can neither change nor remove it."""
    assert there.type("rollback", NAME, *REASON).exit_code == 0
    [path] = there.held()
    with_key = there.servers[0]
    for method in ("DELETE", "PUT", "PATCH"):
        assert with_key.call(method, f"/v1/data/control/{path}", {}, "e30.e30.e30")[0] == 401
    assert there.held() == [path]
