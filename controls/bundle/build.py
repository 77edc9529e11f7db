"""Building the bundle with `opa build`: policies and data, signed, the same bytes from the same commit and key."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog import change, policies, snapshot, versions
from catalog.engines.banned import CAPABILITIES
from catalog.errors import PolicyError, RecordError
from catalog.files import write_atomically
from catalog.git import Repository
from catalog.records.store import Branch
from catalog.snapshot import tree_of
from catalog.workflow import Workflow
from controls.bundle import content, opa
from controls.bundle.admission import Admission, admit, line
from controls.bundle.key import ALGORITHM, BundleKey

Json = Any

ROOTS = ("catalog", "countersign", "system/authz", "system/log")
"""What the bundle owns of a point's data. `control` is not among them: stops and leases are written past it."""

_CAPABILITIES = CAPABILITIES.with_name("runtime.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """A bundle as it was built."""

    archive: bytes
    """gzipped tar, as OPA fetches it."""
    document: Mapping[str, Json]
    admission: Admission


def build(
    repository: Repository, branch: Branch, tip: str, anchor: str, key: BundleKey, now: datetime,
    candidate: str | None = None,
) -> Bundle:  # fmt: skip
    """The bundle of what is recorded of the branch that ends in `tip`.

    With a `candidate`, a commit: also what its merge would bring, taken as live, for rehearsals. Raises `RecordError`
    when the records cannot be trusted, `PolicyError` when the policies do not compile.
    """
    if branch.commit is None:
        raise RecordError(
            f"There are no records at {branch.ref}.",
            why="What runs is what is on record; without records nothing is admitted.",
            solution="Fetch them: git fetch origin records:refs/remotes/origin/records",
        )
    admission = admit(repository, branch, line(repository, tip, anchor), now)
    if candidate:
        admission = admission.with_candidate(_proposed(repository, tip, candidate), candidate)
    modules = policies.read_runtime(repository, tree_of(repository, admission.control))
    document = content.document(repository, admission, versions.h1(modules))
    return Bundle(archive=pack(modules, document, key), document=document, admission=admission)


def _proposed(repository: Repository, tip: str, head: str) -> list[Workflow]:
    """The workflows that a merge of `head` would bring, where they can be read."""
    merge = snapshot.between(repository, tip, head)
    changed = change.between(repository, merge.before, merge.after)
    return [one.after for one in changed.workflows if one.after and not one.after.problems]


def pack(modules: Mapping[str, bytes], document: Mapping[str, Json], key: BundleKey) -> bytes:
    """The signed archive of some policies and data. Raises `PolicyError` with OPA's words when they do not compile."""
    with tempfile.TemporaryDirectory(prefix="countersign-bundle-") as place:
        folder = Path(place, "content")
        for path, source in modules.items():
            _write(folder / path, source)
        _write(folder / "catalog/data.json", _json(document))
        _write(folder / ".manifest", _json({"revision": document["revision"], "roots": ROOTS, "rego_version": 1}))
        # The key is only ever in a file that nobody else can read, and gone when this ends.
        secret, claims = Path(place, "key.pem"), Path(place, "claims.json")
        write_atomically(secret, key.pem, 0o600)
        _write(claims, _json({"keyid": key.id}))
        archive = Path(place, "bundle.tar.gz")
        refused = opa.build(
            "--bundle", ".", "--output", str(archive), "--capabilities", str(_CAPABILITIES),
            "--signing-alg", ALGORITHM, "--signing-key", str(secret), "--claims-file", str(claims), folder=folder,
        )  # fmt: skip
        if refused:
            raise PolicyError(
                f"OPA does not build the bundle: {refused}.",
                solution="Mend policies/runtime/; what was published before goes on.",
            )
        return archive.read_bytes()


def save(bundle: Bundle, path: Path) -> None:
    """Put it in place at once. Raises `RecordError` when it cannot be written; what was there is then still there."""
    try:
        write_atomically(path, bundle.archive)
    except OSError as error:
        raise RecordError(
            f"The bundle cannot be written to {path}: {error.strerror}.",
            solution="Name a file in a folder that exists.",
        ) from error


def _write(path: Path, source: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
