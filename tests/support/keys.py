"""Keys for tests: made anew in each run, one for each kind of record."""

from __future__ import annotations

from datetime import date
from functools import cache

from catalog.records.keys import Key, Keyring, SigningKey
from catalog.records.statement import Kind

START = date(2026, 1, 1)
END = date(2027, 12, 31)


@cache
def signing_key(key_id: str = "pipeline-2026") -> SigningKey:
    """A private key by id, the same all through a run."""
    return SigningKey.generate(key_id)


def keyring(*, start: date | None = START, end: date | None = END) -> Keyring:
    """A keyring in which each kind has a key of its own, called `<kind>-2026`."""
    keys = {f"{kind}-2026": signing_key(f"{kind}-2026").public(start=start, end=end) for kind in Kind}
    return Keyring(keys=keys, signers={kind.value: frozenset({f"{kind}-2026"}) for kind in Kind})


def pem(key: Key) -> str:
    """A public key as SubjectPublicKeyInfo, which `cosign` reads; docs/records.md makes the same bytes by `openssl`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.ed25519))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def people_entry(key: Key) -> dict[str, str | None]:
    """A public key as `team/people.yaml` lists it."""
    return {
        "id": key.id,
        "ed25519": key.ed25519,
        "from": key.start.isoformat() if key.start else None,
        "to": key.end.isoformat() if key.end else None,
    }
