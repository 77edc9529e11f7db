"""Who is let in: tokens, scopes, job tokens, membership."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.forge.scene import Scene


def test_nobody(scene: Scene) -> None:
    """Without a token, or with one that nobody made, the answer is 401."""
    for headers in ({}, {"PRIVATE-TOKEN": "glpat-unknown"}):
        reply = scene.api_with(**headers).get("/user")
        assert (reply.status, reply.body) == (401, {"message": "401 Unauthorized"})


def test_bearer(scene: Scene) -> None:
    """A token may come as a bearer's too."""
    told = scene.api_with(Authorization=f"Bearer {scene.forge.token(scene.finn)}").get("/user").body
    assert told["username"] == "finn"


def test_expired(scene: Scene) -> None:
    """A token is good until the day on which it expires begins."""
    token = scene.forge.token(scene.ana, expires_at=scene.forge.now.date() + timedelta(days=1))
    api = scene.api_with(**{"PRIVATE-TOKEN": token})
    assert api.get("/personal_access_tokens/self").body["expires_at"] == "2026-11-28"
    scene.forge.tick(days=1)
    reply = api.get("/user")
    assert (reply.status, reply.body["error"]) == (401, "invalid_token")
    assert reply.body["error_description"].startswith("Token is expired")


def test_revoked(scene: Scene) -> None:
    """A revoked token is good for nothing, and is told so."""
    reply = scene.api_with(**{"PRIVATE-TOKEN": scene.forge.token(scene.ana, revoked=True)}).get("/user")
    assert (reply.status, reply.body["error"]) == (401, "invalid_token")


def test_reading_scope(scene: Scene) -> None:
    """A token that may read the API may not write with it."""
    mr, api = scene.open(), scene.api(scene.ana, "read_api")
    assert api.get(scene.path(mr, "approvals")).status == 200
    reply = api.post(scene.path(mr, "notes"), body="Hello")
    assert (reply.status, reply.body["error"]) == (403, "insufficient_scope")
    assert mr.notes == []


def test_useless_scope(scene: Scene) -> None:
    """A token for the repository alone cannot use the API."""
    assert scene.api(scene.ana, "read_repository").get("/user").status == 403


def test_strangers_see_nothing(scene: Scene) -> None:
    """A private project is hidden from who is no member; a public one can be read and not changed."""
    mr, api = scene.open(), scene.api(scene.eve)
    reply = api.get(scene.path(mr))
    assert (reply.status, reply.body) == (404, {"message": "404 Project Not Found"})
    scene.project.settings["visibility"] = "public"
    assert api.get(scene.path(mr)).status == 200
    assert api.post(scene.path(mr, "approve")).status == 403


def test_levels(scene: Scene) -> None:
    """A Developer may not see what only Maintainers set."""
    for path in ("protected_branches", "variables", "hooks", "triggers", "access_tokens"):
        assert scene.api(scene.finn).get(f"{scene.base}/{path}").status == 403
        assert scene.api(scene.ana).get(f"{scene.base}/{path}").status == 200


def test_project_by_path(scene: Scene) -> None:
    """A project is found by its number and by its path."""
    api = scene.api(scene.ana)
    assert api.get(scene.base).body == api.get("/projects/acme%2Fflows").body
    assert api.get("/projects/acme%2Fother").status == 404


READABLE = ["", "/notes"]
UNREADABLE = ["/approvals", "/versions", "/commits"]


@pytest.mark.parametrize(("path", "status"), [(one, 200) for one in READABLE] + [(one, 401) for one in UNREADABLE])
def test_job_token(path: str, status: int, scene: Scene) -> None:
    """A job token reads merge requests and their notes, and neither approvals nor versions nor commits."""
    mr = scene.open()
    api = scene.api_with(**{"JOB-TOKEN": scene.forge.job_token(scene.ana, scene.project)})
    assert api.get(scene.path(mr) + path).status == status


def test_job_token_cannot_write(scene: Scene) -> None:
    """A job token can neither comment nor set a status nor run a job again."""
    mr = scene.open()
    made = scene.forge.pipeline(scene.project, mr.sha, "shorter", scene.dana, source="push", gate="failed")
    api = scene.api_with(**{"JOB-TOKEN": scene.forge.job_token(scene.ana, scene.project)})
    assert api.post(scene.path(mr, "notes"), body="Hello").status == 401
    assert api.post(f"{scene.base}/statuses/{mr.sha}", state="success").status == 401
    assert api.post(f"{scene.base}/jobs/{made.jobs[0].id}/retry").status == 401


def test_job_token_as_private_token(scene: Scene) -> None:
    """A job token is no personal token, nor the other way round."""
    mr = scene.open()
    job, own = scene.forge.job_token(scene.ana, scene.project), scene.forge.token(scene.ana)
    assert scene.api_with(**{"PRIVATE-TOKEN": job}).get(scene.path(mr)).status == 401
    assert scene.api_with(**{"JOB-TOKEN": own}).get(scene.path(mr)).status == 401


def test_project_token(scene: Scene) -> None:
    """A project's token acts as a bot, which is a member of the level that was given."""
    token = scene.forge.project_token(scene.project, ("read_api",), level=20, name="gate")
    told = scene.api_with(**{"PRIVATE-TOKEN": token}).get("/user").body
    assert told["bot"] is True
    (listed,) = scene.api(scene.ana).get(f"{scene.base}/access_tokens").body
    assert (listed["name"], listed["scopes"], listed["access_level"]) == ("gate", ["read_api"], 20)
    assert token not in scene.api(scene.ana).get(f"{scene.base}/access_tokens").text


def test_hidden_variables(scene: Scene) -> None:
    """The value of a hidden variable is never shown again, not even after a change."""
    api, path = scene.api(scene.ana), f"{scene.base}/variables"
    api.post(path, key="GATE_TOKEN", value="glpat-secret", masked_and_hidden=True, protected=True)
    api.put(f"{path}/GATE_TOKEN", value="glpat-newer-secret")
    assert scene.project.variables[0].value == "glpat-newer-secret"
    assert "secret" not in api.get(path).text + api.get(f"{path}/GATE_TOKEN").text


@pytest.mark.parametrize("value", ["short", "two\nlines"])
def test_masking_has_conditions(value: str, scene: Scene) -> None:
    """What is short or has several lines cannot be masked."""
    reply = scene.api(scene.ana).post(f"{scene.base}/variables", key="TOKEN", value=value, masked=True)
    assert (reply.status, scene.project.variables) == (400, [])


def test_one_key_in_two_environments(scene: Scene) -> None:
    """A key may be set once for each environment, and is then found only with its environment."""
    api, path = scene.api(scene.ana), f"{scene.base}/variables"
    for where in ("staging", "production"):
        assert api.post(path, key="MODE", value=where, environment_scope=where).status == 201
    assert api.post(path, key="MODE", value="again", environment_scope="staging").status == 400
    assert api.get(f"{path}/MODE").status == 409
    assert api.get(f"{path}/MODE", **{"filter[environment_scope]": "staging"}).body["value"] == "staging"


def test_settings_change(scene: Scene) -> None:
    """A Maintainer changes settings; what is no setting is ignored."""
    told = scene.api(scene.ana).put(scene.base, ci_config_path="gate.yml@acme/control", nonsense=1).body
    assert told["ci_config_path"] == "gate.yml@acme/control"
    assert "nonsense" not in told
    assert scene.api(scene.finn).put(scene.base, merge_method="ff").status == 403


def test_users_by_name(scene: Scene) -> None:
    """A username leads to a number, whatever its case; nobody's leads to nothing."""
    api = scene.api(scene.ana)
    assert [one["id"] for one in api.get("/users", username="FINN").body] == [scene.finn.id]
    assert api.get("/users", username="finnn").body == []
    assert api.get("/users/1").status == 404
