"""`countersign key new`: what it prints can be put into team/people.yaml as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog import strict_yaml
from countersign.main import cli


def test_the_public_half_is_text_to_every_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 hexadecimal digits may look like a number, such as 0be2…: they are quoted, and read back as text."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    done = CliRunner().invoke(cli, ["key", "new", "dana"])
    assert done.exit_code == 0, done.output
    printed = done.output.partition("    keys:\n")[2]
    [key] = strict_yaml.parse(f"keys:\n{printed}".encode())["keys"]
    assert f"ed25519: '{key['ed25519']}'\n" in printed
    assert len(key["ed25519"]) == 64
