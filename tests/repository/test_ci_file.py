"""The CI file, the hooks and .ci/run: they call the sessions and do nothing else."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import start

ROOT = Path(start.__file__).parent
NOT_JOBS = {"workflow", "variables", "default"}
SESSIONS = start.list_sessions((ROOT / "noxfile.py").read_text(encoding="utf-8"))


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def jobs() -> dict[str, Any]:
    return {name: job for name, job in read(".gitlab-ci.yml").items() if name not in NOT_JOBS}


def test_it_matches_the_forges_schema() -> None:
    """GitLab's own schema for the file, which comes with a locked package, accepts it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", ".gitlab-ci.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", jobs())
def test_a_job_only_calls_a_session(name: str) -> None:
    """Each job is one call of start.py with the session of the job's own name."""
    [line] = jobs()[name]["script"]
    words = shlex.split(line)
    assert words[:3] == ["python3", "start.py", name]
    assert name in SESSIONS
    assert jobs()[name].keys() <= {"script", "artifacts", "allow_failure"}


def test_the_gate_is_a_job_that_may_only_wait() -> None:
    """The gate's job reports to the merge request, even when it fails, and no exit code but 4 is let through."""
    gate = jobs()["gate"]
    assert gate["allow_failure"] == {"exit_codes": 4}
    assert gate["artifacts"]["when"] == "always"
    assert gate["artifacts"]["reports"].keys() == {"junit", "codequality"}
    assert all("allow_failure" not in job for name, job in jobs().items() if name != "gate")


def test_reports_are_where_the_gate_writes_them() -> None:
    """The report files that the job uploads are those that the session asks the gate for."""
    import noxfile

    reports = jobs()["gate"]["artifacts"]["reports"]
    assert sorted(f"{kind}={path}" for kind, path in reports.items()) == sorted(noxfile.REPORTS)


def test_nothing_is_shared_between_pipelines() -> None:
    """T01: no cache, since one merge request could write what the next one's gate runs; and no service."""
    text = read(".gitlab-ci.yml")
    assert not any({"cache", "services"} & part.keys() for part in text.values() if isinstance(part, dict))


def test_the_gate_sees_whole_history() -> None:
    """The clone is not shallow: authors and merge bases are read from history."""
    assert read(".gitlab-ci.yml")["variables"]["GIT_DEPTH"] == "0"


def test_hooks_are_local_and_exist() -> None:
    """Every hook runs what start.py installed, downloads nothing, and is a program that the lock files install."""
    repos = read(".pre-commit-config.yaml")["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]
    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {hook["id"] for hook in hooks} == {
        "gate", "codeowners", "ruff", "ruff-format", "mypy", "opa-fmt", "ci-file"
    }  # fmt: skip
    programs = {shlex.split(hook["entry"])[0] for hook in hooks}
    installed = {"countersign", "ruff", "mypy", "check-jsonschema", "python"}
    assert programs == {f".venv/bin/{name}" for name in installed}
    assert all((Path(sys.executable).parent / name).exists() for name in installed - {"countersign"})


def test_the_hook_judges_what_is_staged() -> None:
    """The gate's hook always runs, on the index, and leaves waits to the merge request."""
    [hook] = [
        hook for repo in read(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"] if hook["id"] == "gate"
    ]
    assert hook["entry"].endswith("countersign gate --staged --hook")
    assert hook["always_run"] is True
    assert hook["pass_filenames"] is False


@pytest.mark.parametrize(
    "path", ["team/people.yaml", "workflows/a/workflow.yaml", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]
)
def test_the_hook_checks_the_code_owners(path: str) -> None:
    """The hook that compares CODEOWNERS runs on all that it is made of, and on each place where GitLab looks for it."""
    [hook] = [
        hook
        for repo in read(".pre-commit-config.yaml")["repos"]
        for hook in repo["hooks"]
        if hook["id"] == "codeowners"
    ]
    assert hook["entry"].endswith("countersign codeowners --check")
    assert re.search(hook["files"], path)
    assert not re.search(hook["files"], f"docs/old/{path}")


def test_the_script_runs_the_readmes_command_first() -> None:
    """.ci/run is valid bash, can be executed, and runs the README's test command, then the other sessions in order."""
    path = ROOT / ".ci" / "run"
    text = path.read_text(encoding="utf-8")
    called = re.findall(r"^python3 start\.py .*$", text, re.MULTILINE)
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
    assert "set -euo pipefail" in text
    assert [line.removeprefix("python3 start.py ") for line in called] == [
        "tests",
        "lint",
        "policies",
        "interop --strict",
    ]
    assert "\npython3 start.py tests\n" in (ROOT / "README.md").read_text(encoding="utf-8")
