"""A sweep judges whatever is open, tells it and merges it, in the time that it has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from support.desk import PROMPT
from support.forge_desk import BOT, ForgeDesk, main, ready, records

from checks.gitlab import sweep
from checks.gitlab.merging import LABEL


def test_what_is_open_is_judged_and_merged(forge_desk: ForgeDesk) -> None:
    """A merge request whose event was lost is judged, told, merged and recorded; the next sweep finds nothing to do."""
    request = ready(forge_desk)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert request.state == "merged"
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)
    assert forge_desk.sweep().output == ""


def test_what_gitlab_will_not_merge_is_no_failure_of_the_sweep(forge_desk: ForgeDesk) -> None:
    """A request that passes, and that GitLab holds back for reasons of its own, waits, and the sweep is green."""
    request = ready(forge_desk)
    request.forced_status = "ci_must_pass"
    before = main(forge_desk)
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert "GitLab refused PUT" in said.output
    assert (request.state, main(forge_desk)) == ("opened", before)
    request.forced_status = None
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_a_sweep_that_takes_too_long_says_what_it_left(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: it ends by itself, in red, before its job is ended, and the next one comes to the rest."""
    request = ready(forge_desk)
    with monkeypatch.context() as slow:
        slow.setattr(sweep, "SPAN", 0.0)
        said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "opened")
    assert f"!{request.iid}  FAILED: not looked at, since time ran out" in said.output
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_sweeps_take_merge_requests_in_changing_order(forge_desk: ForgeDesk) -> None:
    """T19: none is the last one each time, however often sweeps are cut short."""
    for number in range(8):
        forge_desk.desk.git("switch", "--quiet", "--force-create", f"change-{number}", "origin/main")
        forge_desk.desk.write("docs/page.md", f"Page {number}.\n")
        forge_desk.desk.commit("A page")
        forge_desk.open(f"change-{number}")
    forge_desk.sweep()
    orders = {tuple(line.split()[0] for line in forge_desk.sweep().output.splitlines()) for _ in range(4)}
    assert {tuple(sorted(order)) for order in orders} == {tuple(f"!{number}" for number in range(1, 9))}
    assert len(orders) > 1


def test_what_a_sweep_prints_is_harmless(forge_desk: ForgeDesk) -> None:
    """T15: a path of the change under review neither moves the cursor of a job's log nor forges a line of it."""
    desk, name = forge_desk.desk, "docs/\x1b[2J\n!9  merged 0123.md"
    for words in ("Theirs", "Ours"):
        desk.git("switch", "--quiet", "--force-create", words.lower(), "origin/main")
        desk.write(name, f"{words}.\n")
        desk.commit(words)
    desk.git("push", "--quiet", "origin", "theirs:main")
    request = forge_desk.open("ours", labels=(LABEL,))
    said = forge_desk.sweep()
    assert "\x1b" not in said.output
    [line] = [line for line in said.output.splitlines() if line.startswith("!")]
    assert line.startswith(f"!{request.iid}  The change does not merge cleanly: ")


def test_merges_that_take_long_leave_time_for_what_is_open(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T19: half of a sweep is kept for merge requests, however many merges cannot be recorded."""
    desk = forge_desk.desk
    for number in range(2):
        desk.git("switch", "--quiet", "--force-create", f"unseen-{number}", "origin/main")
        desk.write(f"docs/page-{number}.md", "A page.\n")
        desk.commit("A page")
        forge_desk.forge.merge(forge_desk.open(f"unseen-{number}"), forge_desk.users["ana"])
        desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "change", "origin/main")
    request = ready(forge_desk)
    now = [0.0]
    record = sweep._record

    def slow(*given: Any) -> list[str]:
        now[0] += sweep.SPAN * 0.6
        return record(*given)

    monkeypatch.setattr(sweep, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(sweep, "_record", slow)
    said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "merged"), said.output
    assert "it was wait" in said.output
    assert "FAILED: not looked at, since time ran out" in said.output


def test_a_change_whose_own_rules_are_broken_is_no_failure_of_the_sweep(forge_desk: ForgeDesk) -> None:
    """T01: that is its author's to mend; they are told, and it is judged once."""
    forge_desk.desk.write(
        "policies/gate/prompt/odd.rego", "package countersign.gate.prompt.odd\n\nthis is } not rego\n"
    )
    forge_desk.desk.commit("Odd")
    request = forge_desk.open("odd")
    for words in ("Must have a METADATA block", "as before: error"):
        said = forge_desk.sweep()
        assert (said.exit_code, words in said.output) == (0, True), said.output
    assert forge_desk.status(request) == "failed"


def test_what_was_merged_meanwhile_is_told_nothing(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: merged between the list and its turn, a request keeps its note and its status; the next sweep records it."""
    request = ready(forge_desk)
    assert forge_desk.judge(request).status == "success"
    told, one = forge_desk.note(request), sweep._one

    def late(*given: Any) -> sweep.Line:
        forge_desk.forge.merge(request, forge_desk.users[BOT])
        return one(*given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sweep, "_one", late)
        forge_desk.desk.replace(PROMPT, "at most 90", "at most 80")
        forge_desk.say(request, "dana", "countersigned? Not by me.")  # so that it is judged anew
        said = forge_desk.sweep()
    assert f"!{request.iid}  it is merged by now" in said.output
    assert (forge_desk.status(request), forge_desk.note(request)) == ("success", told)
    assert forge_desk.sweep().exit_code == 0
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)
