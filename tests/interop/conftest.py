"""The program that runs CI files here."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def runner(tool: Callable[[str], str]) -> str:
    """gitlab-ci-local; it needs rsync, which is named when that is what is missing."""
    tool("rsync")
    return tool("gitlab-ci-local")
