"""Fixtures: the sample company, built once, and clones of it to work in. A conftest imports those that it offers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.company import Company
from support.desk import NAME, PROMPT, Desk

from catalog import versions


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The sample company, with one live workflow on record and drilled."""
    company = Company.begin(tmp_path_factory.mktemp("company"))
    company.record_change(NAME, versions.h1({PROMPT: company.path(PROMPT).read_bytes()}), days_ago=3)
    company.record_drill(NAME, days_ago=3)
    return company


@pytest.fixture
def desk(company: Company, tmp_path: Path) -> Desk:
    """A clone of one's own, on a branch of dana's."""
    desk = Desk.copy(company, tmp_path / "company")
    desk.branch("change")
    return desk


@pytest.fixture
def on_main(company: Company, tmp_path: Path) -> Callable[[], Desk]:
    """Makes a clone of one's own that is still on main, so that the scene can be set first."""
    return lambda: Desk.copy(company, tmp_path / "company")
