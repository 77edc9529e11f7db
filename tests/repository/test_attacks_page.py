"""docs/attacks.md is what the tables of attacks and of honest changes say."""

from __future__ import annotations

import pytest
from support import attack_pages
from support.docs import THREATS
from support.pages import check

DEFEATED_BY_LIVE_CONTROL = {"T16", "T17"}


def test_the_page(pytestconfig: pytest.Config) -> None:
    """The page is up to date."""
    check(pytestconfig, "docs/attacks.md", attack_pages.page())


def test_every_threat_is_tried() -> None:
    """Each threat that a merge request can bring has a table, and no two attacks have the same words."""
    tables = attack_pages.attacks()
    assert [title.partition(":")[0] for title in tables] == [
        one for one in THREATS if one not in DEFEATED_BY_LIVE_CONTROL
    ]
    names = [one.what for table in tables.values() for one in table]
    assert len(set(names)) == len(names) >= 60


def test_there_is_more_honest_work_than_one_week() -> None:
    """Sixty honest changes and more, no two with the same words in a week."""
    weeks = attack_pages.weeks()
    assert sum(len(week.changes) for week in weeks) >= 60
    assert not [week.name for week in weeks if len({one.what for one in week.changes}) < len(week.changes)]
