"""Records are pushed onto what the remote has: whoever is faster stands, and is told apart from a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.forge_desk import BOT, ForgeDesk

from catalog.errors import RecordError, SourceError
from catalog.git import Repository
from checks.gitlab.fetching import fetch_records, push_records

RECORDS = "refs/heads/records"


@pytest.fixture
def clone(forge_desk: ForgeDesk) -> Iterator[Repository]:
    """The desk's clone with a record that is not pushed yet; somebody else's is in `refs/theirs`."""
    desk = forge_desk.desk
    desk.git("push", "--quiet", "origin", "records")
    before = desk.git("rev-parse", "records")
    desk.record_drill("ticket-triage", target="sandbox")
    desk.git("update-ref", "refs/theirs", "records")
    desk.git("update-ref", RECORDS, before)
    desk.record_drill("ticket-triage", target="staging")
    with Repository(desk.folder) as clone:
        yield clone


def push(there: ForgeDesk, clone: Repository) -> bool:
    """Push as the job does."""
    return push_records(clone, *login(there))


def login(there: ForgeDesk) -> tuple[str, str]:
    """The project's address, and the job's token."""
    return f"{there.url}/{there.project.path}.git", there.forge.token(there.users[BOT])


def test_records_are_pushed(forge_desk: ForgeDesk, clone: Repository) -> None:
    """The remote has then what is here."""
    assert push(forge_desk, clone)
    assert forge_desk.desk.git("ls-remote", "origin", RECORDS).split()[0] == clone.resolve(RECORDS)


@pytest.mark.parametrize(("method", "path"), [("GET", "service=git-receive-pack$"), ("POST", "git-receive-pack$")])
def test_whoever_is_faster_stands(method: str, path: str, forge_desk: ForgeDesk, clone: Repository) -> None:
    """A push that comes before ours, or during it, is no refusal: ours is made anew on top of it."""
    theirs = clone.resolve("refs/theirs")
    other = lambda: forge_desk.desk.git("push", "--quiet", "origin", f"{theirs}:{RECORDS}")  # noqa: E731
    forge_desk.forge.before(method, path, other)
    assert not push(forge_desk, clone)
    fetch_records(clone, *login(forge_desk))
    assert clone.resolve(RECORDS) == theirs


def test_a_refusal_is_told(forge_desk: ForgeDesk, clone: Repository) -> None:
    """Who may not push is not made to try again; neither is one who finds nobody."""
    forge_desk.forge.protect(forge_desk.project, "records", push=0)
    with pytest.raises(RecordError, match="You are not allowed to push code to protected branches"):
        push(forge_desk, clone)
    with pytest.raises(SourceError):
        push_records(clone, "http://127.0.0.1:9/nobody.git", "token")
