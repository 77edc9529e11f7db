"""A project and its control project that are set up as they should be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.office import Office


@pytest.fixture
def office() -> Iterator[Office]:
    """On GitLab Free."""
    with Office.begin() as found:
        yield found


@pytest.fixture
def premium() -> Iterator[Office]:
    """On GitLab Premium."""
    with Office.begin("premium") as found:
        yield found
