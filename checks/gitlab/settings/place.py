"""One project as its Maintainers set it up: each question is asked once, however many checks need the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import quote

from catalog.errors import SourceError
from checks.gitlab.client import Client
from checks.gitlab.facts import Answer
from checks.gitlab.settings import facts
from checks.gitlab.settings.facts import DeployKey, Hook, Member, ProtectedTag, Protection, Schedule, Token, Variable

Json = Any
T = TypeVar("T")


@dataclass(slots=True)
class Place:
    """A project's settings. Every question raises `SourceError` when it cannot be answered, each time it is asked."""

    client: Client
    path: str
    """As people call it."""
    _answers: dict[str, Json | SourceError] = field(default_factory=dict)

    def address(self, path: str = "") -> str:
        """The API's path of something of this project's."""
        return self.client.address(path)

    def project(self) -> Answer:
        """The project itself, with most of its switches."""
        return Answer("the project", self._once("", self.client.of_project))

    @property
    def branch(self) -> str:
        """Its default branch."""
        return self.project().text("default_branch")

    def members(self) -> list[Member]:
        """Everybody, inherited memberships too."""
        return self._each("/members/all", facts.member)

    def raw_members(self) -> list[Json]:
        """Everybody, as GitLab lists them."""
        return list(self._once("/members/all", self.client.all_of_project))

    def protections(self) -> list[Protection]:
        """What protects its branches."""
        return self._each("/protected_branches", facts.protection)

    def protected_tags(self) -> list[ProtectedTag]:
        """What protects its tags."""
        return self._each("/protected_tags", facts.protected_tag)

    def variables(self) -> list[Variable]:
        """Its CI/CD variables, without their values."""
        return self._each("/variables", facts.variable)

    def hooks(self) -> list[Hook]:
        """Its webhooks."""
        return self._each("/hooks", facts.hook)

    def schedules(self) -> list[Schedule]:
        """Its pipeline schedules."""
        return self._each("/pipeline_schedules", facts.schedule)

    def triggers(self) -> list[int]:
        """Who owns its trigger tokens."""
        return self._each("/triggers", facts.trigger)

    def deploy_keys(self) -> list[DeployKey]:
        """Its deploy keys."""
        return self._each("/deploy_keys", facts.deploy_key)

    def tokens(self) -> list[Token]:
        """Its own access tokens."""
        return self._each("/access_tokens", facts.token)

    def approvals(self) -> Answer:
        """Its approval settings, which only a licensed instance has."""
        return Answer("the approval settings", self._once("/approvals", self.client.of_project))

    def has(self, file: str, branch: str) -> bool:
        """Whether a branch holds a file."""
        path = f"/repository/files/{quote(file, safe='')}?ref={quote(branch, safe='')}"
        try:
            Answer("the file", self._once(path, self.client.of_project)).text("blob_id")
        except SourceError as error:
            if error.status == _ABSENT:
                return False
            raise
        return True

    def licensed(self) -> bool:
        """Whether it has Premium: a merge request says so in as many words; without one, approval settings do."""
        if not Answer("GitLab", self.metadata()).known("enterprise"):
            return False
        newest = self._once("/merge_requests?per_page=1", self.client.of_project)
        if isinstance(newest, list) and newest:
            number = Answer("a merge request", newest[0]).number("iid")
            asked = Answer("the approvals", self._once(f"/merge_requests/{number}/approvals", self.client.of_project))
            return asked.known("merge_request_approvers_available")
        try:
            self.approvals()
        except SourceError as error:
            if error.status == _ABSENT:
                return False
            raise
        return True

    def metadata(self) -> Json:
        """GitLab's own version and edition."""
        return self._once("metadata", lambda _: self.client.ask("GET", "/metadata"))

    def _each(self, path: str, read: Callable[[Json], T]) -> list[T]:
        return [read(one) for one in self._once(path, self.client.all_of_project)]

    def _once(self, path: str, ask: Callable[[str], Json]) -> Json:
        # A failure is remembered, too: a server that is down is not waited for once per check.
        if path not in self._answers:
            try:
                self._answers[path] = ask(path)
            except SourceError as error:
                self._answers[path] = error
        if isinstance(answer := self._answers[path], SourceError):
            raise answer
        return cast(Json, answer)


_ABSENT = 404
