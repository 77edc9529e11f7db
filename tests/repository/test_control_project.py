"""docs/control-project/: pipelines to copy, in which the head is data and no secret is where it need not be."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from support.ci_files import CONTROL, PINNED, exported, jobs, minutes, read, runs
from support.clone import git
from support.pages import ROOT

import start

README = (ROOT / "docs/control-project/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "branch", "number", "expected"),
    [
        ("trigger", "main", "", {"event", "drill", "evidence", "bundle"}),
        ("trigger", "main", "7", {"event", "drill", "evidence", "bundle"}),
        ("schedule", "main", "", {"sweep", "bundle"}),
        ("web", "main", "", {"sweep", "bundle"}),
        ("web", "main", "7", {"request", "drill", "evidence", "bundle"}),
        ("push", "main", "", set()),
        ("merge_request_event", "", "", set()),
        ("api", "main", "", set()),
        ("pipeline", "main", "", set()),
        ("trigger", "topic", "", set()),
        ("web", "topic", "7", set()),
    ],
)
def test_what_starts_the_control_project(source: str, branch: str, number: str, expected: set[str]) -> None:
    """T14: a webhook, a schedule or a person, on the protected branch, start one job that judges, and what follows."""
    where = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_BRANCH": branch, "CI_DEFAULT_BRANCH": "main"}
    assert runs(CONTROL, NUMBER=number, **where) == expected
    passed_on = runs(CONTROL, COUNTERSIGN_ORDER="{}", **where)
    without_number = {"sweep", "bundle"} if "request" in expected else expected
    assert passed_on == ({"order"} if (source, branch) == ("trigger", "main") else without_number)


def test_the_control_projects_jobs_take_turns() -> None:
    """Jobs that merge run one at a time, are cut off by nobody, and end before their lock counts as left behind."""
    from checks.gitlab.lock import LEASE

    for job in jobs(CONTROL).values():
        assert (job["resource_group"], job["interruptible"]) == ("countersign", False)
        assert minutes(job["timeout"]) * 60 < LEASE.total_seconds()


@pytest.mark.parametrize("file", [CONTROL, PINNED])
def test_the_runner_checks_nothing_out(file: str) -> None:
    """T01: no job of these files begins with somebody's tree; what judges is cloned from the target branch."""
    assert read(file)["variables"]["GIT_STRATEGY"] == "none"
    for job in jobs(file).values():
        cloned = [line for line in job["before_script"] if "git clone" in line]
        branch = "$COUNTERSIGN_BRANCH" if file == CONTROL else "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
        assert [f'--branch "{branch}"' in line for line in cloned] == [True]
        assert not any("checkout" in line or "switch" in line for line in [*job["before_script"], *job["script"]])


HOSTILE = {
    "CI_SERVER_URL": "https://mallory.example.net", "COUNTERSIGN_PROJECT": "mallory/flows",
    "COUNTERSIGN_BRANCH": "playground", "COUNTERSIGN_ADDRESS": "https://mallory.example.net/flows.git",
    "COUNTERSIGN_ANCHOR": "0" * 40, "COUNTERSIGN_FORGE_ID": "666", "COUNTERSIGN_CHANGE_KEY_ID": "mallory-1",
    "COUNTERSIGN_STOP_KEY_ID": "mallory-2", "COUNTERSIGN_BUNDLE_KEY_ID": "mallory-3",
    "COUNTERSIGN_DRILL_KEY_ID": "mallory-4", "COUNTERSIGN_DRILL_TARGET": "mallorys-place",
}  # fmt: skip


def read_by_commands() -> set[str]:
    """The variables that the commands of its jobs read."""
    from countersign.groups.bundle import bundle_build
    from countersign.groups.drill import drill_record
    from countersign.groups.gitlab import gitlab_drill, gitlab_merge, gitlab_order

    return {
        str(one.envvar)
        for command in (gitlab_merge, gitlab_order, gitlab_drill, drill_record, bundle_build)
        for one in command.params
        if one.envvar
    }


def test_what_starts_the_pipeline_changes_nothing_of_what_is_judged() -> None:
    """T01, T14: whatever variables a pipeline is started with, the script's own values are those that count."""
    for job in jobs(CONTROL).values():
        found = exported(job["before_script"], **HOSTILE)
        assert set(found) == set(HOSTILE)
        assert found == exported(job["before_script"])
        assert not set(found.values()) & set(HOSTILE.values())


def test_what_is_judged_is_fixed_before_anything_is_done() -> None:
    """T01: the exports come first, no variable of the file is meant to say the same, and nothing sets one again."""
    from countersign.commands.gitlab import TOKEN

    files = {f"COUNTERSIGN_{kind}_KEY" for kind in ("CHANGE", "STOP", "BUNDLE", "DRILL")}
    assert read_by_commands() - files - {"COUNTERSIGN_ORDER", TOKEN} <= set(HOSTILE)
    assert not set(HOSTILE) & set(read(CONTROL)["variables"])
    for job in jobs(CONTROL).values():
        lines = [*job["before_script"], *job["script"]]
        setting = [bool(line.startswith("export ")) for line in lines]
        assert setting == sorted(setting, reverse=True)


@pytest.mark.parametrize("file", [CONTROL, PINNED])
def test_without_an_anchor_the_job_fails(file: str, tmp_path: Path) -> None:
    """T17: a forgotten variable does not silently judge from the beginning of history."""
    git(tmp_path, "init", "--quiet")
    for job in jobs(file).values():
        [line] = [line for line in job["before_script"] if "countersign.anchor" in line]
        for anchor, expected in (("", ""), ("4b825dc", "4b825dc")):
            env = {**os.environ, "COUNTERSIGN_ANCHOR": anchor}
            done = subprocess.run(
                ["sh", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            assert (done.returncode == 0) is bool(expected), done.stderr
            assert "COUNTERSIGN_ANCHOR" in done.stderr or expected
        git(tmp_path, "config", "--unset", "countersign.anchor")


def test_secrets_are_away_while_things_are_installed() -> None:
    """T18: the set-up runs without token, key and job token; only then is the session called with them."""
    for job in jobs(CONTROL).values():
        set_up = job["before_script"][-1]
        assert set_up.endswith(" python3 start.py gitlab")
        keys = [f"COUNTERSIGN_{kind}_KEY" for kind in ("CHANGE", "STOP", "BUNDLE", "DRILL")]
        for name in ("COUNTERSIGN_GITLAB_TOKEN", *keys, "CI_JOB_TOKEN", "CI_REPOSITORY_URL"):
            assert f"-u {name} " in set_up
        assert not any("start.py" in line for line in job["before_script"][:-1])
        # Any other session would install more, beside the secrets.
        called = re.findall(r"start\.py (\w+)", "\n".join(job["script"]))
        assert called
        assert set(called) <= set(start.OF_USERS)


def test_nothing_is_traced_where_a_login_is_made() -> None:
    """T18: whoever starts a pipeline may ask for a trace of it, in which the login would stand unmasked."""
    for job in jobs(CONTROL).values():
        lines = job["before_script"]
        [login] = [number for number, line in enumerate(lines) if line.startswith("login=")]
        assert any(line.startswith("set +x") for line in lines[:login])


@pytest.mark.parametrize("file", [CONTROL, PINNED])
def test_a_token_is_in_no_address_and_on_no_command_line(file: str) -> None:
    """T18: tokens go into a builtin's arguments and git's environment, and the setting names only this GitLab."""
    for job in jobs(file).values():
        lines = [*job["before_script"], *job["script"]]
        named = [line for line in lines if re.search(r"\$\{?(COUNTERSIGN_GITLAB_TOKEN|CI_JOB_TOKEN)", line)]
        assert [line.startswith("login=$(printf ") for line in named] == [True]
        carried = [line for line in lines if "$login" in line]
        assert [re.findall(r"GIT_CONFIG_VALUE_0=\"Authorization: Basic \$login\"", line) != [] for line in carried] == [
            True
        ]
        assert 'GIT_CONFIG_KEY_0="http.$CI_SERVER_URL/.extraHeader"' in carried[0]


def test_the_level_is_named() -> None:
    """Each job of the control project judges as *trusted*, the pinned one as *pinned*, the branch's own as neither."""
    import noxfile

    for file, level in ((CONTROL, "trusted"), (PINNED, "pinned")):
        judging = [job for name, job in jobs(file).items() if name not in ("bundle", "evidence")]
        assert all(f"--assurance {level}" in " ".join(job["script"]) for job in judging)
    assert noxfile.pipeline_arguments({"CI_PIPELINE_SOURCE": "schedule"})[:5] == [
        "--all", "--engine", "both", "--assurance", "cooperative"
    ]  # fmt: skip


# Its pages.


def test_the_readme_names_what_the_settings_must_hold() -> None:
    """Every variable that the jobs and the command read is in one of the README's tables, and nothing else is."""
    from countersign.commands.gitlab import TOKEN

    text = (ROOT / CONTROL).read_text(encoding="utf-8")
    read_by_command = {name for name in read_by_commands() if name.startswith("COUNTERSIGN_")}
    passed_on = {"COUNTERSIGN_ORDER"}  # not a setting: the keeper's trigger brings it
    used = {*re.findall(r"\$\{?(COUNTERSIGN_[A-Z_]+)\b", text), *read_by_command, TOKEN} - set(HOSTILE) - passed_on
    rows = re.findall(r"^ +\| `(COUNTERSIGN_[A-Z_]+)` \| (variable|file) \| (.+?) \|", README, re.MULTILINE)
    assert {name for name, _, _ in rows} == used
    assert all("protected" in flags for _, _, flags in rows)
    assert set(re.findall(r"^ +\| `([A-Z_]+)` \| [^|]+ \|$", README, re.MULTILINE)) == set(HOSTILE)
    assert [flags for name, _, flags in rows if name == TOKEN] == ["protected, masked and hidden"]


def test_the_readme_names_the_jobs() -> None:
    """The README's table of jobs is the file's."""
    assert re.findall(r"^\| `([a-z]+)` \|", README, re.MULTILINE) == list(jobs(CONTROL))


def test_the_schedule_is_every_quarter() -> None:
    """What the README promises of a lost event is what its schedule keeps: no longer than a lock's lease."""
    from checks.gitlab.lock import LEASE

    (every,) = re.findall(r"`\*/(\d+) \* \* \* \*`", README)
    assert int(every) * 60 <= LEASE.total_seconds()


def test_the_page_of_levels_has_every_level() -> None:
    """docs/assurance.md has a row for each level that a report can have, from the least to the best."""
    page = (ROOT / "docs/assurance.md").read_text(encoding="utf-8")
    schema = json.loads((ROOT / "checks/reports/report.schema.json").read_text(encoding="utf-8"))
    levels = schema["$defs"]["judged"]["properties"]["assurance"]["enum"]
    assert re.findall(r"^\| ([a-z]+) \|", page, re.MULTILINE) == levels
    for level in levels[1:]:
        section = page.split(f"\n## {level.capitalize()}\n")[1].split("\n## ")[0]
        assert "**What is left" in section
        assert "guards" in section
