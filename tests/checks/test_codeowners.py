"""CODEOWNERS: whom GitLab would ask about each path, read from the text as GitLab reads it."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.repositories import SAMPLES

from catalog import layout, strict_yaml
from catalog.errors import UsageError
from catalog.team import Team
from catalog.workflow import File, read
from checks.codeowners import UNCHECKED, Owner, entries, everyone, render, unusable

Json = Any

PEOPLE: Json = strict_yaml.parse((SAMPLES / layout.PEOPLE).read_bytes())
FOLDERS = {
    folder.name: {file.name: File("100644", "", file.read_bytes()) for file in folder.iterdir()}
    for folder in (SAMPLES / layout.WORKFLOWS).iterdir()
}
MANIFESTS: Mapping[str, Json] = {name: read(name, files).manifest for name, files in FOLDERS.items()}
EXPECTED = """\
* @aruiz @bokafor
/workflows/billing-replies/ @bokafor @falbrecht
/workflows/billing-replies/state.yaml @aruiz @bokafor @dpetrova @enakamura @falbrecht
/workflows/help-centre-edits/ @dpetrova @hlindqvist
/workflows/help-centre-edits/state.yaml @aruiz @bokafor @dpetrova @enakamura @hlindqvist
/workflows/meeting-notes/ @aruiz @bokafor
/workflows/meeting-notes/state.yaml @aruiz @bokafor
/workflows/refund-decisions/ @bokafor @falbrecht
/workflows/refund-decisions/state.yaml @aruiz @bokafor @dpetrova @enakamura @falbrecht
/workflows/ticket-triage/ @bokafor @dpetrova
/workflows/ticket-triage/state.yaml @aruiz @bokafor @dpetrova @enakamura
"""


def text(people: Json = PEOPLE, manifests: Mapping[str, Json] = MANIFESTS) -> str:
    return render(entries(Team(people=people), manifests))


def changed(person: str, **fields: Json) -> Json:
    """The sample people, with fields of one of them set."""
    people = copy.deepcopy(PEOPLE)
    people["people"][person] |= fields
    return people


def matches(pattern: str, path: str) -> bool:
    """GitLab's reading of a pattern: Ruby's fnmatch with PATHNAME and DOTMATCH; without a leading slash, anywhere."""
    pattern = pattern if pattern.startswith("/") else f"/**/{pattern}"
    pattern += "**/*" if pattern.endswith("/") else ""
    meaning = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    parts = (meaning.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*|\?)", pattern))
    return re.fullmatch("".join(parts), f"/{path}") is not None


def asked(text: str, path: str) -> list[str]:
    """The owners of a path: those of the last pattern that matches it."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [owners for pattern, *owners in lines if matches(pattern, path)][-1]


def test_the_whole_file() -> None:
    """The sample company's file gives folders to approvers, states also to on-call, and all else to the owner."""
    assert text().partition("\n\n")[2] == EXPECTED


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", "@aruiz @bokafor"),
        (".gitlab/CODEOWNERS", "@aruiz @bokafor"),
        ("policies/gate/risk/.hidden/floor.rego", "@aruiz @bokafor"),
        ("workflows/notes.md", "@aruiz @bokafor"),
        ("workflows/unknown/state.yaml", "@aruiz @bokafor"),
        ("workflows/billing-replies", "@aruiz @bokafor"),
        ("workflows/billing-replies-2/reply.prompt", "@aruiz @bokafor"),
        ("old/workflows/billing-replies/reply.prompt", "@aruiz @bokafor"),
        ("workflows/billing-replies/.hidden", "@bokafor @falbrecht"),
        ("workflows/billing-replies/deep/state.yaml", "@bokafor @falbrecht"),
        ("workflows/billing-replies/state.yaml", "@aruiz @bokafor @dpetrova @enakamura @falbrecht"),
    ],
)
def test_each_path_has_its_owners(path: str, owners: str) -> None:
    """A path that only looks like a workflow's stays with owner and deputy, and a hidden file with its folder."""
    assert asked(text(), path) == owners.split()


def test_the_same_tree_gives_the_same_bytes() -> None:
    """The order in which people, rotas and workflows are read does not show."""
    shuffled = {
        key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in PEOPLE.items()
    }
    shuffled["rotas"] = {rota: members[::-1] for rota, members in PEOPLE["rotas"].items()}
    assert text(shuffled, dict(sorted(MANIFESTS.items(), reverse=True))) == text()


def test_no_comment_names_anybody() -> None:
    """GitLab takes names in comments for owners, so none is there, and no line opens a second section."""
    comments = [line for line in text().splitlines() if line.startswith("#")]
    assert "countersign codeowners" in comments[0]
    assert "@" not in "".join(comments)
    assert not re.search(r"^\^?\[", text(), re.MULTILINE)


def test_an_absence_changes_nothing() -> None:
    """Whoever is away stays an owner: the file does not go stale with the calendar."""
    assert text(changed("finn", away=[{"from": "2020-01-01", "to": "2099-12-31"}])) == text()


@pytest.mark.parametrize(
    ("people", "owners"),
    [
        (changed("finn", left="2025-01-01"), "@aruiz @bokafor"),
        (changed("finn", left="2099-01-01"), "@aruiz @bokafor"),
        (changed("ben", left="2025-01-01"), "@aruiz @falbrecht"),
        (changed("finn", deputy="ana"), "@aruiz @falbrecht"),
        (changed("finn", deputy="gita"), "@falbrecht @graman"),
        (changed("finn", deputy="nobody"), "@aruiz @falbrecht"),
        ({**PEOPLE, "owner": "finn"}, "@bokafor @falbrecht"),
        ({**changed("finn", deputy="gita"), "owner": "finn"}, "@bokafor @falbrecht"),
    ],
)
def test_who_stands_in(people: Json, owners: str) -> None:
    """Beside the approver stands their deputy, else the owner; whoever has left is replaced in that order."""
    assert asked(text(people), "workflows/billing-replies/reply.prompt") == owners.split()


@pytest.mark.parametrize("approver", [None, "nobody", "ivo"])
def test_a_workflow_without_an_approver_is_the_owners(approver: str | None) -> None:
    """Without an approver who is here, owner and deputy sign, and on-call still stops."""
    manifests = {"billing-replies": {**MANIFESTS["billing-replies"], "approver": approver}}
    assert asked(text(manifests=manifests), "workflows/billing-replies/reply.prompt") == ["@aruiz", "@bokafor"]
    assert "@enakamura" in asked(text(manifests=manifests), "workflows/billing-replies/state.yaml")


@pytest.mark.parametrize(
    ("stop", "owners"),
    [
        (None, "@aruiz @bokafor @falbrecht"),
        ({"by": "hugo"}, "@aruiz @bokafor @falbrecht @hlindqvist"),
        ({"by": "ivo"}, "@aruiz @bokafor @falbrecht"),
        ({"by": "nobody"}, "@aruiz @bokafor @falbrecht"),
    ],
)
def test_who_may_stop_owns_the_state(stop: Json, owners: str) -> None:
    """On-call may be one person; who has left, or is unknown, owns nothing."""
    manifests = {"billing-replies": {**MANIFESTS["billing-replies"], "stop": stop}}
    assert asked(text(manifests=manifests), "workflows/billing-replies/state.yaml") == owners.split()


@pytest.mark.parametrize("name", ["Billing", "a b", "*", "a @eve", "#a", "[a]"])
def test_a_folder_of_another_name_is_the_owners(name: str) -> None:
    """A folder whose manifest names another workflow adds no line, whatever its name would mean in a pattern."""
    assert text(manifests={**MANIFESTS, name: MANIFESTS["billing-replies"]}) == text()


def test_one_person_alone_owns_everything() -> None:
    """A team of one is named everywhere, once."""
    people = {"owner": "ana", "solo": True, "people": {"ana": PEOPLE["people"]["ana"]}}
    lines = text(people).partition("\n\n")[2].splitlines()
    assert {tuple(line.split()[1:]) for line in lines} == {("@aruiz",)}


@pytest.mark.parametrize("people", [{}, {**PEOPLE, "owner": "ivo", "deputy": "nobody"}, {"people": PEOPLE["people"]}])
def test_no_path_is_left_without_an_owner(people: Json) -> None:
    """Where neither owner nor deputy is here there is no file, since GitLab approves what nobody owns."""
    with pytest.raises(UsageError, match="Nobody is left to own") as caught:
        text(people)
    assert "without an owner for approved" in caught.value.why


def test_everyone_without_a_user_name_is_named() -> None:
    """Whoever must be in the file and has no user name is named, all at once, and nobody else."""
    people = copy.deepcopy(PEOPLE)
    for person in ("finn", "eli", "gita", "ivo"):
        del people["people"][person]["username"]
    with pytest.raises(UsageError, match=r"^CODEOWNERS must name eli, finn, and") as caught:
        text(people)
    assert "Add `username`" in caught.value.solution


IDS = st.sampled_from(["ana", "ben", "cleo", "dan", "unknown"])
NAMES = ("a", "a-b", "ab")


@st.composite
def teams(draw: st.DrawFn) -> tuple[Json, dict[str, Json]]:
    """People, some of whom have left or are away, and workflows, some of them misnamed or without approver or stop."""
    about: Json = {"deputy": IDS, "left": st.just("2026-01-01"), "away": st.just([])}
    people = {
        person: {"username": f"{person}-x", "forge": ord(person[0]), **draw(st.fixed_dictionaries({}, optional=about))}
        for person in ("dan", "cleo", "ben", "ana")
    }
    team: Json = draw(st.fixed_dictionaries({}, optional={"owner": IDS, "deputy": IDS}))
    team |= {"people": people, "rotas": {"support": draw(st.lists(IDS, min_size=1, unique=True))}}
    stops = st.none() | (IDS | st.just("support")).map(lambda by: {"by": by})
    manifests = {
        name: {
            "workflow": draw(st.sampled_from([name, name, "other"])),
            "approver": draw(st.none() | IDS),
            "stop": draw(stops),
        }
        for name in draw(st.sets(st.sampled_from(NAMES)))
    }
    return team, manifests


def wanted(people: Json, manifests: Mapping[str, Json], path: str) -> set[str]:
    """Who must own a path, said once more and in other words than the code's."""
    here = {id for id, about in people["people"].items() if "left" not in about}
    owner, second = people.get("owner"), people.get("deputy")
    offices = {owner, second} & here
    manifest = manifests.get(layout.workflow_of(path) or "")
    if manifest is None or manifest["workflow"] != layout.workflow_of(path):
        return offices
    approver = manifest["approver"]
    deputy = people["people"].get(approver, {}).get("deputy") if approver != owner else None
    signing = {approver, deputy} & here
    for office in (owner, second):
        if len(signing) < 2 and office in here:
            signing.add(office)
    if path != f"workflows/{manifest['workflow']}/state.yaml":
        return signing
    by = (manifest["stop"] or {"by": None})["by"]
    return signing | offices | ({by, *(people["rotas"]["support"] if by == "support" else [])} & here)


@given(teams())
def test_every_path_has_exactly_the_owners_wanted(drawn: tuple[Json, dict[str, Json]]) -> None:
    """For any team, each path's last matching pattern names exactly the people wanted, and never nobody."""
    people, manifests = drawn
    if not wanted(people, {}, "README.md"):
        with pytest.raises(UsageError, match="Nobody is left"):
            text(people, manifests)
        return
    made = text(people, manifests)
    inside = [
        f"workflows/{name}/{file}" for name in (*NAMES, "other") for file in ("x.md", "state.yaml", "y/state.yaml")
    ]
    for path in ("README.md", ".gitlab/CODEOWNERS", "team/people.yaml", "workflows/state.yaml", "workflows/a", *inside):
        expected = sorted(f"@{person}-x" for person in wanted(people, manifests, path))
        assert asked(made, path) == expected, path
        assert expected, path


ANA = Owner(username="aruiz", person="ana", forge=101)
MEMBER = {"id": 101, "username": "aruiz", "access_level": 30, "state": "active"}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([MEMBER], ""),
        ([{**MEMBER, "username": "ARuiz", "access_level": 50}], ""),
        ([], "ana: @aruiz is no member of the project."),
        ([{**MEMBER, "username": "ana"}], "ana: @aruiz is no member of the project."),
        ([{**MEMBER, "id": 666}], "ana: @aruiz is account 666, and team/people.yaml says 101."),
        ([{**MEMBER, "state": "blocked"}], "ana: @aruiz is no active member of the project."),
        ([{**MEMBER, "access_level": 20}], "ana: @aruiz has access level 20, and may approve from Developer (30) on."),
    ],
)
def test_each_owner_is_known_to_the_forge(members: list[Json], said: str) -> None:
    """An owner is an active member of at least Developer, and the account that the team's file gives by number."""
    assert unusable([ANA], members) == [said] * bool(said)


def test_owners_without_a_token_are_unchecked() -> None:
    """When no members could be asked for, that is said, and is no silence that looks like approval."""
    assert unusable([ANA], None) == [UNCHECKED]
    assert UNCHECKED.startswith("unchecked: no token and project at hand")


def test_everyone_is_checked_once() -> None:
    """Those who are checked are all whom the file names."""
    made = entries(Team(people=PEOPLE), MANIFESTS)
    assert [owner.username for owner in everyone(made)] == sorted({*re.findall(r"@(\w+)", render(made))})
    assert [owner.forge for owner in everyone(made) if owner.person == "finn"] == [103]
