"""Versions are digests of bytes, so git may not translate any."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import start

ROOT = Path(start.__file__).parent


@pytest.mark.parametrize("setting", ["true", "input", "false"])
@pytest.mark.parametrize("content", [b"one\r\ntwo\r\n", b"one\ntwo\n", b"one\r\ntwo\n"])
def test_bytes_survive_a_commit_and_a_checkout(content: bytes, setting: str, tmp_path: Path) -> None:
    """T06: whatever core.autocrlf says, a prompt's line ends are the same in the commit and in every clone."""

    def git(*arguments: str) -> bytes:
        command = ["git", "-c", f"core.autocrlf={setting}", "-c", "core.safecrlf=false", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    git("init", "--quiet")
    shutil.copyfile(ROOT / ".gitattributes", tmp_path / ".gitattributes")
    prompt = tmp_path / "reply.prompt"
    prompt.write_bytes(content)
    git("add", ".")
    git("commit", "--quiet", "-m", "a prompt")
    prompt.unlink()
    git("checkout", "--quiet", "--", "reply.prompt")
    assert (git("cat-file", "blob", "HEAD:reply.prompt"), prompt.read_bytes()) == (content, content)
