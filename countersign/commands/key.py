"""`countersign key new`: a person's own key, of which only the public half ever leaves their machine."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from catalog import layout, schemas
from catalog.errors import UsageError
from catalog.files import write_atomically
from catalog.records.keys import SigningKey
from countersign.commands.live import keys_folder

LIFE = timedelta(days=365)


def new(person: str, name: str | None) -> int:
    """Make a key, keep its private half here, and print what team/people.yaml needs. Never replaces one."""
    today = datetime.now(UTC).date()
    key_id = name or f"{person}-{today.year}"
    for _, sentence in schemas.problems("people", {"people": {person: _anybody(key_id, today)}}):
        raise UsageError(f"{sentence}.", solution="Choose another name: small letters, digits and hyphens.")
    path = keys_folder() / person / f"{key_id}.pem"
    if path.exists():
        raise UsageError(f"{path} is there already.", solution="Choose another name: --name.")
    key = SigningKey.generate(key_id)
    _keep(path, key.pem)
    click.echo(f"The private half is in {path}. It is yours alone: never copy it, make one for each machine.")
    click.echo(f"Add the public half to {person} in {layout.PEOPLE}, by a merge request:\n")
    click.echo("    keys:")
    click.echo(f"      - id: {key_id}\n        ed25519: '{key.public().ed25519}'")
    click.echo(f"        from: {today}\n        to: {today + LIFE}")
    return 0


def _keep(path: Path, pem: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(path.parent, 0o700)
        write_atomically(path, pem, 0o600)
    except OSError as error:
        raise UsageError(f"The key cannot be kept in {path.parent}: {error.strerror}.") from error


def _anybody(key_id: str, today: date) -> dict[str, object]:
    key = {"id": key_id, "ed25519": "0" * 64, "from": str(today), "to": str(today)}
    return {"name": "x", "forge": 1, "emails": [], "may": [], "keys": [key]}
