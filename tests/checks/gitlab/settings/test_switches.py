"""Switches, merge checks, pipeline definitions and deploy keys."""

from __future__ import annotations

import pytest
from support.forge import Fault
from support.forge.model import Json
from support.office import Office

from checks.gitlab.settings.item import State

UNSAFE = [
    ("project.merge-method", "merge_method", "ff"),
    ("project.squash", "squash_option", "always"),
    ("project.fork-pipelines", "ci_allow_fork_pipelines_to_run_in_parent_project", True),
    ("project.job-token", "ci_push_repository_for_job_token_allowed", True),
    ("project.override", "ci_pipeline_variables_minimum_override_role", "developer"),
    ("project.pipeline", "ci_config_path", "gate.yml@mallory/pipelines"),
    ("project.pipeline", "ci_config_path", "https://example.org/gate.yml"),
    ("control.fork-pipelines", "ci_allow_fork_pipelines_to_run_in_parent_project", True),
    ("control.job-token", "ci_push_repository_for_job_token_allowed", True),
    ("control.override", "ci_pipeline_variables_minimum_override_role", "developer"),
    ("control.pipeline", "ci_config_path", "gate.yml@mallory/pipelines"),
    ("control.pipeline", "ci_config_path", "https://example.org/gate.yml"),
]
SAFE = [
    ("project.merge-method", "merge_method", "rebase_merge"),
    ("project.squash", "squash_option", "default_on"),
    ("project.override", "ci_pipeline_variables_minimum_override_role", "owner"),
    ("project.pipeline", "ci_config_path", "gate.yml@acme/control:main"),
    ("control.override", "ci_pipeline_variables_minimum_override_role", "no_one_allowed"),
    ("control.pipeline", "ci_config_path", None),
]


def put(office: Office, name: str, key: str, value: Json) -> None:
    """Set a project's switch."""
    (office.control if name.startswith("control") else office.project).settings[key] = value


@pytest.mark.parametrize(("name", "key", "value"), UNSAFE)
def test_unsafe(name: str, key: str, value: Json, office: Office) -> None:
    """T01, T14: an unsafe value is open, and what it means and where it is set is said."""
    put(office, name, key, value)
    item = office.items()[name]
    assert item.state is State.OPEN, item
    assert str(value).lower().replace("true", "on") in item.found
    assert item.meaning
    assert "Settings > " in item.solution


@pytest.mark.parametrize(("name", "key", "value"), SAFE)
def test_safe(name: str, key: str, value: Json, office: Office) -> None:
    """Other values that guard as well are fine."""
    put(office, name, key, value)
    assert office.items()[name].state is State.OK


@pytest.mark.parametrize("key", sorted({key for _, key, _ in UNSAFE}))
def test_a_switch_that_is_not_shown_is_not_off(key: str, office: Office) -> None:
    """T19: an answer that leaves a switch out says nothing of it, and so does null where there is no such value."""
    names = {name for name, one, _ in UNSAFE if one == key}
    for project in (office.project, office.control):
        del project.settings[key]
    items = office.items()
    assert {items[name].state for name in names} == {State.UNKNOWN}


def test_merge_checks_are_noted(office: Office) -> None:
    """What GitLab merges whatever the pipeline said is worth knowing, and breaks nothing that the gate promises."""
    office.project.settings["allow_merge_on_skipped_pipeline"] = True
    assert "skipped pipeline counts" in office.items()["project.merge-checks"].found
    office.project.settings["only_allow_merge_if_pipeline_succeeds"] = False
    item = office.items()["project.merge-checks"]
    assert (item.state, item.fix) == (State.NOTE, ())
    del office.project.settings["only_allow_merge_if_pipeline_succeeds"]
    assert office.items()["project.merge-checks"].state is State.UNKNOWN


def test_a_control_project_without_a_pipeline(office: Office) -> None:
    """T11: where the file is not on the protected branch nothing is judged, whatever path the project names."""
    office.control.settings["ci_config_path"] = "ci/judge.yml"
    item = office.items()["control.pipeline"]
    assert (item.state, item.found) == (State.OPEN, "no ci/judge.yml on `main`")
    office.forge.fault(Fault("GET", "/repository/files/", "under-scoped"))
    assert office.items()["control.pipeline"].state is State.UNKNOWN


def test_a_deploy_key_that_pushes_is_named(office: Office) -> None:
    """T14: keys that may push are open by title, in both projects; those that only read are not."""
    office.forge.deploy_key(office.project, "mirror")
    office.forge.deploy_key(office.project, "builder\x1b[2J", can_push=True)
    office.forge.deploy_key(office.control, "other", can_push=True)
    items = office.items()
    assert "builder" in items["project.deploy-keys"].found
    assert "mirror" not in items["project.deploy-keys"].found
    assert "\x1b" not in items["project.deploy-keys"].found
    assert items["control.deploy-keys"].state is State.OPEN


@pytest.mark.parametrize("name", ["project.override", "control.override"])
def test_a_role_that_nothing_heeds_is_no_guard(name: str, office: Office) -> None:
    """T14: before the role counts, variables have to be restricted at all; `--apply` does both."""
    place = office.project if name.startswith("project") else office.control
    place.settings["restrict_user_defined_variables"] = False
    item = office.items()[name]
    assert (item.state, "restrict_user_defined_variables" in item.found) == (State.OPEN, True)
    assert item.fix[0].body["restrict_user_defined_variables"] is True
