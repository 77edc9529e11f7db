"""The pages that are written from the code itself are what the code now says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from support import docs
from support.pages import ROOT, check, check_block, settled
from support.schema_tools import fields

from catalog import schemas
from catalog.policies import RuleSet
from catalog.records.statement import Kind
from checks import rules_page
from countersign.main import cli

Json = Any

WIDTH = 100
"""Columns of the help text."""

COMMANDS_HEAD = """\
<!-- Generated from countersign/main.py by `python3 start.py pages`; do not edit. -->

# The commands

What `--help` prints, command by command. None of them changes a file of the repository but `init`, `codeowners`, and
`gate` where `--report` names one.
"""


def working_rules() -> RuleSet:
    """The rules of the working files."""
    folders = [ROOT / "policies" / name for name in ("gate", "lib")]
    files = [ROOT / "policies" / "verdict.rego", *(path for folder in folders for path in folder.rglob("*.rego"))]
    sources = [path for path in files if not path.name.endswith("_test.rego")]
    return RuleSet({path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sources})


def working_examples(rules: RuleSet) -> dict[str, rules_page.Example]:
    """Each rule's first good and bad example, by code."""
    files = {rule.code: Path(rule.path).with_suffix(".yaml") for rule in rules.rules}
    return {code: rules_page.read_example(str(path), (ROOT / path).read_bytes()) for code, path in files.items()}


def commands(command: click.Command, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, each with the words that call it."""
    yield names, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from commands(command.commands[name], *names, name)


def help_of(*names: str) -> str:
    """What a command prints for `--help`, at a fixed width."""
    said = CliRunner().invoke(cli, [*names, "--help"], prog_name="countersign", terminal_width=WIDTH)
    assert said.exit_code == 0, said.output
    return said.output.rstrip()


def commands_page() -> str:
    """docs/commands.md."""
    parts = [
        f"## {' '.join(('countersign', *names))}\n\n```text\n{help_of(*names)}\n```\n" for names, _ in commands(cli)
    ]
    return "\n".join([COMMANDS_HEAD, *parts])


def test_the_rules_page(pytestconfig: pytest.Config) -> None:
    """docs/rules.md says of each rule what its METADATA and examples say."""
    rules = working_rules()
    check(pytestconfig, "docs/rules.md", rules_page.page(rules.rules, working_examples(rules)))


def test_the_commands_page(pytestconfig: pytest.Config) -> None:
    """docs/commands.md is the help text of every command."""
    check(pytestconfig, "docs/commands.md", commands_page())


def test_the_kinds_of_record(pytestconfig: pytest.Config) -> None:
    """docs/records.md lists every kind of record with its predicate type and what it says."""
    rows = [
        f"| `{kind}` | `{kind.predicate_type}` | {schemas.load(f'records/{kind}')['description']} |" for kind in Kind
    ]
    expected = "\n".join(["| Kind | Predicate type | It says |", "|---|---|---|", *rows, ""])
    check_block(pytestconfig, "docs/records.md", "kinds", expected)


def test_the_fields_of_records(pytestconfig: pytest.Config) -> None:
    """docs/records.md lists every field of every kind of record, in the schema's order and words."""
    check_block(pytestconfig, "docs/records.md", "fields", "\n".join(_table(kind) for kind in Kind))


def _table(kind: Kind) -> str:
    schema = schemas.load(f"records/{kind}")
    whole = {**schema, "properties": {key: _resolved(part, schema) for key, part in schema["properties"].items()}}
    listed = list(fields(whole))
    optional = [name for name, required, _ in listed if required == "no"]
    allowed = ["phases[].why", "attested"] if kind is Kind.DRILL else []
    assert optional == allowed, "the page says that all others are required"
    rows = [f"| `{name}` | {_words(about)} |" for name, _, about in listed]
    return "\n".join([f"### `{kind}`\n", "| Field | What it is |", "|---|---|", *rows, ""])


def _words(text: str) -> str:
    return text.replace("|", "\\|")


def _resolved(part: Json, schema: Json) -> Json:
    """A subschema whose definitions and alternatives to null are written out, so that its fields can be listed."""
    if isinstance(part, list):
        return [_resolved(item, schema) for item in part]
    if not isinstance(part, dict):
        return part
    merged = dict(part)
    if "$ref" in part:
        merged = {**schema["$defs"][part["$ref"].removeprefix("#/$defs/")], **part}
    for choice in part.get("oneOf", []):
        merged = {**_resolved(choice, schema), **merged}
    return {key: _resolved(value, schema) for key, value in merged.items() if key not in ("$ref", "oneOf")}


def test_the_citations_are_listed(pytestconfig: pytest.Config) -> None:
    """docs/threats.md lists the tests that cite each threat."""
    rows = [f"| {threat} | {_listed(files)} |" for threat, files in docs.citations().items()]
    expected = "\n".join(["| Threat | Cited by |", "|---|---|", *rows, ""])
    check_block(pytestconfig, "docs/threats.md", "citations", expected)


def _listed(files: list[str]) -> str:
    return "<br>".join(f"`{file}`" for file in files) or "no test yet"


def test_the_function_to_copy_is_on_its_page(pytestconfig: pytest.Config) -> None:
    """docs/enforcement.md shows drills/worker/ask.py as it is."""
    code = (ROOT / "drills/worker/ask.py").read_text(encoding="utf-8")
    check_block(pytestconfig, "docs/enforcement.md", "ask.py", f"```python\n{code}```\n")


def test_a_told_story_does_not_change_with_the_digests_of_whole_trees() -> None:
    """A page that tells a story stays as it is when a rule changes and every commit of the story with it."""
    told = "judged: {0} onto origin/main {1}, policies h1:{2}…, tree:{3}, version h1:S9F65GsZ…; merged {4}"
    old = told.format("a" * 12, "b" * 12, "1hbXZmWX", "c" * 64, "d" * 40)
    new = told.format("1" * 12, "2" * 12, "7y0S/eN7", "3" * 64, "d" * 40)
    assert settled(old) == settled(new) != settled(told.format("a" * 12, "a" * 12, "1hbXZmWX", "c" * 64, "d" * 40))
    assert "h1:S9F65GsZ" in settled(old)
    assert "d" * 40 in settled(old)
