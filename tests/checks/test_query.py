"""The team that judges is read whole, or not at all."""

from __future__ import annotations

import pytest
from support.desk import WAIVERS, Desk

from catalog.errors import GitError
from catalog.git import Repository
from checks.query import read_team


def test_a_file_of_the_team_that_git_lacks_is_an_error(desk: Desk) -> None:
    """T11: a damaged clone without the waivers' object is not a team without waivers."""
    desk.write(WAIVERS, "waivers: []  # none\n")
    desk.commit("No waivers")
    oid = desk.git("rev-parse", f"HEAD:{WAIVERS}")
    desk.path(f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
    with Repository(desk.folder) as repository, pytest.raises(GitError, match=f"{oid} is not here"):
        read_team(repository, "HEAD")


def test_a_file_that_is_not_there_is_no_error(desk: Desk) -> None:
    """A team without a file of waivers has none."""
    desk.path(WAIVERS).unlink()
    desk.commit("No file of waivers")
    with Repository(desk.folder) as repository:
        assert read_team(repository, "HEAD").waivers == []
