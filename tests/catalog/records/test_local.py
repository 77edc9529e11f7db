from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clone import clone, git
from support.keys import keyring
from support.records import NOW, predicate

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records import local
from catalog.records.envelope import Verified
from catalog.records.keys import SigningKey
from catalog.records.refs import BRANCH, LOCAL
from catalog.records.statement import Kind, make_statement
from catalog.records.store import Branch

DRILL = make_statement(Kind.DRILL, predicate(Kind.DRILL))
NAME = "billing-replies"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository(clone(tmp_path / "team")) as found:
        yield found


def _read(repository: Repository) -> tuple[Verified, ...]:
    return local.read(repository, Branch.open(repository, LOCAL), NAME, now=NOW)


def test_round_trip(repository: Repository) -> None:
    """A clone's own drill is recorded, and read back as local evidence; the team's branch is not touched."""
    assert _read(repository) == ()
    commit = local.record(repository, DRILL, now=NOW)
    (found,) = _read(repository)
    assert (found.statement, found.local) == (DRILL, True)
    assert git(repository.path, "rev-parse", LOCAL) == commit
    assert repository.resolve(BRANCH) is None


def test_key_is_made_once_and_private(repository: Repository) -> None:
    """The key is made on first use, readable by its owner alone, and stays the same."""
    first = local.key(repository)
    path = repository.path / ".git" / "countersign" / "local-key"
    assert local.key_path(repository) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["local-key"]
    assert local.key(repository) == first
    assert git(repository.path, "status", "--porcelain") == ""


def test_two_at_once_make_one_key(repository: Repository) -> None:
    """Of several that make the key at the same time all get the same one."""
    found: list[SigningKey] = []
    threads = [threading.Thread(target=lambda: found.append(local.key(repository))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({key.pem for key in found}) == 1


def test_working_trees_share_the_key(repository: Repository) -> None:
    """Every working tree of a clone uses the clone's one key and ref."""
    other = repository.path.parent / "other"
    git(repository.path, "worktree", "add", "--quiet", "--detach", str(other))
    local.record(repository, DRILL, now=NOW)
    with Repository(other) as second:
        assert local.key_path(second) == local.key_path(repository)
        assert len(_read(second)) == 1


def test_only_drills(repository: Repository) -> None:
    """The clone's key signs drills and nothing else: a change or stop of one's own is refused. T07"""
    for kind in set(Kind) - {Kind.DRILL}:
        with pytest.raises(RecordError):
            local.record(repository, make_statement(kind, predicate(kind)), now=NOW)
    assert repository.resolve(LOCAL) is None


def test_other_clones_evidence(repository: Repository, tmp_path: Path) -> None:
    """Local evidence fetched from another clone is refused. T07"""
    local.record(repository, DRILL, now=NOW)
    folder = clone(tmp_path / "second")
    git(folder, "fetch", "--quiet", str(repository.path), f"{LOCAL}:{LOCAL}")
    with Repository(folder) as second:
        with pytest.raises(RecordError, match="no key of its own"):
            _read(second)
        local.key(second)
        with pytest.raises(RecordError) as caught:
            _read(second)
        assert "is not known" in caught.value.why


def test_local_evidence_is_no_team_record(repository: Repository) -> None:
    """The team's keyring does not accept what a clone's key signed. T07"""
    local.record(repository, DRILL, now=NOW)
    git(repository.path, "update-ref", BRANCH, LOCAL)
    with pytest.raises(RecordError) as caught:
        Branch.open(repository, BRANCH).read(NAME, [Kind.DRILL], keyring(), now=NOW)
    assert "is not known" in caught.value.why


def test_key_open_to_others(repository: Repository) -> None:
    """A key that others may read is not used."""
    local.key(repository)
    local.key_path(repository).chmod(0o640)
    with pytest.raises(RecordError, match="may be read by others"):
        local.key(repository)


def test_broken_key(repository: Repository) -> None:
    """A key file with rubbish in it is an error, and is not replaced."""
    local.key(repository)
    local.key_path(repository).write_bytes(b"rubbish")
    with pytest.raises(RecordError, match="not an Ed25519"):
        local.key(repository)
    assert local.key_path(repository).read_bytes() == b"rubbish"


def test_key_folder_cannot_be_made(repository: Repository) -> None:
    """A key that cannot be kept is an error that names the place."""
    (repository.path / ".git" / "countersign").write_text("in the way")
    with pytest.raises(RecordError, match="could not be written"):
        local.key(repository)
