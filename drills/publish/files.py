"""Writing a file so that a reader sees the old one or the new one, and never half of either."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from catalog.errors import UsageError


def write(path: Path, parts: Iterable[bytes]) -> None:
    """Put a file in place of whatever is there. Raises `UsageError` when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}-", dir=path.parent, delete=False) as file:
            beside = Path(file.name)
            try:
                file.writelines(parts)
                file.flush()
                beside.chmod(0o666 & ~umask())
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def umask() -> int:
    """What the user's new files lack in rights; a temporary file lacks more."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
