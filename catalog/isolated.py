"""A repository with another's objects and nothing else of it, for what nothing but content may decide.

Attributes choose how files merge. Those of the working tree and the index are judged themselves, those of `.git/info`
and of the user's settings belong to one machine; a forge would merge without any of them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CONFIG = (
    *("-c", "merge.renames=true", "-c", "merge.directoryRenames=conflict", "-c", "merge.renormalize=false"),
    *("-c", f"core.attributesFile={os.devnull}"),
)
"""What git must be told besides: the user's settings are read in any repository."""

_SETTINGS = """\
[core]
    repositoryFormatVersion = 1
[extensions]
    objectFormat = {}
"""


def make(folder: Path, objects: str, object_format: str, shallow: str | None) -> dict[str, str]:
    """Make it in an empty folder; the variables that make git use it, from `GIT_WORK_TREE`.

    `objects` is the store, `shallow` the file that names where history is cut off; None when it is whole.
    """
    for name in ("refs", "objects", "tree"):
        (folder / name).mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    (folder / "config").write_text(_SETTINGS.format(object_format))
    if shallow:
        shutil.copyfile(shallow, folder / "shallow")
    return {
        "GIT_DIR": str(folder),
        "GIT_WORK_TREE": str(folder / "tree"),
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": objects,
    }
