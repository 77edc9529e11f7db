"""A folder that is built beside its place and put there when it is whole."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from catalog.errors import UsageError
from drills.publish.files import umask

MARK = ".countersign-drills"
"""A file by which a folder that was made here is known again."""

_MARKED = "Made by countersign drill publish, which replaces this folder as a whole.\n"


class Folder:
    """The folder that is to be. A context manager: what was not put in place is removed."""

    def __init__(self, place: Path) -> None:
        """Begin it. Raises `UsageError` when its place holds something that was not made here, or cannot be written."""
        self._place = place.absolute()
        if not _is_ours(self._place):
            raise UsageError(
                f"{place} is there, and was not made by this command.",
                why="A site replaces its folder as a whole.",
                solution="Name a folder that does not exist yet, or an empty one.",
            )
        try:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            made = tempfile.mkdtemp(prefix=f".{self._place.name}-", dir=self._place.parent)
        except OSError as error:
            raise UsageError(f"{place} cannot be made: {error.strerror}.") from error
        self._beside = Path(made)
        self.write(MARK, _MARKED)

    def write(self, name: str, text: str) -> None:
        """Write one file of it, below it. Raises `UsageError` when that fails."""
        path = self._beside / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{name} of the site cannot be written: {error.strerror}.") from error

    def put(self) -> None:
        """Put it in its place, instead of the one before. Raises `UsageError` when that fails; that one then stays."""
        before = self._place.with_name(f".{self._place.name}-before")
        try:
            self._beside.chmod(0o777 & ~umask())
            # Left by a run that was killed between the two moves below.
            _clear(before)
            if self._place.exists():
                self._place.rename(before)
            self._move(before)
        except OSError as error:
            raise UsageError(f"{self._place} cannot be put in place: {error.strerror}.") from error
        _clear(before)

    def remove(self) -> None:
        """Take it away again, unless it was put in its place."""
        shutil.rmtree(self._beside, ignore_errors=True)

    def _move(self, before: Path) -> None:
        try:
            self._beside.rename(self._place)
        except OSError:
            if before.exists():
                before.rename(self._place)
            raise

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def _clear(place: Path) -> None:
    if (place / MARK).is_file() or not any(place.glob("*")):
        shutil.rmtree(place, ignore_errors=True)


def _is_ours(place: Path) -> bool:
    if place.is_symlink():
        return False
    if not place.exists():
        return True
    return place.is_dir() and ((place / MARK).is_file() or not any(place.iterdir()))
