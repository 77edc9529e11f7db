"""Files that are whole or not there, whenever the machine stops."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put a file in place at once, on disk before it is seen. Raises `OSError`, and leaves nothing behind then."""
    temporary = path.with_name(f".countersign-{os.urandom(8).hex()}.tmp")
    # Opened by hand: tempfile would make the file readable by nobody but this user.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
