"""What a Maintainer makes by the API, and who may not."""

from __future__ import annotations

from support.forge import Level
from support.forge.scene import Scene


def test_members(scene: Scene) -> None:
    """A Maintainer lets people in and changes what they may do; a Developer does not, and nobody twice."""
    path, ana = f"{scene.base}/members", scene.api(scene.ana)
    assert scene.api(scene.dana).post(path, user_id=scene.eve.id, access_level=30).status == 403
    assert ana.post(path, user_id=scene.eve.id, access_level=30).body["access_level"] == 30
    assert ana.post(path, user_id=scene.eve.id, access_level=30).status == 409
    assert ana.post(path, user_id=4, access_level=30).status == 404
    assert ana.put(f"{path}/{scene.eve.id}", access_level=40).body["access_level"] == 40
    assert scene.project.members[scene.eve.id] == 40


def test_deploy_keys(scene: Scene) -> None:
    """A deploy key says whether it may push, and that can be changed."""
    key, ana = scene.forge.deploy_key(scene.project, "builder", can_push=True), scene.api(scene.ana)
    path = f"{scene.base}/deploy_keys"
    assert [(one["title"], one["can_push"]) for one in ana.get(path).body] == [("builder", True)]
    assert ana.put(f"{path}/{key.id}", can_push=False).body["can_push"] is False
    assert scene.api(scene.dana).get(path).status == 403


def test_schedules(scene: Scene) -> None:
    """A schedule belongs to who made it, and on a protected branch only who may merge there makes one."""
    path, ana, dana = f"{scene.base}/pipeline_schedules", scene.api(scene.ana), scene.api(scene.dana)
    about = {"description": "sweep", "ref": "main", "cron": "*/10 * * * *"}
    assert dana.post(path, **about).status == 403
    made = ana.post(path, **about).body
    assert (made["owner"]["id"], made["active"], made["ref"]) == (scene.ana.id, True, "refs/heads/main")
    assert dana.put(f"{path}/{made['id']}", active=False).status == 403
    assert ana.put(f"{path}/{made['id']}", active=False).body["active"] is False
    scene.forge.member(scene.project, scene.finn, Level.MAINTAINER)
    taken = scene.api(scene.finn).post(f"{path}/{made['id']}/take_ownership").body
    assert taken["owner"]["id"] == scene.finn.id


def test_tokens(scene: Scene) -> None:
    """A trigger token and an access token are shown in full once, to who makes them."""
    ana = scene.api(scene.ana)
    assert ana.post(f"{scene.base}/triggers", description="judge").body["token"].startswith("glptt-")
    about = {"name": "bot", "scopes": ["api"], "access_level": 40, "expires_at": "2027-06-30"}
    made = ana.post(f"{scene.base}/access_tokens", **about).body
    assert made["token"] in scene.forge.tokens
    assert scene.project.members[made["user_id"]] == 40
    assert "token" not in ana.get(f"{scene.base}/access_tokens").body[0]


def test_files(scene: Scene) -> None:
    """A file is found by branch and path, and is not there on a branch or at a path that lacks it."""
    path, ana = f"{scene.base}/repository/files", scene.api(scene.ana)
    assert ana.get(f"{path}/reply.prompt", ref="shorter").body["file_path"] == "reply.prompt"
    assert ana.get(f"{path}/reply.prompt", ref="nowhere").status == 404
    assert ana.get(f"{path}/other%2Freply.prompt", ref="main").status == 404
    assert scene.api(scene.eve).get(f"{path}/reply.prompt", ref="main").status == 404
