"""Signed requests: a JSON Web Token (RFC 7519) by a person's own Ed25519 key (RFC 8037), good for ten minutes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from catalog.errors import UsageError
from catalog.records.keys import Key, SigningKey

Json = Any

LIFETIME = 600
"""Seconds; policies/runtime/token.rego accepts no longer."""

_HEADER = {"alg": "EdDSA", "typ": "JWT"}


class Identity(Protocol):
    """Who speaks to the points."""

    @property
    def who(self) -> str:
        """In words."""

    def token(self, claims: Mapping[str, Json], now: float) -> str:
        """What lets them in; `now` in seconds since 1970, by the clock of whoever will read it."""

    def proof(self, token: str) -> dict[str, Json]:
        """What is kept beside an order, to show who gave it and why they may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """A person with their key."""

    person: str
    key: SigningKey

    @property
    def who(self) -> str:
        """In words."""
        return f"the key of {self.person}"

    def proof(self, token: str) -> dict[str, Json]:
        """The request itself, which only they could sign."""
        return {"by": self.person, "request": token}

    def token(self, claims: Mapping[str, Json], now: float) -> str:
        """What they claim, signed; `now` in seconds since 1970, by the clock of whoever will read it."""
        said = {"iss": self.person, "iat": int(now), "exp": int(now) + LIFETIME, **claims}
        signed = f"{_text(_json(_HEADER))}.{_text(_json(said))}"
        return f"{signed}.{_text(self.key.private().sign(signed.encode()))}"


def verified(token: str, keys: Iterable[Key]) -> tuple[dict[str, Json], str] | None:
    """What a token says, and which of these keys signed it; None when none did, or it is no token."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    head, _, signature = token.rpartition(".")
    try:
        parts = [_bytes(part) for part in (*head.split("."), signature)]
        header, said = json.loads(parts[0]), json.loads(parts[1])
    except (ValueError, LookupError):
        return None
    if header != _HEADER or not isinstance(said, dict) or len(parts) != 3:
        return None
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.ed25519)).verify(parts[2], head.encode())
        except InvalidSignature:
            continue
        return said, key.id
    return None


def signer(folder: Path, person: str | None, key: Path | None) -> Signer:
    """Who acts, with the key of theirs: the one named, or the only one in `folder` (as `countersign key new` fills it).

    Raises `UsageError` when there is none, or several to choose from.
    """
    found = sorted(folder.glob(f"{person or '*'}/*.pem")) if key is None else []
    if key is None and len(found) != 1:
        several = ", ".join(f"{path.parent.name}/{path.stem}" for path in found[:5])
        raise UsageError(
            f"There are several keys to act with: {several}." if found else "There is no key to act with.",
            why=f"It is looked for in {folder}.",
            solution="Name it: --as PERSON --key FILE." if found else "Make one: countersign key new PERSON",
        )
    path = key or found[0]
    name = person or (path.parent.name if key is None else "")
    if not name:
        raise UsageError(f"Whose key is {path}?", solution="Say it: --as PERSON.")
    return Signer(person=name, key=SigningKey.load(path, path.stem))


def _json(value: Mapping[str, Json]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
