from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.keys import keyring, signing_key
from support.records import predicate, signed

from catalog.errors import RecordError
from catalog.records import strict_json
from catalog.records.envelope import PAYLOAD_TYPE, path_of, sign, verify
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, make_statement, parse

Json = Any
Change = Callable[[dict[str, Json]], object]

RING = keyring()
RECORD = signed(Kind.DRILL)
PATH = verify(RECORD, RING).path


@pytest.mark.parametrize("kind", list(Kind))
def test_round_trip(kind: Kind) -> None:
    """A record of each kind is verified with the key of its kind, and says what was signed."""
    statement = make_statement(kind, predicate(kind))
    raw = sign(statement, signing_key(f"{kind}-2026"))
    found = verify(raw, RING, path=path_of(statement, raw))
    assert (found.statement, found.key_id, found.local) == (statement, f"{kind}-2026", False)


def test_verifying_is_repeatable() -> None:
    """Verifying changes nothing: the same bytes verify again, to the same record."""
    assert verify(RECORD, RING) == verify(RECORD, RING)


def test_path_sorts_by_time() -> None:
    """The path names workflow and kind, and the file name begins with the time."""
    early, late = (signed(Kind.DRILL, at=f"2026-09-01T12:00:00.{ms}Z") for ms in ("009", "010"))
    folder, _, name = verify(early, RING).path.rpartition("/")
    assert folder == "billing-replies/drill"
    assert name.startswith("20260901T120000.009Z-")
    assert verify(early, RING).path < verify(late, RING).path


def _refused(raw: bytes, ring: Keyring = RING, path: str | None = None) -> str:
    with pytest.raises(RecordError) as caught:
        verify(raw, ring, path=path)
    assert (path or "given") in caught.value.message
    assert caught.value.solution
    return caught.value.why


def test_unknown_key() -> None:
    """A record by a key that the team does not list is refused. T07"""
    assert "is not known" in _refused(signed(Kind.DRILL, "stranger"))


def test_impostor_key() -> None:
    """A record that names a listed key, signed by another, is refused. T07"""
    document = json.loads(RECORD)
    other = json.loads(signed(Kind.DRILL, "stranger"))
    document["signatures"][0]["sig"] = other["signatures"][0]["sig"]
    assert "not by key" in _refused(strict_json.canonical(document))


@pytest.mark.parametrize("kind", list(Kind))
def test_other_kinds_key(kind: Kind) -> None:
    """A key signs its own kind of record only. T07"""
    others = [other for other in Kind if other is not kind]
    for other in others:
        assert f"may not sign {kind} records" in _refused(signed(kind, f"{other}-2026"))


@pytest.mark.parametrize("start, end", [(date(2026, 9, 2), None), (None, date(2026, 8, 31))])
def test_key_outside_its_days(start: date | None, end: date | None) -> None:
    """A key that was not yet, or no longer, valid when the record says it was made is refused. T07"""
    assert "was not valid on 2026-09-01" in _refused(RECORD, keyring(start=start, end=end))


def test_wrong_place() -> None:
    """A record copied under another workflow, kind or name is refused. T07"""
    name = PATH.rsplit("/", 1)[1]
    for path in (
        f"refund-decisions/drill/{name}",
        f"billing-replies/stop/{name}",
        f"{PATH}x",
        PATH.replace("2026", "2027"),
    ):
        assert "wrong place" in _refused(RECORD, path=path)


def test_statement_of_another_kind() -> None:
    """What was signed as a drill does not pass as a change by renaming its type. T07"""
    payload = json.loads(base64.b64decode(json.loads(RECORD)["payload"]))
    payload["predicateType"] = "urn:countersign:change:v1"
    document = json.loads(RECORD)
    document["payload"] = base64.b64encode(strict_json.canonical(payload)).decode()
    _refused(strict_json.canonical(document))


def test_edited_outcome() -> None:
    """A failed drill edited to say passed is refused, whatever else fits. T07 T08"""
    payload = json.loads(base64.b64decode(json.loads(RECORD)["payload"]))
    payload["predicate"]["target"] = "staging"
    document = json.loads(RECORD)
    document["payload"] = base64.b64encode(strict_json.canonical(payload)).decode()
    assert "content was changed" in _refused(strict_json.canonical(document))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(extra=1),
        lambda d: d.pop("payload"),
        lambda d: d.update(payloadType="application/json"),
        lambda d: d.update(payloadType=None),
        lambda d: d.update(payload=None),
        lambda d: d.update(payload=""),
        lambda d: d.update(payload="!"),
        lambda d: d.update(payload=d["payload"].rstrip("=") + "\n"),
        lambda d: d.update(payload=[d["payload"]]),
        lambda d: d.update(signatures=[]),
        lambda d: d.update(signatures={}),
        lambda d: d.update(signatures=None),
        lambda d: d.update(signatures=d["signatures"] * 2),
        lambda d: d["signatures"].append({"keyid": "change-2026", "sig": d["signatures"][0]["sig"]}),
        lambda d: d.update(signatures=["x"]),
        lambda d: d["signatures"][0].pop("keyid"),
        lambda d: d["signatures"][0].update(keyid=None),
        lambda d: d["signatures"][0].update(keyid=["drill-2026"]),
        lambda d: d["signatures"][0].update(cert="x"),
        lambda d: d["signatures"][0].update(sig=""),
        lambda d: d["signatures"][0].update(sig=7),
        lambda d: d["signatures"][0].update(sig="é"),
        lambda d: d["signatures"][0].update(sig=base64.b64encode(bytes(64)).decode()),
    ],
)
def test_altered_envelope(change: Change) -> None:
    """No key, type, count or form but the one that signing writes is accepted. T07"""
    document = json.loads(RECORD)
    change(document)
    _refused(strict_json.canonical(document))


def test_payload_type_is_signed() -> None:
    """The type of the payload is part of what is signed, and must be in-toto's. T07"""
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # public, not re-exported

    key = signing_key("drill-2026")
    private = key.private()
    signer = CryptoSigner(private, SSlibKey.from_crypto(private.public_key(), keyid=key.id))
    payload = make_statement(Kind.DRILL, predicate(Kind.DRILL)).serialise()
    other = Envelope(payload, "text/plain", {})
    other.sign(signer)
    document = other.to_dict()
    assert "payload type" in _refused(strict_json.canonical(document))
    document["payloadType"] = PAYLOAD_TYPE
    assert "content was changed" in _refused(strict_json.canonical(document))


def test_spare_bits_of_base64() -> None:
    """A second base64 spelling of the same signature, as its spare bits allow, is refused. T07"""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    document = json.loads(RECORD)
    sig = document["signatures"][0]["sig"]
    assert sig.endswith("==")
    other = f"{sig[:-3]}{digits[digits.index(sig[-3]) + 1]}=="
    assert base64.b64decode(other) == base64.b64decode(sig)
    document["signatures"][0]["sig"] = other
    assert "canonical base64" in _refused(strict_json.canonical(document))


@given(st.integers(0, len(RECORD) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(position: int, mask: int) -> None:
    """A record with any one byte changed is refused with a RecordError. T07"""
    altered = bytearray(RECORD)
    altered[position] ^= mask
    _refused(bytes(altered))


@given(st.integers(0, len(RECORD)), st.integers(0, 40), st.binary(max_size=40))
def test_any_splice_is_refused(start: int, length: int, inserted: bytes) -> None:
    """A record cut, stretched or overwritten anywhere is refused, unless it comes out the same. T07"""
    altered = RECORD[:start] + inserted + RECORD[start + length :]
    if altered != RECORD:
        _refused(altered)


@given(st.binary(max_size=300))
def test_noise_is_refused(raw: bytes) -> None:
    """Arbitrary bytes are refused with a RecordError. T07"""
    _refused(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inner for place in _places(below, (*path, key)))]


def _replace(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    if not path:
        return new
    copy: Json = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replace(copy[path[0]], path[1:], new)
    return copy


@given(st.data())
def test_any_replaced_value_is_refused(data: st.DataObject) -> None:
    """A statement with any value replaced by any JSON, signed anew by the right key, verifies only if it still fits."""
    kind = data.draw(st.sampled_from(list(Kind)))
    document = json.loads(make_statement(kind, predicate(kind)).serialise())
    place = data.draw(st.sampled_from(_places(document)))
    altered = _replace(document, place, data.draw(_JSON))
    try:
        payload = strict_json.canonical(altered)
        statement = parse(payload)
    except RecordError:
        return
    assert statement.serialise() == payload
    assert place[0] == "predicate"
