"""A copy of this very repository, for tests of what a person does with a fresh clone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHEELS = ROOT / ".tools" / "wheels"


def copy(target: Path) -> Path:
    """Copy each file that git tracks or would track, as it is now, and the samples in place of the team's own work."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in {os.fsdecode(path) for path in listed.split(b"\0") if path}:
        if not name.startswith(("workflows/", "team/")) and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    shutil.copytree(ROOT / "tests" / "samples" / "repository", target, dirs_exist_ok=True)
    return target


def offline_pip() -> dict[str, str]:
    """The settings with which pip finds the locked packages that .ci/run fetched; skips the test without them."""
    if not WHEELS.is_dir():
        pytest.skip("the packages of requirements/run.txt are missing in .tools/wheels; .ci/run fetches them")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELS.as_uri(), "PIP_REQUIRE_VIRTUALENV": "1"}
