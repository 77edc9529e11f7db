"""Writing records: add files to a branch, all or none, whatever else writes to it at the same time.

Nothing is ever changed or removed. The new commit is built from objects alone, without index or working tree, and the
ref moves only if it still is where the commit's parent was; killed at any point, it is where it was or where it should
be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from catalog.errors import GitError, RecordError
from catalog.git import Repository
from catalog.records.envelope import Verified, key_at, verify
from catalog.records.keys import Keyring
from catalog.records.refs import tips, unreadable
from catalog.records.store import CLOCK_SKEW

AUTHOR = "Countersign records"
EMAIL = "records@countersign.invalid"

_ATTEMPTS = 100
# Objects reach the disk before the ref that names them; a lock held by another writer is waited for by git itself.
_DURABLE = ("-c", "core.fsync=committed,loose-object,reference", "-c", "core.filesRefLockTimeout=10000")

Folder = dict[str, "Folder | str"]
"""New files by name, nested as the tree is; a string is a blob's object id."""


def append(
    repository: Repository, ref: str, files: Iterable[bytes], message: str, keyring: Keyring, *, now: datetime
) -> str:
    """Add signed records to `ref` and return its commit; the ref is made if there is none.

    Each file goes where its content belongs. A file that is there already is left alone, so a repeated call changes
    nothing. Raises `RecordError` when a file would not be trusted by a reader, when its key is not valid *now* (a
    stolen key that has expired must not sign for the past), when it would replace another, and when the ref stays
    locked.
    """
    admitted = {admit(raw, keyring, now=now).path: raw for raw in files}
    if not admitted:
        raise RecordError(f"No record was given to add to {ref}.")
    # A reader of its own: the caller's may write its objects to a store that ends with the run.
    with Repository(repository.path) as writer:
        _refuse_checked_out(writer, ref)
        blobs = {path: _write(writer, "hash-object", "-w", "--stdin", input=raw) for path, raw in admitted.items()}
        for _ in range(_ATTEMPTS):
            old = tips(writer, ref)[ref]
            commit = _commit_on(writer, old, blobs, message, now)
            if commit == old or _moved(writer, ref, commit, old):
                return commit
    raise RecordError(f"{ref} moved {_ATTEMPTS} times while records were added.", solution="Repeat the command.")


def admit(raw: bytes, keyring: Keyring, *, now: datetime) -> Verified:
    """Check a record on its way in: as a reader does, and that its key may still sign. Raises `RecordError`."""
    record = verify(raw, keyring)
    if record.statement.at > now + CLOCK_SKEW:
        raise RecordError(f"The record {record.path} is from the future.", solution="Set its signer's clock right.")
    key_at(keyring, record.statement, record.key_id, now.astimezone(UTC))
    return record


def _refuse_checked_out(repository: Repository, ref: str) -> None:
    # A bare repository is listed without a branch: it shows none to anybody.
    listed = repository.run("worktree", "list", "--porcelain", "-z").decode("utf-8", "replace")
    for shown in listed.split("\0\0"):
        place, *said = shown.split("\0")
        if f"branch {ref}" in said:
            raise RecordError(
                f"{ref} is checked out in {place.removeprefix('worktree ')}.",
                why="Its files there would seem to be deleted by you once records are added.",
                solution="Switch that working tree to another branch.",
            )


def _commit_on(repository: Repository, old: str | None, blobs: Mapping[str, str], message: str, now: datetime) -> str:
    before = f"{old}^{{tree}}" if old else None
    tree = _tree(repository, before, _nested(blobs), "")
    if old and before and tree == repository.resolve(before):
        return old
    return _commit(repository, tree, old, message, now)


def _nested(blobs: Mapping[str, str]) -> Folder:
    root: Folder = {}
    for path, oid in blobs.items():
        workflow, kind, name = path.split("/")
        level = root
        for step in (workflow, kind):
            below = level.setdefault(step, {})
            assert isinstance(below, dict)  # a path of a record has three parts
            level = below
        level[name] = oid
    return root


def _tree(repository: Repository, old: str | None, added: Folder, place: str) -> str:
    present = _listed(repository, old) if old else {}
    for name, content in added.items():
        present[name] = _entry(repository, present.get(name), content, f"{place}{name}")
    lines = "".join(f"{entry}\t{name}\0" for name, entry in present.items())
    return _write(repository, "mktree", "-z", input=lines.encode("utf-8", "surrogateescape"))


def _entry(repository: Repository, there: str | None, content: Folder | str, path: str) -> str:
    if isinstance(content, str):
        if there not in (None, f"100644 blob {content}"):
            raise RecordError(f"{path} is recorded already, with another content.", why="Records are only ever added.")
        return f"100644 blob {content}"
    if there and not there.startswith("040000 tree "):
        raise RecordError(f"{path} should be a folder of records, and is a file.")
    below = there.split(" ")[2] if there else None
    return f"040000 tree {_tree(repository, below, content, f'{path}/')}"


def _listed(repository: Repository, tree: str) -> dict[str, str]:
    """The entries of a tree by name, each as `mode type id`: how git lists them, and how it makes a tree of them."""
    done = repository.attempt("ls-tree", "-z", "--full-tree", tree)
    if done.returncode or done.stderr:
        raise unreadable(tree, RecordError(done.stderr.decode("utf-8", "replace").strip()))
    lines = done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return {name: entry for entry, _, name in (line.partition("\t") for line in lines)}


def _commit(repository: Repository, tree: str, parent: str | None, message: str, now: datetime) -> str:
    when = f"{int(now.timestamp())} +0000"
    parts = {"NAME": AUTHOR, "EMAIL": EMAIL, "DATE": when}
    names = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in parts.items()}
    parents = ("-p", parent) if parent else ()
    return _write(repository, "commit-tree", tree, *parents, input=f"{message.strip()}\n".encode(), env=names)


def _moved(repository: Repository, ref: str, new: str, old: str | None) -> bool:
    """Move the ref from `old`; False when it was elsewhere by then. Raises `RecordError` when it cannot be moved."""
    # An empty old value demands that the ref does not exist yet.
    done = repository.attempt(*_DURABLE, "update-ref", "--no-deref", ref, new, old or "")
    if done.returncode == 0:
        return True
    if tips(repository, ref)[ref] != old:
        return False
    raise RecordError(
        f"{ref} could not be moved: {done.stderr.decode('utf-8', 'replace').strip()}",
        why="Another program holds it, or was killed while it did.",
        solution="If no git command is running, remove the lock file that the message names, and repeat the command.",
    )


def _write(repository: Repository, *args: str, input: bytes, env: Mapping[str, str] | None = None) -> str:
    try:
        return repository.run(*_DURABLE, *args, input=input, env=env).decode().strip()
    except GitError as error:
        said = f"A record could not be written: {error.message}"
        raise RecordError(said, why=error.why, solution=error.solution) from error
