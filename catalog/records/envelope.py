"""Signed records: one statement in a DSSE envelope with exactly one Ed25519 signature.

The file is canonical JSON, so a record has one text and one name, and any changed byte is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from catalog.errors import RecordError
from catalog.records import strict_json
from catalog.records.keys import Key, Keyring, SigningKey
from catalog.records.statement import Statement, parse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Json = Any

PAYLOAD_TYPE = "application/vnd.in-toto+json"
SUFFIX = ".dsse.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A record whose signature, signer, time and place were all found good."""

    statement: Statement
    key_id: str
    path: str
    """Where it lies in the records: `<workflow>/<kind>/<time>-<digest>.dsse.json`."""
    local: bool = False
    """Signed by this clone's own key: counted at the desk only."""


def sign(statement: Statement, key: SigningKey) -> bytes:
    """The record file of a statement. Raises `RecordError` when the key is not an Ed25519 private key."""
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # public, not re-exported

    private = key.private()
    signer = CryptoSigner(private, SSlibKey.from_crypto(private.public_key(), keyid=key.id))
    envelope = Envelope(statement.serialise(), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return strict_json.canonical(envelope.to_dict())


def verify(raw: bytes, keyring: Keyring, *, path: str | None = None, local: bool = False) -> Verified:
    """Read a record file and check all that it claims; `path` is where it was found, None when nowhere.

    Raises `RecordError` saying which file and why, whatever the bytes are.
    """
    try:
        statement, key = _checked(raw, keyring)
        place = path_of(statement, raw)
        if path not in (None, place):
            raise RecordError(f"It lies in the wrong place: its content belongs at {place}.")
    except RecordError as error:
        why = f"{error.message} {error.why}".strip()
        raise RecordError(
            f"The record {path or 'given'} cannot be trusted.",
            why=why,
            solution="Find out who wrote it; only the trusted pipeline writes records, and nobody edits one.",
        ) from error
    return Verified(statement=statement, key_id=key.id, path=place, local=local)


def read_unverified(raw: bytes) -> Statement:
    """What a record file claims, whoever signed it. Raises `RecordError` when it is no record at all."""
    return _statement(_envelope(raw))


def path_of(statement: Statement, raw: bytes) -> str:
    """Where a record file belongs. Names sort by time, and no two records share one."""
    at = f"{statement.at:%Y%m%dT%H%M%S}.{statement.at.microsecond // 1000:03}Z"
    name = f"{at}-{hashlib.sha256(raw).hexdigest()[:12]}{SUFFIX}"
    return f"{statement.workflow}/{statement.kind}/{name}"


def key_at(keyring: Keyring, statement: Statement, key_id: str, when: datetime) -> Key:
    """The key `key_id` if it may sign such a record at `when`. Raises `RecordError` if not."""
    key = keyring.signer(statement.kind, key_id)
    if key is None:
        known = f"may not sign {statement.kind} records" if key_id in keyring.keys else "is not known"
        raise RecordError(f"Key {key_id!r} {known}.", why="`signers` in team/people.yaml says which keys may.")
    if not key.valid_at(when):
        raise RecordError(f"Key {key_id!r} was not valid on {when.date()}.")
    return key


def _checked(raw: bytes, keyring: Keyring) -> tuple[Statement, Key]:
    document = _envelope(raw)
    statement = _statement(document)
    key = key_at(keyring, statement, document["signatures"][0]["keyid"], statement.at)
    _check_signature(document, key)
    return statement, key


def _statement(document: Mapping[str, Json]) -> Statement:
    return parse(_decoded(document["payload"]))


def _envelope(raw: bytes) -> dict[str, Json]:
    document = strict_json.parse(raw, "The envelope")
    if not isinstance(document, dict) or document.keys() != {"payload", "payloadType", "signatures"}:
        raise RecordError("It is not a DSSE envelope.", why="Its keys must be payload, payloadType, signatures.")
    if document["payloadType"] != PAYLOAD_TYPE:
        raise RecordError(f"Its payload type is not {PAYLOAD_TYPE}.")
    signatures = document["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise RecordError("It must have exactly one signature.")
    if not isinstance(signatures[0], dict) or signatures[0].keys() != {"keyid", "sig"}:
        raise RecordError("Its signature must have the keys keyid and sig.")
    if not isinstance(signatures[0]["keyid"], str) or len(_decoded(signatures[0]["sig"])) != 64:
        raise RecordError("Its signature must name a key and hold 64 bytes.")
    return document


def _decoded(text: Json) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        raw = None
    # Base64 leaves spare bits: only one text of the same bytes is a record's.
    if raw is None or base64.b64encode(raw).decode() != text:
        raise RecordError("A part of it is not canonical base64.")
    return raw


def _check_signature(document: Mapping[str, Json], key: Key) -> None:
    # Not by `securesystemslib`, which reads the key anew for each record: ten thousand of them are read at once.
    from cryptography.exceptions import InvalidSignature

    payload, signature = _decoded(document["payload"]), _decoded(document["signatures"][0]["sig"])
    try:
        _public(key.ed25519).verify(signature, _signed(document["payloadType"].encode(), payload))
    except InvalidSignature as error:
        raise RecordError(f"The signature is not by key {key.id!r}, or the content was changed.") from error


@lru_cache(maxsize=64)
def _public(ed25519: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(ed25519))


def _signed(kind: bytes, payload: bytes) -> bytes:
    """What a signature is over: DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
