"""What a run of the gate compares, and what it says of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.desk import FALLBACK, FOLDER, MANIFEST, NAME, PROMPT, STATE, Desk

from catalog import clock
from catalog.git import Repository
from catalog.records import local
from catalog.records.statement import Kind, make_statement
from checks.finding import Verdict
from checks.gate import Request, judge


def shorten(desk: Desk) -> None:
    desk.replace(PROMPT, "at most 120 plain words", "at most 90 plain words")


def changed(desk: Desk, *args: str) -> list[str]:
    """The workflows that a run says it judged."""
    return [one["workflow"] for one in desk.gate(*args).report["changes"]]


def test_nothing_changed_is_said(desk: Desk) -> None:
    """Where nothing differs from the target, that is what the report says, and it passes."""
    for args in ((), ("--staged",), ("--base", "main", "--head", "change")):
        judged = desk.passes(*args)
        assert judged.report["changes"] == []
        assert "othing" in judged.output


def test_the_bare_command_judges_all_that_is_not_on_the_target(desk: Desk) -> None:
    """Commits, staged, unstaged and untracked work are judged together."""
    shorten(desk)
    desk.commit("Shorter")
    desk.replace("workflows/ticket-triage/sort.prompt", "{{", " {{")
    desk.git("add", "--all")
    desk.write("workflows/help-centre-edits/new.md", "x\n")
    assert changed(desk) == ["billing-replies", "help-centre-edits", "ticket-triage"]


def test_staged_judges_the_index(desk: Desk) -> None:
    """`--staged` takes what would be committed now, and leaves the rest of the working tree out."""
    shorten(desk)
    desk.git("add", "--all")
    desk.path(FALLBACK).unlink()
    assert desk.waits("--staged").found("workflow.files") == []
    assert desk.refuses().found("workflow.files")


def test_base_and_head_judge_commits(desk: Desk) -> None:
    """`--base` and `--head` judge two commits, whatever the working tree holds."""
    shorten(desk)
    desk.commit("Shorter")
    desk.path(FALLBACK).unlink()
    judged = desk.waits("--base", "main", "--head", "change")
    assert judged.report["judged"]["target"] == desk.git("rev-parse", "main")
    assert desk.waits("--base", "main").report["changes"] == judged.report["changes"]


def test_ignored_files_are_not_judged(desk: Desk) -> None:
    """What git ignores would not be committed, and is not judged."""
    desk.path(".git/info/exclude").write_text("*.tmp\n")
    desk.write(f"{FOLDER}/draft.tmp", "x\n")
    assert desk.passes().report["changes"] == []


def test_a_parallel_change_is_part_of_what_is_judged(on_main: Callable[[], Desk]) -> None:
    """What is judged is the merge result, and only what the branch changes of it."""
    desk = on_main()
    desk.branch("change")
    shorten(desk)
    desk.git("switch", "--quiet", "--merge", "main")
    desk.git("stash", "--quiet")
    desk.replace("workflows/ticket-triage/sort.prompt", "{{", " {{")
    desk.land("Triage, meanwhile")
    desk.git("switch", "--quiet", "change")
    desk.git("stash", "pop", "--quiet")
    assert changed(desk) == [NAME]


def test_a_conflict_is_an_error(on_main: Callable[[], Desk]) -> None:
    """A change that does not merge cleanly has no result to judge; the file is named."""
    desk = on_main()
    desk.branch("change")
    shorten(desk)
    desk.commit("Shorter")
    desk.git("switch", "--quiet", "main")
    desk.replace(PROMPT, "at most 120 plain words", "at most 150 plain words")
    desk.land("Longer")
    desk.git("switch", "--quiet", "change")
    desk.cannot_judge(PROMPT, "does not merge cleanly", "rebase")


def test_an_unresolved_merge_is_an_error(on_main: Callable[[], Desk]) -> None:
    """While a merge is unresolved there is no tree to judge."""
    desk = on_main()
    desk.branch("change")
    shorten(desk)
    desk.commit("Shorter")
    desk.git("branch", "other", "main")
    desk.git("switch", "--quiet", "other")
    desk.replace(PROMPT, "at most 120 plain words", "at most 150 plain words")
    desk.commit("Longer")
    with pytest.raises(subprocess.CalledProcessError):
        desk.git("merge", "change")
    desk.cannot_judge(PROMPT, "conflict")
    desk.cannot_judge("conflict", args=("--staged",))


def test_without_a_target_it_asks_for_one(desk: Desk) -> None:
    """Without origin and main there is nothing to judge against: bad usage, and how to name it."""
    desk.git("remote", "remove", "origin")
    desk.git("branch", "--quiet", "-m", "main", "trunk")
    shorten(desk)
    assert "--target BRANCH" in desk.misused().output
    assert desk.waits("--target", "trunk").codes >= {"approver.countersign"}


@pytest.mark.parametrize("args", [("--target", "nowhere"), ("--base", "nowhere"), ("--base", "main", "--head", "-x")])
def test_a_name_that_is_no_commit_is_bad_usage(desk: Desk, args: tuple[str, ...]) -> None:
    """A branch that is not here is bad usage, and not an empty change."""
    assert "is no commit" in desk.misused(*args).output


def test_a_detached_head_is_judged(desk: Desk) -> None:
    """No branch is needed to be judged, as in a pipeline's checkout."""
    shorten(desk)
    desk.commit("Shorter")
    desk.git("switch", "--quiet", "--detach")
    assert changed(desk) == [NAME]


def test_a_folder_inside_the_clone_is_enough(desk: Desk) -> None:
    """The gate judges the whole repository from any of its folders."""
    shorten(desk)
    report = judge(Request(start=desk.path(FOLDER), now=clock.read(None)))
    assert [one.workflow for one in report.changes] == [NAME]


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    """Outside any repository there is an error, and what to do."""
    from catalog.errors import GitError

    with pytest.raises(GitError, match="No git repository"):
        judge(Request(start=tmp_path, now=clock.read(None)))


def test_a_repository_without_a_commit_says_so(desk: Desk) -> None:
    """Before the first commit there is nothing to judge."""
    desk.git("switch", "--quiet", "--orphan", "empty")
    assert "no commit" in desk.misused().output


def test_a_shallow_clone_is_an_error(desk: Desk, tmp_path: Path) -> None:
    """Where history is cut off between target and branch, authors may be missing: an error, and how to get them."""
    shorten(desk)
    desk.commit("Shorter")
    desk.git("push", "--quiet", "origin", "change")
    origin = (desk.folder.parent / "remote.git").as_uri()
    shallow = tmp_path / "shallow" / "desk"
    options = ("--quiet", "--depth=1", "--no-single-branch", "--branch", "change")
    subprocess.run(["git", "clone", *options, origin, str(shallow)], check=True)
    Desk(shallow).cannot_judge("shallow", "--unshallow")


def test_local_evidence_counts_at_the_desk_only(desk: Desk) -> None:
    """A drill that this clone ran counts at the desk, and is printed as local; in the pipeline it is nothing."""
    from datetime import UTC, datetime, timedelta

    from support.records import predicate

    shorten(desk)
    said = dict(line.split() for line in desk.run("version", NAME).output.splitlines())
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    started = (now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    drill = predicate(
        Kind.DRILL, version=said["version"], rollback_digest=said["rollback"], target="staging", at=now, started=started
    )
    with Repository(desk.folder) as repository:
        local.record(repository, make_statement(Kind.DRILL, drill), now=datetime.now(UTC))
    judged = desk.waits()
    assert "rollback.untested" not in judged.codes
    assert any("ocal evidence" in note for note in judged.report["notes"])
    judged = desk.waits("--assurance", "cooperative")
    assert "rollback.untested" in judged.codes
    assert not any("ocal evidence" in note for note in judged.report["notes"])


def test_pausing_and_restoring_need_nobody_else(on_main: Callable[[], Desk]) -> None:
    """On-call may pause; on-call may bring back a prompt that ran and is proved good."""
    desk = on_main()
    shorten(desk)
    desk.land("Shorter")
    desk.branch("back", who="eli")
    desk.replace(PROMPT, "at most 90 plain words", "at most 120 plain words")
    assert desk.passes().report["changes"][0]["kind"] == "restoring"
    desk.abandon()
    desk.branch("pause", who="eli")
    desk.write(STATE, "state: paused\nreason: A wrong fee.\n")
    assert desk.passes().report["changes"][0]["kind"] == "narrowing"


def test_a_comment_in_the_manifest_is_a_new_version(desk: Desk) -> None:
    """A manifest whose text differs and nothing else is another version, and is judged as a change."""
    desk.write(MANIFEST, desk.path(MANIFEST).read_text() + "# why\n")
    assert desk.waits().report["changes"][0]["because"] == ["text"]


def test_one_run_both_engines(desk: Desk) -> None:
    """OPA and both engines together say what the embedded engine says."""
    shorten(desk)
    now = clock.read(None)
    reports = [judge(Request(start=desk.folder, now=now, engine=kind)) for kind in ("regorus", "opa", "both")]
    assert {report.verdict for report in reports} == {Verdict.WAIT}
    assert reports[0].findings == reports[1].findings == reports[2].findings
