"""T13: waivers without end, and clocks turned back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from support.desk import MANIFEST, NAME, WAIVERS, Desk

CODE = "rollback.sandbox-only"


def day(ahead: int) -> str:
    """A date that many days from today, as a file writes it."""
    today: date = datetime.now(UTC).date()
    return (today + timedelta(days=ahead)).isoformat()


def waiver(*, rule: str = CODE, workflow: str = NAME, owner: str = "ana", begin: int = -1, end: int = 30) -> str:
    return (
        f"waivers:\n  - rule: {rule}\n    workflow: {workflow}\n    owner: {owner}\n"
        f"    reason: Staging is being rebuilt, see the plan.\n    from: {day(begin)}\n    until: {day(end)}\n"
    )


@pytest.fixture
def waived(on_main: Callable[[], Desk]) -> Callable[[str], Desk]:
    """A clone whose main has this waiver, with an approved launch that was drilled in the sandbox only."""

    def make(text: str) -> Desk:
        desk = on_main()
        desk.write(WAIVERS, text)
        desk.land()
        desk.branch("change")
        desk.replace(MANIFEST, "20 real samples", "40 real samples")
        desk.record_drill(NAME, target="sandbox")
        desk.approve_all(("finn", desk.countersigned(), NAME))
        return desk

    return make


APPROVALS = ("--approvals", "../approvals.json")


def test_a_waiver_in_force_excuses_and_stays_visible(waived: Callable[[str], Desk]) -> None:
    """T13: what a waiver excuses is printed with owner, date and reason; it no longer refuses."""
    judged = waived(waiver()).passes(*APPROVALS)
    (found,) = judged.found(CODE)
    assert found["waived"] == f"waived by ana until {day(30)}: Staging is being rebuilt, see the plan."
    assert "waived" in judged.output


@pytest.mark.parametrize(
    "text",
    [
        waiver(begin=-40, end=-1),
        waiver(begin=1, end=30),
        waiver(begin=-1, end=90),
        waiver(begin=-1, end=36500),
        waiver(begin=-1, end=-2),
        waiver(workflow="ticket-triage"),
        waiver(rule="rollback.stale"),
        waiver(owner="nobody"),
        waiver().replace(f"    until: {day(30)}\n", ""),
        waiver().replace(f"until: {day(30)}", "until: never"),
        waiver().replace(f"until: {day(30)}", "until: 2026-13-45"),
        waiver().replace(f"from: {day(-1)}", "from: 2026-W40-1"),
        waiver().replace("    reason: Staging is being rebuilt, see the plan.\n", ""),
        waiver() + "more: 1\n",
        "waivers: [\n",
    ],
    ids=["expired", "not begun", "a day too long", "a century", "ends first", "other workflow", "other rule",
         "nobody's", "no end", "never ends", "no such date", "a week", "no reason", "unknown key", "unreadable"],
)  # fmt: skip
def test_a_waiver_that_does_not_hold_excuses_nothing(waived: Callable[[str], Desk], text: str) -> None:
    """T13: expired, too long, malformed, ownerless or for something else: the finding counts."""
    judged = waived(text).refuses(*APPROVALS)
    judged.asks(CODE, MANIFEST)


@pytest.mark.parametrize(
    "rule", ["approver.countersign", "control.owner", "records.hand-made", "people.identity", "no.rule"]
)
def test_some_rules_cannot_be_waived(waived: Callable[[str], Desk], rule: str) -> None:
    """T13: approvals, control and records have no exceptions: the waiver is refused where it is written."""
    desk = waived(waiver(rule=rule))
    judged = desk.refuses("--all")
    judged.asks("waiver.unwaivable", WAIVERS, rule, line=2)
    desk.refuses(*APPROVALS).asks(CODE, MANIFEST)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (waiver(begin=-40, end=-1), "waiver.expired", 7),
        (waiver(begin=-1, end=90), "waiver.too-long", 7),
        (waiver().replace(f"until: {day(30)}", "until: 2026-13-45"), "waiver.malformed", 0),
        (waiver(begin=-1, end=-2), "waiver.malformed", 7),
        (waiver(owner="nobody"), "waiver.malformed", 4),
        (waiver().replace(f"    until: {day(30)}\n", ""), "waiver.malformed", 0),
    ],
    ids=["expired", "too long", "no date", "ends first", "nobody's", "no end"],
)
def test_a_bad_waiver_is_refused_where_it_is_written(desk: Desk, text: str, code: str, line: int) -> None:
    """T13: a change that brings a bad waiver is refused at its line."""
    desk.write(WAIVERS, text)
    desk.refuses().asks(code, WAIVERS, line=line or None)


def test_a_change_cannot_bring_its_own_waiver(desk: Desk) -> None:
    """T13: a waiver merges before the change that it excuses; together, both count as they would without."""
    desk.replace(MANIFEST, "20 real samples", "40 real samples")
    desk.record_drill(NAME, target="sandbox")
    desk.write(WAIVERS, waiver())
    judged = desk.refuses(*desk.approve_all(("finn", desk.countersigned(), NAME), ("ana", desk.control_digest(), None)))
    judged.asks(CODE, MANIFEST)
    judged.asks("waiver.self", WAIVERS, "Must merge before", NAME, line=3)


def test_the_past_needs_a_replay(waived: Callable[[str], Desk]) -> None:
    """T13: `--now` in the past would revive an expired waiver, and is refused unless it is a replay, which is said."""
    desk = waived(waiver(begin=-40, end=-1))
    then = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    judged = desk.misused("--now", then, *APPROVALS)
    assert "in the past" in judged.output
    assert "--replay" in judged.output
    judged = desk.gate("--now", then, "--replay", *APPROVALS)
    assert judged.report["judged"]["replay"] is True
    assert "replay" in judged.output


@pytest.mark.parametrize(
    "now", ["yesterday", "2026-13-01", "", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_is_none_is_bad_usage(desk: Desk, now: str) -> None:
    """T13: a moment that cannot be read is bad usage, and not today."""
    assert "is not a moment" in desk.misused("--now", now, "--replay").output


def test_a_replay_names_its_moment(desk: Desk) -> None:
    """T13: `--replay` without `--now` is bad usage."""
    assert "--replay needs --now" in desk.misused("--replay").output


def test_evidence_from_the_future_is_an_error(desk: Desk) -> None:
    """T13: under a clock that was set back, a record from its future is an error, not evidence."""
    from datetime import datetime as moment

    class Back(moment):
        @classmethod
        def now(cls, tz: object = None) -> moment:  # type: ignore[override]  # a plain one is what callers get
            return moment.now(UTC) - timedelta(days=30)

    desk.replace(MANIFEST, "20 real samples", "40 real samples")
    import catalog.clock

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog.clock, "datetime", Back)
        desk.cannot_judge("from the future", "clock")
