"""What starts the judge and what it holds: webhook, trigger, schedule, variables, token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from support.forge import Level
from support.forge.project import Hook, Variable
from support.office import HIDDEN, Office

from checks.gitlab.client import Client
from checks.gitlab.settings.control import VARIABLES
from checks.gitlab.settings.item import State
from checks.gitlab.transport import Session


def hook(office: Office) -> Hook:
    """The project's webhook."""
    return office.project.hooks[0]


def kept(office: Office, key: str) -> Variable:
    """A variable of the control project."""
    return next(one for one in office.control.variables if one.key == key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/main/", "/side/"),
        ("/trigger/pipeline", "/trigger"),
        ("http://127.0.0.1", "https://elsewhere.example.org"),
        ("/projects/", "/projects/9"),
    ],
)
def test_a_webhook_that_leads_elsewhere_is_none(old: str, new: str, office: Office) -> None:
    """A webhook to another branch, project, server or page does not start the judge."""
    hook(office).url = hook(office).url.replace(old, new)
    assert "no webhook starts the control project" in office.items()["project.webhook"].found


def test_a_webhook_may_name_the_project_by_its_path(office: Office) -> None:
    """GitLab takes both, the number and the path."""
    hook(office).url = hook(office).url.replace(f"/{office.control.id}/", "/acme%2Fcontrol/")
    assert office.items()["project.webhook"].state is State.OK


@pytest.mark.parametrize("event", ["merge_requests_events", "note_events"])
def test_a_deaf_webhook(event: str, office: Office) -> None:
    """Each of the three kinds of event is needed."""
    hook(office).events[event] = False
    item = office.items()["project.webhook"]
    assert item.state is State.OPEN
    assert len(item.fix) == 1


def test_a_webhook_that_takes_any_certificate(office: Office) -> None:
    """Without verification the token goes to whoever answers."""
    hook(office).enable_ssl_verification = False
    assert "any certificate" in office.items()["project.webhook"].found


@pytest.mark.parametrize("shown", ["?token=glptt-000000000000000000000000", "?token={other}", "", "?token={token}x"])
def test_a_token_in_the_open(shown: str, office: Office) -> None:
    """T18: a token that the address shows is open, is not repeated, and is left for a person to hide."""
    hook(office).url = hook(office).url.replace(HIDDEN, shown)
    item = office.items()["project.webhook"]
    assert "shows its token" in item.found
    assert item.fix == ()
    assert "glptt" not in str(item)


def test_one_good_webhook_is_enough(office: Office) -> None:
    """Another that does less, or leads elsewhere, takes nothing away."""
    office.forge.hook(office.project, "https://chat.example.org/hook")
    office.project.hooks.insert(0, office.forge.hook(office.project, hook(office).url))
    assert office.items()["project.webhook"].state is State.OK


def test_triggers(office: Office) -> None:
    """No trigger token, or one of somebody who may not use the keys, is open."""
    office.forge.trigger(office.control, office.dana)
    assert "dana" in office.items()["control.trigger"].found.replace("account 104", "dana")
    office.control.triggers.clear()
    assert "no trigger token" in office.items()["control.trigger"].found


def no_schedule(office: Office) -> None:
    """There is none."""
    office.control.schedules.clear()


def on_a_side_branch(office: Office) -> None:
    """It runs where no protected variable is."""
    office.control.schedules[0].ref = "side"


def of_a_developer(office: Office) -> None:
    """It runs as somebody who may not use the keys."""
    office.control.schedules[0].owner = office.dana


def inactive(office: Office) -> None:
    """It does not run."""
    office.control.schedules[0].active = False


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (no_schedule, "no schedule on `main`"),
        (on_a_side_branch, "no schedule on `main`"),
        (of_a_developer, "the schedule is dana's"),
        (inactive, "the schedule is inactive"),
    ],
)
def test_schedules(break_it: Callable[[Office], None], words: str, office: Office) -> None:
    """T19: without a schedule that runs with the keys, what no event told is never judged."""
    break_it(office)
    item = office.items()["control.schedule"]
    assert (item.state, item.found) == (State.OPEN, words)


def test_the_bot_may_own_them(office: Office) -> None:
    """Trigger and schedule may be the bot's as well as the owner's."""
    office.forge.member(office.control, office.bot, Level.MAINTAINER)
    office.control.schedules[0].owner = office.control.triggers[0].owner = office.bot
    items = office.items()
    assert "as the bot" in items["control.schedule"].found
    assert items["control.trigger"].state is State.OK
    assert items["control.maintainers"].state is State.OK


@pytest.mark.parametrize("key", sorted(VARIABLES))
def test_a_missing_variable_is_named(key: str, office: Office) -> None:
    """Each variable that the pipeline reads has to be there."""
    office.control.variables.remove(kept(office, key))
    assert office.items()["control.variables"].found == f"{key} is missing"


@pytest.mark.parametrize(
    ("key", "field"),
    [(key, field) for key, fields in VARIABLES.items() for field in fields if field != "file"],
)
def test_a_loose_secret_is_named(key: str, field: str, office: Office) -> None:
    """T07, T18: a secret that is not protected, masked and hidden, as far as it can be, is open."""
    setattr(kept(office, key), field, False)
    assert office.items()["control.variables"].found == f"{key} is not {field}"


def test_a_key_is_a_file(office: Office) -> None:
    """The pipeline reads the key from a file, and never from its environment."""
    kept(office, "COUNTERSIGN_CHANGE_KEY").variable_type = "env_var"
    assert office.items()["control.variables"].found == "COUNTERSIGN_CHANGE_KEY is not of type file"


def test_a_second_scope_counts(office: Office) -> None:
    """T18: the same variable in another scope has to be kept as well."""
    office.forge.variable(office.control, "COUNTERSIGN_GITLAB_TOKEN", "x", environment_scope="test")
    assert "is not protected, not masked, not hidden" in office.items()["control.variables"].found


def test_secrets_in_the_project(office: Office) -> None:
    """T01, T18: the judge's secrets must not be where a branch's own pipeline can print them; others are noted."""
    office.forge.variable(office.project, "DEPLOY_PASSWORD", "x")
    item = office.items()["project.secrets"]
    assert (item.state, item.found) == (State.NOTE, "not protected and masked: DEPLOY_PASSWORD")
    office.forge.variable(office.project, "COUNTERSIGN_CHANGE_KEY", "x", protected=True)
    item = office.items()["project.secrets"]
    assert (item.state, item.found) == (State.OPEN, "the project holds COUNTERSIGN_CHANGE_KEY")


def client(office: Office, token: str) -> Client:
    """Asks with a token."""
    return Client(office.url, token, "acme/workflows", session=Session(sleep=lambda _: None))


@pytest.mark.parametrize(
    ("scopes", "until", "words"),
    [
        (("api", "sudo"), date(2027, 6, 30), "the bot's token may also sudo"),
        (("read_api",), date(2027, 6, 30), "the bot's token lacks the scope `api`"),
        (("api",), date(2026, 12, 10), "the bot's token expires on 2026-12-10"),
    ],
)
def test_the_bots_token(scopes: tuple[str, ...], until: date, words: str, office: Office) -> None:
    """A token that ends soon, may too little, or too much, is open."""
    token = office.forge.token(office.bot, scopes, until)
    assert office.items(as_bot=client(office, token))["token"].found == words


def test_a_token_that_lasts(office: Office) -> None:
    """One that ends late is fine, and so is one that never ends where GitLab allows that."""
    for until, words in ((date(2026, 12, 11), "api, until 2026-12-11"), (None, "api, for ever")):
        item = office.items(as_bot=client(office, office.forge.token(office.bot, ("api",), until)))["token"]
        assert (item.state, item.found) == (State.OK, words)


def test_the_caller_may_be_the_bot(office: Office) -> None:
    """With the bot's own token there is no other to ask for."""
    assert office.items(office.bot, as_bot=None)["token"].state is State.OK


def test_a_token_of_the_project_is_seen_by_maintainers(office: Office) -> None:
    """A project's token shows its scopes and its end; one that was rotated away does not count beside its successor."""
    value = office.forge.project_token(office.project, level=Level.MAINTAINER, expires_at=date(2026, 12, 1))
    token = office.forge.tokens[value]
    token.user = office.bot
    assert "expires on 2026-12-01" in office.items(as_bot=None)["token"].found
    token.revoked = True
    assert "revoked or expired" in office.items(as_bot=None)["token"].found
    office.forge.tokens[office.forge.project_token(office.project, level=Level.MAINTAINER)].user = office.bot
    assert office.items(as_bot=None)["token"].state is State.OK


def test_a_token_that_cannot_be_seen_is_unknown(office: Office) -> None:
    """A personal token of the bot shows nothing to the owner; somebody else's in its place is not taken for it."""
    for other in (None, client(office, office.forge.token(office.dana))):
        item = office.items(as_bot=other)["token"]
        assert item.state is State.UNKNOWN
        assert "COUNTERSIGN_BOT_TOKEN" in item.solution


def test_the_keys_of_live_control_are_kept_too(office: Office) -> None:
    """T18: where there are any, they are protected files of the control project, and nowhere else."""
    office.forge.variable(office.control, "COUNTERSIGN_STOP_KEY", "x", protected=False, variable_type="env_var")
    office.forge.variable(office.project, "COUNTERSIGN_BUNDLE_KEY", "x", protected=True, masked=True)
    items = office.items()
    assert "COUNTERSIGN_STOP_KEY is not protected, not of type file" in items["control.variables"].found
    assert "the project holds COUNTERSIGN_BUNDLE_KEY" in items["project.secrets"].found
