"""`countersign completion`: the script that teaches a shell our options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from catalog.errors import UsageError


def completion(cli: click.Command, shell: str) -> int:
    """Print the completion script of `shell`."""
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"There is no completion for {shell}.", solution="Use bash, zsh or fish.")
    click.echo(found(cli, {}, "countersign", "_COUNTERSIGN_COMPLETE").source())
    return 0
