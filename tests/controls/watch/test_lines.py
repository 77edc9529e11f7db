"""Numbers from lines of JSON: what is counted is summed, a share is averaged, over the time that ends now."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.numbers import report

from catalog.errors import SourceError
from controls.watch.lines import Lines

HOUR = 3600.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of numbers, without any yet."""
    file = tmp_path / "numbers.jsonl"
    file.touch()
    return file


def test_what_is_counted_is_summed_over_the_time(file: Path) -> None:
    """Each line says how many there were since the one before; what is older than the time is left out."""
    for ago, value in ((2 * HOUR, 5), (0.5 * HOUR, 1), (0.1 * HOUR, 2)):
        report(file, "wrong_price", value, ago=ago)
    lines = Lines(file)
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": 3.0}
    assert lines.values("wrong_price", 3 * HOUR, "billing-replies") == {"billing-replies": 8.0}
    assert lines.values("wrong_price", 3 * HOUR, "ticket-triage") == {}


@pytest.mark.parametrize("metric", ["rework_minutes_per_task", "thrown_away_percent", "hit_ratio", "wait_seconds"])
def test_a_share_is_averaged_over_the_time(file: Path, metric: str) -> None:
    """What is called a share or a mean is one; of a time in which nobody reported it there is none."""
    for ago, value in ((2 * HOUR, 50), (0.5 * HOUR, 4), (0.1 * HOUR, 8)):
        report(file, metric, value, ago=ago)
    lines = Lines(file)
    lines.begin()
    assert lines.values(metric, HOUR) == {"billing-replies": 6.0}
    assert lines.values(metric, 60.0) == {}


def test_only_lately_reported_numbers_are_heard(file: Path) -> None:
    """Also a zero is news; what is old, or dated far ahead, is none."""
    report(file, "wrong_price", 0, ago=10)
    report(file, "wrong_price", 0, ago=2 * HOUR, workflow="ticket-triage")
    report(file, "wrong_price", 9, ago=-HOUR, workflow="help-centre-edits")
    lines = Lines(file)
    lines.begin()
    assert lines.heard("wrong_price", HOUR) == {"billing-replies"}
    assert lines.values("wrong_price", HOUR)["help-centre-edits"] == 0


def test_what_is_added_counts_once(file: Path) -> None:
    """However often it is looked at; a line that is still being written waits for its end."""
    report(file, "wrong_price", 1)
    lines = Lines(file)
    whole = file.read_bytes()
    for _ in range(3):
        lines.begin()
    file.write_bytes(whole + whole[:20])
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": 1.0}
    with file.open("ab") as stream:
        stream.write(whole[20:])
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": 2.0}


@pytest.mark.parametrize("replaced", [True, False], ids=["another file", "cut short"])
def test_what_stands_in_the_file_is_all_that_is_known(file: Path, *, replaced: bool) -> None:
    """Another file in its place, or one that was cut short, is read from its start, and nothing twice."""
    report(file, "wrong_price", 1, ago=60)
    report(file, "wrong_price", 1)
    lines = Lines(file)
    lines.begin()
    kept = file.read_bytes().splitlines(keepends=True)
    if replaced:
        other = file.with_suffix(".new")
        other.write_bytes(b"".join(kept))
        other.replace(file)
        expected = 2.0
    else:
        file.write_bytes(kept[0])
        expected = 1.0
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": expected}


@pytest.mark.parametrize(
    "line",
    [
        "x", "[" * 100_000, "[]", "{}", "7", "null",
        '{"workflow": "a", "metric": "m", "value": "many", "at": "2026-11-20T12:00:00Z"}',
        '{"workflow": "a", "metric": "m", "value": NaN, "at": "2026-11-20T12:00:00Z"}',
        '{"workflow": "a", "metric": "m", "value": 1e999, "at": "2026-11-20T12:00:00Z"}',
        '{"workflow": "a", "metric": "m", "value": 1, "at": "yesterday"}',
        '{"workflow": "a", "metric": "m", "value": 1, "at": 5}',
    ],
)  # fmt: skip
def test_a_line_that_says_no_number_is_an_error_until_it_is_mended(file: Path, line: str) -> None:
    """T10: nothing of such a file is believed; once it is mended, each line counts once."""
    report(file, "wrong_price", 1)
    good = file.read_text()
    lines = Lines(file)
    file.write_text(f"{good}{line}\n")
    for _ in range(2):
        lines.begin()
        with pytest.raises(SourceError, match="holds a line that says no number"):
            lines.heard("wrong_price", HOUR)
        with pytest.raises(SourceError):
            lines.values("wrong_price", HOUR)
    file.write_text(f"{good}{good}")
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": 2.0}


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """It is named, with the system's own word for why."""
    lines = Lines(tmp_path / "gone.jsonl")
    lines.begin()
    with pytest.raises(SourceError, match=r"gone\.jsonl cannot be read: No such file"):
        lines.heard("wrong_price", HOUR)


def test_what_was_written_over_in_place_is_read_anew(file: Path) -> None:
    """Also when it is no shorter than before."""
    for _ in range(2):
        report(file, "wrong_price", 0)
    lines = Lines(file)
    lines.begin()
    before = file.read_text()
    file.write_text("")
    report(file, "wrong_price", 9)
    file.write_text(file.read_text() + before)
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": 9.0}


def test_a_sum_that_is_no_number_is_above_any_limit(file: Path) -> None:
    """T10: whoever reports nonsense does not blind the watcher."""
    for _ in range(2):
        report(file, "wrong_price", 1e308)
    lines = Lines(file)
    lines.begin()
    assert lines.values("wrong_price", HOUR) == {"billing-replies": float("inf")}
