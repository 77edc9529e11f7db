"""docs/gitlab.md, followed literally: at its end all is fine, and without any one step doctor says what is missing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from support import setup_page
from support.ci_files import exported
from support.clone import git
from support.forge import Forge
from support.setup_page import Newcomers, Step, Tier

from checks.gitlab.settings.checks import CHECKS

STEPS = setup_page.steps()
LAST = STEPS[-1]
TIERS: tuple[Tier, ...] = ("free", "premium")
LEFT_OUT = [(tier, step) for tier in TIERS for step in STEPS[:-1] if not step.vital and tier in step.blocks]
VITAL = [step for step in STEPS if step.vital]


@contextmanager
def newcomers(folder: Path, tier: Tier) -> Iterator[Newcomers]:
    """Kim, before the first step."""
    forge = Forge(tier=tier)
    with forge.serve() as url:
        yield Newcomers.begin(folder, forge, url)
        assert forge.unknown == []
    shutil.rmtree(folder)


def test_the_page_says_of_each_step_what_it_must() -> None:
    """Steps are numbered without a gap; each is run or of the browser, and says what one sees."""
    assert [step.number for step in STEPS] == list(range(1, len(STEPS) + 1))
    known = {name for name, _ in CHECKS}
    for step in STEPS:
        assert step.browser != bool(step.blocks), step.title
        assert step.sees, step.title
        assert step.named <= known, step.title
        assert step is LAST or step.vital != bool(step.named), step.title
        assert tuple(step.blocks) == ("premium",) or "(Premium)" not in step.title
    assert "doctor --gitlab" in LAST.blocks["free"]


@pytest.mark.parametrize("tier", TIERS)
def test_followed_to_the_end(tier: Tier, tmp_path: Path) -> None:
    """Every block runs as it stands; the last one, doctor, finds all in order, and no secret was shown on the way."""
    with newcomers(tmp_path / "n", tier) as kim:
        said = kim.follow(tier, until=LAST.number)
        assert said.exit_code == 0, said.output
        assert said.output.endswith("All that the gate needs of GitLab is set.\n")
        assert "!!" not in said.output
        assert "??" not in said.output
        assert not (kim.folder / "change.pem").exists()
        anchor = git(kim.folder / "clone", "config", "countersign.anchor")
        assert git(kim.folder / "workflows.git", "rev-parse", "main") == anchor
        file = git(kim.folder / "control.git", "show", "main:.gitlab-ci.yml")
        assert exported(yaml.safe_load(file)[".job"]["before_script"]) == {
            "CI_SERVER_URL": kim.url, "COUNTERSIGN_PROJECT": "acme/workflows", "COUNTERSIGN_BRANCH": "main",
            "COUNTERSIGN_ADDRESS": f"{kim.url}/acme/workflows.git", "COUNTERSIGN_ANCHOR": anchor,
            "COUNTERSIGN_FORGE_ID": "900", "COUNTERSIGN_CHANGE_KEY_ID": "change-2026",
            "COUNTERSIGN_STOP_KEY_ID": "", "COUNTERSIGN_BUNDLE_KEY_ID": "",  # of live control, set up later
            "COUNTERSIGN_DRILL_KEY_ID": "", "COUNTERSIGN_DRILL_TARGET": "sandbox",  # of drills, as well
        }  # fmt: skip
        kept = {one.key: one.value for one in kim.projects["control"].variables}
        assert set(kept) == {"COUNTERSIGN_GITLAB_TOKEN", "COUNTERSIGN_CHANGE_KEY"}
        assert kept["COUNTERSIGN_CHANGE_KEY"].startswith("-----BEGIN PRIVATE KEY-----\n")


@pytest.mark.parametrize(("tier", "step"), LEFT_OUT, ids=lambda one: str(getattr(one, "number", one)))
def test_a_step_left_out_is_named(tier: Tier, step: Step, tmp_path: Path) -> None:
    """Without one step the others still run, and doctor names what the page says, and nothing else."""
    with newcomers(tmp_path / "n", tier) as kim:
        said = kim.follow(tier, without=step.number)
        assert said.exit_code == 0, said.output
        said = kim.doctor()
        assert said.output.startswith("{"), said.output
        found = {item["name"] for item in json.loads(said.output)["items"] if item["state"] in {"open", "unknown"}}
        assert (step.named == found) if step.alone else (step.named < found), said.output
        assert said.exit_code in {1, 3}


@pytest.mark.parametrize("step", VITAL, ids=lambda step: str(step.number))
def test_a_vital_step_left_out_is_noticed(step: Step, tmp_path: Path) -> None:
    """Without one of these the shell stops with an error, so that nobody goes on believing that it worked."""
    with newcomers(tmp_path / "n", "free") as kim:
        assert kim.follow("free", without=step.number).exit_code != 0


@pytest.mark.parametrize("tier", TIERS)
def test_apply_does_what_the_page_says(tier: Tier, tmp_path: Path) -> None:
    """After the steps that it cannot do, `--apply` alone does those that the page says it does."""
    with newcomers(tmp_path / "n", tier) as kim:
        assert kim.follow(tier, until=6).exit_code == 0
        assert kim.doctor("--apply", "--yes").exit_code == 1
        found = {item["name"] for item in json.loads(kim.doctor().output)["items"] if item["state"] != "ok"}
        done = {name for step in STEPS[6:11] + STEPS[15:16] if tier in step.blocks for name in step.named}
        assert done & found == set()
