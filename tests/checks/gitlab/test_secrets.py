"""T18: the token and the signing key are in reach of nothing that a change could steer, and come out nowhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.forge_desk import ForgeDesk, ready, records

from catalog.engines.provision import find_opa, opa_binary

SPY = """\
#!/bin/sh
{ env; echo "$0 $*"; } >> {log}
exec {real} "$@"
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Git and OPA write down what they are started with."""
    log, folder = tmp_path / "seen.txt", tmp_path / "spies"
    folder.mkdir()
    opa = find_opa()
    assert opa is not None
    for name, real in (("git", shutil.which("git")), ("opa", str(opa))):
        spy = folder / name
        spy.write_text(SPY.replace("{log}", str(log)).replace("{real}", str(real)))
        spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COUNTERSIGN_OPA", str(folder / "opa"))
    opa_binary.cache_clear()  # whoever asked before knows the real one
    yield log
    opa_binary.cache_clear()


def test_no_program_is_given_a_secret(forge_desk: ForgeDesk, seen: Path) -> None:
    """Neither git nor OPA has the token or the key in its environment or its arguments."""
    request = ready(forge_desk)
    seen.write_text("")
    assert forge_desk.judge(request, engine="both").exit_code == 0
    assert forge_desk.merge(request).exit_code == 0
    text = seen.read_text()
    assert "/opa run" in text
    assert "cat-file" in text
    assert not [secret for secret in secrets(forge_desk) if secret in text]


def test_nothing_that_is_left_holds_a_secret(forge_desk: ForgeDesk) -> None:
    """No file of the clone or of the remote, no note, status or record holds one, after merge and sweep."""
    request = ready(forge_desk)
    assert forge_desk.merge(request).exit_code == 0
    output = forge_desk.sweep().output
    texts = [output, *(note.body for note in request.notes), *(str(one.predicate) for one in records(forge_desk))]
    texts += [str(job) for pipeline in forge_desk.project.pipelines for job in pipeline.jobs]
    for repository in (forge_desk.desk.folder, forge_desk.desk.folder.parent / "remote.git"):
        git = repository / ".git" if (repository / ".git").exists() else repository
        texts += [path.read_bytes().decode("latin-1") for path in git.rglob("*") if path.is_file()]
    assert not [secret for secret in secrets(forge_desk) for text in texts if secret in text]


def secrets(there: ForgeDesk) -> list[str]:
    """The tokens, and the middle of the private key."""
    key = there.desk.folder.parent.joinpath("change.pem").read_text().splitlines()[1]
    return [*there.forge.tokens, key]
