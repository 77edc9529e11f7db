"""`countersign gitlab drill`: the drill that a merge request lacks, from waiting to merged, each job for itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.clone import git
from support.company import ROOT, Said, signing_key
from support.desk import Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk, Heard, main, records

from catalog.records.statement import Kind
from checks.gitlab.merging import LABEL

Json = Any

NAME = "help-centre-edits"
FOLDER = f"workflows/{NAME}"


@dataclass(slots=True)
class Jobs:
    """The control project's jobs about one merge request, and the folder that goes from one to the next."""

    there: ForgeDesk
    request: MergeRequest
    folder: Path

    @property
    def runs(self) -> Path:
        """What the drill job leaves for the evidence job."""
        return self.folder / "drills"

    def drill(self) -> Said:
        """The drill job, which has no key."""
        words = self.there.words("judge", "--runs", str(self.runs), str(self.request.iid))
        return self.there.desk.run(words[0], "drill", *words[2:])

    def evidence(self) -> subprocess.CompletedProcess[str]:
        """The evidence job: another process in another clone, of the target branch alone."""
        clone = self.folder / "evidence"
        if not clone.exists():
            git(self.folder, "clone", "--quiet", "--single-branch", str(self.there.project.repository), "evidence")
            (self.folder / "drill.pem").write_bytes(signing_key(Kind.DRILL).pem)
        words = (
            "drill", "record", "--remote", f"{self.there.url}/{self.there.project.path}.git", "--base", "origin/main",
            "--runs", str(self.runs), "--key", str(self.folder / "drill.pem"), "--key-id", signing_key(Kind.DRILL).id,
        )  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "countersign", *words],
            cwd=clone, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def judge(self) -> Heard:
        """The event's job, which merges what may be merged."""
        return self.there.merge(self.request)

    def results(self) -> list[Json]:
        """What the runs came to, oldest first."""
        return [json.loads(path.read_text()) for path in sorted(self.runs.glob("*/result.json"))]


def launch(desk: Desk, **changes: str) -> None:
    """Dana lets a paused workflow of medium risk run again; a second of silence is enough for it."""
    desk.write(f"{FOLDER}/state.yaml", "state: live\n")
    drill = desk.path(f"{FOLDER}/drill.yaml")
    drill.write_text(re.sub(r"^silence: .*", "silence: 1s", drill.read_text(), flags=re.MULTILINE))
    for name, text in changes.items():
        desk.write(f"{FOLDER}/{name}.md", text)
    desk.commit("Let it run again")


@pytest.fixture
def jobs(desk: Desk, tmp_path: Path) -> Iterator[Jobs]:
    """Such a launch, opened and asking to be merged."""
    with ForgeDesk.begin(desk) as there:
        desk.git("push", "--quiet", "origin", "records")
        launch(desk)
        yield Jobs(there, there.open("live", labels=(LABEL,)), tmp_path)


def test_from_waiting_to_merged(jobs: Jobs) -> None:
    """The missing drill is run on what the merge would bring, signed elsewhere, and only then a click is asked for."""
    heard = jobs.judge()
    assert heard.exit_code == 4
    assert f"First the way back of `{NAME}` is rehearsed" in heard.note
    assert "press *Approve*" not in heard.note
    assert "a passed drill (the pipeline runs it); approval by one of" in heard.output
    done = jobs.drill()
    assert done.exit_code == 0, done.output
    [said] = jobs.results()
    assert (said["candidate"], said["commit"], said["target"]) == (True, jobs.request.sha, "sandbox")
    assert jobs.judge().exit_code == 4  # what is not signed is nothing
    told = jobs.evidence()
    assert told.returncode == 0, told.stderr
    assert git(jobs.folder / "evidence", "rev-parse", "HEAD") == main(jobs.there)
    heard = jobs.judge()
    assert heard.exit_code == 4
    assert "a passed drill" not in heard.note
    assert "press *Approve*" in heard.note
    assert "1 thing is still needed: approval by one of" in heard.output
    done = jobs.drill()
    assert (done.exit_code, done.output) == (0, f"!{jobs.request.iid} waits for no drill: wait.\n")
    assert jobs.results() == []  # what is on record needs no file, and nothing else was run
    jobs.there.approve(jobs.request, "finn")
    heard = jobs.judge()
    assert heard.exit_code == 0, heard.output
    assert jobs.request.state == "merged"
    [record, *_] = records(jobs.there, NAME)
    assert record.predicate["drill"]["path"].startswith(f"{NAME}/drill/")


def test_nothing_is_drilled_while_something_is_denied(jobs: Jobs) -> None:
    """What is refused anyway is not worth a drill: first its author mends it."""
    jobs.there.desk.path(f"{FOLDER}/fallback.md").unlink()
    jobs.there.desk.commit("Tidy up")
    jobs.there.push(jobs.request)
    done = jobs.drill()
    assert (done.exit_code, done.output) == (0, f"!{jobs.request.iid} waits for no drill: refuse.\n")
    assert not jobs.runs.exists()


def test_a_failed_drill_is_recorded_and_refuses(jobs: Jobs) -> None:
    """Silence before what is due has come up: the job fails, its record refuses the merge, nothing is tried again."""
    desk = jobs.there.desk
    steps = desk.path(f"{FOLDER}/drill.yaml")
    steps.write_text(steps.read_text().replace("drain: 2m", "drain: 1s"))
    desk.commit("In no time")
    jobs.there.push(jobs.request)
    done = jobs.drill()
    assert done.exit_code == 1, done.output
    assert [one["outcome"] for one in jobs.results()] != ["passed"]
    told = jobs.evidence()
    assert told.returncode == 0, told.stderr
    heard = jobs.judge()
    assert heard.exit_code == 1, heard.output
    assert "rollback.failed" in heard.note
    done = jobs.drill()
    assert (done.exit_code, done.output) == (0, f"!{jobs.request.iid} waits for no drill: refuse.\n")


def test_a_later_head_lacks_its_own_drill(jobs: Jobs) -> None:
    """T08: what was drilled is signed as what it is, and the head that came meanwhile waits for a drill of its own."""
    assert jobs.drill().exit_code == 0
    drilled = jobs.request.sha
    jobs.there.desk.replace(f"{FOLDER}/fallback.md", "\n", "\n\n")
    jobs.there.desk.commit("More space")
    jobs.there.push(jobs.request)
    assert [one["commit"] for one in jobs.results()] == [drilled]
    told = jobs.evidence()
    assert (told.returncode, jobs.results()) == (0, []), told.stderr
    heard = jobs.judge()
    assert heard.exit_code == 4
    assert "a passed drill (the pipeline runs it)" in heard.output
