"""Keys: who may sign which kind of record, and when.

`team/people.yaml` holds `keys: [{id, ed25519, from, to}]` for each person, `ed25519` being the public key as 64
lower-case hexadecimal digits, and `signers`, which lists key ids by kind of record. Dates are whole days in UTC, both
ends included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import RecordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Json = Any

_PUBLIC = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One public key, and the days on which it may sign; None leaves an end open."""

    id: str
    ed25519: str
    """64 lower-case hexadecimal digits."""
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if not _PUBLIC.fullmatch(self.ed25519):
            raise RecordError(f"Key {self.id}: the public key must be 64 lower-case hexadecimal digits.")

    def valid_at(self, when: datetime) -> bool:
        """Whether the key may sign something that happened at `when` (UTC)."""
        day = when.date()
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyring:
    """Public keys by id, and the ids that may sign each kind of record."""

    keys: Mapping[str, Key]
    signers: Mapping[str, frozenset[str]]

    @classmethod
    def from_people(cls, people: Mapping[str, Json]) -> Keyring:
        """The keyring of `team/people.yaml`, as its schema accepts it. Raises `RecordError` for a key id used twice."""
        keys: dict[str, Key] = {}
        for key in _keys_of(people):
            if key.id in keys:
                raise RecordError(
                    f"team/people.yaml: two keys are called {key.id}.",
                    why="A record names the key that signed it, and must name one.",
                    solution="Give each key an id of its own.",
                )
            keys[key.id] = key
        signers = {kind: frozenset(ids or ()) for kind, ids in (people.get("signers") or {}).items()}
        return cls(keys=keys, signers=signers)

    def signer(self, kind: str, key_id: str) -> Key | None:
        """The key of that id, when it may sign records of `kind`; else None."""
        return self.keys.get(key_id) if key_id in self.signers.get(kind, frozenset()) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """A private key. Its secret is in no `repr`, report or error."""

    id: str
    pem: bytes = field(repr=False)
    """PKCS #8, not encrypted."""

    @classmethod
    def generate(cls, key_id: str) -> SigningKey:
        """A new key from the system's random source."""
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        return cls(id=key_id, pem=pem)

    @classmethod
    def load(cls, path: Path, key_id: str) -> SigningKey:
        """Read a PKCS #8 PEM file. Raises `RecordError` when there is none, or it holds no Ed25519 key."""
        found = cls(id=key_id, pem=read_pem(path))
        found.private()
        return found

    def private(self) -> Ed25519PrivateKey:
        """The key itself, for signing. Raises `RecordError` when the PEM holds no Ed25519 key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            found = load_pem_private_key(self.pem, password=None)
        except (ValueError, TypeError):
            found = None  # the library's words may quote the key
        if not isinstance(found, Ed25519PrivateKey):
            raise RecordError(
                f"Key {self.id} is not an Ed25519 private key.",
                solution="Use a PKCS #8 PEM file without a password.",
            ) from None
        return found

    def public(self, *, start: date | None = None, end: date | None = None) -> Key:
        """The public half, as `team/people.yaml` lists it."""
        raw = self.private().public_key().public_bytes_raw()
        return Key(id=self.id, ed25519=raw.hex(), start=start, end=end)


def read_pem(path: Path) -> bytes:
    """What a key file holds, whatever kind it is of. Raises `RecordError` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"The key file {path} cannot be read.", why=str(error.strerror)) from error


def _keys_of(people: Mapping[str, Json]) -> Iterator[Key]:
    for person in (people.get("people") or {}).values():
        left = _day(person.get("left"))
        for key in person.get("keys") or ():
            # `left` is the first day on which the person signs nothing any more, whatever the key's own dates say.
            last_day = left - timedelta(days=1) if left else None
            ends = [day for day in (_day(key.get("to")), last_day) if day]
            yield Key(id=key["id"], ed25519=key["ed25519"], start=_day(key.get("from")), end=min(ends, default=None))


def _day(value: Json) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise RecordError(f"team/people.yaml: {value!r} is not a date.", why=str(error)) from error
