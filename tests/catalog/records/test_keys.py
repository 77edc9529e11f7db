from __future__ import annotations

import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.keys import people_entry, signing_key
from support.records import NOW

from catalog.errors import RecordError
from catalog.records.keys import Key, Keyring, SigningKey

Json = Any


def _people(**person: Json) -> dict[str, Json]:
    key = people_entry(signing_key().public(start=date(2026, 1, 1), end=date(2026, 12, 31)))
    return {"people": {"ana": {"keys": [key], **person}}, "signers": {"change": ["pipeline-2026"]}}


def test_signer_is_listed_for_its_kind_only() -> None:
    """A key signs the kinds of record that it is listed for, and no other."""
    ring = Keyring.from_people(_people())
    assert ring.signer("change", "pipeline-2026") == signing_key().public(
        start=date(2026, 1, 1), end=date(2026, 12, 31)
    )
    assert ring.signer("drill", "pipeline-2026") is None
    assert ring.signer("change", "nobody") is None


@pytest.mark.parametrize("value", [None, "2026-06-30", date(2026, 6, 30)])
def test_key_ends_before_the_person_left(value: Json) -> None:
    """From the first day on which a person no longer works here, their keys sign nothing. T07"""
    key = Keyring.from_people(_people(left=value)).keys["pipeline-2026"]
    assert key.end == (date(2026, 6, 29) if value else date(2026, 12, 31))


def test_validity_includes_both_days() -> None:
    """A key is valid from the start of its first day to the end of its last, and for ever where an end is open."""
    first, last = datetime.fromisoformat("2026-03-01T00:00:00Z"), datetime.fromisoformat("2026-03-31T23:59:59Z")
    key = signing_key().public(start=date(2026, 3, 1), end=date(2026, 3, 31))
    second = timedelta(seconds=1)
    assert [key.valid_at(when) for when in (first - second, first, last, last + second)] == [False, True, True, False]
    assert signing_key().public().valid_at(NOW)


def test_empty_people() -> None:
    """A team without keys or signers has an empty keyring."""
    assert Keyring.from_people({}) == Keyring(keys={}, signers={})
    assert Keyring.from_people({"people": {"ana": {"keys": None}}, "signers": None}) == Keyring(keys={}, signers={})


def test_key_id_used_twice() -> None:
    """Two keys of one id are refused: a record must name one. T07"""
    people = _people()
    people["people"]["ben"] = people["people"]["ana"]
    with pytest.raises(RecordError, match="two keys are called pipeline-2026"):
        Keyring.from_people(people)


@pytest.mark.parametrize("text", ["", "ab", "A" * 64, "0x" + "0" * 62, "g" * 64, "0" * 64 + "\n", "é" * 64])
def test_malformed_public_key(text: str) -> None:
    """A public key is 64 lower-case hexadecimal digits."""
    with pytest.raises(RecordError, match="64 lower-case"):
        Key(id="k", ed25519=text)


def test_bad_date() -> None:
    """A date that is none is refused."""
    with pytest.raises(RecordError, match="is not a date"):
        Keyring.from_people(_people(left="soon"))


def test_load(tmp_path: Path) -> None:
    """A private key is read from a PKCS #8 file, and stays out of its own representation. T18"""
    path = tmp_path / "key.pem"
    path.write_bytes(signing_key().pem)
    loaded = SigningKey.load(path, "pipeline-2026")
    assert loaded == signing_key()
    assert "PRIVATE" not in repr(loaded)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"]
)
def test_load_refuses_without_quoting(tmp_path: Path, content: bytes) -> None:
    """A file that holds no Ed25519 key is refused, and nothing of it is quoted. T18"""
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        SigningKey.load(path, "k")
    said = f"{caught.value} {caught.value.why} {caught.value.solution} {caught.value.__cause__}"
    assert "c2VjcmV0" not in said
    assert "nonsense" not in said


def test_load_missing(tmp_path: Path) -> None:
    """A key file that is not there is named."""
    with pytest.raises(RecordError, match=r"key\.pem cannot be read"):
        SigningKey.load(tmp_path / "key.pem", "k")


def test_other_kind_of_key(tmp_path: Path) -> None:
    """A private key of another algorithm is refused."""
    path = tmp_path / "ec.pem"
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(RecordError, match="not an Ed25519 private key"):
        SigningKey.load(path, "k")
