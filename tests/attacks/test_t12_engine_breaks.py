"""T12: the engine crashes, hangs, disagrees; Rego that reaches out; a verdict that talks nonsense."""

from __future__ import annotations

import re
import sys

import pytest
from support.attack import Act, Attack, attempt, body, editing, pass_through, riding, writing
from support.desk import Desk
from support.forge_desk import ForgeDesk

RULE = "policies/gate/note/one-page.rego"
VERDICT = "policies/verdict.rego"
FINDING = 'findings contains {"workflow": null, "field": "people", "message": "x"} if {\n\t%s\n}\n'
MANY = "numbers.range(1, 4000)"
ENDLESS = f"count([1 | some a in {MANY}; some b in {MANY}; some c in {MANY}; a + b == c * 7000]) == 1"

CALLS = (
    ("asks another server", 'http.send({"method": "get", "url": "http://127.0.0.1:9"})'),
    ("reads the environment", "opa.runtime()"),
    ("reads the clock", "time.now_ns()"),
    ("reads its own metadata, which one engine does not have", "rego.metadata.rule()"),
)
NONSENSE = (
    ("names a rule that does not exist", '"code": code,', '"code": "no.such",'),
    ("knows a severity of its own", '"severity": severity(metadata(code), hit.workflow),', '"severity": "none",'),
    ("waives by what is not there", '"waived": waived(code, hit.workflow),', '"waived": 77,'),
    ("forgets the changes", '"changes": changes', '"changes": []'),
)


def rule(text: str) -> Act:
    """The change brings a rule with this body; the owner approves."""
    return riding(body(RULE, text), "ana")


def reaching(call: str) -> Act:
    return rule(FINDING % f"_ := {call}")


def link(desk: Desk) -> None:
    desk.path(RULE).unlink()
    desk.path(RULE).symlink_to("/etc/passwd")


ATTACKS = (
    *(Attack(f"A rule of the change {what}.", reaching(call), "error", RULE) for what, call in CALLS),
    Attack("A rule of the change calls itself.",
           rule(f"f(x) := f(x + 1)\n\n{FINDING % 'f(1) == 2'}"),
           "error", "nothing was judged"),
    *(Attack(f"The verdict of the change {what}.", riding(editing(VERDICT, old, new)),
             "error", "verdict.rego did not answer as documented") for what, old, new in NONSENSE),
    Attack("A module of the change does not parse.",
           riding(writing("policies/lib/bad.rego", "package x\n\ndeny {\n"), "ana"),
           "error", "policies/lib/bad.rego"),
    Attack("A module of the change is no text.",
           riding(lambda desk: desk.path("policies/lib/bad.rego").write_bytes(b"\xff"), "ana"), "error",
           "policies/lib/bad.rego"),
    Attack("A second module of the change says the verdict as well.",
           riding(writing("policies/lib/bad.rego", "package countersign.verdict\n\nanswer := 1\n"), "ana"), "error",
           "nothing was judged"),
    Attack("A rule of the change has no metadata.", riding(writing("policies/gate/note/bad.rego",
           "package countersign.gate.note.bad\n\nfindings := set()\n"), "ana"), "error", "Must have a METADATA block"),
    Attack("A rule of the change is a link to a file of the machine.", riding(link, "ana"), "error", RULE),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T12: rules that cannot be used as they are are an error, or refused where the file is at fault."""
    attempt(attack, forge_desk)


def test_a_rule_that_keeps_to_itself_passes(forge_desk: ForgeDesk) -> None:
    """A rule that only looks at what it is given passes with the owner."""
    pass_through(forge_desk, rule(FINDING % 'input.mode == "never"'))


@pytest.mark.parametrize("engine", ["regorus", "both"])
def test_the_place_is_named(desk: Desk, engine: str) -> None:
    """T12: file and line of a call that reaches out are named, whichever engines judge."""
    body(RULE, FINDING % f"_ := {CALLS[0][1]}")(desk)
    judged = desk.gate("--engine", engine)
    assert judged.exit_code == 3, judged.output
    assert re.search(re.escape(RULE) + r":\d+", judged.output), judged.output


@pytest.mark.parametrize("engine", ["regorus", "opa"])
def test_rego_that_never_ends_is_stopped(desk: Desk, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: an evaluation past its deadline is an error, and its process is gone."""
    from catalog.engines.opa import OpaEngine
    from catalog.engines.regorus import RegorusEngine

    for engine_class in (OpaEngine, RegorusEngine):
        defaults = engine_class.__init__.__kwdefaults__
        monkeypatch.setattr(engine_class.__init__, "__kwdefaults__", {**(defaults or {}), "deadline": 1.0})
    body(RULE, FINDING % ENDLESS)(desk)
    desk.cannot_judge("1 s", args=("--engine", engine))


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux bounds a process's memory.")
@pytest.mark.parametrize("most", ["4000000000", "40000000"])
def test_rego_that_takes_all_memory_is_stopped(desk: Desk, most: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: an evaluation that asks for more memory than the engine may have is an error; the machine goes on."""
    from catalog.engines import contained

    monkeypatch.setattr(contained, "MEMORY", 512 << 20)
    body(RULE, FINDING % f"count(numbers.range(1, {most})) == 3")(desk)
    desk.cannot_judge("crashed", "memory")


def test_a_link_shows_nothing_of_its_target(desk: Desk) -> None:
    """T12: what a rule that is a link points to is in no report."""
    link(desk)
    judged = desk.gate()
    assert judged.exit_code in (1, 3), judged.output
    assert "root:" not in judged.output
