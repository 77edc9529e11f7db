"""What the groups of commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import click

HERE = Path()
"""Where a command is typed."""


def completed(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What completes a word: looked up when a shell asks, and not before."""

    def complete(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
        from countersign.words import completions

        return completions(kind, begun)

    return complete


def with_all(parameters: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """Options that several commands take alike."""
    return lambda command: reduce(lambda inner, parameter: parameter(inner), reversed(parameters), command)
