"""Formats are found by name, hollow reports are refused, files are written whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import pages
from support.hostile import reports
from support.reports import ERROR, FALLBACK, FOLDER, SAMPLES, finding, report, written

from catalog.errors import JudgeError, UsageError
from checks.finding import Report, Verdict
from checks.reports import FORMATS, parse_option, parse_options, render, render_error, save


@pytest.mark.parametrize("page", sorted(written()))
def test_samples_are_what_is_written(page: str, pytestconfig: pytest.Config) -> None:
    """Each format of each sample is, to the byte, what the samples folder keeps."""
    pages.check(pytestconfig, f"tests/samples/reports/{page}", written()[page])


def test_samples_hold_nothing_else() -> None:
    """A sample that nothing writes any more is gone."""
    kept = {path.name for path in FOLDER.iterdir()} - {"junit.xsd", "codequality.schema.json"}
    assert kept == set(written())


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
def test_order_does_not_matter(form: str, data: st.DataObject) -> None:
    """Shuffled findings, changes, engines and notes are the same bytes."""
    sample = SAMPLES["refuse"]
    mixed = replace(
        sample,
        findings=tuple(data.draw(st.permutations(sample.findings))),
        changes=tuple(data.draw(st.permutations(sample.changes))),
        engines=tuple(data.draw(st.permutations(sample.engines))),
        notes=tuple(data.draw(st.permutations(sample.notes))),
    )
    assert render(form, mixed) == render(form, sample)


@given(reports())
def test_every_writer_survives_anything(hostile: Report) -> None:
    """T15: no text makes a writer fail, and what it writes is UTF-8 without control characters."""
    for form in FORMATS:
        page = render(form, hostile)
        assert page.encode("utf-8").decode("utf-8").endswith("\n")
        assert page.replace("\n", "").isprintable()


@pytest.mark.parametrize("level", ["desk", "cooperative", "pinned", "trusted"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_the_level(form: str, level: str) -> None:
    """T01: how well the judgement was protected from the change is in every format, also when nothing is wrong."""
    for found in (report(assurance=level), report(FALLBACK, assurance=level)):
        assert level in render(form, found)
        assert not any(other in render(form, found) for other in ("cooperative", "pinned", "trusted") if other != level)


@pytest.mark.parametrize("form", FORMATS)
def test_waived_findings_are_visible(form: str) -> None:
    """What a waiver covers is in every format, with who, until when and why."""
    page = render(form, SAMPLES["refuse"])
    assert "rollback.sandbox-only" in page
    assert "the drill point is being rebuilt" in page


@pytest.mark.parametrize("form", FORMATS)
def test_launch_needs_are_visible(form: str) -> None:
    """What a proposed workflow still lacks is in every format."""
    assert "Must be countersigned by gus." in render(form, SAMPLES["all"])


@pytest.mark.parametrize("form", FORMATS)
def test_secrets_are_in_no_format(form: str) -> None:
    """T18: a token that a message quotes reaches no report."""
    token = "glpat-Xk3fT9aLqPz7vWm2Rb8c"
    leaky = finding(token, workflow=token, file=token, message=token, solution=token, field=token, who=(token,))
    assert token not in render(form, report(leaky, launch=(leaky,), notes=(token,), head=token))
    assert token not in render_error(JudgeError(token, why=token, solution=token), form)


@pytest.mark.parametrize("form", FORMATS)
def test_errors_have_a_report(form: str) -> None:
    """T11: a run that could not judge leaves an artifact that says so."""
    page = render_error(ERROR, form)
    assert "error" in page
    assert "too old" in page


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "hollow",
    [
        report(rules=0),
        replace(report(FALLBACK), verdict=Verdict.PASS),
        replace(report(finding()), verdict=Verdict.PASS),
        replace(report(), verdict=Verdict.ERROR),
    ],
)
def test_hollow_reports_are_refused(form: str, hollow: Report) -> None:
    """T11: no rule judged, or a verdict better than the findings, is an error in every format."""
    with pytest.raises(JudgeError):
        render(form, hollow)


def test_unknown_formats_are_refused() -> None:
    """A misspelt format is bad usage, and the message lists the good ones."""
    for call in (lambda: render("xml", report()), lambda: render_error(ERROR, "xml"), lambda: parse_option("xml=a")):
        with pytest.raises(UsageError) as caught:
            call()
        assert "codequality, json, junit, markdown, text" in caught.value.solution


@pytest.mark.parametrize("value", ["", "junit", "junit=", "=out.xml", "JUNIT=out.xml"])
def test_unreadable_options_are_refused(value: str) -> None:
    """`--report` takes FORMAT=PATH and nothing else."""
    with pytest.raises(UsageError):
        parse_option(value)


def test_options_are_read() -> None:
    """Several reports are written in one run; a path may hold an equals sign."""
    assert parse_options(["junit=a.xml", "json=b=c.json"]) == (("junit", Path("a.xml")), ("json", Path("b=c.json")))


def test_two_reports_for_one_file_are_refused() -> None:
    """One report never overwrites another of the same run."""
    with pytest.raises(UsageError):
        parse_options(["junit=a.xml", "json=a.xml"])


def test_save_replaces_whole(tmp_path: Path) -> None:
    """A report is replaced, encoded as UTF-8, and nothing else is left in the folder."""
    target = tmp_path / "gate.txt"
    save(target, "old\n")
    save(target, "neu: ü\n")
    assert target.read_bytes() == "neu: ü\n".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_save_is_readable_by_others(tmp_path: Path) -> None:
    """An artifact has the permissions that the umask gives, as any file."""
    mask = os.umask(0o022)
    try:
        save(tmp_path / "gate.txt", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "gate.txt").stat().st_mode) == 0o644


def test_save_replaces_a_link_and_spares_its_target(tmp_path: Path) -> None:
    """T10: a symbolic link planted at a report's path leads nowhere."""
    victim = tmp_path / "victim"
    victim.write_text("keep")
    (tmp_path / "gate.txt").symlink_to(victim)
    save(tmp_path / "gate.txt", "report")
    assert victim.read_text() == "keep"


def test_save_failing_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing breaks off, the old report stays and no temporary file does."""
    target = tmp_path / "gate.txt"
    save(target, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError) as caught:
        save(target, "new")
    assert caught.value.why == "No space left on device"
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_save_refuses_what_is_no_file(tmp_path: Path) -> None:
    """A folder, or a folder that is not there, is bad usage and says so."""
    for path in (tmp_path, tmp_path / "no" / "gate.txt"):
        with pytest.raises(UsageError):
            save(path, "x")


def test_formats_load_alone() -> None:
    """Asking for plain text loads neither the XML library nor rich nor click, so the gate starts fast."""
    program = (
        "import sys; from support.reports import SAMPLES; from checks.reports import render;"
        "render('text', SAMPLES['refuse']); print(sorted({'rich', 'click', 'junitparser'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout == "[]\n"


def test_the_page_names_every_format() -> None:
    """docs/report.md has a row for each format."""
    page = (pages.ROOT / "docs/report.md").read_text(encoding="utf-8")
    assert not [form for form in FORMATS if f"| `{form}` |" not in page]
