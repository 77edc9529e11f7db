"""The sample company on a GitLab: real pushes, real clicks over the server's state, and Countersign asked over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from support.company import Said, signing_key
from support.desk import NAME, PROMPT, Desk
from support.forge import Forge, Level, MergeRequest, Note, Project, User
from support.forge.git import read_ref

from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch
from checks.gitlab.merging import LABEL
from checks.gitlab.note import MARKER

BOT = "countersign-bot"


@dataclass(slots=True)
class Heard:
    """One run of `countersign gitlab judge`: how it ended, what it printed, and what the merge request was told."""

    exit_code: int
    output: str
    note: str
    status: str


@dataclass(slots=True)
class ForgeDesk:
    """A desk whose origin is a project on a forge; everybody of the company has an account there."""

    desk: Desk
    forge: Forge
    url: str
    project: Project
    users: dict[str, User] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def begin(cls, desk: Desk, forge: Forge | None = None) -> Iterator[ForgeDesk]:
        """Serve a forge that holds the desk's remote."""
        chosen = forge or Forge()
        chosen.now = datetime.now(UTC) - timedelta(days=1)
        with chosen.serve() as url:
            project = chosen.project("acme/workflows", desk.folder.parent / "remote.git")
            found = cls(desk, chosen, url, project)
            desk.on_forge = True
            for person, about in desk.people()["people"].items():
                found.join(person, about["forge"], Level.OWNER if person == "ana" else Level.DEVELOPER)
            found.join(BOT, 900, Level.MAINTAINER)
            desk.git("config", "countersign.anchor", read_ref(desk.folder / ".git", "refs/remotes/origin/main") or "")
            yield found

    def join(self, name: str, number: int, level: Level = Level.DEVELOPER) -> User:
        """Somebody gets an account and becomes a member."""
        user = self.forge.user(name, id=number, email=f"{name}@example.org", bot=name == BOT)
        self.forge.member(self.project, user, level)
        self.users[name] = user
        return user

    def open(self, branch: str, by: str = "dana", **options: object) -> MergeRequest:
        """Push the desk's branch and ask for its merge into main."""
        self.desk.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        self.forge.tick(minutes=1)
        return self.forge.open(self.project, branch, "main", self.users[by], **options)  # type: ignore[arg-type]

    def push(self, request: MergeRequest, by: str = "dana") -> None:
        """Push what the desk has by now."""
        self.desk.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{request.source_branch}")
        self.forge.tick(minutes=1)
        self.forge.pushed(request, self.users[by])

    def approve(self, request: MergeRequest, *people: str) -> None:
        """People press Approve."""
        for person in people:
            self.forge.tick(minutes=1)
            self.forge.approve(request, self.users[person])

    def say(self, request: MergeRequest, person: str, body: str) -> Note:
        """Somebody writes a comment."""
        self.forge.tick(minutes=1)
        return self.forge.note(request, self.users[person], body)

    def countersign(self, request: MergeRequest, person: str, workflow: str = "billing-replies") -> None:
        """What a named approver does at high: press Approve, then write the line that the note shows."""
        self.approve(request, person)
        self.say(request, person, f"countersigned {workflow} {self.desk.countersigned(workflow)}")

    def judge(self, request: MergeRequest, *options: str, engine: str = "regorus") -> Heard:
        """The control project's job judges the merge request."""
        self.forge.tick(minutes=1)
        os.environ["COUNTERSIGN_GITLAB_TOKEN"] = self.forge.token(self.users[BOT])
        arguments = ("--project", self.project.path, "--url", self.url, "--engine", engine)
        said: Said = self.desk.run("gitlab", "judge", str(request.iid), *arguments, "--assurance", "trusted", *options)
        assert "Traceback" not in said.output, said.output
        assert self.forge.unknown == []
        return Heard(said.exit_code, said.output, self.note(request), self.status(request))

    def sign(self, request: MergeRequest, person: str, *options: str) -> Said:
        """Somebody countersigns from their own terminal, with their own token."""
        self.forge.tick(minutes=1)
        os.environ["COUNTERSIGN_GITLAB_TOKEN"] = self.forge.token(self.users[person])
        where = ("--project", self.project.path, "--url", self.url, "--engine", "regorus")
        said = self.desk.run("gitlab", "countersign", str(request.iid), *where, *options)
        assert "Traceback" not in said.output, said.output
        assert self.forge.unknown == []
        return said

    def merge(self, request: MergeRequest, *options: str) -> Heard:
        """The control project's job judges the merge request, and merges and records it if it may."""
        said = self._signing("merge", str(request.iid), *options)
        return Heard(said.exit_code, said.output, self.note(request), self.status(request))

    def handle(self, command: str, *arguments: str) -> Said:
        """The control project's job, called in some way of its own."""
        return self._signing(command, *arguments)

    def sweep(self, *options: str) -> Said:
        """The control project's schedule looks at everything."""
        return self._signing("sweep", *options)

    def start(self, command: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Such a job in a process of its own, which can be killed."""
        words = self.words(command, *arguments)
        return subprocess.Popen(
            [sys.executable, "-m", "countersign", *words],
            cwd=self.desk.folder, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def words(self, command: str, *arguments: str) -> list[str]:
        """What such a job types; its token is then in the environment."""
        self.forge.tick(minutes=1)
        os.environ["COUNTERSIGN_GITLAB_TOKEN"] = self.forge.token(self.users[BOT])
        key = self.desk.folder.parent / "change.pem"
        key.write_bytes(signing_key(Kind.CHANGE).pem)
        where = ("--project", self.project.path, "--url", self.url, "--engine", "regorus", "--me", "900")
        signed = [] if command == "judge" else ["--key", str(key), "--key-id", signing_key(Kind.CHANGE).id]
        return ["gitlab", command, *where, *signed, "--assurance", "trusted", *arguments]

    def _signing(self, command: str, *arguments: str) -> Said:
        said = self.desk.run(*self.words(command, *arguments))
        assert "Traceback" not in said.output, said.output
        assert self.forge.unknown == []
        return said

    def note(self, request: MergeRequest) -> str:
        """The one note that Countersign keeps on the merge request; empty without."""
        bot = self.users[BOT]
        found = [note.body for note in request.notes if note.author.id == bot.id and MARKER in note.body]
        assert len(found) <= 1, f"{len(found)} notes where one is edited in place"
        return found[0] if found else ""

    def status(self, request: MergeRequest) -> str:
        """What the newest status of the head says."""
        jobs = [job for pipeline in self.project.pipelines for job in pipeline.jobs]
        found = [job.state for job in jobs if (job.sha, job.name) == (request.sha, "countersign")]
        return found[-1] if found else ""

    def calls(self) -> Sequence[str]:
        """What was asked since the last reset: method and path."""
        return [f"{call.method} {call.path}" for call in self.forge.calls]


def shorten(there: ForgeDesk) -> None:
    """Dana shortens a prompt, and the pipeline has drilled it."""
    there.desk.replace(PROMPT, "at most 120", "at most 90")
    there.desk.commit("Shorter replies")
    there.desk.record_drill(NAME)
    there.desk.git("push", "--quiet", "origin", "records")


def ready(there: ForgeDesk, branch: str = "shorter", words: int = 90) -> MergeRequest:
    """A merge request that asks to be merged and lacks nothing."""
    there.desk.replace(PROMPT, "at most 120", f"at most {words}")
    there.desk.commit("Shorter replies")
    there.desk.record_drill(NAME)
    there.desk.git("push", "--quiet", "origin", "records")
    request = there.open(branch, labels=(LABEL,))
    there.countersign(request, "finn")
    return request


def opened(there: ForgeDesk) -> list[MergeRequest]:
    """The merge requests that the job opened itself."""
    return [one for one in there.project.merge_requests if one.author is there.users[BOT]]


def records(there: ForgeDesk, workflow: str = NAME) -> list[Statement]:
    """The change records of a workflow on the remote, newest first."""
    keyring = Keyring.from_people(there.desk.people())
    with Repository(there.desk.folder.parent / "remote.git") as remote:
        found = Branch.open(remote, "refs/heads/records").read(workflow, (Kind.CHANGE,), keyring, now=datetime.now(UTC))
    return [one.statement for one in found]


def main(there: ForgeDesk) -> str:
    """The commit that main has on the remote."""
    return there.desk.git("ls-remote", "origin", "refs/heads/main").split()[0]
