"""Whether an approval belongs to the current head: pushes, resets, retargeting."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.forge.scene import Scene


def test_versions(scene: Scene) -> None:
    """Each push is a version with head, base, target's tip, time and patch id; the newest comes first."""
    mr = scene.open()
    first = mr.sha
    scene.forge.tick(seconds=60)
    second = scene.push("shorter", "Shorter still")
    scene.forge.pushed(mr, scene.dana)
    api, main = scene.api(scene.finn), scene.git("rev-parse", "main")
    versions = api.get(scene.path(mr, "versions")).body
    assert [one["head_commit_sha"] for one in versions] == [second, first]
    assert {one["base_commit_sha"] for one in versions} == {one["start_commit_sha"] for one in versions} == {main}
    assert versions[0]["created_at"] == "2026-11-27T09:01:00.000Z"
    assert versions[0]["patch_id_sha"] == _patch_id(scene, main, second)
    assert api.get(scene.path(mr)).body["sha"] == second


def test_unnoticed_push(scene: Scene) -> None:
    """Until GitLab has noticed a push, it goes on naming the old head."""
    mr = scene.open()
    old = mr.sha
    scene.push("shorter", "Not noticed yet")
    assert scene.api(scene.finn).get(scene.path(mr)).body["sha"] == old


def test_clean_rebase_keeps_the_patch_id(scene: Scene) -> None:
    """A clean rebase makes a new version of the same patch id."""
    mr = scene.open()
    _rebase(scene)
    scene.forge.pushed(mr, scene.dana)
    older, newer = mr.pushes
    assert older.head != newer.head
    assert (older.patch_id_sha, older.base != newer.base) == (newer.patch_id_sha, True)


def test_nothing_to_patch(scene: Scene) -> None:
    """A version without a change has no patch id."""
    mr = scene.open()
    scene.git("reset", "--quiet", "--hard", "main")
    scene.git("push", "--quiet", "--force", "origin", "shorter")
    scene.forge.pushed(mr, scene.dana)
    newest = scene.api(scene.finn).get(scene.path(mr, "versions")).body[0]
    assert (newest["patch_id_sha"], newest["state"], newest["real_size"]) == (None, "empty", "0")


def test_push_note(scene: Scene) -> None:
    """A push leaves a system note that lists the commits."""
    mr = scene.open()
    sha = scene.push("shorter", "Shorter still")
    scene.forge.pushed(mr, scene.dana)
    assert mr.notes[-1].body == f"added 1 commit\n\n<ul><li>{sha[:8]} - Shorter still</li></ul>"


def test_free_keeps_approvals(scene: Scene) -> None:
    """Without a licence an approval outlives any push."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    scene.push("shorter", "Something else")
    scene.forge.pushed(mr, scene.dana)
    told = scene.api(scene.dana).get(scene.path(mr, "approvals")).body
    assert [one["user"]["username"] for one in told["approved_by"]] == ["finn"]


def test_premium_resets_approvals(premium: Scene) -> None:
    """With a licence a push takes approvals away, and a system note names whose."""
    mr = premium.open()
    for user in (premium.finn, premium.ana):
        premium.forge.approve(mr, user)
    premium.push("shorter", "Something else")
    premium.forge.pushed(mr, premium.dana)
    assert premium.api(premium.dana).get(premium.path(mr, "approvals")).body["approved_by"] == []
    assert mr.notes[-1].body == "reset approvals from @finn and @ana by pushing to the branch"


def test_premium_keeps_approvals_over_a_rebase(premium: Scene) -> None:
    """With a licence, too, a clean rebase keeps approvals."""
    mr = premium.open()
    premium.forge.approve(mr, premium.finn)
    _rebase(premium)
    premium.forge.pushed(mr, premium.dana)
    assert [one.user for one in mr.approvals] == [premium.finn]


def test_retarget(scene: Scene) -> None:
    """Another target is a new version of the same head, under a system note; without a licence approvals stay."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    scene.git("push", "--quiet", "origin", "main:dev")
    scene.forge.tick(seconds=9)
    scene.forge.retarget(mr, "dev", scene.dana)
    assert mr.notes[-1].body == "changed target branch from `main` to `dev`"
    assert [one.head for one in mr.pushes] == [mr.sha] * 2
    assert [one.user for one in mr.approvals] == [scene.finn]


def test_retarget_resets_on_premium(premium: Scene) -> None:
    """With a licence another target takes approvals away, and no webhook says whose."""
    mr = premium.open()
    premium.forge.approve(mr, premium.finn)
    premium.git("push", "--quiet", "origin", "main:dev")
    premium.forge.retarget(mr, "dev", premium.dana)
    assert mr.approvals == []
    assert premium.forge.sent[-1]["object_attributes"]["action"] == "update"


def test_stale_click(scene: Scene) -> None:
    """A click that names no commit approves whatever is the head by then."""
    mr = scene.open()
    scene.push("shorter", "Slipped in")
    scene.forge.before("POST", "/approve$", lambda: scene.forge.pushed(mr, scene.dana))
    assert scene.api(scene.finn).post(scene.path(mr, "approve")).status == 201
    assert mr.approvals[0].patch_id_sha == mr.pushes[-1].patch_id_sha


def test_head_ref(scene: Scene) -> None:
    """The head of every merge request, a fork's too, can be fetched from the project."""
    fork = scene.forge.project("eve/flows", _fork(scene), forked_from=scene.project)
    mr = scene.forge.open(scene.project, "shorter", "main", scene.eve, fork=fork)
    assert scene.git("ls-remote", "origin", "refs/merge-requests/*") == f"{mr.sha}\trefs/merge-requests/1/head"
    told = scene.api(scene.ana).get(scene.path(mr)).body
    assert (told["source_project_id"], told["target_project_id"]) == (fork.id, scene.project.id)


def _fork(scene: Scene) -> Path:
    folder = scene.desk.parent / "fork.git"
    scene.commit("shorter", "From a fork")
    subprocess.run(["git", "clone", "--quiet", "--bare", str(scene.desk), str(folder)], check=True)
    return folder


def _rebase(scene: Scene) -> None:
    scene.push("main", "Elsewhere", file="other.prompt")
    scene.git("switch", "--quiet", "shorter")
    scene.git("rebase", "--quiet", "main")
    scene.git("push", "--quiet", "--force", "origin", "shorter")


def _patch_id(scene: Scene, base: str, head: str) -> str:
    command = ["git", "patch-id", "--stable"]
    patch = scene.git("diff", base, head)
    return subprocess.run(command, input=f"{patch}\n", text=True, capture_output=True, check=True).stdout.split()[0]
