"""The rules of a tree are all read, each with what it declares; a rule that cannot be relied on is an error (T11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from support.repositories import FILE, ROOT, SUBMODULE, SYMLINK, Clone, sample

from catalog import policies
from catalog.errors import PolicyError
from catalog.git import MAX_FILE
from catalog.policies import RuleSet

TODAY = date(2026, 9, 1)
PATH = "policies/gate/approver/missing.rego"
METADATA = """\
# METADATA
# title: Somebody approves
# description: Every workflow names an approver.
# scope: package
# custom:
#   solution: Name one.
#   severity: deny
#   waivable: false
#   warn_when: [desk]
#   effective_on: 2026-08-01
"""
RULE = f"{METADATA}package countersign.gate.approver.missing\n\nfindings contains 1\n"


def rule(source: str = RULE, path: str = PATH) -> policies.Rule:
    (found,) = RuleSet({path: source}).rules
    return found


def read(clone: Clone, commit: str = "HEAD") -> RuleSet:
    with clone.open() as repository:
        return policies.read(repository, clone.git("rev-parse", f"{commit}^{{tree}}"))


def test_a_rule() -> None:
    """Code and package come from the path, the rest from METADATA."""
    found = rule()
    assert (found.code, found.package, found.problems) == ("approver.missing", "countersign.gate.approver.missing", ())
    assert RuleSet({PATH: RULE}).metadata(TODAY) == {
        "approver.missing": {
            "title": "Somebody approves", "description": "Every workflow names an approver.", "solution": "Name one.",
            "severity": "deny", "waivable": False, "warn_when": ["desk"], "effective_on": "2026-08-01",
            "effective": True,
        }
    }  # fmt: skip


def test_a_bracketed_package() -> None:
    """A name with a hyphen is written in brackets, and read as the path has it."""
    source = RULE.replace("gate.approver.missing", 'gate.rollback["sandbox-only"]')
    assert rule(source, "policies/gate/rollback/sandbox-only.rego").problems == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (METADATA, "", "METADATA block above the package"),
        (RULE, f"package countersign.gate.approver.missing\n\n{METADATA}", "METADATA block above the package"),
        ("# METADATA", "# metadata", "METADATA block above the package"),
        ("title: Somebody approves", "title: [", "readable METADATA"),
        ("title: Somebody approves", "title: &a x", "readable METADATA"),
        ("# custom:\n", "# custom: none\n# other:\n", "title, description and custom"),
        ("# title: Somebody approves\n", "", "Must have a title"),
        ("Somebody approves", '" "', "Must have a title"),
        ("# description: Every workflow names an approver.\n", "", "Must have a description"),
        ("#   solution: Name one.\n", "", "Must have a solution"),
        ("solution: Name one.", "solution: 1", "Must have a solution"),
        ("severity: deny", "severity: fatal", "severity of deny, wait, warn, got fatal"),
        ("severity: deny", "severity: [deny]", "severity of deny, wait, warn"),
        ("#   severity: deny\n", "", "severity of deny, wait, warn, got None"),
        ("waivable: false", "waivable: sometimes", "whether it is waivable"),
        ("#   waivable: false\n", "", "whether it is waivable"),
        ("[desk]", "[always]", "warn_when out of desk, narrowing"),
        ("[desk]", "desk", "warn_when out of desk, narrowing"),
        ("gate.approver.missing", "gate.approver.other", "countersign.gate.approver.missing, got countersign.gate"),
        ("package countersign.gate.approver.missing", "", "got none"),
        ("package countersign", "package  other.countersign", "got other"),
    ],
)
def test_a_broken_rule(old: str, new: str, words: str) -> None:
    """A rule without sound metadata, or in another package, is named and nothing is judged by its set (T11)."""
    assert old in RULE
    source = RULE.replace(old, new)
    assert words in " ".join(rule(source).broken)
    with pytest.raises(PolicyError, match=r"policies/gate/approver/missing\.rego: Must"):
        RuleSet({PATH: source}).metadata(TODAY)


@pytest.mark.parametrize(
    ("given", "effective", "sound"),
    [
        ("2026-08-31", True, True),
        ("2026-09-01", True, True),
        ("2026-09-02", False, True),
        ("2026-02-30", True, False),
        ("2026-W01-1", True, False),
        ("soon", True, False),
        ("20270101", True, False),
        ("null", True, False),
    ],
)
def test_effective_on(given: str, effective: bool, sound: bool) -> None:
    """A rule warns before its day and holds from it on; a day that cannot be read is now, and a problem (T13)."""
    source = RULE.replace("2026-08-01", given)
    assert RuleSet({PATH: source}).metadata(TODAY)["approver.missing"]["effective"] is effective
    assert rule(source).broken == ()
    assert (rule(source).problems == ()) is sound


def test_no_day_at_all() -> None:
    """A rule without a day holds now, and is told to give one."""
    source = RULE.replace("#   effective_on: 2026-08-01\n", "")
    assert RuleSet({PATH: source}).metadata(TODAY)["approver.missing"]["effective"]
    assert "effective_on" in rule(source).problems[0]


def test_banned_constructs_are_facts() -> None:
    """A construct on which the engines differ is named, for a rule to refuse (T12)."""
    (sound,) = RuleSet({PATH: RULE}).facts
    (reaching,) = RuleSet({PATH: f"{RULE}\nx := http.send({{}})\n"}).facts
    assert (sound["code"], sound["banned"], sound["problems"]) == ("approver.missing", [], [])
    assert reaching["banned"]


def test_no_rules() -> None:
    """A set without a rule judges nothing, and is an error (T11)."""
    for modules in ({}, {"policies/lib/tier.rego": "package x"}, {"policies/gate/missing.rego": RULE}):
        with pytest.raises(PolicyError, match="There are no rules to judge by"):
            RuleSet(modules).metadata(TODAY)


def test_the_rules_of_this_repository(tmp_path: Path) -> None:
    """Every rule file of this repository is read from git, sound, and has a code of its own."""
    clone = sample(tmp_path / "clone")
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "policies").rglob("*.*")}
    commit = clone.plant({path: (FILE, content) for path, content in files.items()})
    found = read(clone, commit)
    rules = [path for path in files if path.startswith("policies/gate/") and path.endswith(".rego")]
    assert [one.path for one in found.rules] == sorted(path for path in rules if not path.endswith("_test.rego"))
    assert [one for one in found.facts if one["problems"] or one["banned"]] == []
    assert len(found.metadata(TODAY)) == len(found.rules)


def test_what_is_a_module(tmp_path: Path) -> None:
    """Rules, shared terms and the verdict are read; tests, examples, other folders and look-alikes are not (T01)."""
    clone = sample(tmp_path / "clone")
    module = ["policies/gate/a/b.rego", "policies/gate/a/b/c.rego", "policies/lib/t.rego", "policies/verdict.rego"]
    other = [
        "policies/gate/a/b_test.rego", "policies/gate/a/b.yaml", "policies/testing/facts.rego", "policies/other.rego",
        "policies/runtime/decision.rego", "policies/gate/a/b.rego.bak", "Policies/gate/a/c.rego",
        "x/policies/gate/a/b.rego",
    ]  # fmt: skip
    commit = clone.plant(dict.fromkeys([*module, *other], (FILE, RULE)))
    assert sorted(read(clone, commit).modules) == sorted(module)


@pytest.mark.parametrize(
    ("path", "is_rule"),
    [("policies/gate/a/b.rego", True), ("policies/gate/a-b/c-d.rego", True), ("policies/gate/A/b.rego", False),
     ("policies/gate/a/b/c.rego", False), ("policies/gate/a/b_c.rego", False), ("policies/gate/a/b.rego\n", False)],
)  # fmt: skip
def test_what_is_a_rule(path: str, is_rule: bool) -> None:
    """A rule is a file two levels down with a plain name."""
    assert bool(RuleSet({path: RULE}).rules) is is_rule


def test_a_tree_without_policies(tmp_path: Path) -> None:
    """A tree without policies, or with a link or submodule in their place, has none (T11)."""
    clone = sample(tmp_path / "clone")
    for commit in (
        "HEAD",
        clone.plant({"policies": (SYMLINK, "team")}),
        clone.plant({"policies": (SUBMODULE, "a" * 40)}),
    ):
        assert read(clone, commit).modules == {}


@pytest.mark.parametrize(
    ("mode", "content", "words"),
    [
        (FILE, b"x" * (MAX_FILE + 1), "larger than 1 MiB"),
        (SUBMODULE, "a" * 40, "no file"),
        (FILE, b"package \xff", "not UTF-8"),
    ],
)
def test_a_module_that_cannot_be_read(tmp_path: Path, mode: str, content: str | bytes, words: str) -> None:
    """A module that is too large, a submodule or no text is an error to judge by, never an empty module (T11)."""
    clone = sample(tmp_path / "clone")
    found = read(clone, clone.plant({"policies/lib/tier.rego": (mode, content), PATH: (FILE, RULE)}))
    with pytest.raises(PolicyError, match=r"policies/lib/tier\.rego' cannot be read") as caught:
        found.metadata(TODAY)
    assert words in caught.value.why
    assert list(found.modules) == [PATH]


def test_a_rule_that_cannot_be_read_keeps_its_code(tmp_path: Path) -> None:
    """A rule file that is no text is still a rule of its code, so that a repair cannot drop it (T01)."""
    clone = sample(tmp_path / "clone")
    found = read(clone, clone.plant({PATH: (FILE, b"\xff")}))
    assert [rule.code for rule in found.rules] == ["approver.missing"]
    assert found.rules[0].broken


def test_a_module_with_a_line_break_in_its_name(tmp_path: Path) -> None:
    """A module whose name would forge a line of the digest's listing is an error (T10)."""
    clone = sample(tmp_path / "clone")
    with pytest.raises(PolicyError, match="cannot be read"):
        read(clone, clone.plant({"policies/lib/a\nb.rego": (FILE, "package x\n"), PATH: (FILE, RULE)})).metadata(TODAY)


def test_a_linked_rule(tmp_path: Path) -> None:
    """A rule that is a link is the text of the link, so it is broken and no other file is read in its place (T10)."""
    clone = sample(tmp_path / "clone")
    found = read(clone, clone.plant({PATH: (SYMLINK, "../../lib/tier.rego")}))
    with pytest.raises(PolicyError, match=PATH):
        found.metadata(TODAY)


def test_digest() -> None:
    """The digest of a set changes with any module, and with nothing else."""
    one = RuleSet({PATH: RULE, "policies/lib/t.rego": "package t\n"})
    assert one.digest == RuleSet(dict(list(one.modules.items())[::-1])).digest
    assert one.digest != RuleSet({**one.modules, "policies/lib/t.rego": "package t"}).digest
