"""`countersign init`: a fresh clone becomes a team's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.company import ROOT
from support.desk import FOLDER, PEOPLE, Desk
from support.terminal import CTRL_C, converse

from checks.history import ANCHOR

ANA = ("--person", "ana:101:ana@example.org:Ana Ruiz")
BEN = ("--person", "ben:102:ben@example.org:Ben Okafor")
TWO = (*ANA, *BEN, "--owner", "ana", "--deputy", "ben")


@pytest.fixture
def fresh(tmp_path: Path) -> Desk:
    """A clone of the shipped repository's team, workflows and policies, on main."""
    import shutil

    folder = tmp_path / "fresh" / "desk"
    for name in ("team", "workflows", "policies"):
        shutil.copytree(ROOT / name if name == "policies" else _shipped(name), folder / name)
    desk = Desk(folder, "ana")
    desk.git("init", "--quiet", "--initial-branch=main")
    desk.git("config", "user.name", "Ana Ruiz")
    desk.git("config", "user.email", "ana@example.org")
    desk.commit("Countersign")
    return desk


def _shipped(name: str) -> Path:
    # The samples that tests may read: a team that made the repository its own has changed the others.
    return ROOT / "tests" / "samples" / "repository" / name


def anchor(desk: Desk) -> str:
    return desk.git("config", "--local", "--get", ANCHOR)


def test_by_options(fresh: Desk) -> None:
    """Options alone make the anchor commit, print it and pin it; the clone is then clean and its own."""
    said = fresh.run("init", *TWO, "--remove-samples")
    assert said.exit_code == 0, said.output
    assert anchor(fresh) == fresh.git("rev-parse", "HEAD")
    assert f"anchor {anchor(fresh)}" in said.output
    assert fresh.git("status", "--porcelain") == ""
    assert not fresh.path("workflows").exists()
    text = fresh.path(PEOPLE).read_text()
    assert "owner: ana" in text
    assert "deputy: ben" in text
    assert "finn" not in text


def test_afterwards_the_whole_repository_is_judged(fresh: Desk) -> None:
    """With the samples gone there is nothing to judge, which is said; with them, nothing is refused."""
    assert fresh.run("init", *TWO, "--keep-samples").exit_code == 0
    judged = fresh.gate("--all")
    assert judged.exit_code in (0, 4), judged.output
    assert fresh.run("doctor").exit_code == 0


def test_afterwards_without_samples(fresh: Desk) -> None:
    """T11: without any workflow the gate judges nothing, and says what to do; a change is still judged."""
    assert fresh.run("init", *TWO, "--remove-samples").exit_code == 0
    fresh.cannot_judge("no workflow to judge", "Declare one", args=("--all",))
    fresh.write("notes.md", "x\n")
    fresh.waits().asks("control.owner", "notes.md", severity="wait")


def test_the_first_workflow_after_init(fresh: Desk) -> None:
    """A team's first own workflow is judged like any other: new, so the owner is asked."""
    import shutil

    assert fresh.run("init", *TWO, "--remove-samples").exit_code == 0
    fresh.git("switch", "--quiet", "-c", "first")
    shutil.copytree(_shipped("workflows") / "ticket-triage", fresh.path("workflows/tickets"))
    fresh.replace("workflows/tickets/workflow.yaml", "workflow: ticket-triage", "workflow: tickets")
    fresh.replace("workflows/tickets/workflow.yaml", "approver: dana", "approver: ana")
    fresh.write("workflows/tickets/state.yaml", "state: proposed\n")
    judged = fresh.gate()
    assert judged.exit_code in (1, 4), judged.output
    assert "risk.owner" in judged.codes


def test_keys_and_solo(fresh: Desk) -> None:
    """One person alone, with a key, is a team that judges."""
    key = "ab" * 32
    said = fresh.run("init", *ANA, "--owner", "ana", "--solo", "--key", f"ana:ana-1:{key}", "--keep-samples")
    assert said.exit_code == 0, said.output
    text = fresh.path(PEOPLE).read_text()
    assert "solo: true" in text
    assert key in text
    assert "deputy:" not in text
    judged = fresh.gate("--all")
    assert judged.exit_code in (0, 4), judged.output


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Nobody is named"),
        (("--person", "ana"), "Cannot read the person"),
        (("--person", "Ana:101:a@b.c:Ana", "--owner", "Ana"), "Cannot read the person"),
        (("--person", "ana:x:a@b.c:Ana", "--owner", "ana"), "Cannot read the person"),
        (("--person", "ana:\u00b2:a@b.c:Ana", "--owner", "ana", "--solo"), "Cannot read the person"),
        (("--person", "ana:0:a@b.c:Ana", "--owner", "ana", "--solo"), "forge"),
        (("--person", "ana:101:nonsense:Ana", "--owner", "ana", "--solo"), "emails"),
        (("--person", "ana:101:a@b.c:", "--owner", "ana", "--solo"), "name"),
        (("--person", "ana:101:a@b.c:\x1b[2J", "--owner", "ana", "--solo"), "name"),
        ((*ANA, "--owner", "ben", "--solo"), "ben is nobody"),
        ((*ANA, "--owner", "ana"), "deputy"),
        ((*ANA, "--owner", "ana", "--deputy", "ana"), "deputy"),
        ((*ANA, *ANA, "--owner", "ana", "--solo"), "ana"),
        ((*ANA, "--person", "ben:101:ben@example.org:Ben", "--owner", "ana", "--deputy", "ben"), "101"),
        ((*ANA, "--person", "ben:102:ana@example.org:Ben", "--owner", "ana", "--deputy", "ben"), "ana@example.org"),
        ((*TWO, "--solo"), "solo"),
        ((*TWO, "--key", "x"), "Cannot read the key"),
        ((*TWO, "--key", "ana:k:zz"), "ed25519"),
        ((*TWO, "--key", "finn:k:" + "ab" * 32), "Cannot read the key"),
    ],
)
def test_what_makes_no_sound_team_writes_nothing(fresh: Desk, args: tuple[str, ...], words: str) -> None:
    """Wrong or missing options are bad usage with the reason, and neither file, commit nor pin is made."""
    before = fresh.trace()
    said = fresh.run("init", *args, "--keep-samples")
    assert said.exit_code == 2, said.output
    assert words in said.output
    assert "\x1b" not in said.output
    assert fresh.trace() == before


def test_twice_is_refused(fresh: Desk) -> None:
    """A clone that has its anchor changes people by merge request."""
    assert fresh.run("init", *TWO, "--keep-samples").exit_code == 0
    before = fresh.trace()
    said = fresh.run("init", *TWO, "--keep-samples")
    assert said.exit_code == 2
    assert "has its anchor already" in said.output
    assert fresh.trace() == before


@pytest.mark.parametrize("path", [PEOPLE, "notes.md"])
def test_uncommitted_work_is_refused(fresh: Desk, path: str) -> None:
    """The anchor commit holds nothing but the team: uncommitted work comes first."""
    fresh.write(path, "x\n")
    before = fresh.trace()
    said = fresh.run("init", *TWO, "--keep-samples")
    assert said.exit_code == 2
    assert "uncommitted work" in said.output
    assert fresh.trace() == before


def test_a_commit_that_fails_pins_nothing(fresh: Desk) -> None:
    """When git refuses the commit, there is an error in git's words, and no anchor."""
    fresh.path(".git/refs/heads/main.lock").write_text("")
    said = fresh.run("init", *TWO, "--keep-samples")
    assert said.exit_code == 3
    assert "Traceback" not in said.output
    with pytest.raises(subprocess.CalledProcessError):
        anchor(fresh)


def test_it_asks_at_a_terminal(fresh: Desk) -> None:
    """Without options it asks for each thing, and answers lead to the same team."""
    answers = [
        ("Id", "ana"), ("Numeric forge id", "101"), ("E-mail", "ana@example.org"), ("Full name", "Ana Ruiz"),
        ("Id", "ben"), ("Numeric forge id", "102"), ("E-mail", "ben@example.org"), ("Full name", "Ben Okafor"),
        ("Id", ""), ("Owner", ""), ("Deputy", ""), ("Remove the", "n"),
    ]  # fmt: skip
    code, shown = converse(fresh, answers)
    assert code == 0, shown
    assert anchor(fresh) in shown
    asked = fresh.path(PEOPLE).read_text()
    fresh.git("reset", "--quiet", "--hard", "HEAD~1")
    fresh.git("config", "--unset", ANCHOR)
    assert fresh.run("init", *TWO, "--keep-samples").exit_code == 0
    assert fresh.path(PEOPLE).read_text() == asked


def test_ctrl_c_at_a_question_writes_nothing(fresh: Desk) -> None:
    """Interrupted while it asks, it ends with 130 and nothing was written."""
    before = fresh.trace()
    code, shown = converse(fresh, [("Id", "ana"), ("Numeric forge id", CTRL_C)])
    assert code == 130, shown
    assert "Traceback" not in shown
    assert fresh.trace() == before


def test_the_anchor_is_what_judging_starts_from(fresh: Desk) -> None:
    """T17: after init, a main that was rewritten from before the anchor is not judged."""
    first = fresh.git("rev-parse", "HEAD")
    assert fresh.run("init", *TWO, "--keep-samples").exit_code == 0
    fresh.git("switch", "--quiet", "-c", "change")
    fresh.replace(f"{FOLDER}/reply.prompt", "120", "90")
    assert fresh.gate().exit_code in (1, 4)
    fresh.git("branch", "--force", "main", first)
    fresh.cannot_judge("does not descend from the anchor")
