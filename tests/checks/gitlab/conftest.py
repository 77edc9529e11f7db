"""The sample company on a GitLab of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.desk import Desk
from support.desks import company, desk, on_main
from support.forge_desk import ForgeDesk

from checks.gitlab import transport

__all__ = ["company", "desk", "on_main"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once, unless the server says when."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.0)


@pytest.fixture
def forge_desk(desk: Desk) -> Iterator[ForgeDesk]:
    """A desk on a branch of dana's, whose origin is a project on a forge."""
    with ForgeDesk.begin(desk) as found:
        yield found
