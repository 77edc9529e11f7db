"""Who is in: Maintainers by name, seats counted where they are counted, owners whom GitLab would ignore."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.forge import Level
from support.office import Office

from checks.codeowners import Owner
from checks.gitlab.client import Client
from checks.gitlab.settings import people
from checks.gitlab.settings.item import State


@pytest.mark.parametrize("tier", ["free", "premium"])
@pytest.mark.parametrize("level", [Level.MAINTAINER, Level.OWNER])
def test_another_maintainer_is_named(tier: str, level: Level) -> None:
    """T14: on every tier a third person who could lift the protections is open, by name."""
    with Office.begin("premium" if tier == "premium" else "free") as office:
        office.forge.member(office.project, office.finn, level)
        eve = office.forge.user("eve")
        office.forge.member(office.control, eve, level)
        items = office.items()
    assert (items["project.maintainers"].state, items["control.maintainers"].state) == (State.OPEN, State.OPEN)
    assert "finn" in items["project.maintainers"].found
    assert "@eve" in items["control.maintainers"].found


def test_an_owner_who_is_none_is_said(office: Office) -> None:
    """The owner by team/ must be able to look after the projects."""
    office.forge.member(office.project, office.ana, Level.DEVELOPER)
    items = office.items(office.bot)
    assert "ana is no Maintainer" in items["project.maintainers"].found


def test_a_bot_that_cannot_work_is_said(office: Office, premium: Office) -> None:
    """On Free the bot must be a Maintainer, on Premium a member; where it is none, that is said."""
    office.forge.member(office.project, office.bot, Level.DEVELOPER)
    assert "access level 30" in office.items()["project.bot"].found
    premium.forge.member(premium.project, premium.bot, Level.DEVELOPER)
    assert premium.items()["project.bot"].state is State.OK
    del premium.project.members[900]
    assert "account 900: no member" in premium.items()["project.bot"].found


@pytest.mark.parametrize(
    ("host", "visibility", "more", "state", "words"),
    [
        ("https://gitlab.com", "private", 1, State.OK, "5 people, the bot's account counted of 5"),
        ("https://gitlab.com", "private", 2, State.OPEN, "6 people, the bot's account counted of 5"),
        ("https://gitlab.com", "public", 2, State.OK, "no limit here"),
        ("https://gitlab.example.org", "private", 2, State.OK, "no limit here"),
    ],
)
def test_seats_are_counted(host: str, visibility: str, more: int, state: State, words: str, office: Office) -> None:
    """Five people fit a private group on GitLab.com Free, the bot among them, and accounts of tokens take no seat."""
    for number in range(more):
        office.forge.member(office.project, office.forge.user(f"guest{number}"), Level.GUEST)
    office.forge.project_token(office.project)
    office.project.settings["visibility"] = visibility
    item = people.seats(replace(office.setup(), me=Client(host, "x", "acme/workflows")))
    assert (item.state, words in item.found) == (state, True), item


def test_a_licence_lifts_the_limit(premium: Office) -> None:
    """With Premium there is no such limit on GitLab.com either."""
    for number in range(4):
        premium.forge.member(premium.project, premium.forge.user(f"guest{number}"), Level.GUEST)
    setup = replace(premium.setup(), me=Client("https://gitlab.com", "x", "acme/workflows"))
    assert people.seats(setup).state is State.OK


def test_an_owner_whom_gitlab_ignores_is_named(premium: Office) -> None:
    """T04: one whom CODEOWNERS names and who is no member, another account, or may not approve, is open."""
    wrong = [
        Owner(username="gone", person="gita", forge=106),
        Owner(username="finn", person="finn", forge=999),
        Owner(username="ana", person="ana", forge=101),
    ]
    item = premium.items(owners=wrong)["project.owners"]
    assert item.state is State.OPEN
    assert "gita: @gone is no member of the project." in item.found
    assert "finn: @finn is account 103" in item.found
    assert "ana" not in item.found.replace("gita", "")
    assert premium.items(owners=None)["project.owners"].state is State.NOTE


def test_the_tier_is_told_by_a_merge_request(office: Office, premium: Office) -> None:
    """An unlicensed edition that shows approval settings all the same is not taken for a licensed one."""
    assert office.items()["tier"].found.startswith("Free, Enterprise Edition 18.6")
    assert premium.items()["tier"].found.startswith("Premium, Enterprise Edition 18.6")
    setup = office.setup()
    setup.project._answers |= {
        "/merge_requests?per_page=1": [{"iid": 1}],
        "/merge_requests/1/approvals": {"merge_request_approvers_available": False},
        "/approvals": {"reset_approvals_on_push": True},
    }
    assert setup.project.licensed() is False
