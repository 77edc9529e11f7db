"""A record before it is signed: an in-toto Statement v1 of one of six kinds.

What a record says is its predicate, judged by a closed schema in `catalog/schemas/records/`. Subjects and path follow
from it, so that they cannot disagree with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from catalog.errors import RecordError
from catalog.records import strict_json
from catalog.records.subjects import Subject, subjects_of

Json = Any

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_KEYS = {"_type", "predicate", "predicateType", "subject"}


class Kind(StrEnum):
    """What a record testifies to; also the name of its folder and of its list of signers."""

    CHANGE = "change"
    DRILL = "drill"
    STOP = "stop"
    RESUME = "resume"
    RESULT = "result"
    OVERRIDE = "override"

    @property
    def predicate_type(self) -> str:
        """The in-toto predicate type: the common one for test results, URNs of our own for the rest."""
        if self is Kind.DRILL:
            return "https://in-toto.io/attestation/test-result/v0.1"
        return f"urn:countersign:{self.value}:v1"


_KINDS = {kind.predicate_type: kind for kind in Kind}


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One record's content, checked. Make one with `make_statement` or `parse`."""

    kind: Kind
    predicate: Mapping[str, Json]
    subjects: tuple[Subject, ...]

    @property
    def workflow(self) -> str:
        """The workflow's name, or `_control`."""
        return str(self.predicate["workflow"])

    @property
    def at(self) -> datetime:
        """When it happened, in UTC, to the millisecond."""
        return moment(self.predicate["at"])

    def serialise(self) -> bytes:
        """The canonical JSON that is signed."""
        return strict_json.canonical(
            {
                "_type": STATEMENT_TYPE,
                "predicate": self.predicate,
                "predicateType": self.kind.predicate_type,
                "subject": [subject.to_json() for subject in self.subjects],
            }
        )


def make_statement(kind: Kind, predicate: Mapping[str, Json]) -> Statement:
    """The statement of `kind` that says `predicate`. Raises `RecordError` naming the field that does not fit."""
    from catalog import schemas  # loads the schema validator

    for place, sentence in schemas.problems(f"records/{kind}", predicate):
        raise RecordError(f"A {kind} record does not fit its schema at `{place}`.", why=sentence)
    moment(predicate["at"])
    return Statement(kind=kind, predicate=predicate, subjects=subjects_of(kind, predicate))


def parse(raw: bytes) -> Statement:
    """Read a serialised statement. Raises `RecordError` for anything that `serialise` would not have written."""
    document = strict_json.parse(raw, "The statement")
    if not isinstance(document, dict) or document.keys() != _KEYS or document["_type"] != STATEMENT_TYPE:
        raise RecordError("The payload is not an in-toto Statement v1.", why=f"Its keys must be {sorted(_KEYS)}.")
    kind = _KINDS.get(document["predicateType"]) if isinstance(document["predicateType"], str) else None
    if kind is None:
        raise RecordError(f"The predicate type {str(document['predicateType'])[:100]!r} is not known.")
    found = make_statement(kind, document["predicate"])
    if document["subject"] != [subject.to_json() for subject in found.subjects]:
        raise RecordError("The subjects are not those that the predicate names.")
    return found


def moment(text: str) -> datetime:
    """The time that `2026-03-01T09:30:00.000Z` means. Raises `RecordError` when it means none."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError("expected the form 2026-03-01T09:30:00.000Z")
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError(f"{text!r} is not a time.", why=str(error)) from error


def time_text(when: datetime) -> str:
    """A time with a zone, as records write it."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
