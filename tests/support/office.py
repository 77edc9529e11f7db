"""A project and its control project on a forge, set up as they should be; a test takes one thing away."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from support.clone import clone, git
from support.forge import Forge, Level, Project, User

from checks.codeowners import Owner
from checks.gitlab.client import Client
from checks.gitlab.settings.checks import run
from checks.gitlab.settings.item import Item
from checks.gitlab.settings.place import Place
from checks.gitlab.settings.setup import Setup
from checks.gitlab.transport import Session

HIDDEN = "?token={token}"
TODAY = date(2026, 11, 27)
SAFE: dict[str, Any] = {
    "squash_option": "never",
    "only_allow_merge_if_pipeline_succeeds": True,
    "ci_allow_fork_pipelines_to_run_in_parent_project": False,
    "ci_pipeline_variables_minimum_override_role": "no_one_allowed",
}
SECRET = "not-to-be-shown-anywhere"


@dataclass(slots=True)
class Office:
    """Ana owns, the bot merges, Finn and Dana are Developers, and all is in order."""

    forge: Forge
    url: str
    project: Project
    control: Project
    ana: User
    bot: User
    finn: User
    dana: User

    @classmethod
    @contextmanager
    def begin(cls, tier: Literal["free", "premium"] = "free", edition: Literal["ee", "ce"] = "ee") -> Iterator[Office]:
        """Serve it."""
        forge = Forge(tier=tier, edition=edition)
        with forge.serve() as url:
            people = {"ana": 101, "countersign-bot": 900, "finn": 103, "dana": 104}
            ana, bot, finn, dana = (forge.user(name, id=number) for name, number in people.items())
            project, control = (forge.project(f"acme/{one}", _repository(), **SAFE) for one in ("workflows", "control"))
            found = cls(forge, url, project, control, ana, bot, finn, dana)
            found._people()
            found._branches()
            found._control()
            yield found
            assert forge.unknown == []

    def setup(self, user: User | None = None, **more: Any) -> Setup:
        """What doctor would look at with this user's token."""
        token = self.forge.token(user or self.ana)
        session = Session(sleep=lambda _: None)
        of = [Client(self.url, token, one.path, session=session) for one in (self.project, self.control)]
        bot = Client(self.url, self.forge.token(self.bot, expires_at=date(2027, 6, 30)), "", session=session)
        options: dict[str, Any] = {
            "as_bot": bot,
            "owners": OWNERS,
            "people": {101: "ana", 103: "finn", 104: "dana"},
        } | more
        return Setup(
            project=Place(client=of[0], path=self.project.path), control=Place(client=of[1], path=self.control.path),
            owner=101, bot=900, today=TODAY, me=of[0], **options,
        )  # fmt: skip

    def items(self, user: User | None = None, **more: Any) -> dict[str, Item]:
        """What doctor says, by the check's name."""
        return {item.name: item for item in run(self.setup(user, **more))}

    def _people(self) -> None:
        for project in (self.project, self.control):
            self.forge.member(project, self.ana, Level.OWNER)
        self.forge.member(self.project, self.bot, Level.MAINTAINER)
        for user in (self.finn, self.dana):
            self.forge.member(self.project, user, Level.DEVELOPER)

    def _branches(self) -> None:
        if self.forge.premium:
            self.forge.protect(self.project, "main", push=0, mergers=[self.ana, self.bot])
            self.project.protected_branches[-1].code_owner_approval_required = True
            self.project.approval_settings["merge_requests_disable_committers_approval"] = True
        else:
            self.forge.protect(self.project, "main", push=0, merge=40)
        for name in ("records", "countersign/merging"):
            if self.forge.premium:
                self.forge.protect(self.project, name, merge=0, pushers=[self.bot])
            else:
                self.forge.protect(self.project, name, push=40, merge=0)

    def _control(self) -> None:
        forge, control = self.forge, self.control
        control.settings["ci_pipeline_variables_minimum_override_role"] = "maintainer"
        forge.variable(control, "COUNTERSIGN_GITLAB_TOKEN", SECRET, protected=True, masked=True, hidden=True)
        forge.variable(control, "COUNTERSIGN_CHANGE_KEY", SECRET, protected=True, variable_type="file")
        forge.trigger(control, self.ana)
        forge.schedule(control, self.ana, "*/10 * * * *")
        url = f"{self.url}/api/v4/projects/{control.id}/ref/main/trigger/pipeline{HIDDEN}"
        hook = forge.hook(self.project, url, merge_requests_events=True, note_events=True)
        hook.url_variables = ("token",)


@functools.cache
def _repository() -> Path:
    """A bare repository whose main has a pipeline; nothing is ever pushed to it."""
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = clone(folder / "desk")
    (made / ".gitlab-ci.yml").write_text("judge: {script: [countersign gitlab sweep]}\n")
    git(made, "add", "--all")
    git(made, "commit", "--quiet", "-m", "Judge")
    git(folder, "clone", "--quiet", "--bare", str(made), "remote.git")
    return folder / "remote.git"


OWNERS = [
    Owner(username="ana", person="ana", forge=101),
    Owner(username="finn", person="finn", forge=103),
]
