"""What a record is about: in-toto subjects, and how they follow from what the record says.

A version `h1:<base64>` is the SHA-256 of its listing, so the subject's `sha256` holds the same bytes in hexadecimal,
and any in-toto verifier can check it with the listing as the artifact.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import RecordError

Json = Any

CONTROL = "_control"
"""Stands where a workflow's name would: every path outside the workflows."""

ANY_VERSION = "*"
"""The version of a stop that names every version."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Subject:
    """One thing a record is about; `algorithm` is `sha256` or `gitCommit`, `value` hexadecimal."""

    name: str
    algorithm: str
    value: str

    def to_json(self) -> dict[str, Json]:
        """The in-toto resource descriptor."""
        return {"digest": {self.algorithm: self.value}, "name": self.name}


def hex_of_version(version: str) -> str:
    """The SHA-256 of the listing, in hexadecimal. Raises `RecordError` when `version` is not an H1 digest."""
    try:
        raw = base64.b64decode(version.removeprefix("h1:"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecordError(f"{version!r} is not a version.", why="Its base64 part cannot be read.") from error
    if len(raw) != 32 or version_of_hex(raw.hex()) != version:
        raise RecordError(f"{version!r} is not a version.", why="A version is `h1:` and the base64 of 32 bytes.")
    return raw.hex()


def version_of_hex(digest: str) -> str:
    """The version whose listing has this SHA-256."""
    return "h1:" + base64.b64encode(bytes.fromhex(digest)).decode()


def subjects_of(kind: str, predicate: Mapping[str, Json]) -> tuple[Subject, ...]:
    """The subjects of a record of `kind` that says `predicate`, which fits its schema. Raises `RecordError`."""
    name = predicate["workflow"]
    match kind:
        case "change":
            return (_changed(name, predicate),)
        case "drill":
            return _version(name, predicate["version"]), _version(name, predicate["rollback_digest"], "rollback")
        case "override":
            return (_tree(predicate["tree"]),)
        case _:
            return (_version_or_commit(name, predicate),)


def _changed(name: str, predicate: Mapping[str, Json]) -> Subject:
    if predicate["control"]:
        return _tree(predicate["control"]["after"])
    return _version(name, (predicate["after"] or predicate["before"])["version"])


def _version(name: str, version: str, part: str = "version") -> Subject:
    return Subject(name=f"{name}@{part}", algorithm="sha256", value=hex_of_version(version))


def _tree(tree: str) -> Subject:
    return Subject(name=f"{CONTROL}@tree", algorithm="sha256", value=tree.removeprefix("tree:"))


def _version_or_commit(name: str, predicate: Mapping[str, Json]) -> Subject:
    if predicate["version"] != ANY_VERSION:
        return _version(name, predicate["version"])
    return Subject(name=f"{name}@commit", algorithm="gitCommit", value=predicate["commit"])
