"""Settings as GitLab describes them. Read from its answers; nothing is judged, and no secret is kept.

Source: https://docs.gitlab.com/api/protected_branches/, …/members/, …/project_level_variables/, …/project_webhooks/,
…/pipeline_schedules/, …/deploy_keys/. A switch that an answer leaves out is not off: it is unreadable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from checks.gitlab.facts import Answer

Json = Any

DEVELOPER, MAINTAINER, ADMIN = 30, 40, 60
_PROJECT_BOT = re.compile(r"(project|group)_\d+_bot(_|\d|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """Somebody who is a member, directly or by a group."""

    id: int
    username: str
    level: int
    token: bool
    """Whether it is the account of a project's or group's token, which takes no seat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """One entry of a protection: everybody of a level, or one user, group or deploy key."""

    id: int
    level: int | None
    user: int | None
    group: int | None
    key: int | None

    @property
    def who(self) -> tuple[str, int]:
        """The entry as the API takes it. A deploy key's carries a level, too, which then means nothing."""
        named = {"deploy_key_id": self.key, "user_id": self.user, "group_id": self.group, "access_level": self.level}
        return next(((name, number) for name, number in named.items() if number is not None), ("access_level", 0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Protection:
    """A protected branch, or all that match a pattern."""

    name: str
    push: tuple[Access, ...]
    merge: tuple[Access, ...]
    force: bool
    code_owners: bool
    inherited: bool

    def covers(self, branch: str) -> bool:
        """Whether it holds for a branch; only `*` is special."""
        return re.fullmatch(".*".join(map(re.escape, self.name.split("*"))), branch) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtectedTag:
    """A protected tag, or all that match a pattern."""

    name: str
    create: tuple[Access, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """A CI/CD variable without its value."""

    key: str
    protected: bool
    masked: bool
    hidden: bool
    file: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """A webhook."""

    id: int
    url: str
    events: frozenset[str]
    verified: bool
    hidden: frozenset[str]
    """The parts of its address that are shown by name only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A pipeline schedule; it runs as its owner."""

    id: int
    ref: str
    cron: str
    active: bool
    owner: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DeployKey:
    """A deploy key."""

    id: int
    title: str
    pushes: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """An access token without its value."""

    user: int
    scopes: frozenset[str]
    active: bool
    expires: date | None


def member(answer: Json) -> Member:
    """From an item of `GET …/members/all`."""
    read = Answer("a member", answer)
    username = read.text("username")
    token = _PROJECT_BOT.match(username) is not None
    return Member(id=read.number("id"), username=username, level=read.number("access_level"), token=token)


def protection(answer: Json) -> Protection:
    """From an item of `GET …/protected_branches`."""
    read = Answer("a protected branch", answer)
    push, merge = (tuple(map(_access, read.items(f"{action}_access_levels"))) for action in ("push", "merge"))
    return Protection(
        name=read.text("name"), push=push, merge=merge, force=read.known("allow_force_push"),
        code_owners=read.flag("code_owner_approval_required"), inherited=read.flag("inherited"),
    )  # fmt: skip


def protected_tag(answer: Json) -> ProtectedTag:
    """From an item of `GET …/protected_tags`."""
    read = Answer("a protected tag", answer)
    return ProtectedTag(name=read.text("name"), create=tuple(map(_access, read.items("create_access_levels"))))


def variable(answer: Json) -> Variable:
    """From an item of `GET …/variables`. Its value stays behind."""
    read = Answer("a variable", answer)
    return Variable(
        key=read.text("key"), protected=read.known("protected"), masked=read.known("masked"),
        hidden=read.flag("hidden"), file=read.text("variable_type") == "file",
    )  # fmt: skip


def hook(answer: Json) -> Hook:
    """From an item of `GET …/hooks`."""
    read = Answer("a webhook", answer)
    hidden = read.items("url_variables") if read.has("url_variables") else []
    return Hook(
        id=read.number("id"), url=read.text("url"), verified=read.known("enable_ssl_verification"),
        events=frozenset(name for name, on in answer.items() if name.endswith("_events") and on is True),
        hidden=frozenset(Answer("a URL variable", one).text("key") for one in hidden),
    )  # fmt: skip


def schedule(answer: Json) -> Schedule:
    """From an item of `GET …/pipeline_schedules`."""
    read = Answer("a schedule", answer)
    return Schedule(
        id=read.number("id"), ref=read.text("ref").removeprefix("refs/heads/"), cron=read.text("cron"),
        active=read.known("active"), owner=read.inner("owner").number("id"),
    )  # fmt: skip


def trigger(answer: Json) -> int:
    """From an item of `GET …/triggers`: whose it is. Its token stays behind."""
    return Answer("a trigger", answer).inner("owner").number("id")


def deploy_key(answer: Json) -> DeployKey:
    """From an item of `GET …/deploy_keys`."""
    read = Answer("a deploy key", answer)
    return DeployKey(id=read.number("id"), title=read.text("title"), pushes=read.known("can_push"))


def token(answer: Json) -> Token:
    """From `GET /personal_access_tokens/self`, or an item of `GET …/access_tokens`."""
    read = Answer("a token", answer)
    return Token(
        user=read.number("user_id"), scopes=frozenset(read.texts("scopes")),
        active=read.known("active") and not read.flag("revoked"),
        expires=_day(read, "expires_at") if read.has("expires_at") else None,
    )  # fmt: skip


def _day(read: Answer, key: str) -> date:
    read.moment(key)  # raises when it is no time
    return datetime.fromisoformat(read.text(key)).date()


def _access(answer: Json) -> Access:
    read = Answer("who may pass a protected branch", answer)
    level, user, group, key = (
        read.number(name) if read.has(name) else None
        for name in ("access_level", "user_id", "group_id", "deploy_key_id")
    )
    return Access(id=read.number("id"), level=level, user=user, group=group, key=key)
