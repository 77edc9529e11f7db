"""A small company on real git: a bare remote, one desk, a pipeline's key, and every step typed as a person would.

Dates and keys are fixed, so the same story always has the same commits.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from support import yaml_text
from support.forge.git import read_ref
from support.records import predicate

from catalog.git import Repository
from catalog.records.append import append
from catalog.records.envelope import sign
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Kind, make_statement

ROOT = Path(__file__).resolve().parents[2]
RECORDS = "refs/heads/records"

Json = Any


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    command: str
    output: str
    exit_code: int


@dataclass(slots=True)
class Company:
    """The company's clone; `who` is at the desk."""

    folder: Path
    who: str = "dana"
    typed: list[Said] = field(default_factory=list)
    _commits: int = 0
    on_forge: bool = False

    @classmethod
    def begin(cls, folder: Path) -> Company:
        """The sample repository with this repository's policies, pushed to a bare remote."""
        remote, desk = folder / "remote.git", folder / "desk"
        shutil.copytree(ROOT / "tests" / "samples" / "repository", desk)
        shutil.copytree(ROOT / "policies", desk / "policies")
        company = cls(desk, "ana")
        company._add_signers()
        company.git("init", "--quiet", "--initial-branch=main")
        # So that a copy's index still describes the copy's files.
        company.git("config", "core.checkStat", "minimal")
        company.git("config", "core.trustctime", "false")
        company.commit("Begin judging")
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
        company.git("remote", "add", "origin", str(remote))
        company.push()
        company.who = "dana"
        return company

    def git(self, *args: str) -> str:
        """Run git as whoever is at the desk, at a fixed time."""
        when = f"{1790000000 + self._commits * 60} +0000"
        identity = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", self.who.title()), ("EMAIL", f"{self.who}@example.org"), ("DATE", when))
        }
        done = subprocess.run(
            ["git", *args], cwd=self.folder, capture_output=True, text=True, env={**os.environ, **identity}, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything."""
        self._commits += 1
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.head()

    def head(self) -> str:
        """The commit that is checked out, read from git's files."""
        at = (self.folder / ".git/HEAD").read_text().strip()
        name = at.removeprefix("ref: ")
        return at if name == at else read_ref(self.folder / ".git", name) or ""

    def branch(self, name: str, who: str = "dana") -> None:
        """Somebody starts a branch from main."""
        self.who = who
        self.git("switch", "--quiet", "-c", name, "main")

    def abandon(self) -> None:
        """Throw away whatever is on the branch."""
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "-fdq")
        self.git("switch", "--quiet", "main")

    def merge(self, branch: str, message: str) -> str:
        """What the trusted pipeline does when the gate passes."""
        self.git("switch", "--quiet", "main")
        self._commits += 1
        self.git("merge", "--quiet", "--no-ff", "-m", message, branch)
        self.push()
        return self.head()

    def push(self) -> None:
        """Main goes to the remote."""
        self.git("push", "--quiet", "origin", "main")
        self.git("remote", "set-head", "origin", "main")

    def path(self, name: str) -> Path:
        """A file of the clone."""
        return self.folder / name

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit a file: the text must be there."""
        text = self.path(name).read_text()
        assert old in text, f"{name} does not hold {old!r}"
        self.path(name).write_text(text.replace(old, new))

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def countersign(self, *args: str) -> Said:
        """Type a command; remembers what it printed."""
        identity = {"GIT_AUTHOR_EMAIL": f"{self.who}@example.org", "GIT_COMMITTER_EMAIL": f"{self.who}@example.org"}
        done = subprocess.run(
            [sys.executable, "-m", "countersign", *args],
            cwd=self.folder, capture_output=True, text=True, check=False,
            env={**os.environ, **identity, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        said = Said(f"countersign {' '.join(args)}", done.stdout + done.stderr, done.returncode)
        self.typed.append(said)
        return said

    def digests(self, workflow: str) -> dict[str, str]:
        """What `countersign version` prints of the working tree."""
        said = self.countersign("version", workflow)
        self.typed.remove(said)
        return dict(line.split() for line in said.output.splitlines())

    def approve(self, **digests: str) -> Path:
        """People approve digests: `finn="h1:…"`; returns the file of approvals (outside the clone)."""
        forge = {person: about["forge"] for person, about in self.people()["people"].items()}
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        approvals = [
            {"forge": forge[person], "digest": digest, "at": at}
            | ({} if digest.startswith("tree:") else {"workflow": "billing-replies"})
            for person, digest in digests.items()
        ]
        file = self.folder.parent / "approvals.json"
        file.write_text(json.dumps({"approvals": approvals}))
        return file

    def record_change(self, workflow: str, prompt_digest: str, days_ago: int = 0) -> None:
        """The pipeline records the version on disk as merged and live."""
        digests = self.digests(workflow)
        manifest = yaml.safe_load(self.path(f"workflows/{workflow}/workflow.yaml").read_text())
        after = {
            "version": digests["version"], "rollback_digest": digests["rollback"],
            "countersigned": digests["countersigned"], "prompt_digest": prompt_digest, "state": "live",
            "tier": manifest["risk"]["tier"], "models": [{"when": None, **model} for model in manifest["models"]],
        }  # fmt: skip
        self._record(Kind.CHANGE, workflow=workflow, after=after, at=self._ago(days_ago))

    def record_drill(
        self, workflow: str, *, target: str = "staging", days_ago: int = 0, at: datetime | None = None, **fields: Json
    ) -> None:
        """The pipeline records a drill of the version on disk."""
        digests = self.digests(workflow)
        named = {"version": digests["version"], "rollback_digest": digests["rollback"]}
        at = at or self._ago(days_ago)
        started = (at - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self._record(Kind.DRILL, workflow=workflow, target=target, at=at, started=started, **named, **fields)

    def _record(self, kind: Kind, **fields: Json) -> None:
        signed = sign(make_statement(kind, predicate(kind, **fields)), signing_key(kind))
        keyring = Keyring.from_people(self.people())
        with Repository(self.folder) as repository:
            append(repository, RECORDS, [signed], f"{kind} of {fields['workflow']}", keyring, now=datetime.now(UTC))

    def _add_signers(self) -> None:
        people = self.people()
        people["people"]["ana"]["keys"] = [
            {
                "id": signing_key(kind).id,
                "ed25519": signing_key(kind).public().ed25519,
                "from": "2026-01-01",
                "to": "2099-12-31",
            }
            for kind in (Kind.CHANGE, Kind.DRILL)
        ]
        people["signers"] = {kind.value: [signing_key(kind).id] for kind in (Kind.CHANGE, Kind.DRILL)}
        self.path("team/people.yaml").write_text(yaml_text.dump(people))

    def people(self) -> dict[str, Json]:
        """What team/people.yaml says."""
        # BaseLoader keeps dates as text, as the strict reader does; numbers and booleans are read back by hand.
        people: dict[str, Json] = json.loads(_as_json(self.path("team/people.yaml").read_text()))
        return people

    def _ago(self, days: int) -> datetime:
        # What a forge merges, whose clock begins a day ago, leans on drills from before.
        back = timedelta(days=days, minutes=2) if days else timedelta(days=int(self.on_forge), minutes=1)
        return datetime.now(UTC).replace(microsecond=0) - back


class _Dateless(yaml.SafeLoader):
    """YAML whose dates stay text."""


_Dateless.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@functools.cache
def _as_json(text: str) -> str:
    return json.dumps(yaml.load(text, Loader=_Dateless))


@functools.cache
def signing_key(kind: Kind) -> SigningKey:
    """The pipeline's key for one kind of record."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"story {kind}".encode()).digest())
    pem = private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    return SigningKey(id=f"pipeline-{kind}", pem=pem)
