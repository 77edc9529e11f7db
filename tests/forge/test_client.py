"""A client that others wrote for GitLab, python-gitlab, takes this server for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import gitlab
import pytest
from gitlab.v4.objects import Project
from support.forge import Fault
from support.forge.scene import Scene


@pytest.fixture
def client(scene: Scene) -> Iterator[gitlab.Gitlab]:
    """Ana's client."""
    made = gitlab.Gitlab(scene.url, private_token=scene.forge.token(scene.ana))
    with closing(made.session):
        yield made


@pytest.fixture
def project(client: gitlab.Gitlab, scene: Scene) -> Project:
    """The project, as the client sees it."""
    return client.projects.get(scene.project.path)


def test_who(client: gitlab.Gitlab, scene: Scene) -> None:
    """The client learns who it is and whom it deals with."""
    client.auth()
    assert client.user is not None
    assert client.user.id == scene.ana.id
    assert client.version()[0].endswith("-ee")
    assert client.personal_access_tokens.get("self").scopes == ["api"]


def test_from_approval_to_merge(project: Project, scene: Scene) -> None:
    """The client reads approvals and versions, approves the head, and merges it."""
    opened = scene.open()
    scene.forge.approve(opened, scene.finn)
    mr = project.mergerequests.get(opened.iid)
    assert [one["user"]["username"] for one in mr.approvals.get().approved_by] == ["finn"]
    assert [one.head_commit_sha for one in mr.diffs.list(get_all=True)] == [opened.sha]
    mr.approve(sha=opened.sha)
    merged = project.mergerequests.get(opened.iid)
    merged.merge(sha=opened.sha)
    assert (merged.state, merged.merge_commit_sha) == ("merged", opened.merge_commit_sha)
    assert [one.user for one in opened.approvals] == [scene.finn, scene.ana]


def test_notes(project: Project, scene: Scene) -> None:
    """The client pages through notes and changes its own."""
    opened = scene.open()
    for number in range(45):
        scene.forge.note(opened, scene.finn, str(number))
    mr = project.mergerequests.get(opened.iid)
    note = mr.notes.create({"body": "refuse"})
    note.body = "pass"
    note.save()
    assert [one.body for one in mr.notes.list(iterator=True, sort="asc")] == [*map(str, range(45)), "pass"]


def test_statuses(project: Project, scene: Scene) -> None:
    """The client posts statuses and finds the merge request of a commit."""
    opened = scene.open()
    commit = project.commits.get(opened.sha)
    commit.statuses.create({"state": "success", "name": "gate"})
    assert [one.status for one in commit.statuses.list(get_all=True)] == ["success"]
    assert [one["iid"] for one in commit.merge_requests()] == [opened.iid]


def test_settings(project: Project, scene: Scene) -> None:
    """The client changes protections, variables, webhooks and settings."""
    project.protectedbranches.create({"name": "records", "push_access_level": 0, "merge_access_level": 0})
    project.variables.create({"key": "MODE", "value": "strict"})
    hook = project.hooks.create({"url": "https://hooks.example.org", "merge_requests_events": 1})
    project.ci_config_path = "gate.yml@acme/control"
    project.save()
    assert [one.name for one in scene.project.protected_branches] == ["main", "records"]
    assert project.variables.get("MODE").value == "strict"
    assert hook.merge_requests_events is True
    assert scene.project.settings["ci_config_path"] == "gate.yml@acme/control"
    assert {one.username for one in project.members_all.list(get_all=True)} == {"dana", "finn", "ana"}


def test_reruns(project: Project, scene: Scene) -> None:
    """The client triggers a pipeline and runs a job again."""
    opened = scene.open()
    made = scene.forge.pipeline(scene.project, opened.sha, "shorter", scene.dana, source="push", gate="failed")
    triggered = project.trigger_pipeline("main", scene.forge.trigger(scene.project, scene.ana).token)
    project.jobs.get(made.jobs[0].id, lazy=True).retry()
    assert ([one.id for one in scene.forge.pipelines], made.status) == ([made.id, triggered.id], "pending")


def test_rate_limit(client: gitlab.Gitlab, scene: Scene) -> None:
    """The client waits as long as a rate limit says, and calls again."""
    scene.forge.fault(Fault("GET", "/user$", "429", retry_after=0))
    client.auth()
    assert [call.status for call in scene.forge.calls] == [429, 200]


def test_refusals(project: Project, scene: Scene) -> None:
    """The client understands a refusal."""
    opened = scene.open()
    with pytest.raises(gitlab.GitlabMRClosedError, match="SHA does not match HEAD"):
        project.mergerequests.get(opened.iid).merge(sha="0" * 40)
