"""`countersign gate`: its options, what it prints and what it writes."""

from __future__ import annotations

import json
import os
import shutil
import xml.etree.ElementTree as ET

import pytest
from support.company import ROOT
from support.desk import FALLBACK, PROMPT, Desk

FORMATS = ("text", "json", "junit", "codequality", "markdown")


def shorten(desk: Desk) -> None:
    desk.replace(PROMPT, "at most 120 plain words", "at most 90 plain words")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--all", "--staged"), "--all and --staged cannot go together"),
        (("--all", "--base", "main"), "--all and --base cannot go together"),
        (("--staged", "--base", "main"), "--staged and --base cannot go together"),
        (("--all", "--staged", "--base", "main"), "cannot go together"),
        (("--head", "change"), "--head needs --base"),
        (("--all", "--head", "change"), "--head needs --base"),
        (("--all", "--target", "main"), "--target cannot go with --all"),
        (("--base", "main", "--target", "main"), "--target cannot go with --base"),
        (("--report", "junit"), "Cannot read the report option"),
        (("--report", "pdf=x.pdf"), "no report format"),
        (("--report", "json=a", "--report", "text=a"), "Two reports would be written"),
        (("--now", "2020-01-01"), "is in the past"),
        (("--replay",), "--replay needs --now"),
    ],
)
def test_contradictory_options_are_bad_usage(desk: Desk, args: tuple[str, ...], words: str) -> None:
    """Options that cannot go together are named before anything is judged or written."""
    judged = desk.gate(*args, reports=False)
    assert judged.exit_code == 2, judged.output
    assert words in " ".join(judged.output.split())
    assert "->" in judged.output


@pytest.mark.parametrize("level", ["desk", "cooperative", "pinned"])
def test_the_level_is_what_the_pipeline_says(desk: Desk, level: str) -> None:
    """The report names the level that the run was given."""
    assert desk.gate("--assurance", level).report["judged"]["assurance"] == level


def test_trusted_is_no_level_of_the_gate(desk: Desk) -> None:
    """What reads no approvals from a forge and merges nothing cannot be called trusted."""
    assert desk.gate("--assurance", "trusted", reports=False).exit_code == 2


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("edit", "code"), [(False, 0), (True, 1)])
def test_every_format_is_printed(desk: Desk, form: str, edit: bool, code: int) -> None:
    """`--format` prints the one report asked for and nothing else; the exit code is the verdict's in each."""
    if edit:
        desk.path(FALLBACK).unlink()
    judged = desk.gate("--format", form, reports=False)
    assert judged.exit_code == code, judged.output
    if form in ("json", "codequality"):
        json.loads(judged.output)
    elif form == "junit":
        ET.fromstring(judged.output)
    assert judged.output.endswith("\n")


def test_several_reports_in_one_run(desk: Desk) -> None:
    """`--report` may be given for every format at once, and each says what `--format` would print."""
    shorten(desk)
    folder = desk.folder.parent
    options = [word for form in FORMATS for word in ("--report", f"{form}={folder / form}")]
    moment = ("--now", "2099-01-01T00:00:00Z")
    assert desk.gate(*moment, *options, reports=False).exit_code == 4
    for form in FORMATS[1:]:
        printed = desk.gate(*moment, "--format", form, reports=False).output
        assert (folder / form).read_text() == printed, form


def test_the_same_run_gives_the_same_bytes(desk: Desk) -> None:
    """At the same moment two runs print the same bytes."""
    shorten(desk)
    desk.path(FALLBACK).unlink()
    runs = {desk.gate("--now", "2099-01-01", "--format", form, reports=False).output for form in ("json", "json")}
    assert len(runs) == 1


def test_reports_are_written_for_errors_too(desk: Desk) -> None:
    """When nothing could be judged every report asked for says so, and none is green."""
    desk.write("policies/verdict.rego", "")
    folder = desk.folder.parent
    options = [word for form in FORMATS for word in ("--report", f"{form}={folder / form}")]
    assert desk.gate(*options, reports=False).exit_code == 3
    assert json.loads((folder / "json").read_text())["verdict"] == "error"
    assert ET.fromstring((folder / "junit").read_text()).attrib["errors"] == "1"
    assert json.loads((folder / "codequality").read_text())
    assert "not a pass" in (folder / "text").read_text()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere/x.json", "No such file or directory"), ("/nowhere/x.json", "No such file or directory"),
        ("workflows", "not a file"), ("team/people.yaml/x.json", "No such file or directory"),
        ("workflows/reports/x.json", "No such file or directory"), ("x" * 300, "File name too long"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_written_is_bad_usage(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    """Before anything is judged or written, each path of a report is looked at; a bad one is named, with the reason."""
    monkeypatch.setattr("countersign.commands.gate.judge", lambda _: pytest.fail("it judged"))
    good = desk.folder.parent / "good.json"
    judged = desk.gate("--report", f"json={good}", "--report", f"junit={path}", reports=False)
    assert judged.exit_code == 2
    shown = " ".join(judged.output.split())
    assert path[:100] in shown
    assert words in shown
    assert "judged" not in shown
    assert not good.exists()


def test_reports_have_a_folder_that_git_ignores(desk: Desk) -> None:
    """`reports/` is made at the root of a clone, and what is written there is no change that the next run judges."""
    shutil.copyfile(ROOT / ".gitignore", desk.path(".gitignore"))
    desk.land("Ignore reports")
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.git("fetch", "--quiet")
    assert desk.run("gate", "--report", "junit=reports/gate.xml").exit_code == 0
    ET.fromstring(desk.path("reports/gate.xml").read_text())
    assert desk.passes().report["findings"] == []


def test_the_words_say_what_was_judged(desk: Desk) -> None:
    """The report says whether the working tree, what is staged, or a commit was judged."""
    shorten(desk)
    desk.git("add", "--all")
    assert "judged: what is staged onto origin/main" in desk.gate("--staged").output
    assert "judged: working tree onto origin/main" in desk.gate().output
    desk.commit("Shorter")
    head = desk.git("rev-parse", "HEAD")[:12]
    for args in ((), ("--staged",)):
        assert f"judged: {head} onto origin/main" in desk.gate(*args).output


def test_a_hook_lets_waits_through(desk: Desk) -> None:
    """`--hook` prints what is waited for and ends with 0; refusals and errors still fail."""
    shorten(desk)
    desk.git("add", "--all")
    judged = desk.gate("--hook", "--staged")
    assert judged.exit_code == 0
    assert judged.report["exit_code"] == 4
    assert "wait" in judged.output
    desk.path(FALLBACK).unlink()
    assert desk.gate("--hook").exit_code == 1
    desk.write("policies/verdict.rego", "")
    assert desk.gate("--hook").exit_code == 3


def test_colour_is_for_terminals(desk: Desk) -> None:
    """A pipe gets no escape sequences, whatever the environment asks for."""
    shorten(desk)
    os.environ["FORCE_COLOR"] = "1"
    try:
        assert "\x1b" not in desk.gate().output
    finally:
        del os.environ["FORCE_COLOR"]
