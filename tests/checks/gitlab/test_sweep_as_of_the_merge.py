"""A merge that is recorded late is judged as of its moment: by what stood then, and by nothing since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.desk import NAME, PROMPT, WAIVERS, Desk
from support.forge import Forge, MergeRequest
from support.forge_desk import BOT, ForgeDesk, main, ready, records


def test_what_was_given_after_a_merge_by_hand_is_too_late(forge_desk: ForgeDesk) -> None:
    """T14: neither the approval nor the drill that comes after the merge makes it one that was approved and drilled."""
    forge_desk.desk.replace(PROMPT, "at most 120", "at most 90")
    forge_desk.desk.commit("Shorter replies")
    request = forge_desk.open("shorter")
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    forge_desk.desk.git("push", "--quiet", "origin", "records")
    known = len(records(forge_desk))
    forge_desk.countersign(request, "finn")
    assert forge_desk.sweep().exit_code == 3
    forge_desk.desk.on_forge = False  # drilled now, which is after the merge
    forge_desk.desk.record_drill(NAME)
    forge_desk.desk.git("push", "--quiet", "origin", "records")
    said = forge_desk.sweep()
    assert (said.exit_code, len(records(forge_desk))) == (3, known)
    assert "it was wait" in said.output


@pytest.mark.parametrize("late", ["approval", "drill"])
def test_each_of_them_alone_is_too_late(forge_desk: ForgeDesk, late: str) -> None:
    """T14: with the other one given in time, what is missing at the merge is missing for good."""
    desk = forge_desk.desk
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    request = forge_desk.open("shorter")
    if late == "approval":
        desk.record_drill(NAME)
    else:
        forge_desk.countersign(request, "finn")
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    desk.on_forge = False
    if late == "approval":
        forge_desk.countersign(request, "finn")
    else:
        desk.record_drill(NAME)
    desk.git("push", "--quiet", "origin", "records")
    assert forge_desk.sweep().exit_code == 3


def test_a_countersignature_that_comes_late_says_nothing_of_the_merge(forge_desk: ForgeDesk) -> None:
    """T14: the sweep says what the merge was, and what it lacked then, whatever stands by now; and records nothing."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    forge_desk.countersign(request, "finn")
    known, merged = len(records(forge_desk)), f"{request.merged_at:%Y-%m-%dT%H:%M:%SZ}"
    said = forge_desk.sweep()
    assert said.exit_code == 3, said.output
    assert f"at its merge, {merged}, it was wait. It lacked approver.countersign (finn)" in said.output
    assert len(records(forge_desk)) == known


def test_an_older_gitlab_revives_no_approval_that_was_taken_back(desk: Desk) -> None:
    """T14, T19: without `approved_at`, an approval withdrawn before the merge and given again is a late one."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        request = ready(there)
        there.forge.unapprove(request, there.users["finn"])
        there.forge.merge(request, there.users["ana"])
        there.approve(request, "finn")
        said = there.sweep()
        assert said.exit_code == 3, said.output
        assert "it was wait" in said.output


def test_an_older_gitlab_has_its_merges_recorded_too(desk: Desk) -> None:
    """What stood at the merge is recorded, when only GitLab's log says since when."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        there.forge.merge(ready(there), there.users[BOT])
        said = there.sweep()
        assert said.exit_code == 0, said.output


def test_a_merge_that_gitlab_does_not_date_is_an_error(forge_desk: ForgeDesk) -> None:
    """T19: what stood at an unknown moment cannot be told."""
    request = ready(forge_desk)
    forge_desk.forge.merge(request, forge_desk.users[BOT])
    request.merged_at = None
    said = forge_desk.sweep()
    assert said.exit_code == 3
    assert "does not say when !1 was merged" in said.output


def _merged_long_ago(there: ForgeDesk, *, waived: tuple[int, int] | None, target: str, days_ago: int) -> MergeRequest:
    """Five days ago a drilled change was countersigned and merged, under a waiver between two days from today."""
    there.forge.now -= timedelta(days=5)
    desk = there.desk
    if waived:
        begin, end = ((datetime.now(UTC).date() + timedelta(days=days)).isoformat() for days in waived)
        desk.git("switch", "--quiet", "main")
        desk.write(
            WAIVERS,
            f"waivers:\n  - rule: rollback.sandbox-only\n    workflow: {NAME}\n    owner: ana\n"
            f"    reason: Staging is being rebuilt.\n    from: {begin}\n    until: {end}\n",
        )
        desk.land()
        desk.git("switch", "--quiet", "-C", "change", "main")
        desk.git("config", "countersign.anchor", desk.git("rev-parse", "main"))
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    desk.record_drill(NAME, target=target, days_ago=days_ago)
    desk.git("push", "--quiet", "origin", "records")
    request = there.open("shorter")
    there.countersign(request, "finn")
    there.forge.merge(request, there.users[BOT])
    return request


@pytest.mark.parametrize(
    ("waived", "target", "days_ago"), [(None, "staging", 33), ((-10, -2), "sandbox", 6)], ids=["a drill", "a waiver"]
)
def test_what_was_in_date_at_the_merge_is_recorded(
    forge_desk: ForgeDesk, waived: tuple[int, int] | None, target: str, days_ago: int
) -> None:
    """However late the sweep comes: a drill that is too old by now, or a waiver that has ended, was good then."""
    _merged_long_ago(forge_desk, waived=waived, target=target, days_ago=days_ago)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    found = [one.predicate for one in records(forge_desk)]
    [made] = [one for one in found if one["merge"]["commit"] == main(forge_desk)]
    assert [one["rule"] for one in made["waivers"]] == (["rollback.sandbox-only"] if waived else [])


def test_a_waiver_that_began_after_the_merge_excuses_nothing(forge_desk: ForgeDesk) -> None:
    """T13, T14: merged by hand before the waiver began, it was refused then, and is not recorded."""
    _merged_long_ago(forge_desk, waived=(-2, 10), target="sandbox", days_ago=6)
    said = forge_desk.sweep()
    assert said.exit_code == 3, said.output
    assert "it was refuse. It lacked rollback.sandbox-only" in said.output
