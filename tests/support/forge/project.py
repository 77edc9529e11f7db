"""A project and what its Maintainers set up in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from support.forge.model import Json, MergeRequest, Pipeline, Rule, Token, User


@dataclass(slots=True, eq=False)
class Access:
    """Who passes a protected branch: everybody of a level, or (Premium) one user or group."""

    id: int
    access_level: int | None = None
    user_id: int | None = None
    group_id: int | None = None

    def admits(self, user: User, level: int) -> bool:
        """Whether this entry lets the user pass."""
        return self.user_id == user.id or bool(self.access_level and level >= self.access_level)


@dataclass(slots=True, eq=False)
class ProtectedTag:
    """A protected tag, or all that match a pattern."""

    name: str
    create: list[Access]


@dataclass(slots=True, eq=False)
class ProtectedBranch:
    """A protected branch, or all that match a pattern."""

    id: int
    name: str
    push: list[Access]
    merge: list[Access]
    unprotect: list[Access] = field(default_factory=list)
    allow_force_push: bool = False
    code_owner_approval_required: bool = False

    def covers(self, branch: str) -> bool:
        """Whether it protects a branch; only `*` is special."""
        return fnmatchcase(branch, self.name.replace("[", "[[]").replace("?", "[?]"))


@dataclass(slots=True, eq=False)
class Variable:
    """A CI/CD variable; the value of a hidden one is never shown again."""

    key: str
    value: str
    protected: bool = False
    masked: bool = False
    hidden: bool = False
    raw: bool = False
    environment_scope: str = "*"
    variable_type: str = "env_var"
    description: str | None = None


@dataclass(slots=True, eq=False)
class Hook:
    """A webhook of a project; its token is never shown."""

    id: int
    url: str
    created_at: datetime
    token: str | None = None
    events: dict[str, bool] = field(default_factory=lambda: {"push_events": True})
    enable_ssl_verification: bool = True
    url_variables: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Schedule:
    """A pipeline schedule: it runs as its owner."""

    id: int
    description: str
    ref: str
    cron: str
    owner: User
    created_at: datetime
    active: bool = True
    cron_timezone: str = "UTC"


@dataclass(slots=True, eq=False)
class Trigger:
    """A trigger token: a pipeline that it starts runs as its owner."""

    id: int
    token: str
    description: str
    owner: User
    created_at: datetime


@dataclass(slots=True, eq=False)
class DeployKey:
    """A deploy key that is enabled in a project."""

    id: int
    title: str
    created_at: datetime
    can_push: bool = False


@dataclass(slots=True, eq=False)
class Project:
    """A project and the bare repository that it serves."""

    id: int
    path: str
    repository: Path
    created_at: datetime
    settings: dict[str, Json]
    approval_settings: dict[str, Json]
    forked_from: Project | None = None
    members: dict[int, int] = field(default_factory=dict)
    protected_branches: list[ProtectedBranch] = field(default_factory=list)
    protected_tags: list[ProtectedTag] = field(default_factory=list)
    merge_requests: list[MergeRequest] = field(default_factory=list)
    pipelines: list[Pipeline] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    deploy_keys: list[DeployKey] = field(default_factory=list)
    access_tokens: list[Token] = field(default_factory=list)

    @property
    def default_branch(self) -> str:
        """The branch that a clone starts on."""
        return str(self.settings["default_branch"])
