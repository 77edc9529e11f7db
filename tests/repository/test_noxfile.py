"""noxfile.py: its help, what it asks the gate in each kind of pipeline, and exit codes that survive nox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import noxfile
import start

ROOT = Path(noxfile.__file__).parent
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_PROJECT_URL": "https://forge.example/team/countersign",
}
IN_CI = [
    *("--engine", "both", "--assurance", "cooperative"),
    *("--report", "junit=reports/gate.junit.xml", "--report", "codequality=reports/gate.codequality.json"),
    *("--report", "markdown=reports/gate.md"),
]


def git(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_session_is_its_own_help() -> None:
    """Each session of the repository is there, and the first line of its docstring holds an example of its use."""
    sessions = start.list_sessions((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    of_users, of_developers = ["gate", "gitlab", "bundle", "drill", "evidence", "publish"], ["tests", "lint"]
    assert list(sessions) == [*of_users, *of_developers, "policies", "interop", "bench", "pages", "lock"]
    for name, text in sessions.items():
        assert f"`nox -s {name}" in text.splitlines()[0]


def test_the_desk_judges_what_is_not_pushed() -> None:
    """Outside a pipeline the gate gets no arguments and nothing is fetched."""
    assert noxfile.pipeline_arguments({"CI": "true"}) == []
    assert noxfile.pipeline_fetch({"CI": "true"}) == []


def test_a_merge_request_is_judged_against_its_target() -> None:
    """In a merge request's pipeline the target is fetched and the gate judges the head against it, on both engines."""
    fetched = ["fetch", "--quiet", "--no-tags", "origin", noxfile.RECORDS, "+refs/heads/main:refs/countersign/target"]
    assert noxfile.pipeline_arguments(MERGE_REQUEST) == ["--base", "refs/countersign/target", "--head", "HEAD", *IN_CI]
    assert noxfile.pipeline_fetch(MERGE_REQUEST) == fetched


@pytest.mark.parametrize("kind", ["push", "schedule", "web"])
def test_any_other_pipeline_judges_everything(kind: str) -> None:
    """A pipeline without a merge request judges every workflow, and fetches only the records."""
    variables = {"CI_PIPELINE_SOURCE": kind}
    assert noxfile.pipeline_arguments(variables) == ["--all", *IN_CI]
    assert noxfile.pipeline_fetch(variables) == ["fetch", "--quiet", "--no-tags", "origin", noxfile.RECORDS]


def test_a_fork_is_judged_against_the_project_it_asks() -> None:
    """T14: a fork's own `main` is not the target; the target comes from the project that is asked to merge."""
    fork = {**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}
    assert noxfile.pipeline_fetch(fork)[3] == "https://forge.example/team/countersign.git"
    for address in ("ext::sh -c id", "--upload-pack=id", ""):
        with pytest.raises(ValueError, match="is no web address"):
            noxfile.pipeline_fetch({**fork, "CI_MERGE_REQUEST_PROJECT_URL": address})


@pytest.mark.parametrize("name", ["a..b", "a b", "a:refs/heads/main", "a\nb", "a~1", "x.lock", "*"])
def test_a_target_that_is_no_branch_name_is_refused(name: str) -> None:
    """A target name that git would read as anything but one branch stops the session."""
    with pytest.raises(ValueError, match="is no branch name"):
        noxfile.pipeline_arguments({**MERGE_REQUEST, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": name})


@pytest.mark.parametrize("recorded", [False, True])
def test_the_fetch_really_brings_target_and_records(recorded: bool, tmp_path: Path) -> None:
    """In a runner's clone of one branch, the fetch names the target's tip, also after the target was rewritten."""
    git("init", "--quiet", "origin", cwd=tmp_path)
    origin = tmp_path / "origin"
    git("commit", "--quiet", "--allow-empty", "-m", "first", cwd=origin)
    git("branch", "topic", cwd=origin)
    if recorded:
        git("branch", "records", cwd=origin)
    git("clone", "--quiet", "--single-branch", "--branch", "topic", "origin", "clone", cwd=tmp_path)
    for message in ("second", "second, rewritten"):
        git("commit", "--quiet", "--allow-empty", "--amend", "-m", message, cwd=origin)
        git(*noxfile.pipeline_fetch(MERGE_REQUEST), cwd=tmp_path / "clone")
        assert git("rev-parse", noxfile.TARGET, cwd=tmp_path / "clone") == git("rev-parse", "main", cwd=origin)
    refs = git("for-each-ref", "--format=%(refname)", "refs/remotes/origin/records", cwd=tmp_path / "clone")
    assert refs == ("refs/remotes/origin/records" if recorded else "")


@pytest.mark.parametrize("session", ["gate", "gitlab"])
@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_the_commands_exit_code_is_the_sessions(code: int, session: str, tmp_path: Path) -> None:
    """Nox passes on each exit code of gate and gitlab, so that a pipeline can tell waiting from refused."""
    done = stand_in(tmp_path, code, session, "--", "--all")
    assert (done.returncode, done.stdout) == (code, f"asked: {session} --all\n"), done.stderr


def test_without_arguments_the_session_only_sets_up(tmp_path: Path) -> None:
    """T18: the control project sets up before a secret is there: no command is called."""
    done = stand_in(tmp_path, 1, "gitlab")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize(("ending", "code"), [("exit 0", 0), ("exit 1", 1), ("exit 3", 3), ("kill -KILL $$", 137)])
def test_each_part_of_the_drills_is_done_and_counts(
    ending: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipeline the session recovers, drills and tests itself, whatever came of each; the worst one counts."""
    git("init", "--quiet", cwd=tmp_path)
    git("remote", "add", "origin", ".", cwd=tmp_path)
    monkeypatch.setenv("CI_PIPELINE_SOURCE", "schedule")
    done = stand_in(tmp_path, 0, "drill", script=f'[ "$2" = self-test ] || {{ {ending}; }}')
    assert done.stdout.splitlines() == [
        "asked: drill recover", "asked: drill run --due --no-record", "asked: drill self-test",
    ], done.stderr  # fmt: skip
    assert done.returncode == code


@pytest.mark.parametrize("tested", [False, True])
def test_what_is_there_is_published(tested: bool, tmp_path: Path) -> None:
    """A drill job that ended before it tried what must be caught takes nothing else from the site."""
    if tested:
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports/self-test.json").touch()
    done = stand_in(tmp_path, 0, "publish")
    assert done.stdout.startswith("asked: drill publish --output public "), done.stderr
    assert ("--self-test reports/self-test.json" in done.stdout) is tested


def stand_in(folder: Path, code: int, *arguments: str, script: str = ":") -> subprocess.CompletedProcess[str]:
    """Run a session whose `countersign` only says how it was called, and then does what `script` says."""
    command = folder / "countersign"
    command.write_text(f'#!/bin/sh\necho "asked: $*"\n{script}\nexit {code}\n', encoding="utf-8")
    command.chmod(0o755)
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    (folder / "noxfile.py").write_text(f"{source}\nBIN = Path({str(folder)!r})\n", encoding="utf-8")
    words = [sys.executable, "-m", "nox", "--noxfile", str(folder / "noxfile.py"), "-s", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
