"""Real git repositories for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(folder: Path, *args: str) -> str:
    """Run git in a folder and return what it printed, without the last line break."""
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def clone(folder: Path, *, bare: bool = False) -> Path:
    """A new repository; with a first commit on main unless it is bare."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
    if not bare:
        (folder / "README.md").write_text("A team.\n")
        git(folder, "add", "README.md")
        git(folder, "commit", "--quiet", "-m", "Begin")
    return folder
