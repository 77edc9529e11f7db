"""Fixtures: three real enforcement points for a whole module; each test finds them open, with nothing stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from support.company import Company
from support.desk import Desk
from support.live import Live, live


@pytest.fixture(scope="module")
def three(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    desk = Desk.copy(company, folder / "company")
    with live(desk, folder / "points", 3) as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def there(three: Live) -> Live:
    """The points, open and clean."""
    three.clear()
    return three
