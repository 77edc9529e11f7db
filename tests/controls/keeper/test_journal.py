"""The keeper's journal: what was held stays held, whenever the machine stops; what was lifted never comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import RecordError
from controls.keeper.journal import Journal

STOP = "stops/billing-replies/all/s1"


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    try:
        yield journal
    finally:
        journal.close()


def test_it_remembers(tmp_path: Path) -> None:
    """Presences, lifts and the newest bundle's number are there for the next process."""
    with opened(tmp_path / "a/journal") as journal:
        assert journal.hold({STOP: {"version": "*"}, "stops/b/all/s2": {}}) == ["stops/b/all/s2", STOP]
        assert journal.hold({STOP: {"version": "other"}}) == []
        journal.lift({"stops/b/all/s2": {}})
        journal.saw(41)
        journal.saw(7)
    with opened(tmp_path / "a/journal") as journal:
        assert (journal.held, journal.lifted, journal.seq) == ({STOP: {"version": "*"}}, {"stops/b/all/s2": ""}, 41)
        assert journal.hold({"stops/b/all/s2": {}}) == []


@given(st.data())
def test_wherever_a_write_was_cut_all_before_it_holds(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A machine that stops in the middle of a line loses that line and no other, and goes on behind it."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    with opened(path) as journal:
        for number in range(3):
            journal.hold({f"stops/w/all/s{number}": {"version": "*"}})
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    with opened(path) as journal:
        assert len(journal.held) == whole[:cut].count(b"\n")
        journal.hold({STOP: {}})
    with opened(path) as journal:
        assert STOP in journal.held


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'{"seq": "x"}', b'{"hold": "a"}', b"\xff"])
def test_a_damaged_line_is_an_error(tmp_path: Path, line: bytes) -> None:
    """What was whole once and cannot be read is not skipped: it may have been a stop."""
    (tmp_path / "journal").write_bytes(b'{"seq": 1}\n' + line + b'\n{"seq": 2}\n')
    with pytest.raises(RecordError, match="cannot be used") as refused, opened(tmp_path / "journal"):
        pass
    assert refused.value.why == "line 2 is damaged"


def test_two_keepers_need_two(tmp_path: Path) -> None:
    """A second process on the same file is refused, as long as the first has it."""
    with opened(tmp_path / "journal"):  # noqa: SIM117
        with pytest.raises(RecordError) as refused, opened(tmp_path / "journal"):
            pass
    assert "another keeper uses it" in refused.value.why
    with opened(tmp_path / "journal"):
        pass
