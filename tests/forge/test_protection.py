"""Branch protection: by level, by name, by pattern."""

from __future__ import annotations

from support.forge.scene import Scene


def test_default_branch_is_protected(scene: Scene) -> None:
    """A fresh project lets Maintainers alone push to its default branch and merge into it."""
    (told,) = scene.api(scene.ana).get(f"{scene.base}/protected_branches").body
    levels = [[one["access_level"] for one in told[f"{action}_access_levels"]] for action in ("push", "merge")]
    assert (told["name"], levels) == ("main", [[40], [40]])


def test_no_one_may_push(scene: Scene) -> None:
    """Where no one may push, Developers may still merge if they may."""
    scene.forge.protect(scene.project, "main", push=0, merge=30)
    mr = scene.open()
    assert scene.forge.may_push(scene.ana, scene.project, "main") is False
    assert scene.api(scene.dana).put(scene.path(mr, "merge")).status == 200


def test_no_one_may_merge(scene: Scene) -> None:
    """Level zero admits nobody, not even the owner."""
    scene.forge.protect(scene.project, "main", push=0, merge=0)
    mr = scene.open()
    assert scene.api(scene.ana).put(scene.path(mr, "merge")).status == 401
    assert scene.api(scene.ana).get(scene.path(mr)).body["user"] == {"can_merge": False}


def test_most_permissive_wins(scene: Scene) -> None:
    """Of several protections of a branch, the most permissive counts."""
    scene.forge.protect(scene.project, "main", push=0, merge=0)
    scene.forge.protect(scene.project, "m*", push=0, merge=30)
    assert scene.forge.may_merge(scene.dana, scene.project, "main") is True


def test_pattern(scene: Scene) -> None:
    """In a pattern only the star is special."""
    scene.forge.protect(scene.project, "records[1]?/*", push=0, merge=0)
    assert scene.forge.may_push(scene.dana, scene.project, "records1x/a") is True
    assert scene.forge.may_push(scene.dana, scene.project, "records[1]?/a") is False


def test_named_users_need_a_licence(scene: Scene) -> None:
    """Without a licence a name in a protection is ignored, and the default level is set."""
    path = f"{scene.base}/protected_branches"
    asked = {"name": "records", "push_access_level": 0, "allowed_to_merge": [{"user_id": scene.finn.id}]}
    told = scene.api(scene.ana).post(path, **asked).body
    assert [one["user_id"] for one in told["merge_access_levels"]] == [None]
    assert [one["access_level"] for one in told["merge_access_levels"]] == [40]


def test_named_users(premium: Scene) -> None:
    """With a licence one person may merge where nobody else may; who it is can be changed."""
    api, path = premium.api(premium.ana), f"{premium.base}/protected_branches"
    assert api.call("DELETE", f"{path}/main").status == 204
    asked = {"name": "main", "push_access_level": 0, "allowed_to_merge": [{"user_id": premium.finn.id}]}
    told = api.post(path, **asked).body
    assert [premium.forge.may_merge(user, premium.project, "main") for user in (premium.finn, premium.ana)] == [
        True, False
    ]  # fmt: skip
    entry = told["merge_access_levels"][0]["id"]
    change = [{"id": entry, "_destroy": True}, {"user_id": premium.ana.id}]
    api.call("PATCH", f"{path}/main", {"allowed_to_merge": change, "code_owner_approval_required": True})
    assert [premium.forge.may_merge(user, premium.project, "main") for user in (premium.finn, premium.ana)] == [
        False, True
    ]  # fmt: skip
    assert api.get(f"{path}/main").body["code_owner_approval_required"] is True


def test_protecting_twice(scene: Scene) -> None:
    """A protection is changed and not made again."""
    reply = scene.api(scene.ana).post(f"{scene.base}/protected_branches", name="main")
    assert (reply.status, reply.body) == (409, {"message": "Protected branch 'main' already exists"})


def test_name_with_slash(scene: Scene) -> None:
    """A name with a slash comes as one part of the path."""
    api, path = scene.api(scene.ana), f"{scene.base}/protected_branches"
    api.post(path, name="records/*")
    assert api.get(f"{path}/records%2F%2A").body["name"] == "records/*"
    assert api.get(f"{path}/records").status == 404


def test_branches(scene: Scene) -> None:
    """A branch is made at a commit and deleted again, unless it is protected."""
    api, path = scene.api(scene.ana), f"{scene.base}/repository/branches"
    assert api.post(path, branch="side/one", ref="main").status == 201
    assert api.post(path, branch="side/one", ref="main").status == 400
    assert api.post(path, branch="other", ref="nowhere").status == 400
    assert [one["name"] for one in api.get(path).body] == ["main", "shorter", "side/one"]
    assert api.call("DELETE", f"{path}/side%2Fone").status == 204
    assert api.call("DELETE", f"{path}/main").status == 403
    assert api.get(f"{path}/side%2Fone").status == 404
