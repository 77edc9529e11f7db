"""Git over HTTP: real clones and pushes, by whoever may."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest
from support.forge import Level
from support.forge.scene import Scene


def git(scene: Scene, token: str, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run git with a token in a header, as `http.extraHeader` sends it."""
    secret = base64.b64encode(f"oauth2:{token}".encode()).decode()
    env = {
        **os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{scene.url}/.extraHeader", "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
    }  # fmt: skip
    return subprocess.run(["git", *args], cwd=cwd or scene.desk, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def address(scene: Scene) -> str:
    return f"{scene.url}/{scene.project.path}.git"


def test_a_member_clones_and_pushes(scene: Scene, address: str, tmp_path: Path) -> None:
    """A clone over HTTP is the repository, and a push to an unprotected branch moves it."""
    token = scene.forge.token(scene.dana)
    assert git(scene, token, "clone", "--quiet", address, str(tmp_path / "clone")).returncode == 0
    clone = tmp_path / "clone"
    assert git(scene, token, "rev-parse", "origin/main", cwd=clone).stdout == scene.git("rev-parse", "main") + "\n"
    done = git(scene, token, "push", "--quiet", "origin", "HEAD:refs/heads/topic", cwd=clone)
    assert done.returncode == 0, done.stderr
    assert scene.git("ls-remote", "origin", "refs/heads/topic")
    assert [call.user for call in scene.forge.calls if "git-" in call.path] == ["dana"] * 3
    assert not any(token in f"{call.path}{call.query}" for call in scene.forge.calls)


def test_a_merge_requests_head_is_fetched(scene: Scene, address: str) -> None:
    """The head of a merge request, and any commit by its id, can be fetched."""
    mr, token = scene.open(), scene.forge.token(scene.dana)
    for wanted in (f"refs/merge-requests/{mr.iid}/head", mr.sha):
        assert git(scene, token, "fetch", "--quiet", address, wanted).returncode == 0


def test_a_protected_branch_takes_no_push(scene: Scene, address: str) -> None:
    """A Developer's push to `main` is declined, with GitLab's words, and nothing moves; the Owner's is taken."""
    before = scene.git("ls-remote", "origin", "refs/heads/main")
    commit = scene.git("commit-tree", "HEAD^{tree}", "-p", "main", "-m", "Straight to main")
    declined = git(scene, scene.forge.token(scene.dana), "push", address, f"{commit}:refs/heads/main")
    assert declined.returncode != 0
    assert "not allowed to push code to protected branches" in declined.stderr
    assert scene.git("ls-remote", "origin", "refs/heads/main") == before
    assert git(scene, scene.forge.token(scene.ana), "push", address, f"{commit}:refs/heads/main").returncode == 0


def test_a_stranger_learns_nothing(scene: Scene, address: str) -> None:
    """No token, a wrong, an expired or a weak one is asked to log in; a stranger is told that nothing is there."""
    dead = scene.forge.token(scene.dana, revoked=True)
    weak = scene.forge.token(scene.dana, ("read_user",))
    for token in ("", "glpat-wrong", dead, weak):
        done = git(scene, token, "ls-remote", address)
        assert done.returncode != 0
        assert "terminal prompts disabled" in done.stderr or "Authentication failed" in done.stderr
    stranger = git(scene, scene.forge.token(scene.eve), "ls-remote", address)
    assert "could not be found" in stranger.stderr or "not found" in stranger.stderr


def test_a_job_reads_its_own_project(scene: Scene, address: str) -> None:
    """A job token reads the project whose job it is, and pushes nothing; a Guest cannot read the code."""
    job = scene.forge.job_token(scene.dana, scene.project)
    assert git(scene, job, "ls-remote", address).returncode == 0
    assert git(scene, job, "push", address, "HEAD:refs/heads/topic").returncode != 0
    scene.forge.member(scene.project, scene.eve, Level.GUEST)
    assert git(scene, scene.forge.token(scene.eve), "ls-remote", address).returncode != 0
