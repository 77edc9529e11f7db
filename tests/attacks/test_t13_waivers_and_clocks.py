"""T13: waivers without end, for everything, for themselves; clocks turned back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from support.attack import Act, Attack, ask, attempt, drill, pass_through, riding, scene, shorten, writing
from support.desk import MANIFEST, NAME, WAIVERS, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

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


def under(text: str) -> Act:
    """With this on main, a countersigned launch that was drilled in the sandbox only."""

    def act(there: ForgeDesk) -> MergeRequest:
        scene(there, writing(WAIVERS, text))
        there.desk.git("config", "countersign.anchor", there.desk.git("rev-parse", "main"))
        return in_the_sandbox(there)

    return act


def in_the_sandbox(there: ForgeDesk) -> MergeRequest:
    shorten(there.desk)
    request = ask(there)
    drill(there, NAME, target="sandbox")
    there.countersign(request, "finn")
    return request


def with_its_own(there: ForgeDesk) -> MergeRequest:
    """The change brings the waiver that excuses it; the owner approves both."""
    there.desk.write(WAIVERS, waiver())
    request = in_the_sandbox(there)
    there.approve(request, "ana")
    return request


def bringing(text: str) -> Act:
    """A change that brings a waiver, with the owner's approval."""
    return riding(writing(WAIVERS, text), "ana")


UNTIL = f"until: {day(30)}"
VOID = (
    ("has expired", waiver(begin=-40, end=-1)),
    ("has not begun", waiver(begin=1, end=30)),
    ("lasts a century", waiver(begin=-1, end=36500)),
    ("ends before it begins", waiver(begin=-1, end=-2)),
    ("is for another workflow", waiver(workflow="ticket-triage")),
    ("is owned by nobody", waiver(owner="nobody")),
    ("has no end", waiver().replace(f"    {UNTIL}\n", "")),
    ("never ends", waiver().replace(UNTIL, "until: never")),
    ("has no reason", waiver().replace("    reason: Staging is being rebuilt, see the plan.\n", "")),
)
BAD = (
    ("has expired", waiver(begin=-40, end=-1), "waiver.expired"),
    ("is too long", waiver(begin=-1, end=90), "waiver.too-long"),
    ("ends on a day that never comes", waiver().replace(UNTIL, "until: 2026-13-45"), "waiver.malformed"),
    ("ends before it begins", waiver(begin=-1, end=-2), "waiver.malformed"),
    ("is owned by nobody", waiver(owner="nobody"), "waiver.malformed"),
    ("has no end", waiver().replace(f"    {UNTIL}\n", ""), "waiver.malformed"),
    *((f"is for {rule}", waiver(rule=rule), "waiver.unwaivable")
      for rule in ("approver.countersign", "no.rule")),
)  # fmt: skip

ATTACKS = (
    *(Attack(f"The waiver on main {what}.", under(text), "refused", CODE) for what, text in VOID),
    *(Attack(f"A waiver is brought that {what}; the owner approves.", bringing(text), "refused", code) for what, text,
             code in BAD),
    Attack("The change brings the waiver that excuses it; the owner approves both.", with_its_own, "refused",
           "waiver.self",
           "Must merge before the change that it excuses"),
    Attack("A waiver is brought without the owner.", riding(writing(WAIVERS, waiver(workflow="ticket-triage"))),
           "waits", "control.owner"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T13: a waiver is for one rule and one workflow, owned, reasoned, short, and merged first; else it is none."""
    attempt(attack, forge_desk)


def test_a_waiver_in_force_excuses(forge_desk: ForgeDesk) -> None:
    """A sound waiver excuses what it names."""
    pass_through(forge_desk, under(waiver()))


def test_a_waiver_stays_visible(on_main: Callable[[], Desk]) -> None:
    """T13: what a waiver excuses is printed with owner, date and reason."""
    judged = waived(on_main, waiver()).passes(*APPROVALS)
    (found,) = judged.found(CODE)
    assert found["waived"] == f"ana, until {day(30)}: Staging is being rebuilt, see the plan."
    assert "waived" in judged.output


@pytest.mark.parametrize(("text", "line"), [(BAD[0][1], 7), (BAD[1][1], 7), (BAD[4][1], 4)])
def test_a_bad_waiver_is_refused_at_its_line(desk: Desk, text: str, line: int) -> None:
    """T13: the line that is at fault is named."""
    desk.write(WAIVERS, text)
    assert [one["line"] for one in desk.refuses().report["findings"] if one["code"].startswith("waiver.")] == [line]


def test_what_cannot_be_waived_is_told_for_everything(on_main: Callable[[], Desk]) -> None:
    """T13: a waiver that may not be, and got there, turns the judgement of everything red."""
    desk = waived(on_main, waiver(rule="approver.countersign"))
    desk.refuses("--all").asks("waiver.unwaivable", WAIVERS, "approver.countersign", line=2)


# Clocks: at the desk, where they can be turned.

APPROVALS = ("--approvals", "../approvals.json")


def waived(on_main: Callable[[], Desk], text: str) -> Desk:
    """A clone whose main has this waiver, with an approved launch that was drilled in the sandbox only."""
    desk = on_main()
    desk.write(WAIVERS, text)
    desk.land()
    desk.branch("change")
    shorten(desk)
    desk.record_drill(NAME, target="sandbox")
    desk.approve_all(("finn", desk.countersigned(), NAME))
    return desk


def test_the_past_needs_a_replay(on_main: Callable[[], Desk]) -> None:
    """T13: `--now` in the past would revive an expired waiver, and is refused unless it is a replay, which is said."""
    desk = waived(on_main, waiver(begin=-40, end=-1))
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
