"""The one program that builds and checks bundles: `opa build`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from catalog.engines import wire
from catalog.engines.provision import opa_binary


def build(*arguments: str, folder: Path) -> str:
    """Run `opa build` in a folder; why it refused in one line, empty when it did not."""
    command = [str(opa_binary()), "build", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return wire.first_line(done.stdout).removeprefix("error: ").rstrip(".") if done.returncode else ""
