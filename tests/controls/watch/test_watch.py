"""A number over its limit is an alarm, and so is one that nothing is heard of; nothing else is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from controls.watch.running import Running, Trigger
from controls.watch.watch import Alarm, Watch

WRONG = Trigger(metric="wrong_price", above=0, over=86_400)
SILENCE = 3600.0


class Numbers:
    """A source whose numbers a test sets, by workflow."""

    def __init__(self, **values: float) -> None:
        self.said = {name.replace("_", "-"): value for name, value in values.items()}
        self.down = False
        self.asked: list[tuple[str, float, str | None]] = []

    def begin(self) -> None: ...

    def values(self, metric: str, over: float, workflow: str | None = None) -> Mapping[str, float]:
        self.asked.append((metric, over, workflow))
        self._check()
        return {name: value for name, value in self.said.items() if workflow in (None, name)}

    def heard(self, metric: str, within: float) -> Set[str]:
        self._check()
        return self.said.keys()

    def _check(self) -> None:
        if self.down:
            raise SourceError("It is down.")


def live(name: str = "billing-replies", tier: str = "high", *, hours: float | None = None) -> Running:
    """A workflow that has run for so long; None: since before judging began."""
    since = datetime.now(UTC) - timedelta(hours=hours) if hours is not None else None
    return Running(name=name, tier=tier, triggers=(WRONG,), since=since)


def alarms(numbers: Numbers, *watched: Running) -> list[Alarm]:
    return Watch(numbers, SILENCE).alarms(watched)


@given(above=st.floats(0, 1e9), value=st.floats(0, 1e9))
def test_a_number_is_an_alarm_exactly_above_its_limit(above: float, value: float) -> None:
    """At the limit it is none; and it always stops, whatever the tier."""
    trigger = Trigger(metric="wrong_price", above=above, over=60)
    watched = Running(name="billing-replies", tier="low", triggers=(trigger,), since=None)
    found = alarms(Numbers(billing_replies=value), watched)
    assert [(alarm.value, alarm.stops) for alarm in found] == ([(value, True)] if value > above else [])


def test_an_alarm_names_metric_value_limit_and_time() -> None:
    """Whoever is called at night reads what crossed what."""
    [alarm] = alarms(Numbers(billing_replies=2.5), live())
    assert alarm.words == "wrong_price is 2.5; its limit is 0 over 1d"


@pytest.mark.parametrize(("tier", "stops"), [("low", False), ("medium", False), ("high", True)])
def test_a_number_that_nothing_is_heard_of_is_an_alarm(tier: str, *, stops: bool) -> None:
    """No data is not good news: it is told, and at high it stops."""
    [alarm] = alarms(Numbers(), live(tier=tier))
    assert (alarm.value, alarm.stops) == (None, stops)
    assert alarm.words == "nothing is heard of wrong_price for 1h; its limit is 0 over 1d"


def test_what_has_only_just_begun_to_run_has_time_to_report() -> None:
    """A workflow that went live, or was resumed, within the silence is not stopped for it."""
    assert alarms(Numbers(), live(hours=0.5)) == []
    assert len(alarms(Numbers(), live(hours=1.5))) == 1


def test_what_was_counted_before_a_resumption_was_answered_for_then() -> None:
    """T16: the time over which a number is taken begins with the resumption, for the one workflow that it is about."""
    numbers = Numbers(billing_replies=0, ticket_triage=0)
    assert alarms(numbers, live(hours=2), live("ticket-triage")) == []
    [_, (metric, over, workflow)] = numbers.asked
    assert (metric, round(over, -1), workflow) == ("wrong_price", 7200, "billing-replies")


def test_numbers_of_all_workflows_are_asked_at_once() -> None:
    """Ten thousand workflows with the same trigger cost one question, and each resumed one another."""
    numbers = Numbers()
    alarms(numbers, *(live(f"workflow-{number}") for number in range(10_000)))
    assert numbers.asked == [("wrong_price", 86_400, None)]


def test_a_source_that_does_not_answer_is_told_at_once_and_stops_after_the_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T19: Prometheus being gone is silence like any other, counted from its last answer."""
    numbers = Numbers(billing_replies=0, ticket_triage=0)
    watch = Watch(numbers, SILENCE)
    watched = [live(), live("ticket-triage", "low")]
    assert (watch.alarms(watched), watch.unanswered) == ([], [])
    numbers.down = True
    assert watch.alarms(watched) == []
    assert watch.unanswered == ["wrong_price: It is down.", "wrong_price: It is down."]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + SILENCE + 60)
    assert [(alarm.workflow, alarm.stops) for alarm in watch.alarms(watched)] == [
        ("billing-replies", True), ("ticket-triage", False),
    ]  # fmt: skip
    numbers.down = False
    assert (watch.alarms(watched), watch.unanswered) == ([], [])


def test_one_answer_that_fails_stops_nothing_at_once() -> None:
    """T19: a number that could be told a moment ago and cannot now is no silence yet."""

    class Failing(Numbers):
        def values(self, metric: str, over: float, workflow: str | None = None) -> Mapping[str, float]:
            if workflow:
                raise SourceError("It took too long.")
            return super().values(metric, over, workflow)

    watch = Watch(Failing(billing_replies=0), SILENCE)
    assert watch.alarms([live(hours=2)]) == []
    assert watch.unanswered == ["wrong_price of billing-replies: It took too long."]


def test_a_number_that_does_not_come_is_told_at_once_and_stops_after_the_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is reported too rarely for its time has no number: that is said, and at high it stops when it lasts."""

    class Rare(Numbers):
        def heard(self, metric: str, within: float) -> Set[str]:
            return {"billing-replies"}

    watch = Watch(Rare(), SILENCE)
    [alarm] = watch.alarms([live()])
    assert (alarm.stops, alarm.words) == (False, "wrong_price is reported, and has no number; its limit is 0 over 1d")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + SILENCE + 60)
    [alarm] = watch.alarms([live()])
    assert alarm.stops


def test_what_begins_only_later_has_no_beginning() -> None:
    """T13: a clock that is ahead makes no number wait, and no silence last."""
    [alarm] = alarms(Numbers(billing_replies=2), live(hours=-2))
    assert alarm.value == 2
    assert alarms(Numbers(), live(hours=-2))[0].stops
