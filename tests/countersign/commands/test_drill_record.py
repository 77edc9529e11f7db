"""`countersign drill record`: a run is data, held against git; what is true of it is signed and pushed, and once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import kept_runs, rehearsals, yaml_text
from support.clone import git
from support.company import RECORDS, signing_key
from support.desk import DRILL, NAME, PROMPT, Desk

from catalog.errors import RecordError, UsageError
from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch
from checks.gitlab import recording
from countersign.commands import drill_record as command
from drills import kept
from drills.evidence import BY_SIGNER
from drills.kept import Kept

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

    def ran(self, name: str = NAME, **fields: Json) -> Kept:
        """A run of the desk's head, judged by it, that passed right now."""
        return kept_runs.ran(self.desk.folder, name, **fields)

    def keep(self, run: Kept, name: str = "") -> Path:
        """The drill job leaves it."""
        return kept_runs.keep(self.runs, run, name)

    def left(self) -> list[str]:
        """The names of the runs that are still to be recorded."""
        return sorted(path.name for path in self.runs.iterdir())

    def aside(self) -> list[str]:
        """The names of what can never be."""
        return sorted(path.name for path in self.runs.with_name("drills-refused").glob("*"))

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
    """What is on record is what the run says, word for word, and whose word it is; its folder is gone with that."""
    run = job.ran()
    job.keep(run)
    code, out, err = job.record()
    assert (code, out.splitlines(), err) == (
        0, [f"{run.name}: {NAME} passed is on record", f"{job.runs}: 1 removed, being on record"], "",
    )  # fmt: skip
    [made] = job.recorded()
    assert made.predicate == {**run.said, "attested": {"journal": run.digest, "by_signer": list(BY_SIGNER)}}
    assert job.record() == (0, "No run waits to be put on record.\n", "")
    assert (len(job.recorded()), job.left()) == (1, [])


def test_a_real_run_is_recorded(job: Job) -> None:
    """What a runner really keeps of a sandbox is what a signer finds in git, and in its journal."""
    job.desk.write(DRILL, yaml_text.dump(rehearsals.document("late-fee-answer")))
    job.desk.land()
    git(job.clone, "fetch", "--quiet")
    said = job.desk.countersign("drill", "run", NAME, "--no-record", "--runs", str(job.runs))
    assert said.exit_code == 0, said.output
    code, _, err = job.record()
    assert (code, err, job.left()) == (0, "", [])
    [made] = job.recorded()
    assert (made.predicate["outcome"], made.predicate["commit"]) == ("passed", job.desk.head())


def test_a_failed_run_goes_on_record(job: Job) -> None:
    """It was put on record that it failed: the job did what it is for, and the gate will refuse."""
    run = job.ran(failing="drain")
    job.keep(run)
    code, out, _ = job.record()
    assert (code, out.splitlines()[0]) == (0, f"{run.name}: {NAME} failed is on record")
    assert [one.predicate["outcome"] for one in job.recorded()] == ["failed"]


@pytest.mark.parametrize("target", ["sandbox", "staging"])
def test_a_run_that_is_on_record_is_not_recorded_again(job: Job, target: str) -> None:
    """T08: a cache that brings it back, a job for another target, another day: the records say that it is there."""
    run = job.ran()
    job.keep(run)
    assert job.record()[0] == 0
    job.keep(run)
    assert job.record(target=target)[0] == 0
    assert (len(job.recorded()), job.left()) == (1, [])


@pytest.mark.parametrize("mark", ["recorded", "refused"])
def test_what_a_folder_says_of_itself_is_not_believed(job: Job, mark: str) -> None:
    """T07: a failed run that calls itself recorded, or hopeless, is put on record all the same."""
    folder = job.keep(job.ran(failing="stop"))
    (folder / mark).touch()
    assert job.record()[0] == 0
    assert [one.predicate["outcome"] for one in job.recorded()] == ["failed"]


def renamed(run: Kept, name: str) -> Kept:
    """A run under another name, in all that it says."""
    begun = {**run.entries[0], "run": name}
    return kept_runs.of({**run.said, "run": name}, [begun, *run.entries[1:]])


@pytest.mark.parametrize("how", ["folder", "name", "target"])
def test_a_copy_of_a_run_is_not_recorded(job: Job, how: str) -> None:
    """T07, T08: no name, date or target makes another run of one that is on record: no two take just as long."""
    run = job.ran()
    job.keep(run)
    assert job.record()[0] == 0
    copy = renamed(run, run.name[:-1] + "f")
    if how == "folder":
        job.keep(run, copy.name)
    if how == "name":
        job.keep(copy)
    if how == "target":
        begun = {**copy.entries[0], "target": "staging"}
        job.keep(kept_runs.of({**copy.said, "target": "staging"}, [begun, *copy.entries[1:]]))
    code, _, err = job.record(**({"target": "staging"} if how == "target" else {}))
    if how == "folder":  # it is the run itself, whatever it is kept under
        assert (code, job.left(), job.aside()) == (0, [], [])
    else:
        assert (code, job.left(), job.aside()) == (3, [], [copy.name]), err
        assert f"It is {run.name}, which is on record, to the microsecond." in err
    assert len(job.recorded()) == 1


def test_a_name_that_is_on_record_hides_no_other_run(job: Job) -> None:
    """T07: a failed run under the name of a passed one is told, and kept for who looks into it."""
    run = job.ran()
    job.keep(run)
    assert job.record()[0] == 0
    bad = kept_runs.of({**job.ran(failing="stop").said, "run": run.name}, run.entries)
    job.keep(bad)
    code, _, err = job.record()
    assert (code, job.left(), job.aside()) == (3, [], [run.name])
    assert "A run of that name is on record, and is another one." in err
    lost = kept_runs.not_home(job.ran(suffix="ffffff"), job.desk.folder)
    job.keep(lost)
    assert job.record()[0] == 0
    shutil.rmtree(job.runs)
    job.keep(kept_runs.of({**bad.said, "run": lost.name}, run.entries, lost.name))
    code, _, err = job.record()
    assert "A run of that name is on record, and is another one." in err


OTHER = "h1:" + "A" * 43 + "="
REFUSED: dict[str, tuple[Json, str]] = {
    "edited": ({"rollback_digest": OTHER}, "Its rollback_digest is h1:AAA"),
    "another version": ({"version": OTHER}, "Its version is h1:AAA"),
    "re-dated": ({"at": "2026-01-01T00:00:00.000Z"}, "It ended at 2026-01-01"),
    "no date": ({"at": "yesterday"}, "is not a time"),
    "another target": ({"target": "staging"}, "Its target is staging"),
    "left out": ({"scenarios": [{"name": "late-fee-answer", "outcome": "passed"}]}, "Its scenarios is not what"),
    "relabelled": ({"outcome": "failed"}, "does not fit its schema"),
    "another bundle": ({"bundle": {"revision": "r1", "seq": 1}}, "Its bundle.revision is r1"),
    "another OPA": ({"opa": "0.1.0"}, "Its opa is 0.1.0"),
    "an option as commit": ({"commit": "--upload-pack=id"}, "It names no commit"),
    "an unknown commit": ({"commit": "b" * 40}, "The commit bbbbbbbbbbbb cannot be fetched"),
    "a path as workflow": ({"workflow": "../team"}, "does not fit its schema"),
    "another workflow": ({"workflow": "ticket-triage"}, "Its version is"),
    "another name": ({"run": "20260901-115900-ffffff"}, "Its run is not what its journal tells"),
}
WAITS = ("another target", "an unknown commit")
"""It may be another job's, or be there the next time."""


@pytest.mark.parametrize("how", REFUSED)
def test_a_run_that_is_none_is_refused_and_kept(how: str, job: Job) -> None:
    """T07, T08: it says why and what to do, and records the others all the same.

    What can never be evidence is told once and set aside; another job's run, or one that cannot be fetched, waits.
    """
    change, words = REFUSED[how]
    run, good = job.ran(), job.ran(name="ticket-triage", suffix="ffffff")
    job.keep(replace(run, said={**run.said, **change}))
    job.keep(good)
    code, out, err = job.record()
    assert (code, f"{good.name}: ticket-triage passed is on record" in out) == (3, True), err
    assert err.startswith(f"{run.name}: ")
    assert words in err, err
    assert err.splitlines()[1].startswith("  -> ")
    assert job.recorded() == []
    assert (job.left(), job.aside()) == (([run.name], []) if how in WAITS else ([], [run.name]))
    assert job.record()[0] == (3 if how in WAITS else 0)
    assert job.recorded() == []


def test_a_run_of_the_future_waits_until_the_clock_is_right(job: Job) -> None:
    """The clock here may be the wrong one: what was run is not lost for that; what is of next year is none."""
    soon, never = (datetime.now(UTC) + timedelta(days=days) for days in (1, 300))
    run, none = job.ran(now=soon), job.ran(now=never)
    job.keep(run)
    job.keep(none)
    code, _, err = job.record()
    assert (code, job.left(), job.aside(), job.recorded()) == (3, [run.name], [none.name], [])
    assert "-> Set the clock right." in err


def test_what_waits_does_so_for_a_week(job: Job) -> None:
    """What cannot be fetched by then, or was another job's, is told and set aside: no cache grows for ever."""
    now = datetime.now(UTC) - timedelta(days=8)
    for target in ("sandbox", "staging"):
        run = job.ran(now=now, target=target, suffix=f"{target[:2]}0000", commit="b" * 40)
        job.keep(run)
    code, out, _ = job.record()
    assert (code, job.left(), len(job.aside())) == (3, [], 2)
    assert out.splitlines()[-1].endswith(": 2 set aside, since no record can come of it")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"a": 1, "a": 2}', "[" * 100000, '{"workflow": 1, "commit": 2}', "NaN", b'{"run": "\xff"}',
     '{"a": 1e999}'],
)  # fmt: skip
@pytest.mark.parametrize("name", ["result.json", "journal.jsonl"])
def test_a_file_that_is_no_run_is_refused(content: str | bytes, name: str, job: Job) -> None:
    """T07: whatever lies there, one line says that it is none."""
    folder = job.keep(job.ran())
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw + (b"\n" if name == "journal.jsonl" else b""))
    code, _, err = job.record()
    assert (code, job.aside(), job.recorded()) == (3, [folder.name], [])
    assert err.startswith(f"{folder.name}: ")
    assert len(err.splitlines()) == 3


@pytest.mark.parametrize("name", ["result.json", "journal.jsonl"])
def test_a_file_that_is_too_large_is_refused(name: str, job: Job) -> None:
    """T10, T19: no more of it is read than a run may be long."""
    folder = job.keep(job.ran())
    with (folder / name).open("ab") as file:
        file.truncate(64 * 1024**2)
    assert "is larger than" in job.record()[2]
    assert job.recorded() == []


@pytest.mark.parametrize("name", ["result.json", "journal.jsonl", ""])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_that_is_no_file_is_refused(job: Job, name: str, kind: str, tmp_path: Path) -> None:
    """T10: nothing is followed and nothing is waited for; what a link leads to is left as it is."""
    folder = job.keep(job.ran())
    place, elsewhere = (folder / name if name else folder), tmp_path / "elsewhere"
    place.rename(elsewhere)
    if kind == "link":
        place.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    before = sorted(elsewhere.rglob("*")), elsewhere.exists()
    code, _, err = job.record()
    assert (code, job.recorded()) == ((0 if (kind, name) == ("pipe", "") else 3), []), err
    assert (sorted(elsewhere.rglob("*")), elsewhere.exists()) == before


def test_a_link_to_all_runs_is_refused(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """T10: no folder is read, or emptied, to which a job has made a link."""
    job.keep(job.ran())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").symlink_to(tmp_path)
    for runs in (Path("reports/drills"), tmp_path / "link"):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(job.runs)
        with pytest.raises(UsageError, match="is a link"):
            command.record(job.clone, options(runs), job.key, signing_key(Kind.DRILL).id)
    assert len(job.left()) == 1


def options(runs: Path) -> command.Options:
    return command.Options(runs=runs, target="sandbox", remote="origin", branch="main", base=None)


def test_nothing_is_written_through_a_link(job: Job, tmp_path: Path) -> None:
    """T10: links under every name that was ever written change nothing elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    for run in (job.ran(), job.ran(suffix="ffffff", judged_by="b" * 40)):
        folder = job.keep(run)
        for name in ("recorded", "refused"):
            (folder / name).symlink_to(elsewhere)
    job.record()
    assert elsewhere.read_text() == "mine"
    (tmp_path / "drills-refused").mkdir(exist_ok=True)
    (tmp_path / "drills-refused").rename(tmp_path / "kept")
    (tmp_path / "drills-refused").symlink_to(tmp_path / "kept")
    run = job.ran(suffix="eeeeee")
    job.keep(replace(run, said={**run.said, "opa": "0.1.0"}))
    before = sorted((tmp_path / "kept").rglob("*"))
    code, out, err = job.record()
    assert (code, run.name in job.left()) == (3, True), out
    assert "drills-refused is a link" in err
    assert sorted((tmp_path / "kept").rglob("*")) == before


@pytest.mark.parametrize("ended", ["killed", "truncated", "undo_failed"])
def test_a_run_that_is_not_home_stays(job: Job, ended: str) -> None:
    """Whatever it is on record as, its journal is all that can bring its target home."""
    run = job.ran()
    if ended == "killed":
        name = kept_runs.kill(job.desk.folder, NAME, job.runs)
        assert job.record()[0] == 0
    elif ended == "truncated":
        name = job.keep(replace(run, entries=run.entries[:-1])).name
        assert job.record()[0] == 3
    else:
        lost = kept_runs.not_home(run, job.desk.folder)
        name = job.keep(lost).name
        assert job.record()[0] == 0
        assert [one.predicate["outcome"] for one in job.recorded()] == ["undo_failed"]
    assert (job.left(), job.aside()) == ([name], [])


def test_a_run_that_came_home_after_it_was_recorded_is_removed(job: Job) -> None:
    """It stays on record as what it was; what brought it home is no other run."""
    lost = kept_runs.not_home(job.ran(), job.desk.folder)
    job.keep(lost)
    assert job.record()[0] == 0
    shutil.rmtree(job.runs)
    job.keep(kept_runs.not_home(job.ran(), job.desk.folder, failures=[], before=lost))
    assert job.record()[0] == 0
    assert ([one.predicate["outcome"] for one in job.recorded()], job.left()) == (["undo_failed"], [])


def test_what_the_remote_refuses_waits(job: Job) -> None:
    """Nothing is removed before the remote has it; the next time it is made good."""
    hook = job.desk.folder.parent / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    folder = job.keep(job.ran())
    code, out, err = job.record()
    assert (code, out) == (3, f"{job.runs}: 1 left to be tried again\n")
    assert "The records were not taken" in err
    assert "-> The account needs the right to push" in err
    assert job.left() == [folder.name]
    hook.unlink()
    assert job.record()[0] == 0
    assert len(job.recorded()) == 1


def test_a_record_that_comes_in_between_is_kept(job: Job) -> None:
    """Somebody pushes while ours is made: theirs stands, and ours is put on top of it."""
    remote = job.desk.folder.parent / "remote.git"
    job.desk.record_drill("ticket-triage")
    theirs = job.desk.git("rev-parse", "records").strip()
    git(job.desk.folder, "push", "--quiet", "origin", "records:refs/heads/theirs")
    hook = remote / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nrm "$0"\nexec git update-ref refs/heads/records refs/heads/theirs\n')
    hook.chmod(0o755)
    job.keep(job.ran())
    code, _, err = job.record()
    assert (code, job.left()) == (0, []), err
    assert len(job.recorded()) == 1
    git(remote, "merge-base", "--is-ancestor", theirs, "refs/heads/records")


STEPS = ("fetch_records", "append_missing", "push_records", "remove")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_loses_nothing(job: Job, step: str, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that dies has the run on record, or still among those that wait; the next one makes it once."""
    job.keep(job.ran(failing="stop"))
    place = {"push_records": recording, "remove": kept}.get(step, command)
    real = getattr(place, step)

    def dies(*given: Json) -> Json:
        if when == "after":
            real(*given)
        raise SystemExit(9)

    monkeypatch.setattr(place, step, dies)
    with pytest.raises(SystemExit):
        job.record()
    monkeypatch.setattr(place, step, real)
    assert len(job.left()) or [one.predicate["outcome"] for one in job.recorded()] == ["failed"]
    for _ in range(2):
        assert job.record()[0] == 0
    assert ([one.predicate["outcome"] for one in job.recorded()], job.left()) == (["failed"], [])


def propose(job: Job) -> str:
    """A change on a branch of the remote; its head."""
    job.desk.branch("change")
    job.desk.replace(PROMPT, "at most 120", "at most 90")
    head = job.desk.commit("Shorter replies")
    job.desk.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
    return head


def test_a_head_that_is_on_no_branch_here_is_fetched(job: Job) -> None:
    """What a merge request would bring was drilled: its head is data, and is never checked out."""
    head = propose(job)
    job.keep(job.ran(base="main"))
    before = git(job.clone, "rev-parse", "HEAD")
    assert job.record()[0] == 0
    assert job.recorded()[0].predicate["commit"] == head
    assert git(job.clone, "rev-parse", "HEAD") == before
    assert git(job.clone, "status", "--porcelain") == ""


def test_a_change_does_not_choose_who_judges_it(job: Job) -> None:
    """T01, T08: a run under the rules and people of the change itself is none."""
    head = propose(job)
    run = job.ran()
    assert run.entries[0]["judged_by"] == head
    job.keep(run)
    code, _, err = job.record()
    assert (code, job.recorded(), job.left()) == (
        3,
        [],
        [run.name],
    )
    # Perhaps the branch is there soon.
    assert "is newer than the branch here" in err
    job.desk.git("switch", "--quiet", "main")
    job.desk.replace("workflows/ticket-triage/fallback.md", "\n", "\n\n")
    job.desk.commit("Space")
    job.desk.push()
    git(job.clone, "fetch", "--quiet")
    code, _, err = job.record()
    assert (code, job.recorded(), job.aside()) == (3, [], [run.name])
    assert f"It was judged by {head[:12]}, which was never the branch's tip." in err


def test_a_run_of_an_earlier_commit_is_recorded_as_one(job: Job) -> None:
    """T08: it is evidence of the version that it was of, and of no later one."""
    run = job.ran()
    job.desk.replace(PROMPT, "at most 120", "at most 90")
    job.desk.commit("Shorter replies")
    job.desk.push()
    git(job.clone, "fetch", "--quiet")
    newer = job.ran(suffix="ffffff")
    digests = {key: newer.said[key] for key in ("version", "rollback_digest", "commit", "bundle")}
    job.keep(run)
    job.keep(kept_runs.of({**run.said, **digests, "run": newer.said["run"]}, [newer.entries[0], *run.entries[1:]]))
    code, _, err = job.record()
    assert [one.predicate["version"] for one in job.recorded()] == [run.said["version"]]
    assert (code, len(job.aside())) == (3, 1), err


def test_the_result_of_a_merge_is_found(job: Job) -> None:
    """What was drilled may be on neither side: the merge of a head into the branch, which touches the same workflow."""
    head = propose(job)
    job.desk.git("switch", "--quiet", "main")
    job.desk.replace(f"workflows/{NAME}/fallback.md", "\n", "\n\n")
    job.desk.commit("Space")
    job.desk.push()
    git(job.clone, "fetch", "--quiet")
    run = job.ran(base="main", head="change")
    job.keep(run)
    assert job.record()[0] == 0, job.record()
    assert job.recorded()[0].predicate["commit"] == head
    job.desk.git("merge", "--quiet", "--no-edit", "change")
    assert job.desk.digests(NAME)["version"] == run.said["version"]


def test_a_head_that_does_not_merge_is_refused(job: Job) -> None:
    """A conflict is told, and spoils no other run."""
    head = propose(job)
    job.desk.git("switch", "--quiet", "main")
    job.desk.replace(PROMPT, "at most 120", "at most 80")
    job.desk.commit("Shortest replies")
    job.desk.push()
    git(job.clone, "fetch", "--quiet")
    run, good = job.ran(suffix="ffffff"), job.ran()
    entries = [{**run.entries[0], "commit": head}, *run.entries[1:]]
    job.keep(kept_runs.of({**run.said, "commit": head}, entries))
    job.keep(good)
    code, out, err = job.record()
    assert (code, f"{good.name}: {NAME} passed is on record" in out) == (3, True), err
    assert f"{run.name}: " in err
    assert job.aside() == [run.name]


def test_a_key_that_may_not_sign_drills_signs_none(job: Job) -> None:
    """T07: the key for change records, or one that nobody lists."""
    run = job.ran()
    job.keep(run)
    job.key.write_bytes(signing_key(Kind.CHANGE).pem)
    for key_id in (signing_key(Kind.CHANGE).id, "nobody-2026"):
        with pytest.raises(RecordError, match=f"The key {key_id} may sign no drill records") as error:
            job.record(key_id=key_id)
        assert ("signers.drill" in error.value.why, "--key-id" in error.value.solution) == (True, True)
    assert (job.recorded(), job.left()) == ([], [run.name])


def test_a_branch_that_is_not_here_is_named(job: Job) -> None:
    """It says what is missing and how to get it."""
    job.keep(job.ran())
    with pytest.raises(UsageError) as error:
        job.record(branch="trunk")
    assert (error.value.message, error.value.solution) == (
        "There is no refs/remotes/origin/trunk here.", "Fetch it: git fetch origin",
    )  # fmt: skip
