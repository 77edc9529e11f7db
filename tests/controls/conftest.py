"""The sample company on a forge, for tests of what acts on what merged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.desk import Desk
from support.desks import company, desk, on_main
from support.forge_desk import ForgeDesk

__all__ = ["company", "desk", "on_main"]


@pytest.fixture
def forge_desk(desk: Desk) -> Iterator[ForgeDesk]:
    """A desk on a branch of dana's, whose origin is a project on a forge."""
    with ForgeDesk.begin(desk) as found:
        yield found
