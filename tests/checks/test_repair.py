"""Broken rules on the target are repaired by a change of policies alone, with owner and deputy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.desk import FOLDER, Desk

from catalog.change import Change
from catalog.git import ChangedPath
from checks import repair

RULE = "policies/gate/note/one-page.rego"
CO_AUTHORS = "Co-authored-by: A <ana@example.org>\nCo-authored-by: B <ben@example.org>\n"


@pytest.fixture
def broken(on_main: Callable[[], Desk]) -> Desk:
    """A clone whose main has a rule that does not parse, on a branch that puts it right."""
    desk = on_main()
    sound = desk.path(RULE).read_text()
    desk.write(RULE, f"{sound}\ndeny {{\n")
    desk.land("Break it")
    desk.branch("repair")
    desk.write(RULE, sound)
    desk.commit("Repair it")
    return desk


def path(name: str) -> ChangedPath:
    return ChangedPath(name, "100644", "a" * 40, "100644", "b" * 40)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([RULE], True),
        ([RULE, "policies/lib/change.rego"], True),
        ([], False),
        (["policies"], False),
        (["policies-too/x.rego"], False),
        ([RULE, "team/people.yaml"], False),
        ([RULE, "README.md"], False),
    ],
)
def test_only_policies_alone_are_a_repair(names: list[str], expected: bool) -> None:
    """T01: a repair touches policies, and nothing else."""
    assert repair.applies(Change(workflows=(), control=tuple(map(path, names)))) is expected


@pytest.mark.parametrize("path", [RULE, "policies/verdict.rego", "policies/lib/tier.rego"])
def test_a_file_that_is_no_text_can_be_repaired(on_main: Callable[[], Desk], path: str) -> None:
    """T12: a file of the target's rules that is not UTF-8 judges nothing, and is repaired like any that is broken."""
    desk = on_main()
    sound = desk.path(path).read_bytes()
    desk.path(path).write_bytes(b"\xff\xfe" + sound)
    desk.land("Break it")
    desk.branch("repair")
    desk.replace(f"{FOLDER}/reply.prompt", "120", "90")
    desk.cannot_judge(path, "not UTF-8 text")
    desk.git("checkout", "--quiet", f"{FOLDER}/reply.prompt")
    desk.path(path).write_bytes(sound)
    judged = desk.waits()
    assert [one["who"] for one in judged.found("control.owner")] == [["ana"], ["ben"]]
    assert any("as a repair" in note for note in judged.report["notes"])
    desk.path(path).unlink()
    assert desk.gate().exit_code != 0


def test_broken_rules_judge_nothing_else(broken: Desk) -> None:
    """T12: while the target's rules are broken, every other change is an error that names the file and line."""
    broken.git("switch", "--quiet", "main")
    broken.replace(f"{FOLDER}/reply.prompt", "120", "90")
    broken.cannot_judge(f"{RULE}:")


def test_a_repair_with_something_else_is_an_error(broken: Desk) -> None:
    """T01: a repair that also edits a workflow or the team is no repair."""
    broken.write("notes.md", "x\n")
    broken.cannot_judge(RULE)


def test_a_repair_waits_for_owner_and_deputy(broken: Desk) -> None:
    """T01: both the owner and the deputy approve a repair, and the report says that it is one."""
    judged = broken.waits()
    assert [one["who"] for one in judged.found("control.owner")] == [["ana"], ["ben"]]
    assert any("as a repair" in note for note in judged.report["notes"])
    digest = broken.control_digest()
    assert broken.waits(*broken.approve_all(("ana", digest, None))).codes == {"control.owner"}
    assert broken.waits(*broken.approve_all(("ben", digest, None))).codes == {"control.owner"}
    broken.passes(*broken.approve_all(("ana", digest, None), ("ben", digest, None)))


def test_a_repair_cannot_excuse_itself(broken: Desk) -> None:
    """T01: rules of the repair that pass everything do not pass the repair: both consents are checked beside them."""
    broken.replace("policies/verdict.rego", '"findings": findings', '"findings": set()')
    broken.cannot_judge("ana and ben", "approve")


def test_a_repair_of_the_owner_takes_the_deputy(broken: Desk) -> None:
    """A repair that the owner wrote has the owner's consent; the deputy's is still missing."""
    broken.who = "ana"
    broken.git("commit", "--quiet", "--amend", "--reset-author", "--no-edit")
    judged = broken.waits()
    assert judged.asks("control.owner", RULE, severity="wait")["who"] == ["ben"]


def test_co_author_lines_are_no_consent(broken: Desk) -> None:
    """T02: a repair whose author names owner and deputy as co-authors still takes the approval of one of them."""
    broken.git("commit", "--quiet", "--amend", "-m", f"Repair it\n\n{CO_AUTHORS}")
    broken.cannot_judge("ana and ben", "approve")
    broken.passes(*broken.approve_all(("ben", broken.control_digest(), None)))


def test_a_repair_that_is_broken_too_is_an_error(broken: Desk) -> None:
    """T12: when the repair's own rules do not judge either, nothing does."""
    broken.write(RULE, "package x\n\ndeny {\n")
    broken.cannot_judge(RULE)
