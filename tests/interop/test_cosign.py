"""Our records, checked by a verifier that shares no code with us."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.keys import pem, signing_key
from support.records import predicate, side

from catalog import versions
from catalog.records.envelope import sign
from catalog.records.statement import Kind, make_statement

pytestmark = pytest.mark.interop

FILES = {
    "workflows/billing-replies/workflow.yaml": b"workflow: billing-replies\n",
    "workflows/billing-replies/reply.prompt": b"Answer {{question}}.\n",
}
KEY = signing_key("drill-2026")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cosign:
    """The program, and a folder with a public key and a record to check."""

    program: str
    folder: Path
    kind: Kind

    def accepts(self, listing: str, *, kind: Kind | None = None) -> bool:
        """Whether the record is an attestation of `kind`, by that key, about a file with this content."""
        (self.folder / "listing").write_text(listing)
        options = ["--key", "key.pem", "--insecure-ignore-tlog=true", "--type", (kind or self.kind).predicate_type]
        command = [self.program, "verify-blob-attestation", *options, "--signature", "record", "listing"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 or "rror" in done.stderr, done.stderr
        return done.returncode == 0


# An override is about a git tree, which is no file.
@pytest.fixture(params=[kind for kind in Kind if kind is not Kind.OVERRIDE])
def cosign(request: pytest.FixtureRequest, tmp_path: Path) -> Cosign:
    program = shutil.which("cosign") or shutil.which("cosign", path=os.path.join(os.environ["GOPATH"], "bin"))
    if not program:
        pytest.skip("cosign is missing; install it with `go install github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5`.")
    digest = {"version": versions.h1(FILES)}
    said = predicate(request.param, **({"after": side(**digest)} if request.param is Kind.CHANGE else digest))
    (tmp_path / "record").write_bytes(sign(make_statement(request.param, said), KEY))
    (tmp_path / "key.pem").write_text(pem(KEY.public()))
    return Cosign(program=program, folder=tmp_path, kind=request.param)


def test_record_verifies(cosign: Cosign) -> None:
    """Stock cosign verifies a record with the exported key and the version's listing, and refuses any other listing."""
    listing = versions.listing(FILES)
    assert cosign.accepts(listing)
    assert not cosign.accepts(versions.listing({**FILES, "workflows/billing-replies/reply.prompt": b"Pay.\n"}))
    assert not cosign.accepts(listing + "\n")


def test_other_key_type_or_content(cosign: Cosign) -> None:
    """Stock cosign refuses a record as another kind, under another key, and with its content changed. T07"""
    listing = versions.listing(FILES)
    assert not cosign.accepts(listing, kind=Kind.CHANGE if cosign.kind is not Kind.CHANGE else Kind.DRILL)
    (cosign.folder / "key.pem").write_text(pem(signing_key("stranger").public()))
    assert not cosign.accepts(listing)
    (cosign.folder / "key.pem").write_text(pem(KEY.public()))
    other = sign(make_statement(Kind.DRILL, predicate(Kind.DRILL)), KEY)
    (cosign.folder / "record").write_bytes(other)
    assert not cosign.accepts(listing)
