"""The CI file, run by gitlab-ci-local: the real jobs, in a real clone, without a forge."""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from support.checkout import copy, offline_pip
from support.clone import git

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]
AUTHOR = "dana@example.org"
"""One of the samples' people, and not their owner."""
MERGE_REQUEST = [
    *("--force-shell-executor", "--unset-variable", "CI_COMMIT_BRANCH"),
    *("--variable", "CI_PIPELINE_SOURCE=merge_request_event", "--ignore-predefined-vars", "CI_PIPELINE_SOURCE"),
    *("--variable", "CI_MERGE_REQUEST_IID=7", "--variable", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main"),
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose origin holds this repository, as it is now, on main."""
    folder = tmp_path_factory.mktemp("forge")
    source = copy(folder / "source")
    git(source, "init", "--quiet")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "-m", "Begin")
    git(folder, "clone", "--quiet", "--bare", "source", "origin.git")
    git(folder, "clone", "--quiet", "origin.git", "a clone")
    return folder / "a clone"


@pytest.fixture
def runner(tool: Callable[[str], str]) -> str:
    """The program; it needs rsync, which is named when that is what is missing."""
    tool("rsync")
    return tool("gitlab-ci-local")


def run(runner: str, clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [runner, *arguments],
        cwd=clone,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def merge_request(runner: str, clone: Path, path: str, text: str) -> subprocess.CompletedProcess[str]:
    """Run the gate's job for a branch that writes one file. Its outcome is what is printed: the program exits 0."""
    git(clone, "checkout", "--quiet", "--force", "-B", "topic", "origin/main")
    (clone / path).write_text(text, encoding="utf-8")
    git(clone, "add", path)
    git(clone, "-c", f"user.email={AUTHOR}", "commit", "--quiet", "-m", "A change")
    return run(runner, clone, *MERGE_REQUEST, "gate", **offline_pip())


def test_the_jobs_are_as_the_file_says(runner: str, clone: Path) -> None:
    """gitlab-ci-local reads the file, finds it valid, and lists the four jobs; only waiting is let through."""
    done = run(runner, clone, "--list-json")
    jobs = json.loads(done.stdout)
    assert [job["name"] for job in jobs] == ["gate", "lint", "policies", "tests"]
    assert [job["allow_failure"] for job in jobs] == [{"exit_codes": 4}, False, False, False]


def test_a_change_that_waits_does_not_break_the_pipeline(runner: str, clone: Path) -> None:
    """A harmless change of a page waits for the owner: exit code 4, which the job lets through, with both reports."""
    done = merge_request(runner, clone, "README.md", "Another first page.\n")
    assert "WARN 4" in done.stdout + done.stderr
    ET.parse(clone / "reports" / "gate.junit.xml")
    assert json.loads((clone / "reports" / "gate.codequality.json").read_text(encoding="utf-8"))


def test_a_change_that_breaks_a_workflow_breaks_the_pipeline(runner: str, clone: Path) -> None:
    """T10: a manifest that cannot be read fails the job, and its reports are written all the same."""
    done = merge_request(runner, clone, "workflows/billing-replies/workflow.yaml", "a: &a [*a\n")
    assert "FAIL 1" in done.stdout + done.stderr
    ET.parse(clone / "reports" / "gate.junit.xml")
