"""The state of the forge: its clock, its people and tokens, its projects, and who may do what in them."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from support.forge.model import Executed, Json, Level, MergeRequest, Pipeline, Status, Token, User
from support.forge.project import Access, Project, ProtectedBranch

F = TypeVar("F", bound=Callable[..., Any])

BEGINNING = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)

SETTINGS: dict[str, Json] = {
    "default_branch": "main",
    "visibility": "private",
    "merge_method": "merge",
    "squash_option": "default_off",
    "only_allow_merge_if_pipeline_succeeds": False,
    "only_allow_merge_if_all_discussions_are_resolved": False,
    "allow_merge_on_skipped_pipeline": False,
    "remove_source_branch_after_merge": True,
    "ci_config_path": "",
    "ci_pipeline_variables_minimum_override_role": "developer",
    "ci_allow_fork_pipelines_to_run_in_parent_project": True,
    "ci_push_repository_for_job_token_allowed": False,
    "forking_access_level": "enabled",
    "merge_requests_access_level": "enabled",
    "repository_access_level": "enabled",
    "builds_access_level": "enabled",
    "merge_commit_template": None,
    "squash_commit_template": None,
    "archived": False,
}
"""What a fresh project is set to; a test states whatever it depends on."""

APPROVAL_SETTINGS: dict[str, Json] = {
    "approvals_before_merge": 0,
    "reset_approvals_on_push": True,
    "selective_code_owner_removals": False,
    "disable_overriding_approvers_per_merge_request": False,
    "merge_requests_author_approval": False,
    "merge_requests_disable_committers_approval": False,
    "require_password_to_approve": False,
    "require_reauthentication_to_approve": False,
}


def locked(method: F) -> F:
    """Let one thread at a time see and change the forge."""

    @functools.wraps(method)
    def alone(self: State, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return cast(F, alone)


class State:
    """What the forge keeps. Numbers are unique over all kinds, so that a mixed-up id never fits by accident."""

    def __init__(
        self,
        *,
        tier: Literal["free", "premium"] = "free",
        edition: Literal["ee", "ce"] = "ee",
        approved_at: bool = True,
    ) -> None:
        assert (tier, edition) != ("premium", "ce"), "only the Enterprise Edition can be licensed"
        self.tier = tier
        self.edition = edition
        self.approved_at = approved_at
        self.now = BEGINNING
        self.host = "https://gitlab.example.org"
        self.users: dict[int, User] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: list[Project] = []
        self.sent: list[dict[str, Json]] = []
        """What was sent to webhooks."""
        self.quick_actions: list[Executed] = []
        """What comments made GitLab do."""
        self.lock = threading.RLock()
        self._ids = itertools.count(1001)

    @property
    def premium(self) -> bool:
        """Whether the instance is licensed."""
        return self.tier == "premium"

    @locked
    def tick(self, *, seconds: float = 0, **more: float) -> None:
        """Let time pass: `seconds`, or any unit of `timedelta`."""
        self.now += timedelta(seconds=seconds, **more)

    @locked
    def next_id(self) -> int:
        """A number that nothing has yet."""
        return next(number for number in self._ids if number not in self.users)

    @locked
    def user(self, username: str, *, id: int | None = None, name: str = "", email: str = "", bot: bool = False) -> User:
        """Somebody signs up."""
        number = self.next_id() if id is None else id
        assert number not in self.users, f"the id {number} is taken"
        user = User(number, username, name or username.title(), email or f"{username}@example.org", bot)
        self.users[number] = user
        return user

    @locked
    def token(
        self,
        user: User,
        scopes: Iterable[str] = ("api",),
        expires_at: date | None = None,
        revoked: bool = False,
        *,
        name: str = "token",
    ) -> str:
        """Somebody makes a personal access token."""
        return self._issue("glpat", user, name, scopes, expires_at=expires_at, revoked=revoked).value

    @locked
    def project_token(
        self,
        project: Project,
        scopes: Iterable[str] = ("api",),
        *,
        level: int = Level.DEVELOPER,
        name: str = "bot",
        expires_at: date = date(2027, 6, 30),
    ) -> str:
        """A Maintainer makes a token of the project; a bot user comes with it."""
        bot = self.user(f"project_{project.id}_bot_{self.next_id()}", name=name, bot=True)
        project.members[bot.id] = level
        token = self._issue("glpat", bot, name, scopes, expires_at=expires_at, project=project)
        project.access_tokens.append(token)
        return token.value

    @locked
    def job_token(self, user: User, project: Project) -> str:
        """The token of a job that somebody's pipeline runs; it is sent as `JOB-TOKEN`."""
        return self._issue("glcbt", user, "job", (), project=project, job=True).value

    @locked
    def project(self, path: str, repository: Path, *, forked_from: Project | None = None, **settings: Json) -> Project:
        """Somebody makes a project of a bare repository; as on GitLab, its default branch is protected."""
        set_to, approvals = {**SETTINGS, **settings}, dict(APPROVAL_SETTINGS)
        project = Project(self.next_id(), path, repository.resolve(), self.now, set_to, approvals, forked_from)
        push, merge = ([Access(self.next_id(), Level.MAINTAINER)] for _ in range(2))
        project.protected_branches.append(ProtectedBranch(self.next_id(), project.default_branch, push, merge))
        self.projects.append(project)
        return project

    @locked
    def pipeline(self, project: Project, sha: str, ref: str, user: User, *, source: str, **jobs: str) -> Pipeline:
        """A pipeline of a commit; its jobs by name and state: `gate="failed"`."""
        pipeline = Pipeline(self.next_id(), project, sha, ref, source, user, self.now)
        for name, state in jobs.items():
            pipeline.jobs.append(Status(self.next_id(), name, state, sha, ref, user, self.now))
        project.pipelines.append(pipeline)
        return pipeline

    @property
    def pipelines(self) -> list[Pipeline]:
        """All pipelines of all projects, oldest first."""
        return sorted((one for project in self.projects for one in project.pipelines), key=lambda one: one.id)

    def level(self, user: User | None, project: Project) -> int:
        """What somebody may do in a project; everybody who can see it may read it."""
        visible = project.settings["visibility"] == "public" or (user and project.settings["visibility"] == "internal")
        return max(project.members.get(user.id, 0) if user else 0, Level.REPORTER if visible else 0)

    def may_push(self, user: User, project: Project, branch: str) -> bool:
        """Whether somebody may push to a branch."""
        return self._passes(user, project, branch, "push")

    def may_merge(self, user: User, project: Project, branch: str) -> bool:
        """Whether somebody may merge into a branch; who may push may merge too."""
        return self._passes(user, project, branch, "push") or self._passes(user, project, branch, "merge")

    def find_project(self, name: str) -> Project | None:
        """A project by its number or path."""
        return next((one for one in self.projects if name in {str(one.id), one.path}), None)

    def web_url(self, project: Project) -> str:
        """Where people look at a project."""
        return f"{self.host}/{project.path}"

    def merge_request_url(self, mr: MergeRequest) -> str:
        """Where people look at a merge request."""
        return f"{self.web_url(mr.project)}/-/merge_requests/{mr.iid}"

    def _passes(self, user: User, project: Project, branch: str, action: Literal["push", "merge"]) -> bool:
        # Of several protections that cover a branch, the most permissive counts.
        level = self.level(user, project)
        covering = [one for one in project.protected_branches if one.covers(branch)]
        if not covering or level < Level.DEVELOPER:
            return level >= Level.DEVELOPER
        entries = [entry for one in covering for entry in (one.push if action == "push" else one.merge)]
        return any(entry.admits(user, level) for entry in entries)

    def _issue(
        self,
        prefix: str,
        user: User,
        name: str,
        scopes: Iterable[str],
        *,
        expires_at: date | None = None,
        revoked: bool = False,
        project: Project | None = None,
        job: bool = False,
    ) -> Token:
        number = self.next_id()
        value, good_for = f"{prefix}-test{number:016d}", tuple(scopes)
        token = Token(number, value, user, name, good_for, self.now, expires_at, revoked, project, job)
        self.tokens[token.value] = token
        return token
