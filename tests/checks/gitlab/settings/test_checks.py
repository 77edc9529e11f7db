"""All checks together: fine where all is set, never fine where it cannot be read, and each closed by its own calls."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Literal

import pytest
from support.forge import Fault, Level
from support.forge.faults import Kind
from support.office import SECRET, Office

from checks.gitlab.settings.checks import CHECKS, apply, run
from checks.gitlab.settings.item import State, exit_code

NAMES = [name for name, _ in CHECKS]
KINDS: tuple[Kind, ...] = ("under-scoped", "500", "429", "html", "expired", "empty", "truncated")
ASKS = {
    "tier": "/metadata$",
    "members": "workflows/members/all$",
    "maintainers": "{place}/members/all$",
    "bot": "workflows/members/all$",
    "branch": "{place}/protected_branches$",
    "records": "workflows/protected_branches$",
    "lock": "workflows/protected_branches$",
    "deploy-keys": "{place}/deploy_keys$",
    "secrets": "workflows/variables$",
    "approvals": "workflows/approvals$",
    "code-owners": "workflows/protected_branches$",
    "owners": "workflows/members/all$",
    "webhook": "workflows/hooks$",
    "variables": "control/variables$",
    "trigger": "control/triggers$",
    "schedule": "control/pipeline_schedules$",
}
"""What each check asks, by the end of its name; the others ask for the project itself."""


def asked(name: str) -> str:
    """A pattern of the path that a check asks."""
    where, _, what = name.partition(".")
    place = "control" if where == "control" else "workflows"
    if name == "token":
        return "/personal_access_tokens/self$"
    return ASKS.get(what or where, "{place}$").format(place=place)


@pytest.mark.parametrize(("tier", "edition"), [("free", "ee"), ("free", "ce"), ("premium", "ee")])
def test_where_all_is_set_all_is_fine(tier: Literal["free", "premium"], edition: Literal["ee", "ce"]) -> None:
    """On every tier and edition nothing is open, nothing is unread, and notes name only what cannot be had there."""
    with Office.begin(tier, edition) as office:
        items = run(office.setup())
    assert [item.name for item in items] == NAMES
    assert [item for item in items if item.state in {State.OPEN, State.UNKNOWN}] == []
    notes = {item.name for item in items if item.state is State.NOTE}
    assert notes == {"project.pipeline"} | (
        set() if tier == "premium" else {"project.approvals", "project.code-owners"}
    )
    assert exit_code(items) == 0
    assert [item.fix for item in items if item.fix] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_read_is_never_fine(name: str, kind: Kind, premium: Office) -> None:
    """T19: refused, down, busy, cut off, or a page in place of an answer: it is unknown, and the run no success."""
    premium.forge.fault(Fault("GET", asked(name), kind, times=None, retry_after=0))
    items = premium.items()
    assert items[name].state is State.UNKNOWN, items[name]
    assert items[name].found
    assert exit_code(items.values()) == 3


@pytest.mark.parametrize("name", sorted({*NAMES} - {"project.approvals", "project.code-owners"}))
def test_what_is_not_there_is_never_fine(name: str, office: Office) -> None:
    """A 404 says that somebody may not see it, and not that it is in order; Free alone lacks approval settings."""
    office.forge.fault(Fault("GET", asked(name), "html", times=None, status=404))
    assert office.items()[name].state is State.UNKNOWN


def test_a_stranger_reads_nothing_fine(office: Office) -> None:
    """With the token of somebody who is no member, not one check of a project is fine."""
    eve = office.forge.user("eve")
    items = office.items(eve)
    assert {name for name, item in items.items() if item.state is not State.UNKNOWN} <= {"token"}
    assert exit_code(items.values()) == 3


def test_a_developer_reads_little(office: Office) -> None:
    """With a Developer's token what only Maintainers see is unknown, and what says so names the status."""
    items = office.items(office.dana)
    for name in ("project.branch", "project.webhook", "control.variables"):
        assert items[name].state is State.UNKNOWN
    assert "403" in items["project.branch"].found


def test_no_answer_at_all_is_an_error(office: Office) -> None:
    """No item at all is never a success."""
    assert exit_code([]) == 3
    assert exit_code(office.items().values()) == 0


def test_no_secret_is_ever_said(office: Office) -> None:
    """T18: values of variables and tokens of triggers, hooks and people are in no item, whatever is wrong."""
    office.control.variables[0].masked = False
    office.project.hooks[0].url = office.project.hooks[0].url.replace("{token}", office.control.triggers[0].token)
    office.project.hooks[0].events.clear()
    office.forge.variable(office.project, "COUNTERSIGN_GITLAB_TOKEN", SECRET)
    said = json.dumps([asdict(item) for item in run(office.setup())], default=str)
    assert "COUNTERSIGN_GITLAB_TOKEN" in said
    assert SECRET not in said
    assert office.control.triggers[0].token not in said
    assert "glpat-" not in said


@pytest.mark.parametrize("tier", ["free", "premium"])
def test_what_can_be_set_is_set_once(tier: Literal["free", "premium"]) -> None:
    """The calls that items carry close them, and then there are none left to make."""
    with Office.begin(tier) as office:
        worst(office)
        items = run(office.setup())
        fixed = {item.name for item in items if item.fix}
        assert fixed >= {
            "project.branch", "project.records", "project.lock", "project.deploy-keys", "project.merge-method",
            "project.squash", "project.fork-pipelines", "project.job-token", "project.override", "project.webhook",
            "control.branch", "control.fork-pipelines", "control.job-token", "control.override", "control.schedule",
        }  # fmt: skip
        assert [apply(office.setup(), item) for item in items if item.fix] == [""] * len(fixed)
        after = run(office.setup())
    assert [item for item in after if item.state in {State.OPEN, State.UNKNOWN}] == []


def test_a_refusal_is_reported(office: Office) -> None:
    """What GitLab refuses to set is said in its words, and the item's further calls are not made."""
    office.project.protected_branches.clear()
    items = office.items(office.ana)
    office.forge.member(office.project, office.ana, Level.DEVELOPER)
    office.forge.reset_calls()
    said = apply(office.setup(), items["project.branch"])
    assert "403" in said
    assert [call.method for call in office.forge.calls] == ["POST"]


def worst(office: Office) -> None:
    """Nearly everything that can be set is set wrongly."""
    for project in (office.project, office.control):
        project.settings.update(
            merge_method="ff", squash_option="always", ci_push_repository_for_job_token_allowed=True,
            ci_allow_fork_pipelines_to_run_in_parent_project=True,
            ci_pipeline_variables_minimum_override_role="developer",
        )  # fmt: skip
        office.forge.deploy_key(project, "builder", can_push=True)
    office.forge.protect(office.project, "main", push=30, merge=30, force=True)
    office.forge.protect(office.project, "records", push=30, merge=30, force=True)
    office.project.protected_branches[:] = [one for one in office.project.protected_branches if "/" not in one.name]
    office.control.protected_branches.clear()
    office.control.schedules[0].active = False
    office.project.hooks[0].events["note_events"] = False
    office.project.approval_settings.update(
        reset_approvals_on_push=False, merge_requests_author_approval=True,
        merge_requests_disable_committers_approval=False,
    )  # fmt: skip
