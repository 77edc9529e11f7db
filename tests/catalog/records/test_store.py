from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.clone import clone, git
from support.keys import keyring
from support.records import NOW, control, failed, signed, version

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records import store
from catalog.records.append import append
from catalog.records.envelope import verify
from catalog.records.refs import BRANCH, REMOTE
from catalog.records.statement import Kind

RING = keyring()
NAME = "billing-replies"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository.discover(clone(tmp_path / "team")) as found:
        yield found


def _append(repository: Repository, *files: bytes) -> str:
    return append(repository, BRANCH, files, "Record", RING, now=NOW + timedelta(days=400))


def _put(repository: Repository, path: str, content: bytes, mode: str = "100644") -> None:
    """Write a file to the branch by hand, as an intruder would."""
    environment = {"GIT_INDEX_FILE": str(repository.path / ".git" / "test-index")}
    tip = repository.resolve(BRANCH)
    repository.run("read-tree", tip or "--empty", env=environment)
    blob = repository.run("hash-object", "-w", "--stdin", input=content).decode().strip()
    repository.run("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", env=environment)
    tree = repository.run("write-tree", env=environment).decode().strip()
    parent = ("-p", tip) if tip else ()
    git(repository.path, "update-ref", BRANCH, repository.run("commit-tree", tree, *parent, "-m", "x").decode().strip())


def test_no_ref_means_no_records(repository: Repository) -> None:
    """Without a records ref there are no records, and that is said as a value."""
    assert store.read(repository, BRANCH, NAME, list(Kind), RING, now=NOW) == (store.Availability.NONE, ())
    assert store.locate(repository).availability is store.Availability.NONE
    assert store.locate(repository).workflows() == []


def test_newest_first(repository: Repository) -> None:
    """A workflow's records of the kinds asked for come newest first, whatever the order in which they were added."""
    files = {hour: signed(Kind.DRILL, at=NOW - timedelta(hours=hour)) for hour in (2, 0, 3, 1)}
    for raw in files.values():
        _append(repository, raw)
    _append(repository, signed(Kind.STOP), signed(Kind.DRILL, workflow="triage"))
    availability, found = store.read(repository, BRANCH, NAME, [Kind.DRILL], RING, now=NOW)
    assert availability is store.Availability.READABLE
    assert [record.path for record in found] == [verify(files[hour], RING).path for hour in (0, 1, 2, 3)]
    assert {record.statement.workflow for record in found} == {NAME}


def test_limit_keeps_the_newest_of_each_kind(repository: Repository) -> None:
    """A limit counts for each kind apart and keeps the newest."""
    _append(repository, *(signed(Kind.DRILL, at=NOW - timedelta(hours=hour)) for hour in range(4)))
    _append(repository, *(signed(Kind.STOP, at=NOW - timedelta(days=day), id=f"stop-{day}") for day in range(1, 4)))
    _, found = store.read(repository, BRANCH, NAME, [Kind.DRILL, Kind.STOP], RING, now=NOW, limit=2)
    assert [(record.statement.kind, NOW - record.statement.at) for record in found] == [
        (Kind.DRILL, timedelta(0)),
        (Kind.DRILL, timedelta(hours=1)),
        (Kind.STOP, timedelta(days=1)),
        (Kind.STOP, timedelta(days=2)),
    ]


def test_whole_branch_at_once(repository: Repository) -> None:
    """Listing everything first gives the same answers as asking for one workflow after another."""
    _append(repository, signed(Kind.DRILL), signed(Kind.DRILL, workflow="triage"), signed(Kind.CHANGE, **control()))
    one, all_of_them = store.Branch.open(repository, BRANCH), store.Branch.open(repository, BRANCH)
    all_of_them.preload()
    assert all_of_them.workflows() == ["_control", NAME, "triage"]
    names = ("_control", NAME, "triage", "absent")
    for name in names:
        assert one.read(name, list(Kind), RING, now=NOW) == all_of_them.read(name, list(Kind), RING, now=NOW)
    each = dict(all_of_them.read_each(names, list(Kind), RING, now=NOW))
    assert each == {name: one.read(name, list(Kind), RING, now=NOW) for name in names}


def test_whole_branch_with_one_forged(repository: Repository) -> None:
    """T07: read all at once, a record by a key that may not sign its kind is refused as it is alone."""
    _append(repository, signed(Kind.DRILL), signed(Kind.DRILL, workflow="triage"))
    forged = signed(Kind.DRILL, "stop-2026", workflow="zeta")
    _put(repository, f"zeta/drill/{verify(signed(Kind.DRILL, workflow='zeta'), RING).path.split('/')[2]}", forged)
    each = store.Branch.open(repository, BRANCH).read_each((NAME, "triage", "zeta"), list(Kind), RING, now=NOW)
    assert [name for name, _ in (next(each), next(each))] == [NAME, "triage"]
    with pytest.raises(RecordError, match="cannot be trusted"):
        next(each)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "*", "billing", "billing-replies/drill/x", "Billing-Replies", "a\nb", "-x"]
)
def test_strange_names_have_no_records(repository: Repository, name: str) -> None:
    """A name that no record can carry has no records, also when it looks like a pattern or a path. T09 T10"""
    _append(repository, signed(Kind.DRILL))
    assert store.read(repository, BRANCH, name, [Kind.DRILL], RING, now=NOW)[1] == ()


def test_one_workflow_reads_one_subtree(repository: Repository) -> None:
    """A record that cannot be trusted spoils its own workflow, and no other is even opened. T07"""
    _append(repository, signed(Kind.DRILL))
    _put(repository, "triage/drill/20260901T120000.000Z-000000000000.dsse.json", b"forged")
    assert len(store.read(repository, BRANCH, NAME, list(Kind), RING, now=NOW)[1]) == 1
    with pytest.raises(RecordError, match="triage/drill/20260901T120000"):
        store.read(repository, BRANCH, "triage", list(Kind), RING, now=NOW)


def test_copied_record(repository: Repository) -> None:
    """A drill copied from one workflow to another is refused, not counted. T07"""
    raw = signed(Kind.DRILL)
    name = verify(raw, RING).path.rsplit("/", 1)[1]
    _put(repository, f"refund-decisions/drill/{name}", raw)
    with pytest.raises(RecordError) as caught:
        store.read(repository, BRANCH, "refund-decisions", [Kind.DRILL], RING, now=NOW)
    assert "wrong place" in caught.value.why


def test_replayed_record(repository: Repository) -> None:
    """A record stored again under a newer name is refused, so old evidence cannot be made young. T07"""
    raw = signed(Kind.DRILL, at=NOW - timedelta(days=90))
    path = verify(raw, RING).path
    _put(repository, path.replace("20260603", "20260901"), raw)
    with pytest.raises(RecordError):
        store.read(repository, BRANCH, NAME, [Kind.DRILL], RING, now=NOW)


@pytest.mark.parametrize(
    "path, mode",
    [
        (f"{NAME}/README.md", "100644"),
        (f"{NAME}/drill/README.md", "100644"),
        (f"{NAME}/drill/deep/x.dsse.json", "100644"),
        (f"{NAME}/approval/x.dsse.json", "100644"),
        (f"{NAME}/drill/x.dsse.json", "100755"),
        (f"{NAME}/drill/x.dsse.json", "120000"),
    ],
)
def test_foreign_file(repository: Repository, path: str, mode: str) -> None:
    """A file among a workflow's records that is no record makes them unreadable, not shorter. T07 T10"""
    _append(repository, signed(Kind.DRILL))
    _put(repository, path, b"x", mode)
    with pytest.raises(RecordError, match="is not a record"):
        store.read(repository, BRANCH, NAME, [Kind.STOP], RING, now=NOW)


def test_branch_of_something_else(repository: Repository) -> None:
    """A records branch that was cut from main is refused when it is listed whole."""
    git(repository.path, "branch", "records", "main")
    with pytest.raises(RecordError, match=r"README\.md"):
        store.locate(repository).preload()


def test_oversize(repository: Repository) -> None:
    """A record past the size limit is refused unread. T10"""
    _put(repository, f"{NAME}/drill/20260901T120000.000Z-000000000000.dsse.json", b"x" * (1024 * 1024 + 1))
    with pytest.raises(RecordError, match="cannot be read"):
        store.read(repository, BRANCH, NAME, [Kind.DRILL], RING, now=NOW)


def test_future(repository: Repository) -> None:
    """A record from the future is refused, unless the past is replayed: then it was not there yet. T07 T12"""
    _append(repository, signed(Kind.DRILL), signed(Kind.DRILL, at=NOW + timedelta(hours=1)))
    branch = store.Branch.open(repository, BRANCH)
    with pytest.raises(RecordError, match="from the future"):
        branch.read(NAME, [Kind.DRILL], RING, now=NOW)
    assert len(branch.read(NAME, [Kind.DRILL], RING, now=NOW, replay=True)) == 1
    assert len(branch.read(NAME, [Kind.DRILL], RING, now=NOW - timedelta(minutes=1), replay=True)) == 0
    assert len(branch.read(NAME, [Kind.DRILL], RING, now=NOW + timedelta(minutes=55))) == 2


def test_replay_reads_the_newest_of_its_time(repository: Repository) -> None:
    """In a replay the limit counts back from the replayed moment."""
    _append(repository, *(signed(Kind.DRILL, at=NOW + timedelta(hours=hour)) for hour in range(-2, 3)))
    branch = store.Branch.open(repository, BRANCH)
    found = branch.read(NAME, [Kind.DRILL], RING, now=NOW, limit=1, replay=True)
    assert [record.statement.at for record in found] == [NOW]


@pytest.mark.parametrize("part", [f":{NAME}", f":{NAME}/drill", "^{tree}", ":"])
def test_lost_tree_is_an_error(repository: Repository, part: str) -> None:
    """A branch with a tree missing is unreadable, not empty. T07 T11"""
    _append(repository, signed(Kind.DRILL, **failed()))
    _lose(repository, f"{BRANCH}{part}")
    with pytest.raises(RecordError, match="cannot be read"):
        store.read(repository, BRANCH, NAME, [Kind.DRILL], RING, now=NOW)


def test_lost_commit_or_blob_is_an_error(repository: Repository) -> None:
    """A missing commit or record file makes the records unreadable. T07 T11"""
    commit = _append(repository, signed(Kind.DRILL, **failed()))
    _lose(repository, f"{commit}:{verify(signed(Kind.DRILL, **failed()), RING).path}")
    with pytest.raises(RecordError, match="cannot be read"):
        store.read(repository, BRANCH, NAME, [Kind.DRILL], RING, now=NOW)
    _lose(repository, commit)
    with pytest.raises(RecordError, match="cannot be read"):
        store.Branch.open(repository, BRANCH)


def _lose(repository: Repository, spec: str) -> None:
    oid = git(repository.path, "rev-parse", spec)
    (repository.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()


def test_broken_ref_is_an_error(repository: Repository) -> None:
    """A ref file with rubbish in it is unreadable; git itself would only warn and go on without it. T07 T11"""
    _append(repository, signed(Kind.DRILL))
    (repository.path / ".git" / "refs" / "heads" / "records").write_text("rubbish\n")
    with pytest.raises(RecordError, match="cannot be read"):
        store.locate(repository)


def test_ref_to_no_commit_is_an_error(repository: Repository) -> None:
    """A records ref that names a tree, or points at another ref, is refused."""
    git(repository.path, "update-ref", "refs/remotes/origin/records", git(repository.path, "rev-parse", "main^{tree}"))
    with pytest.raises(RecordError):
        store.locate(repository)
    git(repository.path, "update-ref", "-d", "refs/remotes/origin/records")
    git(repository.path, "symbolic-ref", REMOTE, "refs/heads/main")
    with pytest.raises(RecordError):
        store.locate(repository)


def test_locate_takes_the_one_ahead(repository: Repository) -> None:
    """Of the local branch and origin's, the one that holds the other is read."""
    first = _append(repository, signed(Kind.DRILL))
    second = _append(repository, signed(Kind.STOP))
    assert (store.locate(repository).ref, store.locate(repository).commit) == (BRANCH, second)
    git(repository.path, "update-ref", REMOTE, first)
    assert store.locate(repository).ref == BRANCH
    git(repository.path, "update-ref", REMOTE, second)
    git(repository.path, "update-ref", BRANCH, first)
    assert (store.locate(repository).ref, store.locate(repository).commit) == (REMOTE, second)
    git(repository.path, "update-ref", "-d", BRANCH)
    assert (store.locate(repository).ref, store.locate(repository).commit) == (REMOTE, second)


def test_locate_refuses_rewritten_history(repository: Repository) -> None:
    """When the local branch and origin's have parted ways, one was rewritten, and neither is believed. T17"""
    _append(repository, signed(Kind.DRILL))
    git(repository.path, "update-ref", REMOTE, BRANCH)
    git(repository.path, "update-ref", "-d", BRANCH)
    _append(repository, signed(Kind.DRILL, version=version("other")))
    with pytest.raises(RecordError, match="parted ways"):
        store.locate(repository)


def test_started_in_a_subfolder(repository: Repository) -> None:
    """From a folder inside the working tree the same records are found, and added to."""
    folder = repository.path / NAME / "drill"
    folder.mkdir(parents=True)
    _append(repository, signed(Kind.DRILL))
    with Repository(folder) as below:
        _append(below, signed(Kind.STOP))
        assert len(store.read(below, BRANCH, NAME, list(Kind), RING, now=NOW)[1]) == 2
