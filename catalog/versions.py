"""Versions: which exact content is meant, as Go's dirhash H1.

Source: golang.org/x/mod/sumdb/dirhash, `Hash1`: SHA-256 over lines of `<sha256 of the file>  <path>`, sorted by path,
printed as `h1:` and base64. Paths count from the repository's root, so a version belongs to one workflow.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from catalog import layout

Json = Any


def listing(files: Mapping[str, bytes]) -> str:
    """The text that H1 hashes: a line a file. What `cosign` verifies as the blob of a record."""
    if "\n" in "".join(files):
        raise ValueError("dirhash rules out paths with a line break")
    return "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))


def h1(files: Mapping[str, bytes]) -> str:
    """The H1 digest of some files, by path."""
    return "h1:" + base64.b64encode(hashlib.sha256(listing(files).encode()).digest()).decode()


def canonical(value: Json) -> bytes:
    """JSON with sorted keys and no white space: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def version_files(workflow: str, manifest: Mapping[str, Json], contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a version, by path from the root: the manifest and every file it names that is there."""
    names = {layout.MANIFEST, *named_files(manifest)} - {layout.STATE}
    return {f"{layout.folder(workflow)}/{name}": contents[name] for name in sorted(names) if name in contents}


def rollback_digest(workflow: str, manifest: Mapping[str, Json], contents: Mapping[str, bytes]) -> str:
    """H1 over the way back alone: fallback file, drill file, and the manifest's `stop`, `rollback`, `fallback`."""
    folder = layout.folder(workflow)
    way_back = {key: manifest[key] for key in ("stop", "rollback", "fallback")}
    names = [(manifest["fallback"] or {}).get("file"), (manifest["rollback"] or {}).get("drill")]
    files = {f"{folder}/{name}": contents[name] for name in names if name and name in contents}
    return h1({**files, f"{folder}/{layout.MANIFEST}": canonical(way_back)})


def countersigned_digest(workflow: str, version: str, state: bytes) -> str:
    """H1 over a version and its `state.yaml`: what an approval names."""
    folder = layout.folder(workflow)
    return h1({f"{folder}/version": f"{version}\n".encode(), f"{folder}/{layout.STATE}": state})


def deletion_digest(workflow: str, oids: Mapping[str, str]) -> str:
    """What an approval of a folder's deletion names: its files, by git's object id."""
    gone = "".join(f"{oid}  {name}\n" for name, oid in sorted(oids.items()))
    return h1({f"{layout.folder(workflow)}/deleted": gone.encode("utf-8", "surrogateescape")})


def named_files(manifest: Mapping[str, Json]) -> list[str]:
    """The files that a normalised manifest names, beside itself and the state."""
    names = [
        manifest["prompt"],
        (manifest["rollback"] or {}).get("drill"),
        (manifest["fallback"] or {}).get("file"),
    ]
    return sorted({name for name in names if name})
