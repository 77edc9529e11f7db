"""`countersign doctor`: what works here, and what to do about the rest."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from support.company import Said
from support.desk import PEOPLE, Desk


def marks(said: Said) -> dict[str, str]:
    """Each item's mark by its name; a name with several keeps the last."""
    lines = [line.split(maxsplit=2) for line in said.output.splitlines() if line[:2] in ("ok", "--", "!!")]
    return {what: mark for mark, what, _ in lines}


def examine(desk: Desk) -> Said:
    """Run doctor, and prove that it left the clone alone."""
    before = desk.trace()
    said = desk.run("doctor")
    assert desk.trace() == before
    assert "Traceback" not in said.output
    return said


def test_a_sound_clone(desk: Desk) -> None:
    """Where all works, it says so, and what is only not there yet is a hint."""
    said = examine(desk)
    assert said.exit_code == 0, said.output
    found = marks(said)
    assert {"python", "regorus", "opa", "git", "policies", "people", "keys", "records", "target", "anchor"} <= set(
        found
    )
    assert "!!" not in found.values()
    assert said.output.endswith("All that judging needs works.\n")


@pytest.mark.parametrize(
    "text",
    ["owner: [\n", "owner: ana\n", "owner: ana\nowner: ben\n", "{}\n", "", "- x\n", "owner: \x1b[2J\n", "a: &a *a\n"],
)
def test_broken_people_are_named(desk: Desk, text: str) -> None:
    """An unreadable people.yaml is broken, with file and line, and the rest is still looked at."""
    desk.write(PEOPLE, text)
    said = examine(desk)
    assert said.exit_code == 3, said.output
    assert PEOPLE in said.output
    assert "broken." in said.output
    assert marks(said)["policies"] == "ok"
    assert "\x1b" not in said.output


def test_missing_people_are_named(desk: Desk) -> None:
    """So is one that is not there."""
    desk.path(PEOPLE).unlink()
    said = examine(desk)
    assert said.exit_code == 3
    assert PEOPLE in said.output


def test_broken_policies_are_named(desk: Desk) -> None:
    """A rule without metadata is broken, by its path."""
    desk.write("policies/gate/note/one-page.rego", "package x\n")
    said = examine(desk)
    assert said.exit_code == 3
    assert "policies/gate/note/one-page.rego" in said.output


def test_who_may_sign_is_a_sentence(desk: Desk) -> None:
    """Who may sign which kind of record is said by name, and so is what nobody may sign."""
    words = "ana may sign change and drill records; nobody may sign stop, resume, result and override records yet"
    assert words in examine(desk).output
    desk.replace(PEOPLE, "- pipeline-change\n  drill:", "- stranger\n  drill:")
    assert "the unknown key stranger may sign change records" in examine(desk).output


def test_names_are_short(desk: Desk) -> None:
    """Target and records are called as people call them, never by a full ref."""
    said = examine(desk)
    assert "ok  target      origin/main\n" in said.output
    assert "ok  records     records, " in said.output
    assert "refs/" not in said.output


def test_no_records_anywhere_is_no_advice_to_fetch(desk: Desk) -> None:
    """Where neither the clone nor what it knows of origin has records, there are none yet, and nothing to fetch."""
    desk.git("update-ref", "-d", "refs/heads/records")
    said = examine(desk)
    assert marks(said)["records"] == "--"
    assert "no records yet" in said.output
    assert "git fetch" not in said.output


def test_a_clone_of_one_branch_is_told_how_to_fetch(desk: Desk) -> None:
    """A clone that fetches a single branch cannot know, and the command that is printed brings the records."""
    desk.git("push", "--quiet", "origin", "records")
    for ref in ("refs/heads/records", "refs/remotes/origin/records"):
        desk.git("update-ref", "-d", ref)
    desk.git("config", "remote.origin.fetch", "+refs/heads/main:refs/remotes/origin/main")
    said = examine(desk)
    command = next(line.partition(": ")[2] for line in said.output.splitlines() if "git fetch" in line)
    desk.git(*shlex.split(command)[1:])
    assert marks(examine(desk))["records"] == "ok"


def test_broken_records_are_named(desk: Desk) -> None:
    """A records ref that points nowhere is broken."""
    desk.path(".git/refs/heads/records").write_text("0" * 39 + "1\n")
    said = examine(desk)
    assert said.exit_code == 3
    assert marks(said)["records"] == "!!"


def test_no_target_is_named(desk: Desk) -> None:
    """Without a branch to judge against, that is broken, and how to name one is said."""
    desk.git("remote", "remove", "origin")
    desk.git("branch", "--quiet", "-m", "main", "trunk")
    said = examine(desk)
    assert marks(said)["target"] == "!!"
    assert "--target" in said.output


def test_outside_a_clone(tmp_path: Path) -> None:
    """Outside a repository the engines are still looked at."""
    folder = tmp_path / "empty" / "desk"
    folder.mkdir(parents=True)
    said = Desk(folder).run("doctor")
    assert said.exit_code == 3
    assert marks(said)["regorus"] == "ok"
    assert marks(said)["git"] == "!!"


def test_a_conflict_is_named(desk: Desk) -> None:
    """In the middle of a merge there is no tree to read, and that is said."""
    blob = desk.git("hash-object", "-w", PEOPLE)
    info = "".join(f"100644 {blob} {stage}\t{PEOPLE}\n" for stage in (1, 2, 3))
    import subprocess

    subprocess.run(["git", "update-index", "--index-info"], cwd=desk.folder, input=f"0 {'0' * 40}\t{PEOPLE}\n{info}",
                   text=True, check=True, env=os.environ)  # fmt: skip
    said = examine(desk)
    assert said.exit_code == 3
    assert "conflict" in said.output
