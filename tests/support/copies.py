"""Copies of folders, some hundred of which a test run needs: shutil asks the system far more about each file."""

from __future__ import annotations

import os
from pathlib import Path

_CHUNK = 1 << 20


def copied(source: Path | str, target: Path | str) -> None:
    """Copy a folder with all below it: contents, modes, times of files, and links as they are."""
    os.makedirs(target, exist_ok=True)
    with os.scandir(source) as found:
        for one in found:
            name = os.path.join(target, one.name)
            if one.is_symlink():
                os.symlink(os.readlink(one.path), name)
            elif one.is_dir():
                copied(one.path, name)
            else:
                _file(one.path, name)


def _file(source: str, target: str) -> None:
    reading = os.open(source, os.O_RDONLY)
    try:
        about = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, about.st_mode & 0o777)
        try:
            while content := os.read(reading, _CHUNK):
                os.write(writing, content)
            os.utime(writing, ns=(about.st_atime_ns, about.st_mtime_ns))  # git's index knows a file by it
        finally:
            os.close(writing)
    finally:
        os.close(reading)
