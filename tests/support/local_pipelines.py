"""gitlab-ci-local: the jobs of a CI file, run on this machine's shell as a runner would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run(runner: str, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder. What a job came to is what is printed."""
    return subprocess.run(
        [runner, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def pipeline(source: str, **variables: str) -> list[str]:
    """The arguments that make it a pipeline of some source, with these variables; none of them may be a secret."""
    given = {"CI_PIPELINE_SOURCE": source, **variables}
    words = [word for name, value in given.items() for word in ("--variable", f"{name}={value}")]
    return ["--force-shell-executor", "--ignore-predefined-vars", ",".join(given), *words]
