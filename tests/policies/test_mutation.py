"""mutation.py: which mutants it makes, what it calls caught, and when it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.policies

SCRIPT = Path(__file__).with_name("mutation.py")

# Without its source a declaration binds nothing, which OPA does not compile: two mutants are not viable.
RULE = """\
package countersign.gate.toy.rule

import data.countersign.lib.words

findings contains item if {
	some item in input.items
	item.size > 3 # "tall" is 4 and more
	not words.known(item.name)
}

worst := "é" if { "é" in input.names; input.count >= 1 } else := "none" if { input.count == 0 }

default strict := false
"""
LIB = """\
package countersign.lib.words

known(word) if {
	some entry in input.words
	entry == word
}
"""
TEST = """\
package countersign.gate.toy.rule_test

import data.countersign.gate.toy.rule

small := {"name": "b", "size": 3}

tall := {"name": "a", "size": 4}

test_tall_and_unknown if {
	rule.findings == {tall} with input as {"items": [small, tall], "words": []}
	rule.findings == set() with input as {"items": [tall], "words": ["b", "a"]}
	rule.findings == {tall} with input as {"items": [tall], "words": ["b"]}
}

test_worst if {
	rule.worst == "é" with input as {"names": ["é"], "count": 1}
	rule.worst == "none" with input as {"names": [], "count": 0}
}

test_not_strict if not rule.strict
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder of one rule with its test, and a library that has none of its own."""
    folder = tmp_path / "policies"
    for path, text in {"gate/toy/rule": RULE, "gate/toy/rule_test": TEST, "lib/words": LIB}.items():
        file = folder / f"{path}.rego"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def run(policies: Path, *only: Path) -> tuple[int, list[str], str]:
    command = [sys.executable, str(SCRIPT), "--policies", str(policies), *map(str, only)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.replace(f"{policies}/", "").splitlines(), done.stderr


def test_survivors_are_named_and_too_many_fail(policies: Path) -> None:
    """What no test notices is listed with its file, line and text, the rest is counted, and under 95 % is a failure."""
    assert run(policies) == (
        1,
        [
            'gate/toy/rule.rego:11: dropped: "é" in input.names',
            "gate/toy/rule.rego:11: dropped: input.count >= 1",
            "gate/toy/rule.rego:11: dropped: input.count == 0",
            "14 mutants, 9 caught, 2 not viable, 3 survived (75.0 %)",
        ],
        "",
    )


def test_tests_that_catch_every_mutant_pass(policies: Path) -> None:
    """Two more cases in the tests, and nothing survives; tests anywhere count for a library."""
    more = """
test_worst_needs_all_of_it if {
	rule.worst == "none" with input as {"names": ["é"], "count": 0}
	not rule.worst with input as {"names": [], "count": 1}
}
"""
    test = policies / "gate/toy/rule_test.rego"
    test.write_text(TEST + more, encoding="utf-8")
    assert run(policies) == (0, ["14 mutants, 12 caught, 2 not viable, 0 survived (100.0 %)"], "")
    assert run(policies, policies / "lib")[1] == ["3 mutants, 2 caught, 1 not viable, 0 survived (100.0 %)"]


def test_an_else_that_opa_does_not_place_is_refused(policies: Path) -> None:
    """OPA gives the condition of an `else` without braces no place of its own: it is refused, not mutated wrongly."""
    rule = policies / "gate/toy/rule.rego"
    rule.write_text(RULE.replace("{ input.count == 0 }", "input.count == 0"), encoding="utf-8")
    code, lines, error = run(policies)
    assert (code, lines) == (1, [])
    assert "rule.rego:11: Must have braces after `else ... if`" in error


def test_tests_that_fail_tell_nothing(policies: Path) -> None:
    """Where the tests fail before anything is changed, no mutant is called caught."""
    (policies / "gate/toy/rule_test.rego").write_text(TEST.replace("{tall}", "{small}"), encoding="utf-8")
    code, lines, error = run(policies)
    assert (code, lines) == (2, [])
    assert "the tests must pass as they are" in error


def test_no_mutants_at_all_fail(policies: Path) -> None:
    """A path at which there is nothing to mutate is no success."""
    assert run(policies, policies / "gate/typo")[:2] == (
        1,
        ["0 mutants, 0 caught, 0 not viable, 0 survived (0.0 %)"],
    )
