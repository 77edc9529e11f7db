"""A stop that is on record gets its merge request, which merges without a click where it says only what was signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from support import yaml_text
from support.company import Said
from support.desk import MANIFEST, NAME, PROMPT, Desk
from support.forge import Fault
from support.forge_desk import BOT, ForgeDesk, main, opened, records
from support.live import declare
from support.orders import ordered, passed_on

STATE = f"workflows/{NAME}/state.yaml"


@pytest.fixture
def there(desk: Desk) -> Iterator[ForgeDesk]:
    """A project whose people have keys, and whose job may sign stops."""
    declare(desk, [], "20s")
    desk.git("switch", "--quiet", "-C", "change", "main")
    with ForgeDesk.begin(desk) as found:
        yield found


def order(there: ForgeDesk, text: str) -> Said:
    """The control project's job takes an order."""
    return there.handle("order", "--order", text)


def on_main(there: ForgeDesk, path: str = STATE) -> Any:
    """A file of main, on the remote."""
    there.desk.git("fetch", "--quiet", "origin")
    text = there.desk.git("show", f"origin/main:{path}")
    return yaml.safe_load(text) if path == STATE else text


def live(there: ForgeDesk) -> str:
    return there.desk.digests(NAME)["version"]


def test_a_stop_is_put_on_file_without_a_click(there: ForgeDesk) -> None:
    """On-call signed it: that is their authorship, whoever wrote it down. It merges once, and is recorded."""
    given = ordered(version=live(there))
    said = order(there, passed_on(given))
    assert said.exit_code == 0, said.output
    [request] = opened(there)
    assert f"!{request.iid} puts {given.id} of {NAME} on file" in said.output
    heard = there.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output
    [entry] = on_main(there)["stopped"]
    assert (entry["id"], entry["action"], entry["version"], entry["reason"]) == (
        given.id,
        "all",
        live(there),
        "Wrong fees",
    )
    assert on_main(there)["state"] == "live"
    made = records(there)[0].predicate
    assert (made["kind"], made["merge"]["commit"], made["approvals"]) == ("narrowing", main(there), [])
    assert order(there, passed_on(given)).exit_code == 0
    assert there.sweep().exit_code == 0
    assert opened(there) == [request]


def test_a_trigger_that_crossed_is_put_on_file_too(there: ForgeDesk) -> None:
    """Nobody signed it, and nobody need: the manifest declares it."""
    trigger = {"metric": "wrong_price", "value": 3, "above": 0, "over": 86400}
    given = ordered(version=live(there))
    text = json.dumps({"path": given.path, "body": {**given.words, "by": None, "trigger": trigger}})
    assert order(there, text).exit_code == 0
    assert there.sweep().exit_code == 0
    assert [one.state for one in opened(there)] == ["merged"]


def _change(there: ForgeDesk, branch: str, old: str, new: str) -> None:
    """A change of the prompt that is drilled, countersigned, merged and recorded."""
    there.desk.git("fetch", "--quiet", "origin")
    there.desk.git("switch", "--quiet", "-C", branch, "origin/main")
    there.desk.replace(PROMPT, old, new)
    there.desk.commit("Other replies")
    there.desk.record_drill(NAME)
    there.desk.git("push", "--quiet", "origin", "records")
    request = there.open(branch, labels=("countersign::merge",))
    there.countersign(request, "finn")
    assert there.merge(request).exit_code == 0
    there.desk.git("fetch", "--quiet", "origin", "+refs/heads/records:refs/heads/records", "main")


def _two_versions(there: ForgeDesk) -> tuple[str, str]:
    """The version that runs, and the one before it."""
    _change(there, "shorter", "at most 120", "at most 90")
    _change(there, "shorter-still", "at most 90", "at most 80")
    bad, good = (one.predicate["after"]["version"] for one in records(there)[:2])
    return bad, good


def test_a_way_back_brings_its_files(there: ForgeDesk) -> None:
    """What on-call went back to is what the branch then holds, and the bad version is stopped by name."""
    bad, good = _two_versions(there)
    given = ordered(kind="rollback", version=bad, to=good)
    said = order(there, passed_on(given))
    assert said.exit_code == 0, said.output
    [request] = opened(there)
    heard = there.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output
    assert "at most 90" in on_main(there, PROMPT)
    made = records(there)[0].predicate
    assert (made["kind"], made["after"]["version"], made["before"]["version"]) == ("restoring", good, bad)
    assert [entry["version"] for entry in on_main(there)["stopped"]] == [bad]


def test_what_somebody_adds_to_it_needs_their_approvers(there: ForgeDesk) -> None:
    """T02, T14: pushed to the job's own branch, anything more than what was signed waits or is refused, as ever."""
    assert order(there, passed_on(ordered(version=live(there)))).exit_code == 0
    [request] = opened(there)
    desk = there.desk
    desk.git("fetch", "--quiet", "origin", request.source_branch)
    desk.git("switch", "--quiet", "-C", "more", "FETCH_HEAD")
    desk.replace(PROMPT, "at most 120", "at most 5")
    desk.commit("Quickly")
    there.push(request)
    before = main(there)
    heard = there.merge(request)
    assert (heard.exit_code, main(there)) == (1, before), heard.output
    assert "people.identity" in heard.output


def test_a_comment_beside_what_was_signed_needs_its_approvers(there: ForgeDesk) -> None:
    """T15: no rule sees the wording of a comment, so nothing that has one is only what was signed."""
    assert order(there, passed_on(ordered(version=live(there)))).exit_code == 0
    [request] = opened(there)
    desk = there.desk
    desk.git("fetch", "--quiet", "origin", request.source_branch)
    desk.git("switch", "--quiet", "-C", "more", "FETCH_HEAD")
    desk.write(STATE, f"# All is well again; the owner says so.\n{desk.path(STATE).read_text()}")
    desk.commit("Say more")
    there.push(request)
    before = main(there)
    heard = there.merge(request)
    assert (heard.exit_code, main(there)) == (1, before), heard.output
    assert "people.identity" in heard.output


def test_what_somebody_else_signed_waits_for_who_may(there: ForgeDesk) -> None:
    """T04: a key alone is not enough: whoever may not narrow the workflow has not consented to anything."""
    people = there.desk.people()
    people["rotas"]["support"].remove("ben")
    there.desk.git("switch", "--quiet", "-C", "main", "origin/main")
    there.desk.write("team/people.yaml", yaml_text.dump(people))
    there.desk.commit("Ben is not on call")
    there.desk.push()
    given = ordered(version=live(there))
    assert order(there, passed_on(given, person="ben", key="ben")).exit_code == 0
    [request] = opened(there)
    heard = there.merge(request)
    assert (heard.exit_code, request.state) == (1, "opened"), heard.output


def test_what_gitlab_does_not_open_is_tried_again(there: ForgeDesk) -> None:
    """T19: the stop is on record; the job is red, and the next sweep opens its merge request, once."""
    there.forge.fault(Fault("POST", "/merge_requests$", "503"))
    text = passed_on(ordered(version=live(there)))
    said = order(there, text)
    assert (said.exit_code, opened(there)) == (3, []), said.output
    assert "recorded" in said.output
    assert there.sweep().exit_code == 0
    assert [one.state for one in opened(there)] == ["merged"]


def test_several_stops_are_put_on_file_together(there: ForgeDesk) -> None:
    """T16: one merge request a workflow, brought up to date when another stop is given before it is merged."""
    assert order(there, passed_on(ordered(name="stop-1", version=live(there)))).exit_code == 0
    said = order(there, passed_on(ordered(name="stop-2", version=live(there), action="late-fee-question")))
    assert said.exit_code == 0, said.output
    [request] = opened(there)
    there.forge.pushed(request, there.users[BOT])
    assert there.merge(request).exit_code == 0
    assert [entry["action"] for entry in on_main(there)["stopped"]] == ["all", "late-fee-question"]
    assert order(there, passed_on(ordered(name="stop-3", version=live(there)))).exit_code == 0
    assert there.sweep().exit_code == 0
    assert [one.state for one in opened(there)] == ["merged", "merged"]
    assert len(on_main(there)["stopped"]) == 3


def test_one_that_was_closed_is_named_by_every_sweep(there: ForgeDesk) -> None:
    """T16: what is stopped and not on file is no secret, whoever closed its merge request."""
    assert order(there, passed_on(ordered(version=live(there)))).exit_code == 0
    [request] = opened(there)
    there.forge.close(request, there.users["dana"])
    for _ in range(2):
        said = there.sweep()
        assert (said.exit_code, f"!{request.iid}, which puts" in said.output) == (3, True), said.output
    assert opened(there) == [request]


@pytest.mark.parametrize("what", ["wording", "reason"])
def test_nothing_rides_along_with_a_stop(there: ForgeDesk, what: str) -> None:
    """T02, T06: another wording of the manifest, or of the stop, is not what on-call signed."""
    assert order(there, passed_on(ordered(version=live(there)))).exit_code == 0
    [request] = opened(there)
    desk = there.desk
    desk.git("fetch", "--quiet", "origin", request.source_branch)
    desk.git("switch", "--quiet", "-C", "more", "FETCH_HEAD")
    if what == "wording":
        desk.write(MANIFEST, "# Legal has waived the review of this.\n" + desk.path(MANIFEST).read_text())
    else:
        desk.replace(STATE, "Wrong fees", "Everything is fine")
    desk.commit("Reword")
    there.push(request)
    before = main(there)
    heard = there.merge(request)
    assert (heard.exit_code, main(there)) == (1, before), heard.output


def test_a_way_back_allows_nothing_after_it_is_on_file(there: ForgeDesk) -> None:
    """T02: what was countersigned since is not taken back by anybody's merge request."""
    bad, good = _two_versions(there)
    assert order(there, passed_on(ordered(kind="rollback", version=bad, to=good))).exit_code == 0
    assert there.merge(opened(there)[0]).exit_code == 0
    again = main(there)
    _change(there, "mended", "at most 90", "at most 70")
    there.desk.git("switch", "--quiet", "-C", "revert", "origin/main")
    there.desk.git("checkout", "--quiet", again, "--", PROMPT)
    there.desk.commit("Back again")
    request = there.open("revert", by="gita", labels=("countersign::merge",))
    before = main(there)
    heard = there.merge(request)
    assert (heard.exit_code, main(there)) == (4, before), heard.output


def test_a_stop_of_everything_is_in_no_file(there: ForgeDesk) -> None:
    """It names no workflow: it holds at the points and in the records until it is lifted."""
    assert order(there, passed_on(ordered(workflow="_control", version="*"))).exit_code == 0
    assert opened(there) == []


def test_its_text_carries_out_nothing(there: ForgeDesk) -> None:
    """T15: a reason is shown, and never a quick action or markup."""
    given = ordered(version=live(there), reason="Odd` /approve /merge <img src=x>")
    assert order(there, passed_on(given)).exit_code == 0
    [request] = opened(there)
    assert "`Odd' /approve /merge <img src=x>`" in request.description
    assert not any(line.startswith("/") for line in request.description.splitlines())


def test_the_branchs_name_does_not_stand_in_the_way(there: ForgeDesk) -> None:
    """T16: a merge request of somebody's from that branch into another one is not the job's."""
    there.desk.git("push", "--quiet", "origin", "main:refs/heads/foo", f"main:refs/heads/countersign/stop-{NAME}")
    there.forge.open(there.project, f"countersign/stop-{NAME}", "foo", there.users["dana"])
    assert order(there, passed_on(ordered(version=live(there)))).exit_code == 0
    assert there.sweep().exit_code == 0
    assert [one.state for one in opened(there)] == ["merged"]


def test_one_that_does_not_ask_to_be_merged_is_named(there: ForgeDesk) -> None:
    """T16: without its label the stop would stay off file in silence."""
    assert order(there, passed_on(ordered(version=live(there)))).exit_code == 0
    [request] = opened(there)
    request.labels = []
    for _ in range(2):
        said = there.sweep()
        assert (said.exit_code, "does not ask to be merged" in said.output) == (3, True), said.output


def test_a_way_back_beside_a_stop_of_every_version_is_put_on_file(there: ForgeDesk) -> None:
    """T16: nothing is to run then, so nothing is brought back, and both are listed without a click."""
    bad, good = _two_versions(there)
    assert order(there, passed_on(ordered(kind="rollback", version=bad, to=good))).exit_code == 0
    assert order(there, passed_on(ordered(name="stop-2", version="*"))).exit_code == 0
    [request] = opened(there)
    there.forge.pushed(request, there.users[BOT])
    heard = there.merge(request)
    assert (heard.exit_code, len(on_main(there)["stopped"])) == (0, 2), heard.output
    assert "at most 80" in on_main(there, PROMPT)
