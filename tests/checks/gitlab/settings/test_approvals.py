"""Approval settings and code owners, where there is a licence."""

from __future__ import annotations

import pytest
from support.office import Office

from checks.gitlab.settings.checks import apply
from checks.gitlab.settings.item import State


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("reset_approvals_on_push", False, "approvals stay when the content changes"),
        ("merge_requests_author_approval", True, "authors may approve their own"),
        ("merge_requests_disable_committers_approval", False, "who committed may approve"),
    ],
)
def test_each_setting(key: str, value: bool, words: str, premium: Office) -> None:
    """T02, T03: a loose approval setting is open, and one call sets it and nothing else."""
    premium.project.approval_settings[key] = value
    item = premium.items()["project.approvals"]
    assert (item.state, item.found) == (State.OPEN, words)
    assert [call.body for call in item.fix] == [{key: not value}]
    assert apply(premium.setup(), item) == ""
    assert premium.items()["project.approvals"].state is State.OK


def test_code_owners_who_are_not_asked(premium: Office) -> None:
    """Where the file is kept and the branch does not ask its owners, that is open, and can be set."""
    premium.project.protected_branches[0].code_owner_approval_required = False
    item = premium.items()["project.code-owners"]
    assert item.state is State.OPEN
    assert apply(premium.setup(), item) == ""
    assert premium.items()["project.code-owners"].state is State.OK
    premium.project.protected_branches.clear()
    assert premium.items()["project.code-owners"].fix == ()
    assert premium.items(owners=None)["project.code-owners"].state is State.NOTE


def test_any_rule_that_asks_is_enough(premium: Office) -> None:
    """Of several rules that cover the branch one that asks its owners is heeded."""
    premium.project.protected_branches[0].code_owner_approval_required = False
    made = premium.forge.protect(premium.project, "ma*", push=0, mergers=[premium.ana])
    made.code_owner_approval_required = True
    assert premium.items()["project.code-owners"].state is State.OK


def test_free_has_neither(office: Office) -> None:
    """Without a licence both are notes: the gate asks for it itself."""
    items = office.items()
    assert {items[name].state for name in ("project.approvals", "project.code-owners")} == {State.NOTE}
