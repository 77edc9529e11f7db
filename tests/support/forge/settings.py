"""What Maintainers set up in a project."""

from __future__ import annotations

from collections.abc import Iterable

from support.forge.model import Json, Rule, User
from support.forge.project import (
    Access,
    DeployKey,
    Hook,
    Project,
    ProtectedBranch,
    ProtectedTag,
    Schedule,
    Trigger,
    Variable,
)  # fmt: skip
from support.forge.state import State, locked


class Settings(State):
    """The state, and everything that Maintainers do to projects."""

    @locked
    def member(self, project: Project, user: User, level: int) -> None:
        """A Maintainer lets somebody in."""
        project.members[user.id] = level

    @locked
    def protect_tag(self, project: Project, name: str, level: int) -> None:
        """A Maintainer says from which level on a tag may be made."""
        project.protected_tags.append(ProtectedTag(name, [Access(self.next_id(), level)]))

    @locked
    def protect(
        self,
        project: Project,
        name: str,
        *,
        push: int | None = None,
        merge: int | None = None,
        pushers: Iterable[User] = (),
        mergers: Iterable[User] = (),
        force: bool = False,
    ) -> ProtectedBranch:
        """A Maintainer protects a branch, by level or (Premium) by name, in place of an earlier protection."""
        named = [[Access(self.next_id(), user_id=user.id) for user in users] for users in (pushers, mergers)]
        level = [[] if one is None else [Access(self.next_id(), one)] for one in (push, merge)]
        branch = ProtectedBranch(self.next_id(), name, level[0] + named[0], level[1] + named[1], allow_force_push=force)
        project.protected_branches[:] = [one for one in project.protected_branches if one.name != name] + [branch]
        return branch

    @locked
    def rule(self, project: Project, name: str, required: int, users: Iterable[User] = ()) -> Rule:
        """A Maintainer asks for approvals (Premium); without users, of anybody."""
        named = list(users)
        rule = Rule(self.next_id(), name, required, named, "regular" if named else "any_approver")
        project.rules.append(rule)
        return rule

    @locked
    def variable(self, project: Project, key: str, value: str, **fields: Json) -> Variable:
        """A Maintainer sets a CI/CD variable."""
        variable = Variable(key, value, **fields)
        project.variables.append(variable)
        return variable

    @locked
    def hook(self, project: Project, url: str, **events: bool) -> Hook:
        """A Maintainer adds a webhook: `merge_requests_events=True`."""
        hook = Hook(self.next_id(), url, self.now)
        hook.events.update(events)
        project.hooks.append(hook)
        return hook

    @locked
    def schedule(self, project: Project, owner: User, cron: str = "0 4 * * *", ref: str = "main") -> Schedule:
        """Somebody schedules a pipeline."""
        schedule = Schedule(self.next_id(), f"{ref} {cron}", ref, cron, owner, self.now)
        project.schedules.append(schedule)
        return schedule

    @locked
    def deploy_key(self, project: Project, title: str, *, can_push: bool = False) -> DeployKey:
        """A Maintainer lets a machine in."""
        key = DeployKey(self.next_id(), title, self.now, can_push)
        project.deploy_keys.append(key)
        return key

    @locked
    def trigger(self, project: Project, owner: User, description: str = "trigger") -> Trigger:
        """A Maintainer makes a trigger token."""
        trigger = Trigger(self.next_id(), f"glptt-{self.next_id():040d}", description, owner, self.now)
        project.triggers.append(trigger)
        return trigger
