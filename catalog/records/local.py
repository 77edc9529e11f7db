"""Evidence of this clone alone: its own key, under `.git/`, and its own ref, which no push carries.

It counts at the desk only, and is printed as local evidence.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.append import append
from catalog.records.envelope import Verified, sign
from catalog.records.keys import Keyring, SigningKey
from catalog.records.refs import LOCAL
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch

_KINDS = (Kind.DRILL,)


def key_path(repository: Repository) -> Path:
    """Where the clone keeps its key; the same for all its working trees."""
    answer = repository.run("rev-parse", "--path-format=absolute", "--git-common-dir")
    return Path(os.fsdecode(answer).rstrip("\n")) / "countersign" / "local-key"


def key(repository: Repository) -> SigningKey:
    """The clone's key, made on first use. Raises `RecordError` when it cannot be written, or others may read it."""
    path = key_path(repository)
    if not path.exists():
        _create(path)
    return _load(path)


def keyring(repository: Repository) -> Keyring | None:
    """What the clone's own records are checked with; None as long as it has no key."""
    path = key_path(repository)
    if not path.exists():
        return None
    public = _load(path).public()
    return Keyring(keys={public.id: public}, signers={kind.value: frozenset({public.id}) for kind in _KINDS})


def record(repository: Repository, statement: Statement, *, now: datetime) -> str:
    """Sign a statement with the clone's key, keep it, and return the ref's commit. Raises `RecordError`."""
    mine = key(repository)
    ring = keyring(repository)
    assert ring is not None  # the key was just read
    message = f"{statement.kind} of {statement.workflow}"
    return append(repository, LOCAL, [sign(statement, mine)], message, ring, now=now)


def read(
    repository: Repository, branch: Branch, workflow: str, *, now: datetime, limit: int | None = None
) -> tuple[Verified, ...]:
    """The clone's own drill records of a workflow, newest first; `branch` is `LOCAL`, opened. Raises `RecordError`."""
    if branch.commit is None:
        return ()
    ring = keyring(repository)
    if ring is None:
        raise RecordError(
            f"{branch.ref} holds records, and this clone has no key of its own.",
            why="Local evidence counts only in the clone that made it.",
            solution=f"Delete the ref with `git update-ref -d {branch.ref}` and drill again.",
        )
    return branch.read(workflow, _KINDS, ring, now=now, limit=limit, local=True)


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".local-key-", dir=path.parent) as file:  # mode 0600
            file.write(SigningKey.generate("local").pem)
            file.flush()
            os.fsync(file.fileno())
            # A link fails when the name is taken: of two that make a key at once, the first stays.
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    except OSError as error:
        raise RecordError(f"The clone's key could not be written to {path}.", why=str(error.strerror)) from error


def _load(path: Path) -> SigningKey:
    if path.stat().st_mode & 0o077:
        raise RecordError(
            f"{path} may be read by others.",
            why="Whoever reads it can sign evidence for this clone.",
            solution=f"Remove it and {LOCAL}, and drill again; a new key is made.",
        )
    found = SigningKey.load(path, "local")
    return replace(found, id=f"local-{hashlib.sha256(bytes.fromhex(found.public().ed25519)).hexdigest()[:12]}")
