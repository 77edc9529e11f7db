"""`countersign bundle`: what may run, built from the records, checked, and served to enforcement points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from catalog import layout, snapshot
from catalog.errors import UsageError
from catalog.git import Repository
from catalog.records.store import locate
from catalog.records.subjects import CONTROL
from checks.history import anchor_of
from controls.bundle import build as making
from controls.bundle import check
from controls.bundle import serve as serving
from controls.bundle.admission import Culprit
from controls.bundle.build import Bundle
from controls.bundle.key import BundleKey, read_public


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    output: Path
    branch: str | None
    anchor: str | None
    candidate: str | None


def build(start: Path, options: Options, key: Path, key_id: str) -> int:
    """Build and write it. Exit code 1 when something on the branch is not on record, which then does not run."""
    signing = BundleKey.load(key, key_id)
    with Repository.discover(start) as repository:
        repository.use_scratch()
        bundle = making.build(
            repository, locate(repository), _tip(repository, options.branch), options.anchor or anchor_of(repository),
            signing, datetime.now(UTC), options.candidate,
        )  # fmt: skip
    making.save(bundle, options.output)
    click.echo(_told(bundle, options.output, key_id))
    for culprit in bundle.admission.culprits:
        click.secho(_accused(culprit), fg="red", bold=True, err=True)
    return 1 if bundle.admission.culprits else 0


def verify(archive: Path, public_key: Path, key_id: str) -> int:
    """Check signature and content as a point does, and say what it holds."""
    document = check.verified(archive, read_public(public_key), key_id)
    click.echo(f"{archive} is signed by {key_id}, and every file is as it was signed.")
    click.echo(f"revision {document['revision']}\nnumber   {document['seq']}")
    for name, about in sorted(document["workflows"].items()):
        click.echo(f"  {name}  {about['state']}  {about['version']}")
    return 0


def serve(archive: Path, host: str, port: int) -> int:
    """Serve one file until interrupted."""
    with serving.server(archive, host, port) as found:
        click.echo(f"Serving {archive} on {found.url}")
        found.run()
    return 0


def _tip(repository: Repository, branch: str | None) -> str:
    name = branch or snapshot.default_target(repository)
    found = repository.resolve(f"{name}^{{commit}}")
    if found is None:
        raise UsageError(f"There is no branch {name!r} here.", solution="Name one that git knows: --branch origin/main")
    return found


def _told(bundle: Bundle, output: Path, key_id: str) -> str:
    said, size = bundle.document, len(bundle.archive)
    many = len(bundle.admission.workflows)
    kind = "Candidate bundle" if said["candidate"] else "Bundle"
    return (
        f"{kind} {output}: {many} workflow{'' if many == 1 else 's'}, number {said['seq']}, {size} bytes, "
        f"signed by {key_id}\nrevision {said['revision']}"
    )


def _accused(culprit: Culprit) -> str:
    where = f"paths outside {layout.WORKFLOWS}/" if culprit.place == CONTROL else culprit.place
    return (
        f"{where}: commit {culprit.commit[:12]} is not on record, so what it brought does not run; "
        "what was recorded before goes on."
    )
