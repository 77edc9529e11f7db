"""A staging environment, reached only as a team declares it: addresses, tokens, keys and the points of its group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from support import rehearsals, yaml_text
from support.company import ROOT, Company
from support.desk import NAME
from support.live import POINTS, digest

from controls.live.presence import presences
from drills.sandbox.sandbox import APPLICATION, GROUP, LEASE, POLL, Sandbox, sandbox
from drills.targets.target import Target

Json = Any

TARGETS = "team/drill-targets.yaml"
SERVICES = {"queue": "office", "model": "model", "messages": "receiver", "bundles": "bundles"}
RUNS = "runs"
TO_THE_END = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(slots=True)
class Staging:
    """What the team runs for rehearsals, and the clone that declares it."""

    clone: Company
    box: Sandbox
    target: Target
    """What is really there, for who looks at it from beside."""
    environment: Mapping[str, str]
    desk: subprocess.Popen[str]
    """Who types there: each command is a process of its own."""
    model: Mapping[str, Json]
    """How the model behaves when nothing is rehearsed."""
    version: str
    """The version that is rehearsed."""

    def drill(self, *words: str, after: int = TO_THE_END, signal: str = "SIGKILL") -> Typed:
        """Type `countersign drill …`; `after`: once it has written so many lines, this signal comes."""
        assert self.desk.stdin
        assert self.desk.stdout
        order = {"words": ["drill", *words, "--runs", RUNS], "after": after, "signal": signal}
        self.desk.stdin.write(json.dumps(order) + "\n")
        self.desk.stdin.flush()
        answer = json.loads(self.desk.stdout.readline())
        return Typed(answer["code"], answer["said"], answer["complained"])

    def run(self, after: int = TO_THE_END, signal: str = "SIGKILL") -> Typed:
        """Rehearse on staging."""
        return self.drill("run", NAME, "--target", "staging", "--no-record", after=after, signal=signal)

    def left(self) -> dict[str, Json]:
        """What a rehearsal left: presences at points, practice jobs, how the model behaves, what the bundle says."""
        held = self.target.held().values()
        return {
            "presences": sorted({path for one in held if one for path, _ in presences(one)}),
            "jobs": sorted(self.target.office.jobs("drill-")),
            "model": self.target.model.control(),
            "versions": self._versions(),
        }

    def home(self) -> dict[str, Json]:
        """What is left when nothing is."""
        return {"presences": [], "jobs": [], "model": self.model, "versions": [self.version] * len(self.box.ports)}

    def _versions(self) -> list[str]:
        question = {"workflow": NAME, "action": "late-fee-question", "version": "h1:?", "caller": APPLICATION}
        return [str(one and one["version"]) for one in self.target.decisions(question).values()]


@contextmanager
def staging(folder: Path, *stories: str, **changes: Json) -> Iterator[Staging]:
    """A staging environment for the sample company, which rehearses these stories there."""
    clone = rehearsals.company(folder / "company", *stories, **changes)
    with sandbox(folder / "staging", rehearsals.read(clone), NAME) as (box, target):
        target.keeping.close()  # whoever rehearses keeps its points
        environment = _declare(clone, box, target, folder / "secrets")
        version = clone.digests(NAME)["version"]
        with _desk(clone, environment) as desk:
            yield Staging(clone, box, target, environment, desk, target.model.control(), version)


@contextmanager
def _desk(clone: Company, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "support.interrupted"], cwd=clone.folder, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env={**os.environ, **environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
    ) as desk:  # fmt: skip
        yield desk


def _declare(clone: Company, box: Sandbox, target: Target, secrets: Path) -> dict[str, str]:
    """Write down where it is; returns the variables that hold its secrets."""
    secrets.mkdir()
    person = target.on_call
    (secrets / "bundle.pem").write_bytes(target.published.key.pem)
    (secrets / "on-call.pem").write_bytes(person.key.pem)
    for file in secrets.iterdir():
        file.chmod(0o600)
    clone.write(TARGETS, yaml_text.dump({"targets": {"staging": _about(box, target)}}))
    clone.write(POINTS, yaml.safe_dump(_points(box, target)))
    people = clone.people()
    key = {"id": "oncall-2026", "ed25519": person.key.public().ed25519, "from": "2026-01-01", "to": "2099-12-31"}
    people["people"][person.person]["keys"] = [key]
    clone.write("team/people.yaml", yaml_text.dump(people))
    clone.commit("Declare staging")
    clone.push()
    tokens = {f"STAGING_{name.upper()}": box.tokens[service] for name, service in SERVICES.items()}
    roles = {f"STAGING_{role.upper()}": box.tokens[role] for role in ("application", "keeper", "watcher")}
    keys = {"STAGING_BUNDLE_KEY": str(secrets / "bundle.pem"), "STAGING_ON_CALL_KEY": str(secrets / "on-call.pem")}
    return {**tokens, **roles, **keys}


def _about(box: Sandbox, target: Target) -> Json:
    services = {
        name: {"url": box.services[service], "token": f"STAGING_{name.upper()}"} for name, service in SERVICES.items()
    }
    return {
        "application": {"name": APPLICATION, "token": "STAGING_APPLICATION"},
        "keeper": "STAGING_KEEPER",
        "watcher": "STAGING_WATCHER",
        "on_call": {"person": target.on_call.person, "key": "STAGING_ON_CALL_KEY", "id": "oncall-2026"},
        "releases": {"person": target.releaser.person},
        "bundle": {"key": "STAGING_BUNDLE_KEY", "id": target.published.key.id},
        "services": services,
        "limits": {"jobs": 200, "calls_per_second": 500},
    }


def _points(box: Sandbox, target: Target) -> Json:
    return {
        "lease": f"{LEASE}s",
        "poll": f"{POLL}s",
        "points": [{"name": one.name, "url": one.url, "group": GROUP} for one in target.points],
        "tokens": {
            "keeper": digest(box.tokens["keeper"]),
            "watcher": digest(box.tokens["watcher"]),
            "applications": {APPLICATION: digest(box.tokens["application"])},
        },
    }
