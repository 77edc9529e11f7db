"""A file is the old one or the new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.errors import UsageError
from drills.publish import files


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """Its folder is made, its rights are those of any new file, and nothing else is left there."""
    path = tmp_path / "a" / "b.json"
    files.write(path, [b"one", b"two"])
    (tmp_path / "plain").touch()
    assert path.read_bytes() == b"onetwo"
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_one(tmp_path: Path) -> None:
    """What fails half-way changes nothing and leaves nothing."""
    path = tmp_path / "b.json"
    path.write_text("old")

    def parts() -> Iterator[bytes]:
        yield b"new"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        files.write(path, parts())
    assert [path.read_text(), *tmp_path.iterdir()] == ["old", path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The message says which file, and why."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/b\.json cannot be written: (File exists|Not a directory)"):
        files.write(tmp_path / "file" / "b.json", [b""])
