"""`countersign codeowners`: the file that tells GitLab whom to ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.company import Said
from support.desk import FOLDER, MANIFEST, PEOPLE, Desk
from support.forge import Fault, Level
from support.office import Office

from catalog import layout
from checks.codeowners import UNCHECKED
from countersign.commands.codeowners import codeowners

FILE = layout.CODEOWNERS


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A clone in which the file is kept, committed."""
    assert desk.run("codeowners").exit_code == 0
    desk.commit("Code owners")
    return desk


def test_it_writes_the_file_and_nothing_else(desk: Desk) -> None:
    """The file is written whole, a second run gives the same bytes, and both say what they did."""
    said = desk.run("codeowners")
    assert said.exit_code == 0, said.output
    assert said.output == f"{FILE} written: 11 patterns, 6 owners\n{UNCHECKED}\n"
    first = desk.path(FILE).read_bytes()
    assert b"\n/workflows/billing-replies/ @bokafor @falbrecht\n" in first
    assert desk.run("codeowners").output == said.output
    assert desk.path(FILE).read_bytes() == first
    assert desk.git("status", "--porcelain", "--untracked-files=all") == f"?? {FILE}"


def test_a_team_without_the_file_passes(desk: Desk) -> None:
    """A team that keeps no CODEOWNERS is told so, and nothing is asked of its user names."""
    desk.replace(PEOPLE, "username: aruiz", "name: Ana")
    said = desk.run("codeowners", "--check")
    assert (said.exit_code, said.output) == (0, "No CODEOWNERS is kept here, so there is nothing to check.\n")


def test_a_stale_file_is_found_and_mended(kept: Desk) -> None:
    """A change of approver makes the file stale; the command that is printed mends it, and checking writes nothing."""
    assert kept.run("codeowners", "--check").exit_code == 0
    kept.replace(MANIFEST, "approver: finn", "approver: hugo")
    before = kept.trace()
    said = kept.run("codeowners", "--check")
    assert (said.exit_code, said.output) == (1, f"{FILE} is stale. Run: countersign codeowners\n")
    assert kept.trace() == before
    assert kept.run(*said.output.split("countersign ")[1].split()).exit_code == 0
    said = kept.run("codeowners", "--check")
    assert (said.exit_code, said.output) == (
        0, f"{FILE} is what team/ and workflows/ say: 11 patterns, 6 owners\n{UNCHECKED}\n",
    )  # fmt: skip


def test_an_edit_by_hand_is_found(kept: Desk) -> None:
    """An owner added by hand makes the file stale, as does another line end."""
    text = kept.path(FILE).read_text()
    for edited in (text.replace("@aruiz", "@aruiz @mallory", 1), text.replace("\n", "\r\n")):
        kept.path(FILE).write_bytes(edited.encode())
        assert kept.run("codeowners", "--check").exit_code == 1


@pytest.mark.parametrize("option", [(), ("--check",)])
@pytest.mark.parametrize("path", ["CODEOWNERS", "docs/CODEOWNERS"])
def test_a_file_that_shadows_ours_is_an_error(path: str, option: tuple[str, ...], desk: Desk) -> None:
    """A file that GitLab would read in place of ours is named, with or without ours, and nothing is written."""
    desk.write(path, "* @mallory\n")
    before = desk.trace()
    said = desk.run("codeowners", *option)
    assert said.exit_code == 2, said.output
    assert f"{path} stands in the way" in said.output
    assert f"git rm {path}" in said.output
    assert desk.trace() == before


@pytest.mark.parametrize("option", [(), ("--check",)])
def test_missing_user_names_are_an_error(option: tuple[str, ...], kept: Desk) -> None:
    """Whoever must be named and has no user name is named in the error, and the file stays as it was."""
    for line in ("    username: falbrecht\n", "    username: enakamura\n"):
        kept.replace(PEOPLE, line, "")
    before = kept.trace()
    said = kept.run("codeowners", *option)
    assert said.exit_code == 2, said.output
    assert "must name eli, finn" in said.output
    assert "Add `username`" in said.output
    assert kept.trace() == before


def test_an_unreadable_team_is_an_error(kept: Desk) -> None:
    """Without people that can be read there is no file, and the error names the place."""
    kept.replace(PEOPLE, "username: aruiz", "username: '@aruiz'")
    said = kept.run("codeowners")
    assert said.exit_code == 3
    assert f"{PEOPLE}:" in said.output
    assert "username" in said.output
    assert kept.git("status", "--porcelain") == f"M {PEOPLE}"


def test_an_unreadable_workflow_falls_to_the_owner(kept: Desk) -> None:
    """A workflow that cannot be read has no line of its own, so owner and deputy are asked about it."""
    kept.replace(MANIFEST, "tier: high", "tier: &a high")
    assert kept.run("codeowners").exit_code == 0
    assert f"/{FOLDER}/" not in kept.path(FILE).read_text()


def test_a_link_is_replaced_and_not_followed(kept: Desk) -> None:
    """Where the file is a link, what it leads to is left alone."""
    elsewhere = kept.folder.parent / "elsewhere"
    elsewhere.write_text("x\n")
    kept.path(FILE).unlink()
    kept.path(FILE).symlink_to(elsewhere)
    assert kept.run("codeowners").exit_code == 0
    assert elsewhere.read_text() == "x\n"
    assert not kept.path(FILE).is_symlink()


def test_a_folder_that_cannot_be_made_is_said(desk: Desk) -> None:
    """A file where the folder should be is an error in a sentence."""
    desk.write(".gitlab", "x\n")
    said = desk.run("codeowners")
    assert said.exit_code == 2, said.output
    assert FILE in said.output


def test_members_are_checked_when_they_are_known(kept: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """With the project's members at hand an owner whom GitLab would ignore fails the check by name."""
    accounts = {101: "aruiz", 102: "bokafor", 103: "falbrecht", 104: "dpetrova", 105: "enakamura", 107: "hlindqvist"}
    members = [
        {"id": id, "username": username, "access_level": 30, "state": "active"} for id, username in accounts.items()
    ]
    assert codeowners(kept.folder, check=True, members=members) == 0
    assert UNCHECKED not in capsys.readouterr().out
    assert codeowners(kept.folder, check=True, members=members[1:]) == 1
    assert "ana: @aruiz is no member of the project." in capsys.readouterr().out


@pytest.fixture
def looked_up(kept: Desk) -> Iterator[tuple[Desk, Office]]:
    """The file is kept, and everybody whom it names is a Developer of a project on GitLab."""
    with Office.begin() as office:
        for person in kept.people()["people"].values():
            user = office.forge.users.get(person["forge"]) or office.forge.user(person["username"], id=person["forge"])
            user.username = person["username"]
            office.forge.member(office.project, user, Level.DEVELOPER)
        yield kept, office


def check(desk: Desk, office: Office, *words: str) -> Said:
    """Check with a token and a project at hand."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COUNTERSIGN_GITLAB_TOKEN", office.forge.token(office.bot))
        said = desk.run("codeowners", "--check", "--project", "acme/workflows", "--url", office.url, *words)
    assert "glpat-" not in said.output
    return said


def test_owners_are_looked_up_on_gitlab(looked_up: tuple[Desk, Office]) -> None:
    """T04: with a token and a project each owner is looked up; one who is no member fails the check by name."""
    desk, office = looked_up
    said = check(desk, office)
    assert (said.exit_code, UNCHECKED in said.output) == (0, False), said.output
    del office.project.members[103]
    said = check(desk, office)
    assert (said.exit_code, "finn: @falbrecht is no member of the project." in said.output) == (1, True)


def test_members_that_cannot_be_listed_are_an_error(looked_up: tuple[Desk, Office]) -> None:
    """T19: when GitLab does not say who is a member, the check does not pass."""
    desk, office = looked_up
    office.forge.fault(Fault("GET", "/members/all$", "under-scoped", times=None))
    assert check(desk, office).exit_code == 3


def test_without_a_project_nothing_is_asked(looked_up: tuple[Desk, Office], monkeypatch: pytest.MonkeyPatch) -> None:
    """A token alone names no project, so the owners stay unchecked, and that is said."""
    desk, office = looked_up
    monkeypatch.setenv("COUNTERSIGN_GITLAB_TOKEN", office.forge.token(office.bot))
    said = desk.run("codeowners", "--check", "--url", office.url)
    assert (said.exit_code, UNCHECKED in said.output) == (0, True)
    assert office.forge.calls == []
