"""T19: what fails while a sweep runs is no judgement: it is red, it remembers nothing, and the next one goes on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import which

import pytest
from support.forge import Fault
from support.forge_desk import BOT, ForgeDesk, ready

from checks.gitlab import client
from checks.gitlab.transport import Session


def spoiled_git(folder: Path, pattern: str) -> Path:
    """A folder with a git that fails when its words are such."""
    program = folder / "bin/git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncase " $* " in {pattern}) exit 128;; esac\nexec {which("git")} "$@"\n')
    program.chmod(0o755)
    return program.parent


def test_a_git_that_fails_is_no_judgement(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """T19: a runner that cannot read what it judges turns the sweep red each time, and remembers nothing."""
    request = ready(forge_desk)
    folder = spoiled_git(tmp_path, '*" diff-tree "*')
    with monkeypatch.context() as broken:
        broken.setenv("PATH", str(folder), prepend=os.pathsep)
        for _ in range(2):
            said = forge_desk.sweep()
            assert (said.exit_code, request.state) == (3, "opened")
            assert "FAILED: `git diff-tree" in said.output
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_one_odd_merge_request_does_not_stop_a_sweep(forge_desk: ForgeDesk) -> None:
    """T19: what GitLab describes oddly is named, in red, and the others are judged and merged."""
    request = ready(forge_desk)
    forge_desk.desk.git("switch", "--quiet", "-c", "odd", "origin/main")
    forge_desk.desk.write("docs/page.md", "A page.\n")
    forge_desk.desk.commit("A page")
    odd = forge_desk.open("odd")
    forge_desk.forge.fault(Fault("GET", "/merge_requests$", "lie", edit=lambda listed: [
        one | ({"labels": None} if one["iid"] == odd.iid else {}) for one in listed
    ]))  # fmt: skip
    said = forge_desk.sweep()
    assert (said.exit_code, request.state) == (3, "merged")
    assert f"FAILED: GitLab described !{odd.iid} without `labels`" in said.output


@pytest.mark.parametrize("path", ["/versions$", "/notes$", "/approvals$"])
@pytest.mark.parametrize("status", [406, 409, 422])
def test_a_refusal_that_passes_is_no_judgement(forge_desk: ForgeDesk, path: str, status: int) -> None:
    """T19: GitLab, or a proxy, that will not answer just now turns the sweep red, and the next one merges."""
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("GET", path, "html", status=status))
    assert forge_desk.sweep().exit_code == 3
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_a_status_that_gitlab_does_not_take_turns_a_sweep_red(forge_desk: ForgeDesk) -> None:
    """T19: what nobody can be told of is not judged in silence."""
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("POST", "/statuses/", "html", status=409, times=None))
    assert (forge_desk.sweep().exit_code, request.state) == (3, "opened")


def test_a_wrong_anchor_is_remembered_as_no_judgement(forge_desk: ForgeDesk) -> None:
    """T17: as soon as it is put right, what is ready is merged."""
    request = ready(forge_desk)
    good = forge_desk.desk.git("config", "countersign.anchor")
    forge_desk.desk.git("config", "countersign.anchor", forge_desk.desk.git("rev-parse", "HEAD"))
    assert (forge_desk.sweep().exit_code, request.state) == (3, "opened")
    forge_desk.desk.git("config", "countersign.anchor", good)
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"


def test_what_could_not_be_read_for_a_while_keeps_its_status(forge_desk: ForgeDesk) -> None:
    """T19: a sweep that cannot read a merge request's notes tells nobody of anything, be it open or merged."""
    request = ready(forge_desk)
    request.labels = []
    assert forge_desk.judge(request).status == "success"
    forge_desk.forge.fault(Fault("GET", "/notes$", "503", times=6))
    assert forge_desk.sweep().exit_code == 3
    assert forge_desk.sweep().exit_code == 0
    assert forge_desk.status(request) == "success"
    forge_desk.forge.merge(request, forge_desk.users[BOT])
    forge_desk.forge.fault(Fault("GET", "/notes$", "503", times=6))
    assert forge_desk.sweep().exit_code == 3
    assert forge_desk.sweep().exit_code == 0
    assert forge_desk.status(request) == "success"


def test_a_merge_that_hangs_does_not_stop_the_sweep(forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: what asking about one merge cost is not taken from all that is open."""
    monkeypatch.setattr(client, "Session", lambda: Session(deadline=0.5, budget=3.0))
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "--force-create", "unseen", "origin/main")
    desk.write("docs/page.md", "A page.\n")
    desk.commit("A page")
    by_hand = forge_desk.open("unseen")
    forge_desk.forge.merge(by_hand, forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "change", "origin/main")
    request = ready(forge_desk)
    forge_desk.forge.fault(Fault("GET", f"/merge_requests/{by_hand.iid}/notes$", "slow", seconds=1.0, times=None))
    assert (forge_desk.sweep().exit_code, request.state) == (3, "merged")


def test_a_push_that_cannot_be_fetched_just_now_voids_no_approval(
    forge_desk: ForgeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """T19: only a server that says it does not have it makes an approval one of something unknown."""
    request = ready(forge_desk)
    desk = forge_desk.desk
    old = desk.git("rev-parse", "HEAD")
    desk.git("commit", "--quiet", "--amend", "--message", "Shorter replies, once more")
    forge_desk.push(request)
    desk.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    desk.git("gc", "--quiet", "--prune=now")
    assert subprocess.run(["git", "cat-file", "-e", old], cwd=desk.folder, check=False).returncode
    folder = spoiled_git(tmp_path, f'*" fetch "*" {old} "*')
    with monkeypatch.context() as broken:
        broken.setenv("PATH", str(folder), prepend=os.pathsep)
        said = forge_desk.sweep()
        assert (said.exit_code, request.state) == (3, "opened")
        assert f"The earlier push {old[:12]} cannot be fetched" in said.output
    assert forge_desk.sweep().exit_code == 0
    assert request.state == "merged"
