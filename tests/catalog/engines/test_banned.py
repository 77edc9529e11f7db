"""The text search for what gate rules may not use."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from catalog.engines.banned import allowed, banned, refuse, uses
from catalog.errors import PolicyError


@pytest.mark.parametrize(
    "code, names",
    [
        ("x := http.send({})", ["http.send"]),
        ("x if { some p; walk(input, [p, _]) }", ["walk"]),
        ("x := time.now_ns() + rand.intn(`a`, 2)", ["rand.intn", "time.now_ns"]),
        ("x := net.lookup_ip_addr(`a`)", ["net.lookup_ip_addr"]),
        ("x := count(y) with count as http.send", ["with on count"]),
        ("x := y with input as {} with data.z as 1", []),
        ('x := "http.send({})"', []),
        ("x := `walk(a)`", []),
        ("x := 1 # walk(a)", []),
        ('x := "#" if walk(a, b)', ["walk"]),
        ('x := "a\\"" if walk(a, b)', ["walk"]),
        ('x := sprintf("%5d %s %% %.2f %v", [1, 2, 3])', ["sprintf %.2f", "sprintf %5d"]),
        ("x := sprintf(input.format, [])", ["sprintf with a computed format"]),
        ('x := sprintf("100%", [])', ["sprintf %"]),
        ("x := regex.match(`^\\d+\\w$`, `a`)", ["regex class \\d", "regex class \\w"]),
        ('x := regex.match("\\\\s", `a`)', ["regex class \\s"]),
        ("x := concat(`\\d`, [])", []),
        ('x := $"{input.a}"', ["a template string"]),
        ("x := f(1)\n\nf(v) := v", []),
        ("import data.lib.time\n\nx := time.now_ns(1)", []),
        ("import data.lib.time as t\n\nx := time.now_ns()", ["time.now_ns"]),
        ("x := data.lib.walk(1)", []),
        ("x := input.walk", []),
        ("x := set()", []),
        ("not_ready if not f(input.a)", ["`not f(input.a)`"]),
    ],
)
def test_banned(code: str, names: list[str]) -> None:
    """Banned built-ins and constructs are found by name, in code alone: not in strings, not in comments."""
    assert banned(f"package a\n\n{code}\n") == names


def test_every_other_built_in(opa: Path) -> None:
    """T12: every built-in of the pinned OPA is either allowed or found in the text."""
    said = subprocess.run([str(opa), "capabilities", "--current"], capture_output=True, check=True).stdout
    called = {builtin["name"] for builtin in json.loads(said)["builtins"] if not builtin.get("infix")}
    operators = {name for name in called if name.startswith("internal.")} | {"assign", "eq"}
    missed = [name for name in called - allowed() - operators if banned(f"package a\n\nx := {name}(1)\n") != [name]]
    assert missed == []


def test_allowed_are_not_banned() -> None:
    """What the capabilities grant, the text search grants."""
    for name in allowed():
        assert banned(f"package a\n\nx := {name}(1)\n") in ([], ["sprintf with a computed format"]), name


def test_refuse_names_the_place() -> None:
    """A refusal names file, line and construct, and says what to do instead."""
    with pytest.raises(PolicyError, match=r"^p/a\.rego:4: uses walk, which gate rules may not\.$") as caught:
        refuse({"p/b.rego": "package b\n", "p/a.rego": "package a\n\n# walk(a)\nx if walk(input, [[], 1])\n"})
    assert "gate.json" in caught.value.solution


def test_uses() -> None:
    """What is banned is listed by path; modules that use nothing of it are left out."""
    assert uses({"a.rego": "package a\n\nx := walk(1)\n", "b.rego": "package b\n"}) == {"a.rego": ["walk"]}


def test_rules_of_other_modules() -> None:
    """Under `not`, a rule of another module may stand where a value must be, when it always has one."""
    asking = "package a\n\nimport data.lib\n\nx if not input in lib.{}\n"
    lib = "package lib\n\nset_of contains 1 if input.b\n\nchosen := 1 if input.b\n\n"
    lib += "default safe := 2\n\nsafe := 3 if input.c\n"
    for name in ("set_of", "safe"):
        refuse({"a.rego": asking.format(name), "lib.rego": lib})
    with pytest.raises(PolicyError, match=r"`not input in lib\.chosen`"):
        refuse({"a.rego": asking.format("chosen"), "lib.rego": lib})
    assert banned(asking.format("set_of")) == ["`not input in lib.set_of`"]
