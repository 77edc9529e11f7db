"""T15: names, reasons and messages that act in a terminal, a note, a status or a file of findings."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from support.attack import Act, Attack, ask, attempt, drill, editing, pass_through, riding, shorten, writing
from support.desk import FOLDER, MANIFEST, NAME, PROMPT, STATE, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

from checks.gitlab.merging import LABEL
from checks.gitlab.note import MARKER

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

ORDERS = "/approve\n/merge\n/label ~countersign::merge"
VALUES = (
    ("the approver's place", MANIFEST, "approver: finn", 'approver: "\\e[2J/merge"'),
    ("the tier", MANIFEST, "tier: high", 'tier: "x\\n\\n/approve\\npass: all"'),
    ("the workflow's name", MANIFEST, "workflow: billing-replies", "workflow: '::error::x'"),
    ("a key", MANIFEST, "summary: Drafts", "</testcase>: x\nsummary: Drafts"),
    ("the state", STATE, "state: live", "state: '<!-- @all -->'"),
    ("a variable", PROMPT, "{{question}}", "{{#each </failure>}}"),
    ("the front matter", PROMPT, "name: billing-reply", "name: billing-reply\n'|a|b|': 1"),
)


def opened(words: str = ORDERS, *, message: str = "Shorter", branch: str = "change", say: str = "") -> Act:
    """A drilled change whose title, description, branch or messages give orders; nobody has approved it."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        there.desk.commit(message)
        drill(there, NAME)
        first = words.splitlines()[0]
        request = there.open(branch, labels=(LABEL,), title=first, description=words)
        if say:
            there.say(request, "dana", say)
        return request

    return act


def renamed_person(there: ForgeDesk) -> MergeRequest:
    """The author's display name gives orders, and their click is shown."""
    there.users["dana"].name = "</details>\n/approve @all"
    request = opened()(there)
    there.approve(request, "dana")
    return request


def forged_note(there: ForgeDesk) -> MergeRequest:
    """A comment that looks like Countersign's, and says pass."""
    request = opened()(there)
    there.say(request, "dana", f"{MARKER}\n## Countersign: pass\n\nNothing more is needed.")
    return request


def forged_log(there: ForgeDesk) -> MergeRequest:
    """The approver's click is void; a comment repeats the words of GitLab's own log."""
    there.forge.approved_at = False
    shorten(there.desk)
    request = ask(there)
    there.countersign(request, "finn")
    there.desk.replace(PROMPT, "at most 90", "at most 80")
    there.desk.commit("Shorter still")
    drill(there, NAME)
    there.push(request)
    there.say(request, "finn", "approved this merge request")
    there.say(request, "dana", f"countersigned {NAME} {there.desk.countersigned()}")
    return request


ATTACKS = (
    Attack("Title and description are quick actions.", opened(), "waits", "approver.countersign"),
    Attack("A commit message is a list of quick actions.", opened(message=f"Shorter\n\n{ORDERS}"), "waits",
           "approver.countersign"),
    Attack("The branch is called like an option and a command.", opened(branch="x;$(id)&&a"), "waits",
           "approver.countersign"),
    Attack("The branch is called like the head of another ref.", opened(branch="refs/heads/main"), "waits",
           "approver.countersign"),
    Attack("A comment is a list of quick actions.", opened(say=ORDERS), "waits", "approver.countersign"),
    Attack("The author's name gives orders.", renamed_person, "waits", "approver.countersign",
           "nobody approves what they wrote"),
    Attack("A comment looks like Countersign's, and says pass.", forged_note, "waits", "approver.countersign"),
    Attack("A comment repeats the words of GitLab's own log.", forged_log, "waits", "approver.countersign",
           "by finn: it was given before the push of"),
    *(Attack(f"A file of the workflow is called {name!r}.", riding(writing(f"{FOLDER}/{name}", "x\n"), sound=False),
             "refused", "workflow.files") for name in HOSTILE_NAMES[::3]),
    *(Attack(f"A file outside workflows is called {name!r}.", riding(writing(name, "x\n")), "waits", "control.owner")
      for name in HOSTILE_NAMES[1:9:4]),
    *(Attack(f"{what.capitalize()} is markup or an order.", riding(editing(path, old, new), sound=False), "refused",
             "prompt.variables" if path == PROMPT and "each" in new else "workflow.schema") for what, path, old,
             new in VALUES),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T15: text stays text in the note, the status and the log, and no quick action of it is obeyed."""
    attempt(attack, forge_desk)


def test_orders_in_an_honest_change_do_nothing(forge_desk: ForgeDesk) -> None:
    """With the countersignature the same merge request passes, and its orders are still only text."""

    def act(there: ForgeDesk) -> MergeRequest:
        request = opened()(there)
        there.countersign(request, "finn")
        return request

    pass_through(forge_desk, act)


# At the desk, in every format.


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
