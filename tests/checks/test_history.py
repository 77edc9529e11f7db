"""What history says of a workflow that comes or goes, and where judging begins."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.company import ROOT
from support.desk import FOLDER, NAME, PROMPT, STATE, Desk

from catalog import change, snapshot
from catalog.git import Repository
from checks import history
from checks.facts import NO_HISTORY

TRIAGE = "workflows/ticket-triage"
SPELLINGS = (
    "state: live\n",
    "state: 'live'  # now\n",
    "reason: x\nstate:   live\n",
    "{state: live}\n",
    '"state": live\n',
    "state :\n  live\n",
    "state: >-\n  live\n",
    'state: "l\\x69ve"\n',
    "? state\n: live\n",
    "state: [unreadable\n",
)


def facts(desk: Desk, name: str) -> dict[str, object]:
    """The history of a workflow of the change."""
    with Repository.discover(desk.folder) as repository:
        repository.use_scratch()
        comparison = snapshot.proposed(repository, None)
        changed = change.between(repository, comparison.before, comparison.after)
        return dict(history.facts(repository, comparison, next(one for one in changed.workflows if one.name == name)))


def test_an_edited_workflow_needs_no_history(desk: Desk) -> None:
    """Only what appears or disappears is looked up."""
    desk.replace(PROMPT, "120", "90")
    assert facts(desk, NAME) == NO_HISTORY


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_deleted_workflow_was_live_however_it_was_written(on_main: Callable[[], Desk], text: str) -> None:
    """T09: any spelling of live that the reader takes counts as having run, and so does what nobody can read."""
    desk = on_main()
    desk.write("workflows/refund-decisions/state.yaml", text)
    desk.land()
    desk.write("workflows/refund-decisions/state.yaml", "state: proposed\n")
    desk.land()
    desk.branch("change")
    shutil.rmtree(desk.path("workflows/refund-decisions"))
    assert facts(desk, "refund-decisions")["was_live"] is True


def test_a_draft_that_never_ran_was_not_live(desk: Desk) -> None:
    """A proposed workflow may go as it came."""
    shutil.rmtree(desk.path("workflows/refund-decisions"))
    assert facts(desk, "refund-decisions")["was_live"] is False


def test_a_side_of_a_merge_that_came_to_nothing_counts(on_main: Callable[[], Desk]) -> None:
    """T09: what was live on main and was merged over is found, although plain `git log` leaves that side out."""
    desk = on_main()
    state = "workflows/refund-decisions/state.yaml"
    desk.branch("old")
    desk.write("notes.md", "x\n")
    desk.commit("Notes")
    desk.git("switch", "--quiet", "main")
    desk.write(state, "state: live\n")
    desk.land()
    desk.git("switch", "--quiet", "old")
    desk.git("merge", "--quiet", "--strategy=ours", "-m", "Over it", "main")
    desk.git("switch", "--quiet", "main")
    desk.git("merge", "--quiet", "--ff-only", "old")
    desk.push()
    desk.branch("change")
    shutil.rmtree(desk.path("workflows/refund-decisions"))
    assert facts(desk, "refund-decisions")["was_live"] is True


def test_a_name_that_was_there_is_known(on_main: Callable[[], Desk]) -> None:
    """A name that any earlier commit of the target had was there before; a new one was not."""
    desk = on_main()
    shutil.copytree(desk.path(TRIAGE), desk.folder.parent / "kept")
    shutil.rmtree(desk.path(TRIAGE))
    desk.land()
    desk.branch("change")
    for name in ("ticket-triage", "ticket-triage-two"):
        shutil.copytree(desk.folder.parent / "kept", desk.path(f"workflows/{name}"))
    assert facts(desk, "ticket-triage")["removed_before"] is True
    assert facts(desk, "ticket-triage-two")["removed_before"] is False


def test_a_look_alike_is_found(desk: Desk) -> None:
    """A new name that reads like one that is there comes with that other name."""
    shutil.copytree(desk.path(FOLDER), desk.path("workflows/bi11ing-replies"))
    assert facts(desk, "bi11ing-replies")["look_alike"] == NAME


def test_a_shallow_clone_cannot_tell(desk: Desk, tmp_path: Path) -> None:
    """Where history is cut off, whether a name is new cannot be told: an error, and how to fetch it."""
    shallow = tmp_path / "shallow" / "desk"
    origin = (desk.folder.parent / "remote.git").as_uri()
    desk.write("notes.md", "x\n")
    desk.git("switch", "--quiet", "main")
    desk.land()
    subprocess.run(["git", "clone", "--quiet", "--depth=1", origin, str(shallow)], check=True)
    other = Desk(shallow)
    shutil.rmtree(other.path(FOLDER))
    other.cannot_judge("shallow", "--unshallow", STATE)


def begin(desk: Desk) -> None:
    """Main as it is becomes the anchor."""
    desk.git("config", history.ANCHOR, desk.git("rev-parse", "main"))


@pytest.mark.parametrize("anchored", [False, True])
def test_a_name_from_before_the_anchor_is_free(on_main: Callable[[], Desk], anchored: bool) -> None:
    """A name that was there only before the anchor was never judged, and was not there before."""
    desk = on_main()
    shutil.copytree(desk.path(TRIAGE), desk.folder.parent / "kept")
    shutil.rmtree(desk.path(TRIAGE))
    desk.land()
    if anchored:
        begin(desk)
    desk.branch("change")
    shutil.copytree(desk.folder.parent / "kept", desk.path(TRIAGE))
    assert facts(desk, "ticket-triage")["removed_before"] is not anchored


@pytest.mark.parametrize("anchored", [False, True])
def test_a_state_from_before_the_anchor_is_nobodys(on_main: Callable[[], Desk], anchored: bool) -> None:
    """What was live only before the anchor did not run here."""
    desk = on_main()
    desk.write("workflows/refund-decisions/state.yaml", "state: live\n")
    desk.land()
    desk.write("workflows/refund-decisions/state.yaml", "state: proposed\n")
    desk.land()
    if anchored:
        begin(desk)
    desk.branch("change")
    shutil.rmtree(desk.path("workflows/refund-decisions"))
    assert facts(desk, "refund-decisions")["was_live"] is not anchored


@pytest.mark.parametrize("later", [False, True])
def test_a_state_at_the_anchor_counts(on_main: Callable[[], Desk], later: bool) -> None:
    """T09: what was live at the anchor ran, whether or not its state has changed since."""
    desk = on_main()
    begin(desk)
    if later:
        desk.write(STATE, "state: proposed\n")
        desk.land()
    desk.branch("change")
    shutil.rmtree(desk.path(FOLDER))
    assert facts(desk, NAME)["was_live"] is True


def test_a_pipeline_is_told_the_anchor(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """T17: the three variables that docs/gate.md names pin the anchor where there is no clone of one's own."""
    told = {"COUNT": "1", "KEY_0": history.ANCHOR, "VALUE_0": "0" * 39 + "1"}
    page = (ROOT / "docs/gate.md").read_text(encoding="utf-8")
    for name, value in told.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
        assert f"`GIT_CONFIG_{name}" in page
    desk.cannot_judge("does not descend from the anchor")


def test_an_anchor_that_a_named_target_lacks(desk: Desk) -> None:
    """T17: a target that was asked for by name and ends before the anchor is called by its commit."""
    first = desk.git("rev-list", "--max-parents=0", "main")
    begin(desk)
    desk.git("branch", "old", first)
    desk.cannot_judge(f"The anchor is not on {first[:12]} yet", "git push origin HEAD:BRANCH", args=("--target", "old"))


def test_a_target_behind_the_anchor_is_judged(desk: Desk) -> None:
    """The anchor and everything after it may be judged against."""
    desk.git("config", history.ANCHOR, desk.git("rev-list", "--max-parents=0", "main"))
    desk.passes()


@pytest.mark.parametrize("anchor", ["0" * 39 + "1", "not-a-commit"])
def test_a_target_without_the_anchor_is_an_error(desk: Desk, anchor: str) -> None:
    """T17: a target that does not descend from the pinned anchor is another history, and is not judged."""
    desk.git("config", history.ANCHOR, anchor)
    desk.cannot_judge("does not descend from the anchor")


def test_a_rewritten_target_is_an_error(desk: Desk) -> None:
    """T17: main started over, with the same content, does not descend from the anchor."""
    desk.git("config", history.ANCHOR, desk.git("rev-parse", "main"))
    desk.git("switch", "--quiet", "--orphan", "again")
    desk.git("checkout", "main", "--", ".")
    desk.commit("Begin again")
    desk.cannot_judge("does not descend from the anchor", args=("--target", "again"))
