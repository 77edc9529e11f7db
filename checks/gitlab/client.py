"""What is asked of GitLab: one method a question. The only place that knows its addresses.

python-gitlab makes the calls. Every failure leaves here as one `SourceError` in plain words, without the token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import quote

from gitlab import Gitlab, GitlabList
from gitlab.exceptions import GitlabAuthenticationError, GitlabError

from catalog.errors import SourceError
from checks.gitlab import facts
from checks.gitlab.facts import Click, MergeRequest, Note, Push
from checks.gitlab.transport import Session, TooLong
from checks.reports.safe import one_line

Json = Any

_NO_CONTENT = 204
_PAGES = (100, 10, 1)
"""Items on a page: fewer, where an answer would be too long."""
_READINGS = 3
"""Of a list that changes while its pages are read, until it counts as no answer."""
MERGING = 60.0
"""Seconds for a merge, which GitLab makes before it answers; its own servers give up after as many."""
MAX_ITEMS = 20_000
"""Of one list: more than any project has, and an end for a server that never ends."""


class Refused(SourceError):
    """GitLab will not do what was asked of it: approve or merge this, as it is now."""


class Client:
    """One project on GitLab, asked with one token."""

    def __init__(
        self, url: str, token: str, project: str | int, *, me: int | None = None, session: Session | None = None
    ) -> None:
        if me is not None:
            self.me = me
        self.url = url
        self._token = token
        self._session = session or Session()
        self._session.keep_to(url)
        self._base = f"/projects/{quote(str(project), safe='')}"
        # As a bearer, since that is dropped wherever a redirect leads; retries and limits are the session's business.
        self._gitlab = Gitlab(
            url, oauth_token=token, session=self._session, keep_base_url=True,
            user_agent="countersign",
        )  # fmt: skip

    def merge_request(self, number: int) -> MergeRequest:
        """The merge request as it is now."""
        return facts.merge_request(self.of_project(f"/merge_requests/{number}"))

    def open_requests(self) -> tuple[list[MergeRequest], list[SourceError]]:
        """All that are open, and why some of them cannot be read: one that is odd keeps nobody from the others."""
        # Oldest first: an order that nobody changes while its pages are read.
        listed = self.all_of_project("/merge_requests", state="opened", order_by="created_at", sort="asc")
        found: list[MergeRequest] = []
        odd: list[SourceError] = []
        for one in listed:
            try:
                found.append(facts.merge_request(one))
            except SourceError as error:
                odd.append(error)
        return found, odd

    def pushes(self, number: int) -> list[Push]:
        """Every push of a merge request, newest first."""
        found = [facts.push(one) for one in self.all_of_project(f"/merge_requests/{number}/versions")]
        return sorted(found, key=lambda push: push.at, reverse=True)

    def clicks(self, number: int) -> tuple[Click, ...]:
        """The approvals that stand."""
        return facts.clicks(self.of_project(f"/merge_requests/{number}/approvals"))

    def notes(self, number: int) -> list[Note]:
        """Every note, oldest first."""
        found = [facts.note(one) for one in self.all_of_project(f"/merge_requests/{number}/notes", sort="asc")]
        return sorted(found, key=lambda note: (note.at, note.id))

    @cached_property
    def me(self) -> int:
        """Whose token this is."""
        return facts.Answer("the user", self.ask("GET", "/user")).number("id")

    def write_note(self, number: int, body: str) -> None:
        """Add a note."""
        self.ask("POST", f"{self._base}/merge_requests/{number}/notes", {"body": body})

    def edit_note(self, number: int, note: int, body: str) -> None:
        """Replace a note's text."""
        self.ask("PUT", f"{self._base}/merge_requests/{number}/notes/{note}", {"body": body})

    def approve(self, number: int, head: str) -> None:
        """Approve, if the head is still this one. Raises `Refused` when it is not, or when GitLab does not let."""
        with _refusable():
            self.ask("POST", f"{self._base}/merge_requests/{number}/approve", {"sha": head})

    def unapprove(self, number: int) -> None:
        """Take one's own approval back."""
        self.ask("POST", f"{self._base}/merge_requests/{number}/unapprove")

    def set_status(self, commit: str, status: Mapping[str, str]) -> None:
        """Set a commit's status. GitLab refuses to set what it is already, which is what was wanted."""
        try:
            self.ask("POST", f"{self._base}/statuses/{commit}", status)
        except SourceError as error:
            if "Cannot transition status" not in error.message:
                raise

    def merge(self, number: int, head: str) -> None:
        """Merge, if the head is still this one. Raises `Refused` if GitLab will not, else `SourceError`."""
        path = self.address(f"/merge_requests/{number}/merge")
        with _refusable():
            self.ask("PUT", path, {"sha": head, "squash": False}, deadline=MERGING)

    def merge_method(self) -> str:
        """How the project merges: `merge`, `rebase_merge` or `ff`."""
        return facts.Answer("the project", self.of_project()).text("merge_method")

    def requests_from(self, branch: str) -> list[MergeRequest]:
        """The merge requests from a branch of the project's own, whatever became of them, by number."""
        listed = self.all_of_project("/merge_requests", state="all", source_branch=branch)
        found = (facts.merge_request(one) for one in listed)
        return sorted((one for one in found if not one.forked), key=lambda one: one.number)

    def open_request(self, source: str, target: str, title: str, description: str, label: str) -> int:
        """Ask for the merge of a branch of the project's; the merge request's number."""
        wanted = {
            "source_branch": source, "target_branch": target, "title": title, "description": description,
            "labels": label, "remove_source_branch": True,
        }  # fmt: skip
        return facts.Answer("a merge request", self.ask("POST", self.address("/merge_requests"), wanted)).number("iid")

    def renew(self) -> None:
        """Give the calls that come next all the time there is: they are another piece of work."""
        self._session.renew()

    def pause(self, seconds: float) -> None:
        """Wait before asking again."""
        self._session.pause(seconds)

    def merged_with(self, commit: str) -> list[int]:
        """The merge requests that a commit of the target branch came with, by number."""
        found = self.all_of_project(f"/repository/commits/{commit}/merge_requests")
        return [facts.Answer("a merge request", one).number("iid") for one in found]

    def of_project(self, path: str = "") -> Json:
        """What GitLab answers at a path below the project's."""
        return self.ask("GET", self.address(path))

    def all_of_project(self, path: str, **query: str) -> list[Json]:
        """A whole list of the project's. Raises `SourceError` when it does not come whole."""
        for size in _PAGES[:-1]:
            try:
                return self._whole(path, query, size)
            except TooLong:  # a hundred items of a megabyte each: anybody can write some
                continue
        return self._whole(path, query, _PAGES[-1])

    def _whole(self, path: str, query: Mapping[str, str], size: int) -> list[Json]:
        found: list[Json] = []
        for _ in range(_READINGS):
            found, whole = self._pages(path, query, size)
            if whole:
                return found
        raise SourceError(
            f"GitLab's list {path} is not whole: {len(found)} came.",
            why="It changes all the time, or something on the way drops the links to its other pages.",
            solution="Run it again; if it stays so, report it to who runs GitLab.",
        )

    def _pages(self, path: str, query: Mapping[str, str], size: int) -> tuple[list[Json], bool]:
        """A list, page after page; false where it changed meanwhile, or ends before its end."""
        found: list[Json] = []
        with self._told("GET", path):
            listing = self._gitlab.http_list(self.address(path), {**query, "per_page": size}, iterator=True)
            assert isinstance(listing, GitlabList)
            total = listing.total
            for item in listing:
                found.append(item)
                if len(found) > MAX_ITEMS:
                    raise SourceError(f"GitLab's list {path} has no end.", solution="Report it to who runs GitLab.")
            return found, total == listing.total and not _cut(listing, len(found), size)

    def address(self, path: str = "") -> str:
        """The path of something below the project's."""
        return f"{self._base}{path}"

    def ask(
        self, method: str, path: str, body: Mapping[str, Json] | None = None, *, deadline: float | None = None
    ) -> Json:
        """Any call, as it is; an answer without a body is None."""
        with self._told(method, path):
            answer = self._gitlab.http_request(
                method.lower(), path, post_data=dict(body) if body else None,
                obey_rate_limit=False, retry_transient_errors=False, timeout=deadline,
            )  # fmt: skip
            if answer.status_code == _NO_CONTENT:
                return None
            try:
                return answer.json()
            except (ValueError, RecursionError):
                raise SourceError(
                    f"GitLab answered {method} {path} with something that is not JSON.",
                    why="A page of a proxy, or of GitLab itself, stands where the answer should.",
                    solution="Look at the address; run it again if GitLab was just being updated.",
                ) from None

    @contextmanager
    def _told(self, method: str, path: str) -> Iterator[None]:
        try:
            yield
        except GitlabAuthenticationError as error:
            raise SourceError(
                f"GitLab does not take the token ({self._words(error)}).",
                why=f"{method} {path} was refused.",
                solution="Make a new one with the scope `api`, and store it where the old one was.",
                status=error.response_code or 0,
            ) from None
        except GitlabError as error:
            raise SourceError(
                f"GitLab refused {method} {path}: {error.response_code} {self._words(error)}".rstrip(),
                solution=_SOLUTIONS.get(error.response_code or 0, ""),
                status=error.response_code or 0,
            ) from None
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            # python-gitlab takes for granted what a list is: numbers in its headers, and an end.
            raise SourceError(
                f"GitLab answered {method} {path} with something that it does not document ({type(error).__name__}).",
                why="Its answer is not the documented one.",
                solution="Look at the address and the version of GitLab; run it again if it was just being updated.",
            ) from error

    def _words(self, error: GitlabError) -> str:
        """GitLab's own words, in one short line without the token."""
        return one_line(str(error.error_message).replace(self._token, "…"))[:200]


@contextmanager
def _refusable() -> Iterator[None]:
    """Where GitLab may refuse because of how things are there: nobody need do anything about that."""
    try:
        yield
    except SourceError as error:
        if error.status not in _REFUSALS:
            raise
        raise Refused(error.message, why=error.why, solution=error.solution, status=error.status) from None


def _cut(listing: GitlabList, count: int, size: int) -> bool:
    """Whether a list ends before its end: as its last page says, or because that says nothing and is full."""
    if listing.next_page is not None:
        return True
    if listing.total is not None:
        return listing.total != count
    return listing.per_page is None and count > 0 and count % size == 0


_REFUSALS = (405, 406, 409, 422)
_SOLUTIONS = {
    405: "See on the merge request's page what keeps GitLab from merging it, such as a pipeline that failed.",
    403: "The token lacks a scope or its owner a role: `countersign doctor --gitlab` says which.",
    409: "Something has changed meanwhile, a push most likely: look at what is new, and run it again.",
    404: "Check the project and the number; a token of somebody who is no member sees nothing.",
}
