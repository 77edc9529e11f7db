"""docs/control-project/: pipelines to copy, in which the head is data and no secret is where it need not be."""

from __future__ import annotations

import re

import pytest
from support.ci_files import CONTROL, PINNED, jobs, minutes, read, runs


@pytest.mark.parametrize(
    ("source", "branch", "number", "expected"),
    [
        ("trigger", "main", "", {"event"}),
        ("trigger", "main", "7", {"event"}),
        ("schedule", "main", "", {"sweep"}),
        ("web", "main", "", {"sweep"}),
        ("web", "main", "7", {"request"}),
        ("push", "main", "", set()),
        ("merge_request_event", "", "", set()),
        ("api", "main", "", set()),
        ("pipeline", "main", "", set()),
        ("trigger", "topic", "", set()),
        ("web", "topic", "7", set()),
    ],
)
def test_what_starts_the_control_project(source: str, branch: str, number: str, expected: set[str]) -> None:
    """T14: a webhook, a schedule or a person, on the protected branch, start one job each; nothing else starts any."""
    found = runs(CONTROL, CI_PIPELINE_SOURCE=source, CI_COMMIT_BRANCH=branch, CI_DEFAULT_BRANCH="main", NUMBER=number)
    assert found == expected


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


def test_secrets_are_away_while_things_are_installed() -> None:
    """T18: the set-up runs without token, key and job token; only then is the session called with them."""
    for job in jobs(CONTROL).values():
        set_up = job["before_script"][-1]
        assert set_up.endswith(" python3 start.py gitlab")
        for name in ("COUNTERSIGN_GITLAB_TOKEN", "COUNTERSIGN_CHANGE_KEY", "CI_JOB_TOKEN", "CI_REPOSITORY_URL"):
            assert f"-u {name} " in set_up
        assert not any("start.py" in line for line in job["before_script"][:-1])


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
        assert all(f"--assurance {level}" in " ".join(job["script"]) for job in jobs(file).values())
    assert noxfile.pipeline_arguments({"CI_PIPELINE_SOURCE": "schedule"})[:5] == [
        "--all", "--engine", "both", "--assurance", "cooperative"
    ]  # fmt: skip
