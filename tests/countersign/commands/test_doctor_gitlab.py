"""`countersign doctor --gitlab`: a table or JSON, an exit code by the worst item, and settings set only as shown."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.company import Said
from support.desk import PEOPLE as TEAM
from support.desk import Desk
from support.forge import Level, User
from support.office import SECRET, Office

from checks.gitlab.settings.checks import CHECKS

Json = Any


@dataclass(slots=True)
class Doctor:
    """Runs the command at a desk of the company whose project is on the forge."""

    desk: Desk
    office: Office

    def run(self, *args: str) -> Said:
        """With the owner's token, and the bot's beside it."""
        tokens = {f"COUNTERSIGN_{name}_TOKEN": self.office.forge.token(user) for name, user in self._callers().items()}
        where = ("--url", self.office.url, "--project", "acme/workflows", "--control-project", "acme/control")
        with pytest.MonkeyPatch.context() as environment:
            for name, token in tokens.items():
                environment.setenv(name, token)
            said = self.desk.run("doctor", "--gitlab", *where, "--bot", "900", *args)
        assert "Traceback" not in said.output
        assert "glpat-" not in said.output
        assert SECRET not in said.output
        return said

    def _callers(self) -> dict[str, User]:
        return {"GITLAB": self.office.ana, "BOT": self.office.bot}

    def marks(self, said: Said) -> dict[str, str]:
        """Each item's mark by its name."""
        lines = [line.split(maxsplit=2) for line in said.output.splitlines() if line[:2] in ("ok", "--", "!!", "??")]
        return {name: mark for mark, name, _ in lines}

    def changes(self) -> list[str]:
        """Every call that was no question."""
        return [f"{call.method} {call.path}" for call in self.office.forge.calls if call.method != "GET"]


@pytest.fixture(params=["free", "premium"])
def doctor(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Doctor]:
    """On both tiers."""
    with Office.begin(request.param) as office:
        yield Doctor(desk, office)


def test_all_is_fine(doctor: Doctor) -> None:
    """Where all is set it says so item by item, changes nothing, and succeeds."""
    before = doctor.desk.trace()
    said = doctor.run()
    assert said.exit_code == 0, said.output
    assert doctor.desk.trace() == before
    assert list(doctor.marks(said)) == [name for name, _ in CHECKS]
    assert said.output.endswith("All that the gate needs of GitLab is set.\n")
    assert doctor.changes() == []


def test_tokens_leave_the_environment(doctor: Doctor) -> None:
    """T18: by the time that anything is asked or started, neither token is in the environment."""
    left: list[str] = []
    doctor.office.forge.before("GET", "/metadata$", lambda: left.extend(name for name in os.environ if "TOKEN" in name))
    assert doctor.run().exit_code == 0
    assert left == []


def test_one_thing_open(doctor: Doctor) -> None:
    """An open item fails it with 1, and says what was found, what that means, and what to do."""
    doctor.office.forge.member(doctor.office.project, doctor.office.finn, Level.MAINTAINER)
    said = doctor.run()
    assert said.exit_code == 1, said.output
    assert doctor.marks(said)["project.maintainers"] == "!!"
    assert "finn: Maintainer or Owner\n" in said.output
    assert "A Maintainer can lift every protection" in said.output
    assert "Make them Developers under Manage > Members" in said.output


def test_one_thing_unread_outweighs(doctor: Doctor) -> None:
    """What could not be read fails it with 3, whatever else is open."""
    doctor.office.forge.member(doctor.office.project, doctor.office.finn, Level.MAINTAINER)
    doctor.office.forge.member(doctor.office.control, doctor.office.ana, Level.DEVELOPER)
    said = doctor.run()
    assert said.exit_code == 3, said.output
    assert doctor.marks(said)["control.variables"] == "??"


def test_json(doctor: Doctor) -> None:
    """As JSON it says the same, with the calls that would close what is open."""
    doctor.office.project.settings["squash_option"] = "always"
    said = doctor.run("--format", "json")
    about: Json = json.loads(said.output)
    assert (said.exit_code, about["exit_code"]) == (1, 1)
    assert (about["project"], about["control_project"], about["bot"]) == ("acme/workflows", "acme/control", 900)
    assert [item["name"] for item in about["items"]] == [name for name, _ in CHECKS]
    found = [item for item in about["items"] if item["state"] == "open"]
    assert [(item["name"], item["found"]) for item in found] == [("project.squash", "squash_option is always")]
    call = {"method": "PUT", "path": "/projects/acme%2Fworkflows", "body": {"squash_option": "never"}}
    assert found[0]["fix"] == [call]
    assert set(found[0]) == {"name", "state", "found", "meaning", "solution", "fix"}


def test_apply_sets_what_it_showed(doctor: Doctor) -> None:
    """Each call is shown, made once, and a second run finds nothing to do."""
    doctor.office.project.settings.update(squash_option="always", merge_method="ff")
    said = doctor.run("--apply", "--yes")
    assert said.exit_code == 0, said.output
    assert 'project.squash: PUT /projects/acme%2Fworkflows {"squash_option": "never"}' in said.output
    assert "project.squash: set" in said.output
    assert doctor.changes() == ["PUT /projects/acme%2Fworkflows"] * 2
    assert doctor.office.project.settings["squash_option"] == "never"
    doctor.office.forge.reset_calls()
    said = doctor.run("--apply", "--yes")
    assert (said.exit_code, doctor.changes()) == (0, [])
    assert "To be set" not in said.output


def test_apply_asks(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a yes nothing is changed, and with one all that was shown is."""
    doctor.office.project.settings["squash_option"] = "always"
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    said = doctor.run("--apply")
    assert said.exit_code == 130, said.output
    assert doctor.changes() == []
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "y")
    assert doctor.run("--apply").exit_code == 0
    assert doctor.changes() == ["PUT /projects/acme%2Fworkflows"]


def test_apply_reports_a_refusal(doctor: Doctor) -> None:
    """What GitLab refuses is said for each item, the others are set all the same, and it stays open."""
    doctor.office.project.settings["squash_option"] = "always"
    doctor.office.control.settings["merge_method"] = "ff"
    doctor.office.control.settings["ci_push_repository_for_job_token_allowed"] = True

    def demoted() -> None:
        doctor.office.project.members[101] = Level.DEVELOPER

    doctor.office.forge.before("PUT", "workflows$", demoted)
    said = doctor.run("--apply", "--yes")
    assert said.exit_code == 3, said.output  # and as a Developer ana cannot read all of it
    assert "project.squash: REFUSED: GitLab refused PUT" in said.output
    assert "control.job-token: set" in said.output
    assert doctor.office.project.settings["squash_option"] == "always"


@pytest.mark.parametrize("missing", ["--project", "--control-project", "--bot"])
def test_what_it_needs_to_know(missing: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose project it is, what judges it and who merges must be said."""
    monkeypatch.setenv("COUNTERSIGN_GITLAB_TOKEN", "x")
    given = {"--project": "a/b", "--control-project": "a/c", "--bot": "9"}
    words = [word for name, value in given.items() if name != missing for word in (name, value)]
    said = desk.run("doctor", "--gitlab", *words)
    assert (said.exit_code, "needs --project, --control-project and --bot" in said.output) == (2, True)


def test_a_project_does_not_judge_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T01: the control project is another one."""
    monkeypatch.setenv("COUNTERSIGN_GITLAB_TOKEN", "x")
    said = desk.run("doctor", "--gitlab", "--project", "a/b", "--control-project", "a/b", "--bot", "9")
    assert (said.exit_code, "must be another" in said.output) == (2, True)


def test_without_a_token(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token it says how to give one."""
    monkeypatch.delenv("COUNTERSIGN_GITLAB_TOKEN", raising=False)
    said = desk.run("doctor", "--gitlab", "--project", "a/b", "--control-project", "a/c", "--bot", "9")
    assert (said.exit_code, "COUNTERSIGN_GITLAB_TOKEN is not set" in said.output) == (2, True)
    assert desk.run("doctor", "--apply").exit_code == 2


def test_without_an_owner(doctor: Doctor) -> None:
    """A team that names no owner cannot be compared with."""
    doctor.desk.write(TEAM, "owner: [\n")
    said = doctor.run()
    assert (said.exit_code, "does not say who the owner is" in said.output) == (3, True)


def test_owners_of_a_kept_file_are_looked_up(doctor: Doctor) -> None:
    """T04: with CODEOWNERS kept, whoever it names and GitLab does not know is named."""
    assert doctor.desk.run("codeowners").exit_code == 0
    said = doctor.run()
    assert said.exit_code == 1
    assert "eli: @enakamura is no member of the project." in said.output
