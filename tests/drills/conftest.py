"""The sample company with real enforcement points, and a sandbox of it, for what is rehearsed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from support import rehearsals
from support.desks import company
from support.fleets import there, three
from support.rehearsals import Stage

__all__ = ["company", "stage", "there", "three"]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A sandbox, to be left as it was found."""
    folder = tmp_path_factory.mktemp("stage")
    with rehearsals.staged(rehearsals.company(folder / "company"), folder) as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)
