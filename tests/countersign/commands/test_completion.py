"""`countersign completion`: the script that teaches a shell the options."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from support.desk import Desk


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script(desk: Desk, shell: str) -> None:
    """Each shell's script names the command, and parses where that shell is here."""
    said = desk.run("completion", shell)
    assert said.exit_code == 0
    assert "_COUNTERSIGN_COMPLETE" in said.output
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=said.output, text=True, check=True)


def test_an_unknown_shell_is_bad_usage(desk: Desk) -> None:
    """A shell that is not supported is bad usage, and those that are, are named."""
    said = desk.run("completion", "tcsh")
    assert said.exit_code == 2
    assert "bash" in said.output
