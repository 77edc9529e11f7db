"""A sweep judges anew what may have changed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.desk import NAME, PROMPT
from support.forge import Fault, MergeRequest
from support.forge_desk import BOT, ForgeDesk, ready

from catalog import clock
from checks.gitlab.merging import LABEL


@pytest.fixture
def request_(forge_desk: ForgeDesk) -> MergeRequest:
    """A merge request that waits for finn, and was judged by a sweep."""
    found = ready(forge_desk)
    forge_desk.forge.unapprove(found, forge_desk.users["finn"])
    assert "not merged" not in (said := forge_desk.sweep().output)
    assert f"!{found.iid}  the verdict is wait" in said
    return found


def again(there: ForgeDesk, request: MergeRequest) -> str:
    """What the next sweep says of the merge request."""
    [line] = [line for line in there.sweep().output.splitlines() if line.startswith(f"!{request.iid}  ")]
    return line.removeprefix(f"!{request.iid}  ")


def calls_about(there: ForgeDesk, request: MergeRequest) -> list[str]:
    """What GitLab was asked about the merge request alone."""
    return [call for call in there.calls() if f"/merge_requests/{request.iid}/" in call or "/statuses/" in call]


def test_what_is_unchanged_is_not_judged_again(forge_desk: ForgeDesk, request_: MergeRequest) -> None:
    """Two calls ask whether anything changed; nothing is written."""
    forge_desk.forge.reset_calls()
    assert again(forge_desk, request_) == "as before: wait"
    assert [call.split(" ")[0] for call in calls_about(forge_desk, request_)] == ["GET", "GET"]


def push(there: ForgeDesk, request: MergeRequest) -> None:
    there.desk.replace(PROMPT, "at most 90", "at most 80")
    there.desk.commit("Shorter still")
    there.push(request)


def move_main(there: ForgeDesk, _: MergeRequest) -> None:
    there.desk.git("switch", "--quiet", "main")
    there.desk.write("docs/quick.md", "x\n")
    there.desk.commit("Something else")
    there.desk.push()
    there.desk.git("switch", "--quiet", "change")


def drill(there: ForgeDesk, _: MergeRequest) -> None:
    there.desk.record_drill(NAME, days_ago=1)
    there.desk.git("push", "--quiet", "origin", "records")


def approve(there: ForgeDesk, request: MergeRequest) -> None:
    there.approve(request, "ana")


def name_it(there: ForgeDesk, request: MergeRequest) -> None:
    there.say(request, "finn", f"countersigned {NAME} {there.desk.countersigned(NAME)}")


def edit_line(there: ForgeDesk, request: MergeRequest) -> None:
    [line] = [note for note in request.notes if note.body.startswith("countersigned ")]
    there.forge.tick(minutes=1)
    there.forge.edit_note(line, f"{line.body} not yet")


def retarget(there: ForgeDesk, request: MergeRequest) -> None:
    there.desk.git("push", "--quiet", "origin", "main:refs/heads/next")
    for branch in ("next", "main"):
        there.forge.tick(minutes=1)
        there.forge.retarget(request, branch, there.users["dana"])


@pytest.mark.parametrize("happens", [push, move_main, drill, approve, name_it, edit_line, retarget])
def test_whatever_a_verdict_depends_on_is_judged_anew(
    forge_desk: ForgeDesk, request_: MergeRequest, happens: Callable[[ForgeDesk, MergeRequest], None]
) -> None:
    """T03: a push, another target meanwhile, another tip, a record, an approval, or a line that names the content."""
    happens(forge_desk, request_)
    assert not again(forge_desk, request_).startswith("as before")


def test_small_talk_is_not_judged(forge_desk: ForgeDesk, request_: MergeRequest) -> None:
    """A comment that names nothing changes nothing."""
    forge_desk.say(request_, "dana", "Any news?")
    assert again(forge_desk, request_) == "as before: wait"


def test_the_next_day_is_judged_anew(
    forge_desk: ForgeDesk, request_: MergeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence ages and absences end, without anybody's doing."""
    now = clock.read(None)
    monkeypatch.setattr(clock, "read", lambda _: now + timedelta(days=1))
    assert again(forge_desk, request_) == "the verdict is wait"


def test_what_may_be_merged_is_judged_until_it_is(forge_desk: ForgeDesk) -> None:
    """What passes is left alone until it asks to be merged; then it is judged again, however little has changed."""
    request = ready(forge_desk)
    request.labels.clear()
    assert "does not ask for it" in again(forge_desk, request)
    assert again(forge_desk, request) == "as before: pass"
    forge_desk.forge.label(request, LABEL)
    assert again(forge_desk, request).startswith("merged ")


def test_an_error_is_not_remembered(forge_desk: ForgeDesk) -> None:
    """T19: what could not be judged is judged by the next sweep."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    forge_desk.forge.fault(Fault("GET", "/versions$", "expired"))
    assert "token" in again(forge_desk, request)
    assert again(forge_desk, request) == "the verdict is wait"


def test_a_line_in_somebody_elses_note_is_not_believed(forge_desk: ForgeDesk, request_: MergeRequest) -> None:
    """T15: only the note of our own account says what was seen."""
    [ours] = [note for note in request_.notes if note.author.id == forge_desk.users[BOT].id]
    copied = ours.body.replace("seen wait", "seen pass")
    forge_desk.forge.delete_note(ours)
    forge_desk.say(request_, "dana", copied)
    assert again(forge_desk, request_) == "the verdict is wait"


def test_what_does_not_merge_is_no_failure_of_the_sweep(forge_desk: ForgeDesk) -> None:
    """A conflict is told on the merge request, and asked about once; the sweep goes on and is green."""
    request = ready(forge_desk)
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "main")
    desk.replace(PROMPT, "at most 120", "at most 70")
    desk.commit("Even shorter")
    desk.push()
    desk.git("config", "countersign.anchor", desk.git("rev-parse", "HEAD"))
    desk.git("switch", "--quiet", "change")
    said = forge_desk.sweep()
    assert (said.exit_code, "does not merge cleanly" in said.output) == (0, True), said.output
    assert "does not merge cleanly" in forge_desk.note(request)
    assert again(forge_desk, request) == "as before: error"
