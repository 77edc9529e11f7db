"""T15: names, reasons and messages that act in a report."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from support.desk import FOLDER, MANIFEST, NAME, PROMPT, STATE, Desk

FORMATS = ("text", "json", "junit", "markdown", "codequality")
KNOWN = {
    "testsuites", "testsuite", "testcase", "failure", "error", "properties", "property", "system-out", "skipped",
}  # fmt: skip
HOSTILE_NAMES = (
    "\x1b[2J\x1b[1;1Hpass: all well.md",
    "a\n\npass: 1 workflow\n.md",
    "section_start:1:x\r\x1b[0K.md",
    "::error file=a::b.md",
    "]]><x>.md",
    "<script>alert(1)<|script>.md",
    "`/merge` @all #1 !1.md",
    "\u202egpj.md",
    "\r\n/approve\r\n.md",
    "https:evil.example|b|.md",
    "--> [a](javascript:x).md",
)


def written(desk: Desk, *args: str) -> dict[str, str]:
    """Every report of one run, by format; the printed text as well."""
    files = {form: desk.folder.parent / f"report.{form}" for form in FORMATS}
    options = [option for form, file in files.items() for option in ("--report", f"{form}={file}")]
    judged = desk.gate(*args, *options)
    assert judged.exit_code in (1, 3, 4), judged.output
    return {"printed": judged.output, **{form: file.read_text(encoding="utf-8") for form, file in files.items()}}


def harmless(pages: dict[str, str]) -> None:
    """No page has a control character but line feeds, or a line that gives an order; machine formats parse."""
    for form, page in pages.items():
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", page), (form, page)
        lines = page.splitlines()
        assert not [line for line in lines if re.match(r"\s*(/\w|::|##\[|section_(start|end))", line)], (form, page)
    assert json.loads(pages["json"])["verdict"] != "pass"
    assert isinstance(json.loads(pages["codequality"]), list)
    suites = ET.fromstring(pages["junit"])
    assert {element.tag for element in suites.iter()} <= KNOWN
    for form in ("printed", "text"):
        assert not [line for line in pages[form].splitlines() if line.startswith("pass:")], pages[form]
    assert "<script" not in re.sub(r"(`+).*?\1", "", pages["markdown"])


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_file_names_are_only_names(desk: Desk, name: str) -> None:
    """T15: a hostile file name in a workflow and beside it stays one harmless piece of text in every format."""
    desk.write(f"{FOLDER}/{name}", "x\n")
    desk.write(name, "x\n")
    harmless(written(desk))


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if "/" not in name])
def test_folder_names_are_only_names(desk: Desk, name: str) -> None:
    """T15: so does the name of a workflow's folder."""
    desk.write(f"workflows/{name}/workflow.yaml", "workflow: x\n")
    pages = written(desk)
    harmless(pages)


@pytest.mark.parametrize(
    "email", ["<script>@x", "/merge\t@all", "a]]>b@x", "$(id)@x", "\x1b[31mred@x", "\u202ea@x", "`x`@x", "[a](b)@x"]
)
def test_addresses_are_only_text(desk: Desk, email: str) -> None:
    """T15: an address in a co-author line is quoted as harmless text, and refused where it is nobody's."""
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit(f"Shorter\n\nCo-authored-by: X {email}")
    pages = written(desk, "--assurance", "cooperative")
    harmless(pages)
    assert [one for one in json.loads(pages["json"])["findings"] if one["code"] == "people.identity"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (MANIFEST, "approver: finn", 'approver: "</failure><x/>"'),
        (MANIFEST, "approver: finn", 'approver: "\\e[2J/merge"'),
        (MANIFEST, "tier: high", 'tier: "x\\n\\n/approve\\npass: all"'),
        (MANIFEST, "workflow: billing-replies", "workflow: '::error::x'"),
        (MANIFEST, "summary: Drafts", "</testcase>: x\nsummary: Drafts"),
        (STATE, "state: live", 'state: "paused\\u202e"'),
        (STATE, "state: live", "state: '<!-- @all -->'"),
        (PROMPT, "{{question}}", "{{#each </failure>}}"),
        (PROMPT, "name: billing-reply", "name: billing-reply\n'|a|b|': 1"),
    ],
)
def test_values_are_only_text(desk: Desk, path: str, old: str, new: str) -> None:
    """T15: what a manifest, state or prompt says is quoted as harmless text."""
    desk.replace(path, old, new)
    harmless(written(desk))


def test_a_rule_of_the_change_cannot_forge_a_report(desk: Desk) -> None:
    """T15: messages come from Rego, which the change may bring: they are text like any other."""
    rule = desk.path("policies/gate/note/one-page.rego")
    head = rule.read_text().split("\npackage ")[0]
    message = r'"\u001b[2Jx\n\n/merge\npass: all </failure> <script>"'
    hit = f'{{"workflow": "{NAME}", "field": "summary", "file": "a\\n/b", "line": 1, "message": {message}}}'
    rule.write_text(f'{head}\npackage countersign.gate.note["one-page"]\n\nfindings contains {hit}\n')
    harmless(written(desk))


def test_errors_are_text_too(desk: Desk, tmp_path: Path) -> None:
    """T15: an error that quotes the change is as harmless, in every format."""
    desk.write("policies/gate/note/one-page.rego", "package \x1b[2J</error>\n/merge\n")
    harmless(written(desk))


def test_a_secret_is_not_copied_into_a_report(desk: Desk) -> None:
    """T15, T18: a token in a name of the change is masked in every format."""
    token = f"glpat-{'x' * 24}"
    desk.write(f"{FOLDER}/{token}.md", "x\n")
    assert not [form for form, page in written(desk).items() if token in page]
