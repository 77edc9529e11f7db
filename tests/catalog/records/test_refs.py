from __future__ import annotations

from pathlib import Path

import pytest
from support.clone import clone, git
from support.keys import keyring
from support.records import NOW, signed

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.append import append
from catalog.records.envelope import verify
from catalog.records.refs import BRANCH, check_append_only, tips
from catalog.records.statement import Kind

RING = keyring()
STOP = signed(Kind.STOP)
PATH = verify(STOP, RING).path


def _history(folder: Path) -> tuple[Repository, str]:
    """A clone whose records are checked out, three commits long."""
    repository = Repository.discover(clone(folder))
    for kind in (Kind.DRILL, Kind.STOP, Kind.CHANGE):
        append(repository, BRANCH, [signed(kind)], "Record", RING, now=NOW)
    git(folder, "switch", "--quiet", "records")
    return repository, git(folder, "rev-parse", "records")


def _checked(repository: Repository, since: str | None = None) -> None:
    check_append_only(repository, git(repository.path, "rev-parse", "records"), since=since)


def test_honest_history(tmp_path: Path) -> None:
    """A history that only adds passes, from its beginning and from any commit seen earlier."""
    repository, tip = _history(tmp_path / "team")
    for since in (None, tip, f"{tip}~1", f"{tip}~2"):
        _checked(repository, since)


def test_removed_record(tmp_path: Path) -> None:
    """A record that was removed is missed, and named with the commit, also when it was put back later. T07"""
    repository, _ = _history(tmp_path / "team")
    git(repository.path, "rm", "--quiet", PATH)
    git(repository.path, "commit", "--quiet", "-m", "Tidy up")
    culprit = git(repository.path, "rev-parse", "--short=12", "records")
    git(repository.path, "checkout", "--quiet", "records~1", "--", PATH)
    git(repository.path, "commit", "--quiet", "-m", "Put back")
    with pytest.raises(RecordError) as caught:
        _checked(repository)
    assert caught.value.message == f"Commit {culprit} changed or removed the record {PATH}."


@pytest.mark.parametrize("how", ["edit", "rename", "mode"])
def test_changed_record(tmp_path: Path, how: str) -> None:
    """An edited, renamed or re-moded record is missed. T07"""
    repository, _ = _history(tmp_path / "team")
    path = repository.path / PATH
    if how == "edit":
        path.write_bytes(b"{}")
    elif how == "rename":
        git(repository.path, "mv", PATH, f"{PATH}.bak")
    else:
        path.chmod(0o755)
    git(repository.path, "commit", "--quiet", "-a", "-m", "Change")
    with pytest.raises(RecordError, match="changed or removed the record billing-replies/stop/"):
        _checked(repository)


def test_removed_by_merge(tmp_path: Path) -> None:
    """A record that a merge commit drops is missed too. T07"""
    repository, tip = _history(tmp_path / "team")
    tree = git(repository.path, "rev-parse", f"{tip}~2^{{tree}}")
    merge = git(repository.path, "commit-tree", tree, "-p", tip, "-p", f"{tip}~1", "-m", "Merge")
    with pytest.raises(RecordError, match="changed or removed"):
        check_append_only(repository, merge)


def test_rewritten_history(tmp_path: Path) -> None:
    """A branch that no longer holds a commit seen earlier was rewritten. T17"""
    repository, tip = _history(tmp_path / "team")
    with pytest.raises(RecordError, match="do not hold those seen earlier"):
        check_append_only(repository, git(repository.path, "rev-parse", f"{tip}~1"), since=tip)


def test_unreadable_history(tmp_path: Path) -> None:
    """A history that cannot be walked to its end is an error."""
    repository, tip = _history(tmp_path / "team")
    lost = git(repository.path, "rev-parse", f"{tip}~1")
    (repository.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(RecordError, match="cannot be read"):
        check_append_only(repository, tip)


def test_tips(tmp_path: Path) -> None:
    """Each ref asked for is answered, also one that is missing, and no other whose name only begins alike."""
    folder = clone(tmp_path / "team")
    git(folder, "branch", "records/old")
    with Repository(folder) as repository:
        assert tips(repository, BRANCH, "refs/heads/main") == {
            BRANCH: None,
            "refs/heads/main": git(folder, "rev-parse", "main"),
        }
