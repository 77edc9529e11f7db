"""What docs/records.md tells an auditor to type, typed: stock tools verify a record of a real clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.company import Company
from support.pages import ROOT

from catalog import versions

pytestmark = pytest.mark.interop

NAME = "billing-replies"
PROMPT = f"workflows/{NAME}/reply.prompt"
Audit = Callable[[Company, str], subprocess.CompletedProcess[str]]


def script() -> str:
    """The commands of the page, without its example's record and commit."""
    text = (ROOT / "docs/records.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^```sh\n(record=.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return re.sub(r"^(record|commit)=.*\n", "", found, flags=re.MULTILINE)


@pytest.fixture
def audit(tool: Callable[[str], str], tmp_path: Path) -> Audit:
    """Types the page's commands for the one change record of a company's clone, at a commit."""
    for name in ("xxd", "openssl", "tar", "base64"):
        tool(name)
    cosign = shutil.which("cosign") or shutil.which("cosign", path=os.path.join(os.environ["GOPATH"], "bin"))
    if not cosign:
        pytest.skip("cosign is missing; .ci/run installs it.")
    path = f"{Path(cosign).parent}{os.pathsep}{os.environ['PATH']}"

    def run(company: Company, commit: str) -> subprocess.CompletedProcess[str]:
        record = company.git("ls-tree", "-r", "--name-only", "records", f"{NAME}/change/")
        program = f"set -euo pipefail\nrecord={record}\ncommit={commit}\n{script()}"
        return subprocess.run(
            ["bash", "-c", program], cwd=company.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": path, "TMPDIR": str(tmp_path)},
        )  # fmt: skip

    return run


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A clone with one merged version on record."""
    found = Company.begin(tmp_path)
    digest = versions.h1({PROMPT: found.path(PROMPT).read_bytes()})
    found.record_change(NAME, digest)
    return found


def test_an_auditor_verifies_a_record(audit: Audit, company: Company) -> None:
    """The page's commands verify a record of the version at its commit, and find that nothing was removed."""
    done = audit(company, "main")
    assert (done.returncode, "Verified OK" in done.stdout + done.stderr) == (0, True), done.stderr
    said, _, removed = done.stdout.partition("\n")
    assert '"predicateType":"urn:countersign:change:v1"' in said
    assert removed.replace("Verified OK", "").strip() == ""


def test_another_version_is_not_the_record(audit: Audit, company: Company) -> None:
    """The page's commands refuse a record against a commit whose prompt is another one (T07)."""
    company.write(PROMPT, company.path(PROMPT).read_text() + "Pay at once.\n")
    done = audit(company, company.commit("Another prompt"))
    assert done.returncode != 0
    assert "Verified OK" not in done.stdout + done.stderr
