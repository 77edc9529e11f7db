"""What GitLab says of a merge request, as far as it matters here. Read from its answers; nothing is judged.

Source: https://docs.gitlab.com/api/merge_requests/, …/merge_request_approvals/, …/notes/. Answers are read leniently:
only what is used has to be there, and what is there has to be of its type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from catalog.errors import SourceError

Json = Any
T = TypeVar("T")

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeRequest:
    """One merge request. `number` is the one that people see (GitLab: `iid`)."""

    project: int
    number: int
    head: str
    """The newest commit of its source branch."""
    source: str
    target: str
    author: int
    state: str
    """opened | closed | locked | merged"""
    draft: bool
    forked: bool
    """Also where GitLab names no source project: the fork is gone, or hidden from this account."""
    labels: tuple[str, ...]
    auto_merge: bool
    link: str
    merge_commit: str | None
    """Where it entered the target branch; None while it has not."""
    merged_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Push:
    """One state of the source branch (GitLab: a version of the merge request)."""

    head: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Click:
    """Somebody's approval that stands; GitLab before 18.5 or so does not say when it was given."""

    user: int
    at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """One comment, or one line of GitLab's own log of the merge request (`system`)."""

    id: int
    user: int
    body: str
    at: datetime
    edited: bool
    system: bool


def merge_request(answer: Json) -> MergeRequest:
    """From `GET …/merge_requests/:iid`."""
    read = Answer(_called(answer), answer)
    project = read.number("target_project_id")
    return MergeRequest(
        project=project, number=read.number("iid"), head=read.oid("sha"),
        source=read.text("source_branch"), target=read.text("target_branch"), author=read.inner("author").number("id"),
        state=read.text("state"), draft=read.flag("draft"), labels=tuple(read.texts("labels")),
        forked=not read.has("source_project_id") or read.number("source_project_id") != project,
        auto_merge=read.flag("merge_when_pipeline_succeeds"), link=read.text("web_url"),
        merge_commit=_entered(read), merged_at=read.moment("merged_at") if read.has("merged_at") else None,
    )  # fmt: skip


def push(answer: Json) -> Push:
    """From an item of `GET …/versions`."""
    read = Answer("a push", answer)
    return Push(head=read.oid("head_commit_sha"), at=read.moment("created_at"))


def clicks(answer: Json) -> tuple[Click, ...]:
    """From `GET …/approvals`. Never by its `approved`, which is true where nobody is required to approve."""
    listed = Answer("the approvals", answer).items("approved_by")
    return tuple(_click(Answer("an approval", one)) for one in listed)


def note(answer: Json) -> Note:
    """From an item of `GET …/notes`."""
    read = Answer("a note", answer)
    return Note(
        id=read.number("id"), user=read.inner("author").number("id"), body=read.text("body"),
        at=read.moment("created_at"), edited=read.moment("updated_at") != read.moment("created_at"),
        system=read.flag("system"),
    )  # fmt: skip


def _click(read: Answer) -> Click:
    at = read.moment("approved_at") if read.has("approved_at") else None
    return Click(user=read.inner("user").number("id"), at=at)


def _called(answer: Json) -> str:
    number = answer.get("iid") if isinstance(answer, Mapping) else None
    return f"!{number}" if isinstance(number, int) else "a merge request"


def _entered(read: Answer) -> str | None:
    """A merge commit, a squashed one, or (fast-forward) the head itself."""
    if read.text("state") != "merged":
        return None
    found = next((key for key in ("merge_commit_sha", "squash_commit_sha") if read.has(key)), "sha")
    return read.oid(found)


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object of GitLab's. Its readers raise `SourceError` naming the field that is missing or of odd type."""

    what: str
    content: Json

    def has(self, key: str) -> bool:
        """Whether the field is there, and says something."""
        return isinstance(self.content, Mapping) and self.content.get(key) is not None

    def number(self, key: str) -> int:
        """A whole number."""
        return self._of(key, int)

    def text(self, key: str) -> str:
        """A text."""
        return self._of(key, str)

    def flag(self, key: str) -> bool:
        """True or false; absent is false."""
        return self._of(key, bool) if self.has(key) else False

    def known(self, key: str) -> bool:
        """True or false; absent is neither."""
        return self._of(key, bool)

    def items(self, key: str) -> list[Json]:
        """A list."""
        return self._of(key, list)

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        return [text for text in self.items(key) if isinstance(text, str)]

    def inner(self, key: str) -> Answer:
        """An object within."""
        return Answer(f"{self.what}'s {key}", self._of(key, dict))

    def oid(self, key: str) -> str:
        """A commit id."""
        if not _OID.fullmatch(found := self.text(key)):
            raise self._odd(key, "a commit")
        return found

    def moment(self, key: str) -> datetime:
        """A time, in UTC."""
        try:
            return datetime.fromisoformat(self.text(key)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._odd(key, "a time") from None

    def _of(self, key: str, kind: type[T]) -> T:
        found = self.content.get(key) if isinstance(self.content, Mapping) else None
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise self._odd(key, f"of type {kind.__name__}")
        return found

    def _odd(self, key: str, wanted: str) -> SourceError:
        return SourceError(
            f"GitLab described {self.what} without `{key}`, or with one that is not {wanted}.",
            why="Its answer is not the documented one.",
            solution="Look at the address and the version of GitLab; run it again if it was just being updated.",
        )
