"""The text report cannot be forged by what it quotes."""

from __future__ import annotations

import re

from hypothesis import given
from support.hostile import hostile, reports
from support.reports import SAMPLES, change, finding, report

from catalog.errors import JudgeError, UsageError
from checks.finding import Report
from checks.reports.shape import arrange
from checks.reports.text import write, write_error

FINDING = re.compile(r"  (deny  |wait  |warn  |waived)  ")


@given(reports())
def test_nothing_is_forged(hostile: Report) -> None:
    """T15: a line a finding, one verdict line and it is the last, and no line that a CI runner obeys."""
    lines = write(hostile).splitlines()
    assert sum(bool(FINDING.match(line)) for line in lines) == len(arrange(hostile).findings)
    verdicts = [line for line in lines if re.match(r"(pass|wait|refuse|error): ", line)]
    assert verdicts == [lines[-1]]
    assert lines[-1].startswith(f"{hostile.verdict}: ")
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]


@given(hostile())
def test_errors_cannot_be_forged(text: str) -> None:
    """T15: an error's text cannot fake a verdict line."""
    lines = write_error(JudgeError(text, why=text, solution=text)).splitlines()
    assert [line for line in lines if re.match(r"(pass|wait|refuse|error): ", line)] == [lines[-1]]


@given(hostile())
def test_a_misuse_cannot_forge_a_verdict(text: str) -> None:
    """T15: of a command that was only misused, the first line says error, and no other looks like a verdict."""
    lines = write_error(UsageError(text, why=text, solution=text)).splitlines()
    assert [line for line in lines if re.match(r"(pass|wait|refuse|error): ", line)] == [lines[0]]
    assert "not a pass" not in lines[-1]


def test_long_lines_are_wrapped_and_zero_never_wraps() -> None:
    """Text folds at the width asked for; width 0 leaves every message on one line."""
    page = report(finding(message="word " * 60))
    folded = [line for line in write(page, width=60).splitlines() if line.startswith(" " * 10)]
    assert 50 < max(len(line) for line in folded) <= 60
    assert f"{'word ' * 59}word\n" in write(page, width=0)


def test_colour_is_only_colour() -> None:
    """Colours add escape sequences and change nothing else."""
    page = SAMPLES["refuse"]
    coloured = write(page, colour=True)
    assert "\x1b[31m\x1b[1mdeny" in coloured
    assert re.sub(r"\x1b\[[0-9]*m", "", coloured) == write(page)


def test_every_label_has_a_colour() -> None:
    """Each verdict and severity can be painted."""
    for page in SAMPLES.values():
        assert "\x1b[" in write(page, colour=True)
    assert "\x1b[" in write_error(JudgeError("x"), colour=True)


def test_odd_names_are_quoted() -> None:
    """T15: a workflow named like a verdict is seen to be a name."""
    assert '"pass: 9 workflows"  widening' in write(report(changes=(change("pass: 9 workflows"),)))


def test_needs_are_shown_once() -> None:
    """Who must countersign is said, unless a finding already says it."""
    assert "  needs   gus to countersign\n" in write(report(finding(), changes=(change(needs=("finn", "gus")),)))
    assert "  needs" not in write(report(finding(), changes=(change(needs=("finn",)),)))
