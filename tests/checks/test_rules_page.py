"""The page of all rules, from small rules made here."""

from __future__ import annotations

import pytest

from catalog.errors import PolicyError
from catalog.policies import Rule, RuleSet
from checks.rules_page import Example, anchor, page, read_example

EXAMPLE = Example(good="It is <b>", bad="It is not")
RULE = """\
# METADATA
# title: {title}
# description: {description}
# scope: package
# custom:
#   solution: Put it right.
#   severity: deny
#   waivable: {waivable}
#   warn_when: {warn_when}
#   effective_on: 2026-11-01
package countersign.gate.{code}

findings := set()
"""


def rules(
    *codes: str,
    title: str = "One thing",
    description: str = "It holds.",
    waivable: str = "false",
    warn_when: str = "[]",
) -> tuple[Rule, ...]:
    """Rules with these codes, alike but for that."""
    words = {"title": title, "description": description, "waivable": waivable, "warn_when": warn_when}
    sources = {f"policies/gate/{code.replace('.', '/')}.rego": RULE.format(code=code, **words) for code in codes}
    return RuleSet(sources).rules


def test_every_rule_once_in_index_and_text() -> None:
    """Each rule has a row in the index that leads to its own heading, below the heading of its group."""
    found = page(rules("a.one", "a.two", "b.one"), dict.fromkeys(("a.one", "a.two", "b.one"), EXAMPLE)).splitlines()
    headings = [line for line in found if line.startswith(("## ", "### "))]
    assert headings == ["## A", "### a.one", "### a.two", "## B", "### b.one"]
    rows = [line.split("|")[1].strip() for line in found if line.startswith("| [")]
    assert rows == ["[`a.one`](#aone)", "[`a.two`](#atwo)", "[`b.one`](#bone)"]


def test_all_that_a_reader_needs() -> None:
    """A rule's part says title, statement, severity, when it only warns, waivable, since when, what to do, examples."""
    found = page(rules("a.one", waivable="true", warn_when="[desk, narrowing]"), {"a.one": EXAMPLE})
    assert found.partition("### a.one\n\n")[2].splitlines() == [
        "**One thing.** It holds.",
        "",
        "- Severity: deny",
        "- Only warns: at the desk and on changes that narrow or restore",
        "- Waivable: yes",
        "- In force: since 2026-11-01",
        "- What to do: Put it right.",
        "- Good: It is \\<b>",
        "- Bad: It is not",
        "- Source: [`policies/gate/a/one.rego`](../policies/gate/a/one.rego)",
    ]


def test_text_is_not_markup() -> None:
    """What a rule says of `<name>` or of a bar is printed, not swallowed as HTML or taken for a table's edge."""
    found = page(rules("a.one", title="A | <b> and `c|<d>`"), {"a.one": EXAMPLE})
    assert "A \\| \\<b> and `c|<d>`" in found


def test_long_text_is_wrapped() -> None:
    """A long statement is wrapped, and says the same."""
    long = "This holds always. " * 20
    found = page(rules("a.one", description=long), {"a.one": EXAMPLE})
    part = found.partition("### a.one\n\n")[2].partition("\n\n")[0]
    assert max(map(len, part.splitlines())) <= 120
    assert " ".join(part.split()) == f"**One thing.** {long.strip()}"


def test_a_broken_rule_has_no_page() -> None:
    """A rule without sound METADATA is an error that names it, never a half-empty section."""
    broken = RuleSet({"policies/gate/a/one.rego": "package countersign.gate.a.one\n"}).rules
    with pytest.raises(PolicyError, match=r"policies/gate/a/one\.rego"):
        page(broken, {"a.one": EXAMPLE})


def test_a_rule_without_examples_has_no_page() -> None:
    """A rule without examples is an error that names it."""
    with pytest.raises(PolicyError, match=r"policies/gate/a/one\.rego has no examples"):
        page(rules("a.one"), {})


def test_the_first_examples_are_read() -> None:
    """The first good and the first bad title of a file of examples are taken."""
    content = b"good:\n  - {title: Fine}\n  - {title: Also fine}\nbad:\n  - {title: Wrong}\n"
    assert read_example("x.yaml", content) == Example(good="Fine", bad="Wrong")


def test_what_the_examples_edit_is_read() -> None:
    """With the titles come the fields that each example sets."""
    content = b"good:\n  - {title: Fine, set: {/a/b: 1}}\nbad:\n  - {title: Wrong, set: {/a/b: null}}\n"
    assert read_example("x.yaml", content) == Example(
        good="Fine", bad="Wrong", good_set={"/a/b": 1}, bad_set={"/a/b": None}
    )


@pytest.mark.parametrize(
    "content", [b"", b"good: []\nbad: []\n", b"good: [{title: Fine}]\n", b"[1]\n", b"a: *b\n", b"bad: 1\n"]
)
def test_missing_examples_are_named(content: bytes) -> None:
    """A file of examples that lacks a good or a bad one is an error that names it."""
    with pytest.raises(PolicyError, match=r"x\.yaml"):
        read_example("x.yaml", content)


def test_anchors() -> None:
    """A heading's anchor is lower-case, without points, with hyphens kept and for blanks."""
    assert [anchor("rollback.sandbox-only"), anchor("What comes out")] == ["rollbacksandbox-only", "what-comes-out"]
