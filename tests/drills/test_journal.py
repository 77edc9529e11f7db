"""The journal: each line on disk before anything else is done, whole lines only, and one holder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.company import ROOT

from catalog.errors import SourceError, UsageError
from drills import journal as journals
from drills.journal import NAME, Journal, read


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    with closing(Journal(folder / "run", iter(range(100)).__next__)) as journal:
        yield journal


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """In its order, each with its moment."""
    with opened(tmp_path) as journal:
        journal.write("begins", one=1)
        journal.write("ends", two=[2])
    assert read(tmp_path / "run") == [{"t": 0, "event": "begins", "one": 1}, {"t": 1, "event": "ends", "two": [2]}]


def test_a_line_is_on_disk_when_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is synced as a whole, and only then is anybody told."""
    synced: list[bytes] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append((tmp_path / "run" / NAME).read_bytes())
        real(descriptor)

    told: list[int] = []
    with opened(tmp_path) as journal:
        journal.listeners.append(lambda _: told.append(len(synced)))
        monkeypatch.setattr(os, "fsync", fsync)
        journal.write("begins")
        journal.write("ends")
    assert [content.count(b"\n") for content in synced] == [1, 2]
    assert told == [1, 2]


@pytest.mark.parametrize("torn", [b'{"t": 2, "ev', b"{", b'{"t": 2, "event": "x"}'])
def test_a_torn_last_line_is_no_line(tmp_path: Path, torn: bytes) -> None:
    """Neither for who reads, nor for who goes on with it."""
    with opened(tmp_path) as journal:
        journal.write("begins")
    with (tmp_path / "run" / NAME).open("ab") as file:
        file.write(torn)
    assert [one["event"] for one in read(tmp_path / "run")] == ["begins"]
    with opened(tmp_path) as journal:
        journal.write("recovered")
    assert [one["event"] for one in read(tmp_path / "run")] == ["begins", "recovered"]


def test_one_process_holds_it(tmp_path: Path) -> None:
    """A second one is told that the run goes on, and what to do."""
    code = (
        "import sys; from pathlib import Path; from drills.journal import Journal\n"
        "try: Journal(Path(sys.argv[1]), float)\n"
        "except Exception as error: print(error.message, error.solution)"
    )

    def said() -> str:
        command = [sys.executable, "-c", code, str(tmp_path / "run")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()

    with opened(tmp_path):
        with pytest.raises(UsageError, match="still running"), opened(tmp_path):
            pass
        assert said() == "run is still running. Let it end, or end it: Ctrl-C."
    assert said() == ""


def test_a_document_is_kept_beside_it(tmp_path: Path) -> None:
    """For its owner alone."""
    with opened(tmp_path) as journal:
        journal.keep("result.json", {"outcome": "passed"})
    kept = tmp_path / "run" / "result.json"
    assert (json.loads(kept.read_bytes()), kept.stat().st_mode & 0o777) == ({"outcome": "passed"}, 0o600)


def test_its_name_is_where_recovery_looks() -> None:
    """A killed run is found by it."""
    assert journals.NAME == "journal.jsonl"


def test_no_line_holds_a_secret(tmp_path: Path) -> None:
    """T18: whoever answered with it, and wherever in the answer; who listens is told no more than what is kept."""
    secret = 'a"b\\c-0123456789'
    told: list[Mapping[str, object]] = []
    with opened(tmp_path) as journal:
        journal.secrets = {secret, "t"}
        journal.listeners.append(told.append)
        journal.write("answer", why=f"no {secret}!", given={secret: [secret, 1, None, {"x": (secret,)}]})
    wanted = {"why": "no [hidden]!", "given": {"[hidden]": ["[hidden]", 1, None, {"x": ["[hidden]"]}]}}
    assert read(tmp_path / "run") == told == [{"t": 0, "event": "answer", **wanted}]
    assert secret not in (tmp_path / "run" / NAME).read_text()


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_what_no_line_can_hold_is_not_written(tmp_path: Path, answer: float) -> None:
    """A service may answer with anything; a journal that cannot be read again would keep its run from coming home."""
    with opened(tmp_path) as journal:
        with pytest.raises(SourceError, match="cannot be written down"):
            journal.write("answer", given=answer)
        journal.write("ends")
    assert [one["event"] for one in read(tmp_path / "run")] == ["ends"]


def test_half_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk, on the way home: what could not be written is left out, and spoils no line after it."""
    real = os.write
    with opened(tmp_path) as journal:
        journal.write("begins")
        journal.lenient = True
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda descriptor, line: real(descriptor, line[:7]))
            journal.write("undone")
        journal.write("ends")
    assert [one["event"] for one in read(tmp_path / "run")] == ["begins", "ends"]


DAMAGED = (
    b"[]",
    b"{}",
    b'{"t": 1}',
    b'{"t": "x", "event": "y"}',
    b'{"t": 1, "t": 2, "event": "y"}',
    b"\xff",
    b"[" * 99999,
)


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    """T07: what no runner writes is no line; nobody goes by the others then."""
    with opened(tmp_path) as journal:
        journal.write("begins")
    with (tmp_path / "run" / NAME).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(SourceError) as error:
        read(tmp_path / "run")
    assert (error.value.message, error.value.why) == ("The journal of run is damaged.", "Line 2 is none of a run.")
