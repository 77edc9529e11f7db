"""How the control project is started, and what it holds: webhook, trigger, schedule, variables, the bot's token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from catalog.errors import SourceError
from checks.gitlab.facts import Answer
from checks.gitlab.settings import facts
from checks.gitlab.settings.facts import Hook, Token, Variable
from checks.gitlab.settings.item import Call, Item, fine, gap, note
from checks.gitlab.settings.setup import Setup
from checks.reports.safe import one_line

EVENTS = ("merge_requests_events", "note_events")
SOON = timedelta(days=14)
VARIABLES = {
    "COUNTERSIGN_GITLAB_TOKEN": ("protected", "masked", "hidden"),
    "COUNTERSIGN_CHANGE_KEY": ("protected", "file"),
}
"""The control project's secrets, and how each must be kept. All else that its pipeline reads stands in its file."""
LATER = {f"COUNTERSIGN_{kind}_KEY": ("protected", "file") for kind in ("STOP", "BUNDLE", "DRILL")}
"""Those of live control and of drills, where there are any."""
_TRIGGER = re.compile(r".*/api/v4/projects/([^/]+)/ref/([^/]+)/trigger/pipeline")
_USEFUL = {"api", "read_api", "read_user", "read_repository", "write_repository", "self_rotate"}


def webhook(setup: Setup) -> Item:
    """A webhook of the project starts the judge, and does not show its token."""
    found = [one for one in setup.project.hooks() if _starts(setup, one)]
    meaning = (
        "Approvals and changes are noticed by the schedule alone, or whoever reads the address can start the judge."
    )
    if not found:
        solution = "Add one in Settings > Webhooks, as docs/gitlab.md says."
        return gap("no webhook starts the control project", meaning, solution)
    problems = [list(_hook_problems(one)) for one in found]
    if [] in problems:
        return fine("on merge requests and comments, its token hidden")
    best = found[0]
    fix = () if _shown(best) else (_mended(setup, best),)
    solution = "Mend it in Settings > Webhooks: put `{token}` into the address, and mask that part."
    return gap("; ".join(problems[0]), meaning, solution if not fix else "Mend it in Settings > Webhooks.", *fix)


def _starts(setup: Setup, hook: Hook) -> bool:
    url = urlsplit(hook.url)
    found = _TRIGGER.fullmatch(url.path)
    control = {setup.control.path, str(setup.control.project().number("id"))}
    here = url.netloc == setup.host and found and unquote(found[1]) in control
    return bool(here and found and unquote(found[2]) == setup.control.branch)


def _hook_problems(hook: Hook) -> Iterator[str]:
    missing = [event.removesuffix("_events").replace("_", " ") for event in EVENTS if event not in hook.events]
    if missing:
        yield f"the webhook is not sent on {', '.join(missing)}"
    if not hook.verified:
        yield "the webhook takes any certificate"
    if _shown(hook):
        yield "the webhook shows its token"


def _shown(hook: Hook) -> bool:
    hidden = re.fullmatch(r"token=\{([^{}]+)\}", urlsplit(hook.url).query)
    return not hidden or hidden[1] not in hook.hidden


def _mended(setup: Setup, hook: Hook) -> Call:
    switches = {**dict.fromkeys(EVENTS, True), "enable_ssl_verification": True}
    return Call(method="PUT", path=setup.project.address(f"/hooks/{hook.id}"), body={"url": hook.url, **switches})


def trigger(setup: Setup) -> Item:
    """What the webhook starts runs as the owner or the bot."""
    owning = set(setup.control.triggers())
    solution = "Make one as the owner in Settings > CI/CD > Pipeline trigger tokens."
    if not owning:
        return gap("no trigger token", "The webhook has nothing to show, and the judge does not start.", solution)
    if more := owning - setup.trusted:
        meaning = "A pipeline that it starts runs as they do, without the protected variables."
        return gap(f"trigger tokens of {setup.names(setup.control, more)}", meaning, f"Revoke those. {solution}")
    return fine(f"runs as {setup.names(setup.control, owning)}")


def schedule(setup: Setup) -> Item:
    """A schedule sweeps up what no event told, as somebody who may use the keys."""
    branch = setup.control.branch
    found = [one for one in setup.control.schedules() if one.ref == branch]
    meaning = "What no event told is never judged, and a merge that was not recorded stays so."
    if not found:
        return gap(f"no schedule on `{branch}`", meaning, "Add one in Build > Pipeline schedules.")
    ours = [one for one in found if one.owner in setup.trusted]
    if not ours:
        who = setup.names(setup.control, {one.owner for one in found})
        return gap(f"the schedule is {who}'s", meaning, "Take ownership of it in Build > Pipeline schedules.")
    running = next((one for one in ours if one.active), None)
    if running is None:
        fix = Call(method="PUT", path=setup.control.address(f"/pipeline_schedules/{ours[0].id}"), body={"active": True})
        return gap("the schedule is inactive", meaning, "Activate it in Build > Pipeline schedules.", fix)
    return fine(f"`{one_line(running.cron)}` on `{branch}`, as {setup.names(setup.control, {running.owner})}")


def variables(setup: Setup) -> Item:
    """The control project has the secrets that its pipeline reads, and keeps them."""
    kept = setup.control.variables()
    there = {one.key for one in kept}
    expected = VARIABLES | {key: wanted for key, wanted in LATER.items() if key in there}
    problems = [problem for key, wanted in expected.items() for problem in _variable_problems(key, wanted, kept)]
    if problems:
        meaning = "The judge cannot run, or a secret of its is shown to whoever should not have it."
        solution = "Set it in Settings > CI/CD > Variables; hidden can only be chosen when a variable is made."
        return gap("; ".join(problems), meaning, solution)
    return fine(f"all {len(expected)} that the pipeline reads, protected")


def _variable_problems(key: str, wanted: tuple[str, ...], kept: list[Variable]) -> Iterator[str]:
    found = [one for one in kept if one.key == key]
    if not found:
        yield f"{key} is missing"
    for one in found:
        if missing := [word for word in wanted if not getattr(one, word)]:
            yield f"{key} is not {', not '.join('of type file' if word == 'file' else word for word in missing)}"


def secrets(setup: Setup) -> Item:
    """The project itself holds none of the judge's secrets, and no others that a branch could print."""
    kept = setup.project.variables()
    ours = sorted({one.key for one in kept if one.key in VARIABLES | LATER})
    if ours:
        meaning = "A merge request's pipeline runs what its author wrote, and could print them."
        return gap(f"the project holds {', '.join(ours)}", meaning, "Move them to the control project, and renew them.")
    bare = sorted({one_line(one.key) for one in kept if not (one.protected and one.masked)})
    if bare:
        meaning = "Whoever can push a branch can print them: put nothing secret there."
        return note(f"not protected and masked: {', '.join(bare)}", meaning)
    return fine("none of the judge's secrets")


def token(setup: Setup) -> Item:
    """The bot's token lasts, and may do what it is for and no more."""
    found = _bots(setup)
    solution = "Make a new one with the scope `api`, and replace COUNTERSIGN_GITLAB_TOKEN in the control project."
    if found is None:
        raise SourceError(
            "Scopes and expiry of the bot's token cannot be seen.",
            why="It is none of the project's own, and GitLab shows a personal one to its owner only.",
            solution="Give it as COUNTERSIGN_BOT_TOKEN beside your own, or run this with it.",
        )
    problems = list(_token_problems(setup, found))
    if problems:
        return gap("; ".join(problems), "The gate stops, or its token is worth more than it needs.", solution)
    until = f"until {found.expires}" if found.expires else "for ever"
    return fine(f"{', '.join(sorted(found.scopes))}, {until}")


def _token_problems(setup: Setup, found: Token) -> Iterator[str]:
    if not found.active:
        yield "the bot's token is revoked or expired"
    elif found.expires and found.expires - setup.today < SOON:
        yield f"the bot's token expires on {found.expires}"
    if "api" not in found.scopes:
        yield "the bot's token lacks the scope `api`"
    if more := sorted(found.scopes - _USEFUL):
        yield f"the bot's token may also {one_line(', '.join(more))}"


def _bots(setup: Setup) -> Token | None:
    """The bot's token: the one at hand, if it is; else one of the project's."""
    for client in filter(None, (setup.as_bot, setup.me)):
        if Answer("the user", client.ask("GET", "/user")).number("id") == setup.bot:
            return facts.token(client.ask("GET", "/personal_access_tokens/self"))
    try:
        found = [one for one in setup.project.tokens() if one.user == setup.bot]
    except SourceError:
        return None
    # Of several any may be the one in use: the soonest to end speaks for all.
    active = [one for one in found if one.active]
    return min(active or found, key=lambda one: str(one.expires or "~"), default=None)
