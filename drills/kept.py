"""The runs that a job left, as files: read as anybody's data, removed once they are on record, set aside when none.

Nothing in them is a link that is followed, a mark that is believed, or a name that leads anywhere else (T07, T10).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import NoEvidence, SourceError, UsageError
from catalog.files import read_plain
from catalog.records import strict_json
from drills import journal as journals
from drills.drill import RESULT

Json = Any

_WORDS = ("workflow", "run", "commit", "at")
"""What is needed of a result before it is held against anything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One run."""

    name: str
    """Its folder's."""
    said: Mapping[str, Json]
    """Its result: what a record is to say of it."""
    entries: Sequence[Mapping[str, Json]]
    """Its journal."""
    digest: str
    """SHA-256 of its journal, in hexadecimal."""


def results(runs: Path) -> list[Path]:
    """The results of all runs that have one, oldest first."""
    found = [folder / RESULT for folder in folders(runs) if not folder.is_symlink()]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def folders(runs: Path) -> list[Path]:
    """The folders of all runs, oldest first, and links that stand for one. Raises `UsageError` where `runs` is one."""
    _refuse_links(runs)
    if not runs.exists():
        return []
    return sorted(path for path in runs.iterdir() if path.is_dir() or path.is_symlink())


def read(folder: Path) -> Kept | None:
    """A run; None for one that did not end, which is brought home first. Raises `NoEvidence` for what is none."""
    if folder.is_symlink():
        raise _none(folder, "It is a link.")
    try:
        content = read_plain(folder / journals.NAME, journals.MOST)
        entries = journals.lines(content, folder.name)
        if not os.path.lexists(folder / RESULT):
            return None
        said = strict_json.loads(read_plain(folder / RESULT, strict_json.MAX_BYTES))
    except SourceError as error:
        raise _none(folder, f"{error.message} {error.why}".strip()) from error
    except (ValueError, RecursionError) as error:
        raise _none(folder, f"{RESULT} is no strict JSON.") from error
    if not isinstance(said, dict) or not all(isinstance(said.get(key), str) for key in _WORDS):
        raise _none(folder, f"{RESULT} is no JSON of a run.")
    return Kept(name=folder.name, said=said, entries=entries, digest=hashlib.sha256(content).hexdigest())


def remove(folder: Path) -> None:
    """Take away a run that is on record. Raises `SourceError` when it cannot be."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise _stuck(folder, str(error.strerror)) from error


def set_aside(folder: Path) -> Path:
    """Put a folder where it is not tried again, and not cached; where that is. Whoever looks into it decides.

    Raises `SourceError` when it cannot be.
    """
    aside = Path(f"{os.path.abspath(folder.parent)}-refused")
    if aside.is_symlink():
        raise _stuck(folder, f"{aside} is a link")
    place, number = aside / folder.name, 1
    while os.path.lexists(place):
        place, number = aside / f"{folder.name}-{number}", number + 1
    try:
        aside.mkdir(exist_ok=True)
        return folder.rename(place)
    except OSError as error:
        raise _stuck(folder, str(error.strerror)) from error


def _refuse_links(place: Path) -> None:
    """What a job left could lead anywhere; how the user came to where the command runs is theirs."""
    for part in (place, *place.parents) if not place.is_absolute() else (place,):
        if part.is_symlink():
            raise UsageError(f"{part} is a link.", solution="Name the folder itself: --runs FOLDER")


def _stuck(folder: Path, why: str) -> SourceError:
    return SourceError(f"{folder} cannot be moved.", why=why, solution="Move it by hand.")


def _none(folder: Path, why: str) -> NoEvidence:
    return NoEvidence(f"{folder.name} is no run.", why=why, solution="Drill again.")
