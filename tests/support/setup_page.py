"""docs/gitlab.md as a test follows it: numbered steps, their blocks run in a real shell against a forge."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from support.clone import git
from support.company import ROOT, Said
from support.desk import Desk
from support.forge import Forge, Level, Project, User

PAGE = ROOT / "docs" / "gitlab.md"
GITLAB = "https://gitlab.example.org"
Tier = Literal["free", "premium"]

_STEP = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```sh(?: (free|premium))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = re.compile(r"^Left out, doctor names: (.+)\.$", re.MULTILINE)
_NOTHING = "Left out: nothing after it works."


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One numbered step."""

    number: int
    title: str
    blocks: Mapping[str, str]
    """The block to run, by tier."""
    browser: bool
    vital: bool
    """Whether nothing after it works without it."""
    named: frozenset[str]
    """What doctor names when it is left out."""
    alone: bool
    """Whether it names nothing else then."""
    sees: bool
    """Whether the page says what one sees then."""


def steps() -> list[Step]:
    """All steps, in their order."""
    text = PAGE.read_text(encoding="utf-8").partition("\n## The steps\n")[2].partition("\n## ")[0]
    parts = _STEP.split(text)[1:]
    return [_step(*parts[at : at + 3]) for at in range(0, len(parts), 3)]


def _step(number: str, title: str, body: str) -> Step:
    blocks = {
        tier: script for only, script in _BLOCK.findall(body) for tier in ([only] if only else ["free", "premium"])
    }
    named = _LEFT_OUT.search(body)
    return Step(
        number=int(number), title=title, blocks=blocks, browser=body.lstrip().startswith("In the browser only"),
        vital=_NOTHING in body, named=frozenset(re.findall(r"`([^`]+)`", named[1])) if named else frozenset(),
        sees="You see " in body, alone=named is not None and "and more" not in named[1],
    )  # fmt: skip


@dataclass(slots=True)
class Newcomers:
    """Kim's group on a GitLab where nothing is set up yet, and a clone of Countersign."""

    folder: Path
    forge: Forge
    url: str
    kim: User
    bot: User | None = None
    projects: dict[str, Project] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path, forge: Forge, url: str) -> Newcomers:
        """The clone is there, and two people have accounts."""
        for name in ("team", "workflows"):
            shutil.copytree(ROOT / "tests/samples/repository" / name, folder / "clone" / name)
        pipeline = Path("docs/control-project/.gitlab-ci.yml")
        (folder / "clone" / pipeline).parent.mkdir(parents=True)
        text = (ROOT / pipeline).read_text() if (ROOT / pipeline).exists() else "sweep: {script: [date]}\n"
        (folder / "clone" / pipeline).write_text(text)
        git(folder, "init", "--quiet", "--initial-branch=main", "clone")
        for words in (("remote", "add", "origin", "https://example.org/countersign.git"), ("add", "--all"),
                      ("commit", "--quiet", "--message", "Countersign")):  # fmt: skip
            git(folder / "clone", *words)
        kim = forge.user("kim", id=201)
        forge.user("lee", id=202)
        return cls(folder, forge, url, kim)

    def make_projects(self) -> None:
        """What step 1 does in the browser."""
        for name in ("workflows", "control"):
            bare = self.folder / f"{name}.git"
            git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
            self.projects[name] = self.forge.project(f"acme/{name}", bare)
            self.forge.member(self.projects[name], self.kim, Level.OWNER)

    def make_bot(self) -> None:
        """What step 2 does in the browser."""
        self.bot = self.forge.user("countersign-bot", id=900)

    def follow(self, tier: Tier, *, without: int = 0, until: int = 16) -> Said:
        """Take the steps in their order, all but one; the shell ends at the first command that fails."""
        browser: dict[int, Callable[[], None]] = {1: self.make_projects, 2: self.make_bot}
        script = ["set -euo pipefail"]
        for step in steps():
            if step.number != without and step.number <= until:
                if step.browser:
                    browser[step.number]()
                script.append(step.blocks.get(tier, ""))
        text = "\n".join(script).replace(f"GITLAB={GITLAB}", f"GITLAB={self.url}")
        return self._shell(text)

    def doctor(self, *options: str) -> Said:
        """What step 17 says, asked in this process."""
        assert self.bot
        where = ("--url", self.url, "--project", "acme/workflows", "--control-project", "acme/control", "--bot", "900")
        tokens = {"GITLAB": self.forge.token(self.kim), "BOT": self.forge.token(self.bot)}
        before = dict(os.environ)
        os.environ.update({f"COUNTERSIGN_{name}_TOKEN": token for name, token in tokens.items()})
        try:
            return Desk(self.folder / "clone", "kim").run("doctor", "--gitlab", *where, "--format", "json", *options)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _shell(self, text: str) -> Said:
        tokens = [self.forge.token(self.kim), self.forge.token(self.bot) if self.bot else "glpat-none"]
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=self.folder / "clone", input="".join(f"{token}\n" for token in tokens), env=self._environment(),
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        said = done.stdout + done.stderr
        for secret in (*tokens, *(one.token for project in self.forge.projects for one in project.triggers)):
            assert secret not in said, "a secret was shown"
        assert "PRIVATE KEY" not in said
        return Said("bash", said, done.returncode)

    def _environment(self) -> dict[str, str]:
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        command = programs / "countersign"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m countersign "$@"\n')
        command.chmod(0o755)
        (programs / "python3").unlink(missing_ok=True)
        (programs / "python3").symlink_to(sys.executable)
        config = {f"url.{self.folder}/.insteadOf": f"{GITLAB}/acme/"}
        pairs = {f"GIT_CONFIG_{part}_{n}": said for n, pair in enumerate(config.items())
                 for part, said in zip(("KEY", "VALUE"), pair, strict=True)}  # fmt: skip
        path = f"{programs}:{os.environ['PATH']}"
        return {**os.environ, **pairs, "GIT_CONFIG_COUNT": str(len(config)), "PATH": path, "PYTHONPATH": str(ROOT)}
