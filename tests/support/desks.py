"""Fixtures: the sample company, built once, and clones of it to work in. A conftest imports those that it offers.

Every clone goes when its test ends: some hundred of them are many files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.company import Company
from support.desk import NAME, PROMPT, Desk

from catalog import versions


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The sample company, with one live workflow on record and drilled; packed, so that a copy is few files."""
    company = Company.begin(tmp_path_factory.mktemp("company"))
    for tested in company.path("policies").rglob("*_test.rego"):
        tested.unlink()
    company.commit("Without the rules' own tests")
    company.push()
    company.record_change(NAME, versions.h1({PROMPT: company.path(PROMPT).read_bytes()}), days_ago=3)
    company.record_drill(NAME, days_ago=3)
    for store in (company.path(".git"), company.folder.parent / "remote.git"):
        company.git("-C", str(store), "repack", "-a", "-d", "-q")
        shutil.rmtree(store / "hooks", ignore_errors=True)
    return company


@pytest.fixture
def desk(company: Company, tmp_path: Path) -> Iterator[Desk]:
    """A clone of one's own, on a branch of dana's."""
    desk = Desk.copy(company, tmp_path / "company")
    desk.branch("change")
    yield desk
    shutil.rmtree(tmp_path / "company")


@pytest.fixture
def on_main(company: Company, tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    """Makes a clone of one's own that is still on main, so that the scene can be set first."""
    yield lambda: Desk.copy(company, tmp_path / "company")
    shutil.rmtree(tmp_path / "company", ignore_errors=True)
