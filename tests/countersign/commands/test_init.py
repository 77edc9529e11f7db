"""`countersign init`: a fresh clone becomes a team's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.company import ROOT
from support.desk import FOLDER, PEOPLE, Desk
from support.terminal import CTRL_C, converse

from catalog import schemas, strict_yaml, workflow
from catalog.layout import CODEOWNERS, TASKS
from checks.history import ANCHOR

ANA = ("--person", "ana:101:ana@example.org:Ana Ruiz")
BEN = ("--person", "ben:102:ben@example.org:Ben Okafor")
TWO = (*ANA, *BEN, "--owner", "ana", "--deputy", "ben")


@pytest.fixture
def fresh(tmp_path: Path) -> Desk:
    """A clone of the shipped repository's team, workflows and policies, on main."""
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
    fresh.cannot_judge("no workflow to judge", "Declare your first workflow: ", "docs/manifest.md", args=("--all",))
    fresh.write("notes.md", "x\n")
    fresh.waits().asks("control.owner", "notes.md", severity="wait")


def test_the_first_workflow_after_init(fresh: Desk) -> None:
    """A team's first own workflow is judged like any other: new, so the owner is asked."""
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
        ((), "no terminal to ask at"),
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
        (("--person", f"ana:{'1' * 5000}:a@b.c:Ana", "--owner", "ana", "--solo"), "Cannot read the person"),
        ((*TWO, "--key", "x"), "Cannot read the key"),
        ((*TWO, "--key", "ana:k:zz"), "ed25519"),
        ((*TWO, "--key", "finn:k:" + "ab" * 32), "Cannot read the key"),
    ],
)
def test_what_makes_no_sound_team_writes_nothing(fresh: Desk, args: tuple[str, ...], words: str) -> None:
    """Wrong or missing options are bad usage with the reason, no word of judging, and nothing is made or pinned."""
    before = fresh.trace()
    said = fresh.run("init", *args, "--keep-samples")
    assert said.exit_code == 2, said.output
    assert words in " ".join(said.output.split())
    assert said.output.startswith("error: ")
    assert "judg" not in said.output
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


@pytest.mark.parametrize("samples", ["--remove-samples", "--keep-samples"])
def test_code_owners_go_with_the_people_they_name(samples: str, fresh: Desk) -> None:
    """The shipped CODEOWNERS names people who are gone, so it goes, and it is said how to have one again."""
    fresh.write(CODEOWNERS, "* @aruiz\n")
    fresh.commit("Code owners")
    said = fresh.run("init", *TWO, samples)
    assert said.exit_code == 0, said.output
    assert f"{CODEOWNERS} is removed" in said.output
    assert not fresh.path(CODEOWNERS).exists()
    assert fresh.git("status", "--porcelain") == ""
    assert fresh.run("codeowners", "--check").exit_code == 0
    for forge in ("101", "102"):
        fresh.replace(PEOPLE, f"forge: {forge}\n", f"forge: {forge}\n    username: u{forge}\n")
    assert fresh.run("codeowners").exit_code == 0


def test_without_code_owners_none_are_mentioned(fresh: Desk) -> None:
    """Where no CODEOWNERS was, init says nothing about it."""
    assert "CODEOWNERS" not in fresh.run("init", *TWO, "--keep-samples").output


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
    """Without options it asks for each thing, keys too, and answers lead to the same team."""
    key = "ab" * 32
    answers = [
        *described("ana", "101", "ana@example.org", "Ana Ruiz"), ("Public key", key), ("Name of that key", ""),
        *described("ben", "102", "ben@example.org", "Ben Okafor"), ("Public key", ""),
        ("Id", ""), ("Owner", ""), ("Deputy", ""), ("Remove the", "n"),
    ]  # fmt: skip
    code, shown = converse(fresh, answers)
    assert code == 0, shown
    assert anchor(fresh) in shown
    asked = fresh.path(PEOPLE).read_text()
    fresh.git("reset", "--quiet", "--hard", "HEAD~1")
    fresh.git("config", "--unset", ANCHOR)
    assert fresh.run("init", *TWO, "--key", f"ana:ana-1:{key}", "--keep-samples").exit_code == 0
    assert fresh.path(PEOPLE).read_text() == asked


def described(name: str, forge: str, email: str, full: str) -> list[tuple[str, str]]:
    """The questions about one person, with answers."""
    return [("Id", name), ("Numeric forge id", forge), ("E-mail", email), ("Full name", full)]


def test_a_wrong_answer_is_asked_for_again(fresh: Desk) -> None:
    """Each answer is checked as it is given: what is wrong is said, and the same question comes again."""
    wrong = [
        ("Id", "Ana", "Must be lower-case letters"), ("Id", "ana", ""),
        ("Numeric forge id", "x", "whole number"), ("Numeric forge id", "0", "1 or more"),
        ("Numeric forge id", "101", ""),
        ("E-mail", "nonsense", "e-mail address"), ("E-mail", "ana@example.org", ""),
        ("Full name", " ", "one visible line"), ("Full name", "Ana Ruiz", ""),
        ("Public key", "zz", "64 lower-case hexadecimal digits"), ("Public key", "", ""),
        ("Id", "ana", "ana, which is taken"), ("Id", "ben", ""),
        ("Numeric forge id", "101", "101, which is taken"), ("Numeric forge id", "102", ""),
        ("E-mail", "ANA@example.org", "which is taken"), ("E-mail", "ben@example.org", ""),
        ("Full name", "Ben Okafor", ""), ("Public key", "", ""), ("Id", "", ""),
        ("Owner", "finn", "Must be one of ana, ben."), ("Owner", "ana", ""),
        ("Deputy", "ana", "Must be one of ben."), ("Deputy", "ben", ""), ("Remove the", "y", ""),
    ]  # fmt: skip
    code, shown = converse(fresh, [(question, answer) for question, answer, _ in wrong])
    assert code == 0, shown
    assert shown.count("Error: ") == len([told for _, _, told in wrong if told])
    assert [told for _, _, told in wrong if told not in " ".join(shown.split())] == []
    assert "deputy: ben" in fresh.path(PEOPLE).read_text()


def test_one_alone_says_so(fresh: Desk) -> None:
    """Who names nobody else is asked whether that is so: if not, the list goes on; if so, the team is solo."""
    answers = [
        *described("ana", "101", "ana@example.org", "Ana Ruiz"), ("Public key", ""),
        ("Id", ""), ("nobody else", "n"), ("Id", ""), ("nobody else", "y"), ("Owner", ""), ("Remove the", "n"),
    ]  # fmt: skip
    code, shown = converse(fresh, answers)
    assert code == 0, shown
    assert "solo: true" in fresh.path(PEOPLE).read_text()


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
    fresh.cannot_judge("The anchor is not on main yet", "git push . HEAD:main")


@pytest.fixture
def cloned(fresh: Desk) -> Desk:
    """The same with an origin that it was cloned from."""
    remote = fresh.folder.parent / "remote.git"
    fresh.git("clone", "--quiet", "--bare", str(fresh.folder), str(remote))
    fresh.git("remote", "add", "origin", str(remote))
    fresh.git("fetch", "--quiet", "origin")
    fresh.git("remote", "set-head", "origin", "main")
    return fresh


def test_the_anchor_is_pushed_before_anything_is_judged(cloned: Desk) -> None:
    """T17: until origin has the anchor nothing passes, and gate, hook and doctor print the push that init printed."""
    push = "git push origin HEAD:main"
    assert push in cloned.run("init", *TWO, "--keep-samples").output
    cloned.replace(f"{FOLDER}/reply.prompt", "120", "90")
    cloned.git("add", "--all")
    cloned.cannot_judge("The anchor is not on origin/main yet", push)
    cloned.cannot_judge("The anchor is not on origin/main yet", push, args=("--staged", "--hook"))
    doctor = cloned.run("doctor")
    assert doctor.exit_code == 3
    assert "!!  anchor      The anchor is not on origin/main yet." in doctor.output
    assert push in doctor.output
    cloned.git(*push.split()[1:])
    assert cloned.gate().exit_code in (1, 4)
    assert "ok  anchor" in cloned.run("doctor").output


def test_what_is_on_top_of_the_anchor_is_not_pushed_with_it(cloned: Desk) -> None:
    """With commits after the anchor, the push that is printed brings the anchor alone."""
    assert cloned.run("init", *TWO, "--keep-samples").exit_code == 0
    pinned = anchor(cloned)
    cloned.replace(f"{FOLDER}/reply.prompt", "120", "90")
    cloned.commit("Shorter")
    push = f"git push origin {pinned[:12]}:main"
    cloned.cannot_judge("The anchor is not on origin/main yet", push)
    cloned.git(*push.split()[1:])
    assert cloned.git("rev-parse", "origin/main") == pinned
    assert cloned.gate().exit_code in (1, 4)


def test_a_removed_sample_burns_no_name(cloned: Desk) -> None:
    """T09: judging starts after the anchor: a name that only the samples had is new, one that the team had is not."""
    assert cloned.run("init", *TWO, "--remove-samples").exit_code == 0
    cloned.git("push", "--quiet", "origin", "HEAD:main")
    cloned.git("switch", "--quiet", "-c", "first")
    source = _shipped("workflows") / "ticket-triage"
    shutil.copytree(source, cloned.path("workflows/ticket-triage"))
    assert "workflow.readded" not in cloned.gate().codes
    cloned.commit("Ours")
    cloned.git("rm", "-r", "-q", "workflows/ticket-triage")
    cloned.commit("Not ours any more")
    cloned.git("push", "--quiet", "origin", "HEAD:main")
    shutil.copytree(source, cloned.path("workflows/ticket-triage"))
    cloned.refuses().asks("workflow.readded", "workflows/ticket-triage/workflow.yaml")


def test_the_tasks_of_the_samples_go_with_them(fresh: Desk) -> None:
    """What the removed workflows were for goes too, the team's own tasks stay, and the file is sound."""
    task = "  sales: {title: Selling, owner: ana, harm: low, speed: minutes, spend: low}\n"
    fresh.write(TASKS, f"# Ours.\n{fresh.path(TASKS).read_text()}{task}")
    fresh.commit("A task of our own")
    assert fresh.run("init", *TWO, "--remove-samples").exit_code == 0
    text = fresh.path(TASKS).read_text()
    assert text.startswith("# Ours.\n")
    assert list(strict_yaml.parse(text.encode())["tasks"]) == ["sales"]
    assert list(schemas.problems("tasks", strict_yaml.parse(text.encode()))) == []


def test_without_tasks_of_its_own_the_list_is_empty(fresh: Desk) -> None:
    """In a fresh clone no task is left, and the file still fits its schema."""
    assert fresh.run("init", *TWO, "--remove-samples").exit_code == 0
    assert strict_yaml.parse(fresh.path(TASKS).read_bytes()) == {"tasks": {}}
    assert list(schemas.problems("tasks", {"tasks": {}})) == []


def test_without_an_identity_nothing_is_asked(fresh: Desk) -> None:
    """Where git would not commit, that is said before anything else, with the two settings that help."""
    for setting in ("user.name", "user.email"):
        fresh.git("config", "--unset", setting)
    fresh.git("config", "user.useConfigOnly", "true")
    before = fresh.trace()
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "countersign", "init"]
    done = subprocess.run(
        command, cwd=fresh.folder, env={**os.environ, **nowhere}, input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: Git does not know who commits the anchor.")
    assert 'git config user.name "Ana Ruiz" && git config user.email ana@example.org' in done.stderr
    assert fresh.trace() == before


def test_without_a_terminal_the_flags_are_named(fresh: Desk) -> None:
    """Piped input is no answer: each option that is still needed is named, and none that was given."""
    said = fresh.run("init", *ANA)
    assert said.exit_code == 2
    assert "There is no terminal to ask at." in said.output
    assert "--owner ID, --deputy ID (or --solo), --remove-samples (or --keep-samples)." in " ".join(said.output.split())
    assert "--person" not in said.output


@pytest.mark.parametrize("begins", ["0b", "0o17", "0x", "1e5", "1_0", "9" * 30])
def test_a_key_that_looks_like_a_number_can_be_read_again(begins: str, fresh: Desk) -> None:
    """Whatever digits a key begins with, and whatever its id is, the anchor's people are readable."""
    key = begins.replace("o", "0").replace("x", "0").replace("_", "0") + "b" * 64
    said = fresh.run("init", *TWO, "--key", f"ana:change-2026:{key[:64]}", "--remove-samples")
    assert said.exit_code == 0, said.output
    people, problems = workflow.read_document(PEOPLE, fresh.path(PEOPLE).read_bytes(), "people")
    assert problems == []
    assert people
    assert people["people"]["ana"]["keys"][0]["ed25519"] == key[:64]
