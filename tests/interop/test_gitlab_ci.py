"""The CI file, run by gitlab-ci-local: the real jobs, in a real clone, without a forge."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from support.checkout import copy, offline_pip
from support.clone import git
from support.local_pipelines import pipeline, run

Json = Any

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]
AUTHOR = "dana@example.org"
"""One of the samples' people, and not their owner."""
MERGE_REQUEST = [
    *pipeline("merge_request_event", CI_MERGE_REQUEST_IID="7", CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main"),
    *("--unset-variable", "CI_COMMIT_BRANCH"),
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


def merge_request(runner: str, clone: Path, path: str, text: str, by: str = AUTHOR) -> subprocess.CompletedProcess[str]:
    """Run the gate's job for a branch that writes one file. Its outcome is what is printed: the program exits 0."""
    git(clone, "checkout", "--quiet", "--force", "-B", "topic", "origin/main")
    (clone / path).write_text(text, encoding="utf-8")
    git(clone, "add", path)
    git(clone, "-c", f"user.email={by}", "commit", "--quiet", "-m", "A change")
    return run(runner, clone, *MERGE_REQUEST, "gate", **offline_pip())


def test_the_jobs_are_as_the_file_says(runner: str, clone: Path) -> None:
    """gitlab-ci-local reads the file, finds it valid, and lists the jobs of two pipelines; only waiting passes."""
    jobs = listed(runner, clone)
    assert list(jobs) == ["gate", "lint", "policies", "tests"]
    assert [job["allow_failure"] for job in jobs.values()] == [{"exit_codes": 4}, False, False, False]
    assert list(listed(runner, clone, *pipeline("schedule"))) == ["gate", "drill", "evidence", "pages"]


def listed(runner: str, clone: Path, *words: str) -> dict[str, Json]:
    """The jobs of a pipeline, by their names."""
    jobs = json.loads(run(runner, clone, *words, "--list-json").stdout)
    return {job["name"]: job for job in jobs if job["when"] != "never"}


def test_a_change_that_waits_does_not_break_the_pipeline(runner: str, clone: Path) -> None:
    """A harmless change of a page waits for the owner: exit code 4, which the job lets through, with both reports."""
    done = merge_request(runner, clone, "README.md", "Another first page.\n")
    assert "WARN 4" in done.stdout + done.stderr
    ET.parse(clone / "reports" / "gate.junit.xml")
    assert json.loads((clone / "reports" / "gate.codequality.json").read_text(encoding="utf-8"))
    assert "cooperative" in (clone / "reports" / "gate.md").read_text(encoding="utf-8")


def test_a_change_that_breaks_a_workflow_breaks_the_pipeline(runner: str, clone: Path) -> None:
    """T10: a manifest that cannot be read fails the job, and its reports are written all the same."""
    done = merge_request(runner, clone, "workflows/billing-replies/workflow.yaml", "a: &a [*a\n")
    assert "FAIL 1" in done.stdout + done.stderr
    ET.parse(clone / "reports" / "gate.junit.xml")


def test_a_change_that_needs_nobody_else_passes(runner: str, clone: Path) -> None:
    """The owner pauses a workflow, which takes power away: the job is green."""
    text = "state: paused\nreason: It sorts invoices under complaints.\n"
    done = merge_request(runner, clone, "workflows/ticket-triage/state.yaml", text, "ana@example.org")
    assert "PASS  gate" in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_schedule_looks_at_everything(runner: str, clone: Path) -> None:
    """A schedule's gate is asked about the whole repository (its other jobs: test_scheduled_pipeline.py)."""
    git(clone, "checkout", "--quiet", "--force", "-B", "main", "origin/main")
    done = run(runner, clone, *pipeline("schedule"), "gate", **offline_pip())
    said = done.stdout + done.stderr
    assert "wait: 5 workflows, " in said, said
    assert "python3 start.py lint" not in said
    assert "cooperative" in (clone / "reports" / "gate.md").read_text(encoding="utf-8")
