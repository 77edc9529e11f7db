"""What the forge keeps: people, tokens, merge requests and all that hangs on them.

Everything is open to a test: it may set any field, as time, a race or a Maintainer would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from support.forge.project import Project

Json = Any
State = Literal["opened", "closed", "locked", "merged"]


class Level(IntEnum):
    """What a member may do, as GitLab numbers it."""

    NO_ONE = 0
    GUEST = 10
    REPORTER = 20
    DEVELOPER = 30
    MAINTAINER = 40
    OWNER = 50


def stamp(moment: datetime) -> str:
    """A moment as GitLab writes it: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, eq=False)
class User:
    """A person, or the bot of a project token."""

    id: int
    username: str
    name: str
    email: str
    bot: bool = False
    state: str = "active"


@dataclass(slots=True, eq=False)
class Token:
    """A personal, project or job token; `project` is the one that it belongs to."""

    id: int
    value: str
    user: User
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: date | None = None
    revoked: bool = False
    project: Project | None = None
    job: bool = False


@dataclass(slots=True, eq=False)
class Approval:
    """A click, and the change that it was made on; REST tells no one the latter."""

    user: User
    created_at: datetime
    patch_id_sha: str | None


@dataclass(slots=True, eq=False)
class Push:
    """A state of the source branch as GitLab collected it: what its API calls a version."""

    id: int
    head: str
    base: str
    start: str
    created_at: datetime
    patch_id_sha: str | None
    commits: tuple[str, ...]
    files: int

    @property
    def state(self) -> str:
        """What GitLab says of its diff."""
        return "collected" if self.commits else "empty"


@dataclass(slots=True, eq=False)
class Note:
    """A comment, or what GitLab itself writes under a merge request."""

    id: int
    mr: MergeRequest
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    system: bool = False
    internal: bool = False
    resolvable: bool = False
    resolved: bool = False


@dataclass(slots=True, eq=False)
class Status:
    """A job of a pipeline, or a status that somebody posted to a commit: GitLab keeps both in one table."""

    id: int
    name: str
    state: str
    sha: str
    ref: str
    author: User
    created_at: datetime
    target_url: str | None = None
    description: str | None = None
    coverage: float | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Pipeline:
    """A pipeline: what started it, on which commit, and its jobs."""

    id: int
    project: Project
    sha: str
    ref: str
    source: str
    user: User
    created_at: datetime
    variables: Mapping[str, str] = field(default_factory=dict)
    jobs: list[Status] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The worst state of the newest job of each name."""
        states = {job.state for job in {job.name: job for job in self.jobs}.values()}
        if states & {"pending", "running"}:
            return "running" if states != {"pending"} else "pending"
        return next((state for state in ("failed", "canceled", "success", "skipped") if state in states), "created")


@dataclass(slots=True, eq=False)
class Rule:
    """An approval rule (Premium)."""

    id: int
    name: str
    approvals_required: int
    users: list[User]
    rule_type: str = "regular"
    source: Rule | None = None


@dataclass(slots=True, eq=False)
class MergeRequest:
    """A merge request."""

    id: int
    iid: int
    project: Project
    source_project: Project
    source_branch: str
    target_branch: str
    author: User
    title: str
    description: str
    labels: list[str]
    squash: bool
    created_at: datetime
    updated_at: datetime
    state: State = "opened"
    pushes: list[Push] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    rules: list[Rule] | None = None
    """Approval rules of its own; None: the project's."""
    reviewers: list[User] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    auto_merge: bool = False
    merge_user: User | None = None
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    forced_status: str | None = None
    """A `detailed_merge_status` to answer whatever is true, such as `checking`."""

    @property
    def sha(self) -> str:
        """The head that GitLab knows of; the branch itself may already be further."""
        return self.pushes[-1].head

    @property
    def draft(self) -> bool:
        """GitLab reads it from the title."""
        return self.title.lower().startswith(("draft:", "[draft]", "(draft)"))


@dataclass(frozen=True, slots=True)
class Executed:
    """A quick action that was obeyed."""

    mr: MergeRequest
    user: User
    name: str
    argument: str
