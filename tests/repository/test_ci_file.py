"""The CI files, the hooks and .ci/run: they call the sessions and do nothing else."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.ci_files import CONTROL, FILES, OWN, PINNED, jobs, minutes, read, runs

import start

ROOT = Path(start.__file__).parent
EACH = pytest.mark.parametrize("file", FILES)
SESSIONS = start.list_sessions((ROOT / "noxfile.py").read_text(encoding="utf-8"))
SCHEDULED = {"after_script", "cache", "dependencies", "environment", "needs", "resource_group", "stage"}
"""What only jobs of the schedule have: they run one after the other, and keep data from one day to the next."""
ON_SCHEDULE = {"if": '$CI_PIPELINE_SOURCE == "schedule"', "when": "always"}
RUNNERS_FAULT = {"runner_system_failure", "stuck_or_timeout_failure", "scheduler_failure", "data_integrity_failure"}
SECRETS = ("COUNTERSIGN_GITLAB_TOKEN", "COUNTERSIGN_CHANGE_KEY", "COUNTERSIGN_CHANGE_KEY_ID", "COUNTERSIGN_ANCHOR",
           "COUNTERSIGN_FORGE_ID", "COUNTERSIGN_PROJECT")  # fmt: skip


@EACH
def test_it_matches_the_forges_schema(file: str) -> None:
    """GitLab's own schema for the file, which comes with a locked package, accepts it; `lint` asks it of each."""
    import noxfile

    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert file in noxfile.CI_FILES


@EACH
def test_every_job_ends_and_only_the_runners_faults_are_tried_again(file: str) -> None:
    """T19: each job has a time limit; a verdict, an error and a failed test are never retried until they suit."""
    for name, job in jobs(file).items():
        assert 0 < minutes(job["timeout"]) <= 20, name
        assert job["retry"]["max"] <= 2
        assert set(job["retry"]["when"]) == RUNNERS_FAULT


@EACH
def test_only_waiting_is_let_through(file: str) -> None:
    """No job may fail but the gate's, and that one only with exit code 4: it waits."""
    allowed = {name: job["allow_failure"] for name, job in jobs(file).items() if "allow_failure" in job}
    assert set(allowed) == {OWN: {"gate"}, CONTROL: {"event", "request"}, PINNED: {"gate"}}[file]
    assert all(one == {"exit_codes": 4} for one in allowed.values())


@EACH
def test_reports_are_kept_for_a_while(file: str) -> None:
    """Whatever is uploaded is uploaded also of a failure, and not kept for ever."""
    kept = [job["artifacts"] for job in jobs(file).values() if "artifacts" in job]
    assert {(one["when"], one["expire_in"]) for one in kept} == {("always", "30 days")}


@EACH
def test_no_secret_is_written_down(file: str) -> None:
    """T18: what the projects' settings hold is defined in no file, and no word in it looks like a token."""
    parts = read(file)
    defined = set(parts.get("variables", {}))
    for job in jobs(file).values():
        defined |= set(job.get("variables", {}))
    assert defined.isdisjoint(SECRETS)
    assert not re.search(r"gl[a-z]+-[A-Za-z0-9_-]{20}|://[^/\s]*@", (ROOT / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", jobs())
def test_a_job_only_calls_a_session(name: str) -> None:
    """Each job is one call of start.py with the session of the job's own name."""
    [line] = jobs()[name]["script"]
    words = shlex.split(line)
    session = {"pages": "publish"}.get(name, name)  # the name is GitLab's own
    assert words[:3] == ["python3", "start.py", session]
    assert session in SESSIONS
    own = jobs()[name].keys() - read(OWN)["default"].keys()
    assert own <= {"script", "artifacts", "allow_failure", "rules", "extends", *SCHEDULED}
    assert own.isdisjoint(SCHEDULED) or jobs()[name]["rules"] == [ON_SCHEDULE]


@pytest.mark.parametrize(
    ("source", "branch", "expected"),
    [
        ("merge_request_event", "", {"gate", "lint", "policies", "tests"}),
        ("push", "main", {"gate", "lint", "policies", "tests"}),
        ("web", "main", {"gate", "lint", "policies", "tests"}),
        ("schedule", "main", {"gate", "drill", "evidence", "pages"}),
        ("push", "topic", set()),
    ],
)
def test_what_runs_when(source: str, branch: str, expected: set[str]) -> None:
    """A merge request and a push to main run everything once; a schedule asks only what changes with time."""
    found = runs(OWN, CI_PIPELINE_SOURCE=source, CI_COMMIT_BRANCH=branch, CI_DEFAULT_BRANCH="main")
    assert found == expected


def test_the_gate_reports_to_the_merge_request() -> None:
    """The gate's job fills both widgets and shows its reports, also when it fails."""
    gate = jobs()["gate"]
    assert gate["artifacts"]["reports"].keys() == {"junit", "codequality"}
    assert (gate["artifacts"]["paths"], gate["artifacts"]["expose_as"]) == (["reports/"], "countersign")


def test_reports_are_where_the_gate_writes_them() -> None:
    """The report files that the job uploads are among those that the session asks the gate for."""
    import noxfile

    reports = jobs()["gate"]["artifacts"]["reports"]
    assert {f"{kind}={path}" for kind, path in reports.items()} < set(noxfile.REPORTS)
    assert all(one.partition("=")[2].startswith("reports/") for one in noxfile.REPORTS)


def test_nothing_is_shared_between_pipelines() -> None:
    """T01: no service, and no cache: one merge request could write what the next one's gate runs.

    The schedule keeps the runs that are not on record yet, and no merge request has a part in it; what signs them has
    the last word on which those are.
    """
    for file in FILES:
        parts = {name: part for name, part in read(file).items() if isinstance(part, dict)}
        kept = {name for name, part in parts.items() if {"cache", "services"} & part.keys()}
        assert kept == ({".scheduled", "pages"} if file == OWN else set())
    assert read(OWN)[".scheduled"]["rules"] == [ON_SCHEDULE]
    assert read(OWN)[".scheduled"]["cache"]["paths"] == ["reports/drills/"]
    assert (read(OWN)["pages"]["cache"], read(OWN)["pages"]["dependencies"]) == ([], ["evidence"])


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
