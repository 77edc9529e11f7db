from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clone import clone, git
from support.keys import keyring
from support.records import NOW, predicate, signed, version

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.append import append
from catalog.records.envelope import verify
from catalog.records.refs import BRANCH, check_append_only
from catalog.records.statement import Kind

RING = keyring()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository(clone(tmp_path / "team")) as found:
        yield found


def _files(repository: Repository, ref: str = BRANCH) -> list[str]:
    return git(repository.path, "ls-tree", "-r", "--name-only", ref).splitlines()


def _append(repository: Repository, *files: bytes, ref: str = BRANCH) -> str:
    return append(repository, ref, files, "Record", RING, now=NOW)


def test_first_record_makes_the_branch(repository: Repository) -> None:
    """The first record makes the branch, as a root commit by the records' own author at the given time."""
    raw = signed(Kind.DRILL)
    commit = _append(repository, raw)
    path = verify(raw, RING).path
    assert _files(repository) == [path]
    assert repository.read(f"{commit}:{path}") == raw
    said = git(repository.path, "log", "--format=%an|%ae|%cn|%aI|%P|%s", BRANCH)
    assert (
        said == "Countersign records|records@countersign.invalid|Countersign records|2026-09-01T12:00:00+00:00||Record"
    )


def test_records_pile_up(repository: Repository) -> None:
    """Each call adds one commit on top; what was there stays, and the whole history only adds."""
    files = [signed(kind, workflow=name) for kind in (Kind.DRILL, Kind.STOP) for name in ("billing-replies", "triage")]
    first = _append(repository, *files[:2])
    second = _append(repository, *files[2:])
    assert _files(repository) == sorted(verify(raw, RING).path for raw in files)
    assert git(repository.path, "rev-parse", f"{second}^") == first
    check_append_only(repository, second, since=first)


def test_repeated_call_changes_nothing(repository: Repository) -> None:
    """Adding what is there already leaves the branch at its commit; adding part of it adds only the rest."""
    one, two = signed(Kind.DRILL), signed(Kind.STOP)
    first = _append(repository, one)
    assert _append(repository, one) == first
    assert _append(repository, one, one, two) != first
    assert len(_files(repository)) == 2


def test_nothing_given(repository: Repository) -> None:
    """A call without records is refused, and makes no branch."""
    with pytest.raises(RecordError, match="No record was given"):
        _append(repository)
    assert repository.resolve(BRANCH) is None


def test_index_and_working_tree_stay(repository: Repository) -> None:
    """Half-done work of the user, staged or not, is exactly as it was."""
    (repository.path / "README.md").write_text("Edited.\n")
    (repository.path / "new.txt").write_text("Staged.\n")
    git(repository.path, "add", "new.txt")
    before = (git(repository.path, "status", "--porcelain"), (repository.path / ".git" / "index").read_bytes())
    _append(repository, signed(Kind.DRILL))
    assert (git(repository.path, "status", "--porcelain"), (repository.path / ".git" / "index").read_bytes()) == before
    assert git(repository.path, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_hook_environment_is_no_matter(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called from a git hook, whose environment names an index, it leaves that index alone."""
    index = repository.path / ".git" / "hook-index"
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    _append(repository, signed(Kind.DRILL))
    assert not index.exists()


def test_checked_out_branch_is_refused(repository: Repository) -> None:
    """A branch that a working tree shows is not moved under it."""
    _append(repository, signed(Kind.DRILL))
    git(repository.path, "worktree", "add", "--quiet", str(repository.path.parent / "other"), "records")
    with pytest.raises(RecordError, match="is checked out in"):
        _append(repository, signed(Kind.STOP))


def test_bare_repository(tmp_path: Path) -> None:
    """A bare repository takes records, also when its HEAD names the branch."""
    folder = clone(tmp_path / "bare.git", bare=True)
    git(folder, "symbolic-ref", "HEAD", BRANCH)
    with Repository(folder) as repository:
        _append(repository, signed(Kind.DRILL))
        _append(repository, signed(Kind.STOP))
        assert len(_files(repository)) == 2


def test_scratch_store_is_not_written_to(tmp_path: Path) -> None:
    """Records outlive the scratch store of a caller that judges."""
    with Repository.discover(clone(tmp_path / "team")) as repository:
        repository.use_scratch()
        _append(repository, signed(Kind.DRILL))
    git(repository.path, "fsck", "--strict")
    assert len(_files(repository)) == 1


def test_symbolic_ref_does_not_redirect(repository: Repository) -> None:
    """A records ref that points at another branch never moves that branch. T07"""
    main = git(repository.path, "rev-parse", "main")
    git(repository.path, "symbolic-ref", BRANCH, "refs/heads/main")
    with pytest.raises(RecordError):
        _append(repository, signed(Kind.DRILL))
    git(repository.path, "switch", "--quiet", "--detach")
    with pytest.raises(RecordError):
        _append(repository, signed(Kind.DRILL))
    assert git(repository.path, "rev-parse", "main") == main


def test_admission(repository: Repository) -> None:
    """A record that no reader would trust is not added, nor any that is given with it. T07"""
    good = signed(Kind.STOP)
    for bad in (signed(Kind.DRILL, "stranger"), signed(Kind.DRILL, "stop-2026"), b"{}", signed(Kind.DRILL) + b"\n"):
        with pytest.raises(RecordError):
            _append(repository, good, bad)
    assert repository.resolve(BRANCH) is None


def test_retired_key_cannot_sign_for_the_past(repository: Repository) -> None:
    """A key that is no longer valid adds nothing, though the record says it was made while it was. T07"""
    raw = signed(Kind.DRILL, at=NOW - timedelta(days=60))
    ring = keyring(end=date(2026, 8, 1))
    verify(raw, ring)
    with pytest.raises(RecordError, match="not valid on 2026-09-01"):
        append(repository, BRANCH, [raw], "Record", ring, now=NOW)


def test_record_from_the_future(repository: Repository) -> None:
    """A record dated ahead of the clock is not added; a clock that is off by minutes is forgiven. T12 T16"""
    with pytest.raises(RecordError, match="from the future"):
        _append(repository, signed(Kind.DRILL, at=NOW + timedelta(hours=1)))
    _append(repository, signed(Kind.DRILL, at=NOW + timedelta(minutes=5)))


def test_path_in_the_way(repository: Repository) -> None:
    """A file where a record or a folder of records should be is not replaced. T07"""
    raw = signed(Kind.DRILL)
    for path in (verify(raw, RING).path, "billing-replies/drill", "billing-replies"):
        blob = repository.run("hash-object", "-w", "--stdin", input=b"other").decode().strip()
        commit = _commit_with(repository, path, "100644", blob)
        git(repository.path, "update-ref", BRANCH, commit)
        with pytest.raises(RecordError):
            _append(repository, raw)
        assert repository.resolve(BRANCH) == commit


def _commit_with(repository: Repository, path: str, mode: str, blob: str) -> str:
    environment = {"GIT_INDEX_FILE": str(repository.path / ".git" / "test-index")}
    repository.run("read-tree", "--empty", env=environment)
    repository.run("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", env=environment)
    tree = repository.run("write-tree", env=environment).decode().strip()
    return repository.run("commit-tree", tree, "-m", "made by a test").decode().strip()


def test_stale_lock_is_named(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a killed git left behind ends in an error that names the file, and the ref stays."""
    first = _append(repository, signed(Kind.DRILL))
    monkeypatch.setattr("catalog.records.append._DURABLE", ("-c", "core.filesRefLockTimeout=50"))
    (repository.path / ".git" / "refs" / "heads" / "records.lock").touch()
    with pytest.raises(RecordError, match=r"records\.lock"):
        _append(repository, signed(Kind.STOP))
    assert repository.resolve(BRANCH) == first


def test_missing_tree_is_no_empty_one(repository: Repository) -> None:
    """With a tree of the branch lost, nothing is added: the records in it would be dropped. T07"""
    _append(repository, signed(Kind.DRILL), signed(Kind.DRILL, workflow="triage"))
    before = git(repository.path, "rev-parse", BRANCH)
    lost = git(repository.path, "rev-parse", f"{BRANCH}:billing-replies")
    (repository.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(RecordError):
        _append(repository, signed(Kind.STOP))
    assert repository.resolve(BRANCH) == before


class _Killed(BaseException):
    """Stands for a process that ends at once: no handler may catch it."""


def _append_until_killed(
    repository: Repository, raw: bytes, patch: pytest.MonkeyPatch, *, step: int, after: bool
) -> bool:
    """Add a record, ended before or after the git command of that number; whether it was ended."""
    attempt, count = Repository.attempt, itertools.count()

    def killed(self: Repository, *args: Any, **named: Any) -> Any:
        now = next(count) >= step
        if now and not after:
            raise _Killed
        done = attempt(self, *args, **named)
        if now:
            raise _Killed
        return done

    with patch.context() as context:
        context.setattr(Repository, "attempt", killed)
        try:
            _append(repository, raw)
        except _Killed:
            return True
    return False


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    """Ended before or after any git command, the branch is as before or complete, and a second call completes it."""
    one, two = signed(Kind.DRILL), signed(Kind.STOP)
    for step in itertools.count():
        with Repository(clone(tmp_path / str(step))) as repository:
            old = _append(repository, one)
            ended = _append_until_killed(repository, two, monkeypatch, step=step, after=after)
            git(repository.path, "fsck", "--strict", "--no-dangling")
            assert repository.resolve(BRANCH) == old or len(_files(repository)) == 2
            _append(repository, two)
            assert len(_files(repository)) == 2
            assert git(repository.path, "rev-list", "--count", BRANCH) == "2"
        if not ended:
            break
    assert step > 5


_WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from catalog.git import Repository
from catalog.records import local
from catalog.records.statement import Kind, make_statement
from support.records import NOW, predicate, version
repository = Repository(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(1000):
    said = predicate(Kind.DRILL, version=version(str(number)))
    local.record(repository, make_statement(Kind.DRILL, said), now=NOW)
    print(number, flush=True)
"""


def test_really_killed(tmp_path: Path) -> None:
    """A recorder killed by the system in the middle of its work leaves a sound branch that holds all it reported."""
    folder = clone(tmp_path / "team")
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"}
    command = [sys.executable, "-c", _WRITER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, process_group=0) as writer:
        assert writer.stdout
        reported = [writer.stdout.readline() for _ in range(4)]
        os.killpg(writer.pid, signal.SIGKILL)
    assert reported == ["ready\n", "0\n", "1\n", "2\n"]
    git(folder, "fsck", "--strict", "--no-dangling")
    with Repository(folder) as repository:
        assert len(_files(repository, "refs/countersign/local")) in (3, 4)


def test_threads_lose_nothing(tmp_path: Path) -> None:
    """Eight threads that add at once all land, each as one commit, none over another. T07"""
    folder, errors = clone(tmp_path / "team"), []
    files = [signed(Kind.DRILL, version=version(str(number)), workflow=f"w{number % 3}") for number in range(24)]

    def work(mine: list[bytes]) -> None:
        try:
            with Repository(folder) as repository:
                for raw in mine:
                    _append(repository, raw)
        except RecordError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(files[start::8],)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Repository(folder) as repository:
        assert _files(repository) == sorted(verify(raw, RING).path for raw in files)
        check_append_only(repository, str(repository.resolve(BRANCH)))
    assert git(folder, "rev-list", "--count", BRANCH) == "24"


def _child(folder: Path, files: list[bytes], ring: Any) -> None:
    with Repository(folder) as repository:
        for raw in files:
            append(repository, BRANCH, [raw], "Record", ring, now=NOW)


def test_processes_lose_nothing(tmp_path: Path) -> None:
    """Two processes that add at once, one record of each being the same, land everything once."""
    folder = clone(tmp_path / "team")
    shared = signed(Kind.DRILL)
    parts = [[shared, *(signed(Kind.STOP, id=f"stop-{part}-{number}") for number in range(6))] for part in range(2)]
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_child, args=(folder, part, RING)) for part in parts]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    with Repository(folder) as repository:
        assert len(_files(repository)) == 13
    assert git(folder, "rev-list", "--count", BRANCH) == "13"


def test_other_object_format(tmp_path: Path) -> None:
    """A repository with SHA-256 object ids takes records too."""
    folder = tmp_path / "sha256"
    folder.mkdir()
    git(folder, "init", "--quiet", "--object-format=sha256")
    with Repository(folder) as repository:
        said = predicate(Kind.CHANGE)["merge"]
        _append(repository, signed(Kind.CHANGE, merge={**said, "commit": "a" * 64, "first_parent": "b" * 64}))
        _append(repository, signed(Kind.STOP))
        assert len(_files(repository)) == 2
