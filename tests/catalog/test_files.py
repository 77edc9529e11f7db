"""Files that another job left: read as regular files, to a limit, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalog.errors import SourceError
from catalog.files import read_plain


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    """To its last byte, up to the limit."""
    (tmp_path / "file").write_bytes(b"12345")
    assert read_plain(tmp_path / "file", 5) == b"12345"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """T19: one byte more than the limit is read, whatever its size."""
    with (tmp_path / "file").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SourceError, match="is larger than 5 bytes"):
        read_plain(tmp_path / "file", 5)


@pytest.mark.parametrize(
    ("kind", "why"),
    [("link", "it is a link"), ("pipe", "no regular file"), ("folder", "no regular file"), ("device", "it is a link"),
     ("nothing", "No such file or directory"), ("loop", "it is a link")],
)  # fmt: skip
def test_anything_else_is_refused(kind: str, why: str, tmp_path: Path) -> None:
    """T10: nothing is followed, and nobody is waited for; no file is left open."""
    place = tmp_path / "place"
    (tmp_path / "file").write_bytes(b"12345")
    if kind in ("link", "loop", "device"):
        place.symlink_to({"link": tmp_path / "file", "loop": place, "device": Path("/dev/zero")}[kind])
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(SourceError) as error:
        read_plain(place, 100)
    assert error.value.message.endswith(f"{why}.")
    assert len(os.listdir("/dev/fd")) == before


def test_a_device_is_refused() -> None:
    """T10: it has no end."""
    with pytest.raises(SourceError, match="no regular file"):
        read_plain(Path("/dev/zero"), 100)
