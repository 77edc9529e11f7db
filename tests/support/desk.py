"""A desk to attack from: a copy of the sample company's clone, the gate run on it, and proof that it left no trace."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.company import Company, Said
from support.copies import copied

from catalog.workflow import File, read

Json = Any

NAME = "billing-replies"
FOLDER = f"workflows/{NAME}"
MANIFEST = f"{FOLDER}/workflow.yaml"
STATE = f"{FOLDER}/state.yaml"
PROMPT = f"{FOLDER}/reply.prompt"
FALLBACK = f"{FOLDER}/fallback.md"
DRILL = f"{FOLDER}/drill.yaml"
PEOPLE = "team/people.yaml"
WAIVERS = "team/waivers.yaml"


@dataclass(frozen=True, slots=True)
class Judged:
    """One run of the gate: how it ended, what it printed, and its JSON report (None: it wrote none)."""

    exit_code: int
    output: str
    report: Json

    @property
    def error(self) -> Json:
        """What could not be judged; None when it was judged."""
        return self.report["error"]

    @property
    def codes(self) -> set[str]:
        """The codes of all findings that refuse or wait, waived ones left out."""
        found = self.report["findings"]
        return {one["code"] for one in found if one["severity"] != "warn" and not one["waived"]}

    def found(self, code: str) -> list[Json]:
        """Every finding of a rule."""
        return [one for one in self.report["findings"] if one["code"] == code]

    def asks(self, code: str, file: str, *words: str, line: int | None = None, severity: str = "deny") -> Json:
        """A finding that names file, line, reason and next step, in the report and as printed; fails without one."""
        fitting = [
            one
            for one in self.found(code)
            if one["file"] == file
            and one["severity"] == severity
            and all(word in one["message"] for word in words)
            and (line is None or one["line"] == line)
        ]
        assert fitting, f"no {severity} {code} at {file}:{line} with {words}:\n{self.output}"
        first = fitting[0]
        place = f"{file}:{first['line']}" if first["line"] else file
        assert f"{code}  {place}" in self.output, self.output
        assert first["solution"], first
        return first


class Desk(Company):
    """The company's clone, with the gate run in this process and watched."""

    __slots__ = ()

    @classmethod
    def copy(cls, company: Company, folder: Path) -> Desk:
        """A copy of the company of one's own, its remote too."""
        origin = company.folder.parent
        copied(origin, folder)
        config = folder / "desk" / ".git" / "config"
        config.write_text(config.read_text().replace(str(origin), str(folder)))
        return cls(folder / "desk", company.who, [], company._commits)

    def gate(self, *args: str, reports: bool = True) -> Judged:
        """Judge, and prove that no traceback was shown and nothing in the clone or the temporary folder changed."""
        target = self.folder.parent / "gate-report.json"
        target.unlink(missing_ok=True)
        before = self.trace()
        said = self.run("gate", *args, *(["--report", f"json={target}"] if reports else []))
        after = self.trace()
        touched = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        assert not touched, f"the gate wrote {touched}"
        assert "Traceback" not in said.output, said.output
        assert "a defect in Countersign" not in said.output, said.output
        return Judged(said.exit_code, said.output, json.loads(target.read_text()) if target.exists() else None)

    def refuses(self, *args: str) -> Judged:
        """Judge what must be refused."""
        return self._ends(1, "refuse", *args)

    def waits(self, *args: str) -> Judged:
        """Judge what must wait."""
        return self._ends(4, "wait", *args)

    def passes(self, *args: str) -> Judged:
        """Judge what must pass."""
        return self._ends(0, "pass", *args)

    def cannot_judge(self, *words: str, args: tuple[str, ...] = ()) -> Judged:
        """Judge what cannot be judged: one message with these words and a reason or a next step; exit code 3."""
        judged = self._ends(3, "error", *args)
        error = judged.error
        assert error["solution"] or error["why"], error
        shown = " ".join([error["message"], error["why"] or "", error["solution"] or ""])
        assert [word for word in words if word not in shown] == [], error
        assert judged.output.count("cannot judge:") == 1, judged.output
        return judged

    def misused(self, *args: str) -> Judged:
        """Judge what was asked for wrongly: exit code 2 and one message with a next step."""
        judged = self.gate(*args)
        assert judged.exit_code == 2, judged.output
        assert len(judged.output.strip().splitlines()) <= 5, judged.output
        return judged

    def run(self, *args: str) -> Said:
        """Run a command as the person at the desk would, in this process; output as a UTF-8 pipe would carry it."""
        from countersign.main import run

        with self._seated() as page:
            code = run(args)
            page.seek(0)
            return Said(f"countersign {' '.join(args)}", page.read(), code)

    def approve_all(self, *approvals: tuple[str, str, str | None]) -> list[str]:
        """A file of approvals, each person, digest and workflow; returns the options that read it."""
        forge = {person: about["forge"] for person, about in self.people()["people"].items()}
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        listed = [
            {"forge": forge.get(person, 999), "digest": digest, "at": at} | ({"workflow": name} if name else {})
            for person, digest, name in approvals
        ]
        file = self.folder.parent / "approvals.json"
        file.write_text(json.dumps({"approvals": listed}))
        return ["--approvals", str(file)]

    def countersigned(self, name: str = NAME) -> str:
        """The digest of a workflow of the working tree that an approval names."""
        return self.digests(name)["countersigned"]

    def digests(self, workflow: str) -> dict[str, str]:
        """What `countersign version` prints of the working tree, from the files themselves."""
        folder = self.path(f"workflows/{workflow}")
        found = read(workflow, {str(path.relative_to(folder)): _file(path) for path in _below(folder)})
        assert found.problems == []
        return {
            "version": found.version, "rollback": found.rollback_digest, "countersigned": found.countersigned
        }  # fmt: skip

    def control_digest(self) -> str:
        """The digest of the paths outside workflows that an approval names."""
        from catalog import change, snapshot
        from catalog.git import Repository

        with self._seated(), Repository.discover(self.folder) as repository:
            repository.use_scratch()
            return change.control_digest(repository, snapshot.proposed(repository, None).after)

    def land(self, message: str = "Set the scene") -> None:
        """What is in the working tree becomes main's, without judgement: how a story begins, not how it goes on."""
        self.commit(message)
        self.push()

    def trace(self) -> dict[str, tuple[int, int, int]]:
        """Every file of the clone, `.git` included, and of its temporary folder: mode, size, time of change."""
        found = {}
        for root in (self.folder, self._temporary()):
            for folder, folders, files in os.walk(root):
                # Git touches the time of an object that it would have written and finds there already.
                untimed = ".git/objects/" in f"{folder}/"
                for name in (*folders, *files):
                    about = os.lstat(path := f"{folder}/{name}")
                    when = 0 if untimed or path.endswith(".git/objects") else about.st_mtime_ns
                    found[path] = (about.st_mode, 0 if stat.S_ISDIR(about.st_mode) else about.st_size, when)
        return found

    def _temporary(self) -> Path:
        folder = self.folder.parent / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def _ends(self, exit_code: int, verdict: str, *args: str) -> Judged:
        judged = self.gate(*args)
        assert judged.exit_code == exit_code, judged.output
        assert judged.report["verdict"] == verdict
        return judged

    @contextlib.contextmanager
    def _seated(self) -> Iterator[io.TextIOWrapper]:
        identity = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", self.who.title()), ("EMAIL", f"{self.who}@example.org"))
        }
        page = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
        kept, temporary = dict(os.environ), tempfile.tempdir
        os.environ.update(identity)
        tempfile.tempdir = str(self._temporary())
        try:
            with contextlib.chdir(self.folder), contextlib.redirect_stdout(page), contextlib.redirect_stderr(page):
                yield page
        finally:
            tempfile.tempdir = temporary
            os.environ.clear()
            os.environ.update(kept)


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file())


def _file(path: Path) -> File:
    if path.is_symlink():
        return File("120000", "", os.fsencode(path.readlink()))
    return File("100755" if path.stat().st_mode & 0o100 else "100644", "", path.read_bytes())
