"""The key that signs bundles: RSA, since OPA's configuration takes no Ed25519, and ECDSA signs otherwise each time.

https://www.openpolicyagent.org/docs/configuration#keys lists what a point can verify (docs/adr/0010).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import RecordError
from catalog.records.keys import read_pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"
BITS = 3072
"""Of a new key; one of fewer than 2048 is refused (NIST SP 800-131A)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BundleKey:
    """A private key. Its secret is in no `repr`, report or error."""

    id: str
    pem: bytes = field(repr=False)

    @classmethod
    def generate(cls, key_id: str, bits: int = BITS) -> BundleKey:
        """A new key from the system's random source."""
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import rsa

        private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        return cls(id=key_id, pem=private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))

    @classmethod
    def load(cls, path: Path, key_id: str) -> BundleKey:
        """Read a PKCS #8 PEM file. Raises `RecordError` when there is none, or it holds no RSA key."""
        found = cls(id=key_id, pem=read_pem(path))
        found.public_pem()
        return found

    def public_pem(self) -> bytes:
        """The public half, as a point's configuration holds it. Raises `RecordError` for what is no RSA key."""
        from cryptography.hazmat.primitives import serialization as s

        return self._private().public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)

    def _private(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            found = load_pem_private_key(self.pem, password=None)
        except (ValueError, TypeError):
            found = None  # the library's words may quote the key
        if not isinstance(found, RSAPrivateKey) or found.key_size < 2048:
            raise RecordError(
                f"Key {self.id} is not an RSA private key of at least 2048 bits.",
                solution=f"Make one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{BITS} -out bundle.pem",
            ) from None
        return found


def read_public(path: Path) -> bytes:
    """The PEM of a public key file. Raises `RecordError` when it holds none: a private one is not for here."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    pem = read_pem(path)
    try:
        found: object = load_pem_public_key(pem)
    except ValueError:
        found = None
    if not isinstance(found, RSAPublicKey):
        raise RecordError(
            f"{path} is not an RSA public key.", solution="Make it: openssl pkey -in bundle.pem -pubout -out bundle.pub"
        )
    return pem
