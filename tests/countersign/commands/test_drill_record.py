"""`countersign drill record`: a run is data, held against git; what is true of it is signed and pushed, and once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import kept_runs
from support.clone import git
from support.company import RECORDS, signing_key
from support.desk import NAME, PROMPT, Desk

from catalog import change
from catalog.errors import UsageError
from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch
from catalog.snapshot import tree_of
from catalog.workflow import Workflow
from countersign.commands import drill_record as command

Json = Any


@dataclass(slots=True)
class Job:
    """The evidence job: a clone of its own, the key, and the runs that another job left."""

    desk: Desk
    clone: Path
    runs: Path
    key: Path
    capture: pytest.CaptureFixture[str]

    def record(self, **options: str) -> tuple[int, str, str]:
        """Exit code, and what was printed on both streams."""
        asked = {"target": "sandbox", "remote": "origin", "branch": "main", "base": None, **options}
        key_id = asked.pop("key_id", None) or signing_key(Kind.DRILL).id
        self.capture.readouterr()
        code = command.record(self.clone, command.Options(runs=self.runs, **asked), self.key, key_id)  # type: ignore[arg-type]
        return code, *self.capture.readouterr()

    def workflow(self, revision: str = "HEAD", name: str = NAME) -> Workflow:
        """A workflow as a commit of the desk has it."""
        with Repository.discover(self.desk.folder) as repository:
            [found] = change.read_workflows(repository, tree_of(repository, revision), [name])
            return found

    def ran(self, name: str = NAME, **fields: Json) -> dict[str, Json]:
        """A run of the desk's head that passed right now."""
        given = {"commit": self.desk.head(), "now": datetime.now(UTC) - timedelta(seconds=1), **fields}
        return kept_runs.kept(self.workflow(name=name), **given)

    def keep(self, said: dict[str, Json], name: str | None = None) -> Path:
        """The drill job leaves it."""
        return kept_runs.keep(self.runs, said, name)

    def recorded(self, name: str = NAME) -> list[Statement]:
        """The drills in the sandbox that are on the remote, newest first."""
        remote = self.desk.folder.parent / "remote.git"
        keyring = Keyring.from_people(self.desk.people())
        with Repository(remote) as repository:
            found = Branch.open(repository, RECORDS).read(name, (Kind.DRILL,), keyring, now=datetime.now(UTC))
        return [one.statement for one in found if one.statement.predicate["target"] == "sandbox"]


@pytest.fixture
def job(on_main: Callable[[], Desk], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Job:
    """On main, whose records are on the remote."""
    desk = on_main()
    desk.git("push", "--quiet", "origin", "records")
    git(tmp_path, "clone", "--quiet", "company/remote.git", "evidence")
    key = tmp_path / "drill.pem"
    key.write_bytes(signing_key(Kind.DRILL).pem)
    return Job(desk, tmp_path / "evidence", tmp_path / "drills", key, capsys)


def test_a_run_is_signed_and_pushed(job: Job) -> None:
    """What is on record is what the run says, word for word; the next time there is nothing to do."""
    said = job.ran()
    job.keep(said)
    code, out, err = job.record()
    assert (code, out, err) == (0, f"{said['run']}: {NAME} passed is on record\n", "")
    assert [one.predicate for one in job.recorded()] == [said]
    assert job.record() == (0, "No run waits to be put on record.\n", "")
    assert len(job.recorded()) == 1


def test_a_failed_run_goes_on_record(job: Job) -> None:
    """It was put on record that it failed: the job did what it is for, and the gate will refuse."""
    said = kept_runs.failed(job.ran())
    job.keep(said)
    code, out, _ = job.record()
    assert (code, out) == (0, f"{said['run']}: {NAME} failed is on record\n")
    assert [one.predicate["outcome"] for one in job.recorded()] == ["failed"]


def test_a_run_that_was_copied_is_recorded_once(job: Job) -> None:
    """T08: the same run from another folder, or from a cache that forgot that it is on record, changes nothing."""
    said = job.ran()
    for name in ("20260901-a", "20260901-b"):
        job.keep(said, name)
    assert job.record()[0] == 0
    for mark in job.runs.glob(f"*/{command.RECORDED}"):
        mark.unlink()
    assert job.record()[0] == 0
    assert len(job.recorded()) == 1


REFUSED: dict[str, tuple[Json, str]] = {
    "edited": ({"rollback_digest": "h1:" + "A" * 43 + "="}, "Its rollback_digest is h1:AAA"),
    "another version": ({"version": "h1:" + "A" * 43 + "="}, "is of nothing that is here"),
    "re-dated": ({"at": "2026-01-01T00:00:00.000Z"}, "It ended at 2026-01-01"),
    "another target": ({"target": "staging"}, "Its target is staging"),
    "left out": ({"scenarios": [{"name": "late-fee-answer", "outcome": "passed"}]}, "did not play the scenarios"),
    "relabelled": ({"outcome": "failed"}, "does not fit its schema"),
    "an option as commit": ({"commit": "--upload-pack=id"}, "is of nothing that is here"),
    "an unknown commit": ({"commit": "b" * 40}, "The commit bbbbbbbbbbbb cannot be fetched"),
    "a path as workflow": ({"workflow": "../team"}, "is of nothing that is here"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_run_that_is_none_is_refused_and_kept(how: str, job: Job) -> None:
    """T07, T08: it says why and what to do, and records the others all the same.

    What can never be evidence is told once and set aside; another job's run, or one that cannot be fetched, waits.
    """
    change, words = REFUSED[how]
    bad = job.keep({**job.ran(run="20260901-bad"), **change})
    job.keep(job.ran(name="ticket-triage", run="20260901-good"))
    code, out, err = job.record()
    assert (code, out) == (3, "20260901-good: ticket-triage passed is on record\n"), err
    assert err.startswith("20260901-bad: ")
    assert words in err
    assert err.splitlines()[1].startswith("  -> ")
    assert job.recorded() == []
    assert not (bad / command.RECORDED).exists()
    waits = how in ("another target", "an unknown commit")
    assert (bad / command.REFUSED).exists() is not waits
    assert job.record()[0] == (3 if waits else 0)
    assert job.recorded() == []


def test_a_phase_over_its_budget_is_refused(job: Job) -> None:
    """T07: what took too long did not pass, whatever the run says."""
    said = job.ran()
    said["phases"][2]["seconds"] = 10.5
    job.keep(said)
    code, _, err = job.record()
    assert code == 3
    assert "late-fee-answer/stop took longer than its budget" in err


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"a": 1, "a": 2}', "[" * 100000, '{"workflow": 1, "commit": 2}', "NaN"]
)
def test_a_file_that_is_no_result_is_refused(content: str, job: Job) -> None:
    """T07: whatever lies there, one line says that it is none."""
    folder = job.keep({"run": "20260901-bad"})
    (folder / "result.json").write_text(content)
    code, out, err = job.record()
    assert (code, out) == (3, "")
    assert err.startswith("20260901-bad: The result of 20260901-bad is none.")


def test_a_result_that_is_too_large_is_refused(job: Job) -> None:
    """T19: no more of it is read than a record may be long."""
    folder = job.keep(job.ran(run="20260901-bad"))
    with (folder / "result.json").open("ab") as file:
        file.truncate(64 * 1024**2)
    assert "is none" in job.record()[2]


def test_what_the_remote_refuses_waits(job: Job) -> None:
    """Nothing is marked as recorded before the remote has it; the next time it is made good."""
    hook = job.desk.folder.parent / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    folder = job.keep(job.ran())
    code, out, err = job.record()
    assert (code, out) == (3, "")
    assert "The records were not taken" in err
    assert "-> The account needs the right to push" in err
    assert not (folder / command.RECORDED).exists()
    hook.unlink()
    assert job.record()[0] == 0
    assert len(job.recorded()) == 1


def test_a_head_that_is_on_no_branch_here_is_fetched(job: Job) -> None:
    """What a merge request would bring was drilled: its head is data, and is never checked out."""
    job.desk.branch("change")
    job.desk.replace(PROMPT, "at most 120", "at most 90")
    head = job.desk.commit("Shorter replies")
    job.desk.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
    job.keep(job.ran())
    before = git(job.clone, "rev-parse", "HEAD")
    assert job.record()[0] == 0
    assert job.recorded()[0].predicate["commit"] == head
    assert git(job.clone, "rev-parse", "HEAD") == before
    assert git(job.clone, "status", "--porcelain") == ""


def test_the_result_of_a_merge_is_found(job: Job) -> None:
    """What was drilled may be on neither side: the merge of a head into the branch, which touches the same workflow."""
    job.desk.branch("change")
    job.desk.replace(PROMPT, "at most 120", "at most 90")
    head = job.desk.commit("Shorter replies")
    job.desk.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
    job.desk.git("switch", "--quiet", "main")
    job.desk.replace(f"workflows/{NAME}/fallback.md", "\n", "\n\n")
    job.desk.commit("Space")
    job.desk.push()
    git(job.clone, "fetch", "--quiet")
    job.desk.git("merge", "--quiet", "--no-edit", "change")
    job.keep(kept_runs.kept(job.workflow(), now=datetime.now(UTC), commit=head))
    assert job.record()[0] == 0, job.record()
    assert job.recorded()[0].predicate["commit"] == head


def test_a_head_that_no_longer_merges_is_refused(job: Job) -> None:
    """A conflict is told, and spoils no other run."""
    job.desk.branch("change")
    job.desk.replace(PROMPT, "at most 120", "at most 90")
    job.desk.commit("Shorter replies")
    job.desk.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
    bad = {**job.ran(run="20260901-bad"), "version": "h1:" + "A" * 43 + "="}
    job.desk.git("switch", "--quiet", "main")
    job.desk.replace(PROMPT, "at most 120", "at most 80")
    job.desk.commit("Shortest replies")
    job.desk.push()
    git(job.clone, "fetch", "--quiet")
    job.keep(bad)
    job.keep(job.ran(run="20260901-good"))
    code, out, err = job.record()
    assert (code, out) == (3, f"20260901-good: {NAME} passed is on record\n"), err
    assert "20260901-bad: " in err


def test_a_key_that_may_not_sign_drills_signs_none(job: Job) -> None:
    """T07: the key for change records, or one that nobody lists."""
    job.keep(job.ran())
    job.key.write_bytes(signing_key(Kind.CHANGE).pem)
    for key_id in (signing_key(Kind.CHANGE).id, "nobody-2026"):
        code, out, _ = job.record(key_id=key_id)
        assert (code, out) == (3, "")
    assert job.recorded() == []


def test_a_branch_that_is_not_here_is_named(job: Job) -> None:
    """It says what is missing and how to get it."""
    job.keep(job.ran())
    with pytest.raises(UsageError) as error:
        job.record(branch="trunk")
    assert (error.value.message, error.value.solution) == (
        "There is no refs/remotes/origin/trunk here.", "Fetch it: git fetch origin",
    )  # fmt: skip
