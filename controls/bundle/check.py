"""Checking a bundle as an enforcement point does: OPA itself verifies the signature and every file by it."""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from catalog.engines import wire
from catalog.errors import RecordError
from controls.bundle import opa
from controls.bundle.key import ALGORITHM

Json = Any

MAX_BYTES = 512 * 1024 * 1024
"""Of the data of one bundle."""


def verified(archive: Path, public_key: bytes, key_id: str) -> Mapping[str, Json]:
    """The data of a bundle that is signed by this key. Raises `RecordError` for one that is not, or is no bundle."""
    with tempfile.TemporaryDirectory(prefix="countersign-verify-") as place:
        public, out = Path(place, "public.pem"), Path(place, "again.tar.gz")
        public.write_bytes(public_key)
        refused = opa.build(
            "--bundle", str(archive), "--output", str(out), "--signing-alg", ALGORITHM,
            "--verification-key", str(public), "--verification-key-id", key_id, folder=Path.cwd(),
        )  # fmt: skip
    if refused:
        raise RecordError(
            f"{archive} is not a bundle signed by {key_id}: {refused}.",
            solution="Do not publish it; build it again from the records: countersign bundle build",
        )
    return data_of(archive.read_bytes())


def data_of(archive: bytes) -> Mapping[str, Json]:
    """The data of a bundle, whoever signed it. Raises `RecordError` when it holds none."""
    try:
        with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as files:
            member = files.extractfile("/data.json")
            text = member.read(MAX_BYTES) if member else b""
        found: Mapping[str, Json] = json.loads(text)["catalog"]
    except (OSError, tarfile.TarError, EOFError, LookupError, ValueError, TypeError) as error:
        raise RecordError("It is no bundle of Countersign.", why=wire.first_line(error)) from error
    return found
