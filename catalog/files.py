"""Files that are whole or not there, whenever the machine stops; and those that another job left, read as data."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from catalog.errors import SourceError


def read_plain(path: Path, limit: int) -> bytes:
    """The content of a regular file. Raises `SourceError` for a link, a pipe, a device, or more than `limit` bytes.

    Nothing of another's choosing is waited for, followed, or read without end (T10).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SourceError(f"{path} cannot be read: it is no regular file.")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(limit + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise SourceError(f"{path} cannot be read: {why}.") from error
    if len(content) > limit:
        raise SourceError(f"{path} is larger than {limit} bytes.")
    return content


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""What a system says where nothing more can be written."""


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
