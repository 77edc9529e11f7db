"""The team as rules see it: every date already read, and nobody gains a vote by a typing error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from support.desk import WAIVERS, Desk
from support.desks import company, desk
from support.repositories import SAMPLES

from catalog import strict_yaml, team
from catalog.errors import GitError
from catalog.git import Repository
from catalog.team import Team, read_team

__all__ = ["company", "desk"]

NOW = datetime(2026, 9, 1, 23, 30, tzinfo=UTC)
PATHS = ("team/people.yaml", "team/tasks.yaml", "team/waivers.yaml")
WAIVER = {
    "rule": "rollback.stale",
    "workflow": "billing-replies",
    "owner": "ana",
    "reason": "The machine that rehearses is being replaced.",
}


def contents(**changes: bytes | str | None) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {path: (SAMPLES / path).read_bytes() for path in PATHS}
    for name, content in changes.items():
        found[f"team/{name}.yaml"] = content.encode() if isinstance(content, str) else content
    return found


def person(**fields: Any) -> dict[str, Any]:
    """One person's facts, with some fields of the file changed."""
    people = strict_yaml.parse((SAMPLES / "team" / "people.yaml").read_bytes())
    people["people"]["finn"].pop("away")
    people["people"]["finn"].update(fields)
    found = team.read(contents(people=json.dumps(people)))
    assert found.problems == []
    facts: dict[str, Any] = found.facts(NOW)["people"]["finn"]
    return facts


def waiver(begin: str, until: str) -> dict[str, Any]:
    text = json.dumps({"waivers": [{**WAIVER, "from": begin, "until": until}]})
    found = team.read(contents(waivers=text))
    assert found.problems == []
    facts: dict[str, Any] = found.facts(NOW)["waivers"][0]
    return facts


def test_the_sample() -> None:
    """The sample team is read whole, and its facts are JSON."""
    found = team.read(contents())
    facts = found.facts(NOW)
    assert (facts["owner"], facts["deputy"], facts["solo"], facts["problems"]) == ("ana", "ben", False, [])
    assert sorted(facts["people"]) == ["ana", "ben", "dana", "eli", "finn", "gita", "hugo", "ivo"]
    assert facts["people"]["ivo"]["left"] is True
    assert facts["people"]["finn"]["away"] is False
    assert facts["signers"] == {kind: [] for kind in team.KINDS}
    assert json.loads(json.dumps(facts)) == facts


def test_people_by_address_and_forge_id() -> None:
    """People are found by any of their addresses, whatever its case, and by numeric forge id."""
    found = team.read(contents())
    assert found.by_email["ana.ruiz@example.org"] == found.by_email["ana@example.org"] == "ana"
    assert (found.by_forge[104], 999 in found.by_forge) == ("dana", False)
    mixed = team.read(contents(people=(SAMPLES / PATHS[0]).read_text().replace("[dana@example", "[Dana@Example")))
    assert mixed.by_email["dana@example.org"] == "dana"


def test_nobody_at_all() -> None:
    """Without people there is a problem, no owner and nobody (T11)."""
    found = team.read({})
    assert [problem.file for problem in found.problems] == ["team/people.yaml"]
    assert (found.facts(NOW)["owner"], found.facts(NOW)["people"], found.by_email, found.by_forge) == (None, {}, {}, {})


@pytest.mark.parametrize("name", ["people", "tasks", "waivers"])
@pytest.mark.parametrize(
    "content", ["a: [", "extra: 1\n", "- a\n", "", "\ufeffowner: ana\n", b"\xff", b"x" * (2**20 + 1)]
)
def test_an_unreadable_document_is_empty(name: str, content: str | bytes) -> None:
    """A file that cannot be read gives nothing but the reason, so waivers in it waive nothing (T10, T13)."""
    found = team.read(contents(**{name: content}))
    assert {problem.file for problem in found.problems} == {f"team/{name}.yaml"}
    assert not getattr(found, name)


def test_optional_files() -> None:
    """A team without tasks or waivers has none, which is no problem."""
    found = team.read(contents(tasks=None, waivers=None))
    assert (found.tasks, found.waivers, found.problems) == ({}, [], [])


@pytest.mark.parametrize(
    ("begin", "end", "away"),
    [
        ("2026-09-01", "2026-09-01", True),
        ("2026-08-01", "2026-08-31", False),
        ("2026-09-02", "2026-09-03", False),
        ("2026-02-30", "2026-03-01", True),
        ("2026-01-01", "2026-02-31", True),
    ],
)
def test_away(begin: str, end: str, away: bool) -> None:
    """Away is from the first day to the last; a day that does not exist counts as away."""
    assert person(away=[{"from": begin, "to": end}])["away"] is away


@pytest.mark.parametrize(("left", "gone"), [("2026-09-01", True), ("2026-09-02", False), ("2026-02-30", True)])
def test_left(left: str, gone: bool) -> None:
    """Left from that day on; a day that does not exist counts as left (T04)."""
    assert person(left=left)["left"] is gone


def test_a_person_without_extras() -> None:
    """What a person's entry leaves out is there as null, false or an empty list."""
    people = "people:\n  zoe: {name: Zoe, forge: 1, emails: [z@example.org], may: []}\n"
    assert team.read(contents(people=people)).facts(NOW)["people"]["zoe"] == {
        "name": "Zoe", "forge": 1, "emails": ["z@example.org"], "may": [], "deputy": None, "away": False, "left": False,
        "keys": [], "ended": [],
    }  # fmt: skip


def test_keys() -> None:
    """Keys are listed with their person; facts carry their ids only."""
    key = {"id": "finn-2026", "ed25519": "0a" * 32, "from": "2026-01-01", "to": "2026-12-31"}
    assert person(keys=[key])["keys"] == ["finn-2026"]
    assert person(keys=[key])["ended"] == []
    assert person(keys=[{**key, "to": "2026-08-31"}])["ended"] == ["finn-2026"]
    assert person(emails=["Finn@Example.org"])["emails"] == ["finn@example.org"]
    people = strict_yaml.parse((SAMPLES / "team" / "people.yaml").read_bytes())
    people["people"]["finn"]["keys"] = [key]
    found = Team(people=people)
    assert list(found.public_keys()) == [("finn", key)]


@pytest.mark.parametrize(
    ("begin", "until", "days", "left", "begun", "problems"),
    [
        ("2026-09-01", "2026-09-01", 1, 0, True, 0),
        ("2026-06-04", "2026-09-01", 90, 0, True, 0),
        ("2026-08-01", "2026-08-31", 31, -1, True, 0),
        ("2026-09-02", "2026-09-10", 9, 9, False, 0),
        ("2026-09-10", "2026-09-01", -8, 0, False, 0),
        ("2026-02-31", "2026-09-10", None, None, False, 1),
        ("2026-09-01", "2026-09-31", None, None, True, 1),
        ("2026-02-30", "2026-02-31", None, None, False, 2),
    ],
)
def test_waivers(begin: str, until: str, days: int | None, left: int | None, begun: bool, problems: int) -> None:
    """A waiver's length and what is left of it are days; a date that cannot be read leaves them null (T13)."""
    found = waiver(begin, until)
    assert (found["days"], found["days_left"], found["begun"], len(found["problems"])) == (days, left, begun, problems)
    assert (found["index"], found["rule"], found["owner"]) == (0, "rollback.stale", "ana")


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
