"""The schedule's jobs, run by gitlab-ci-local in a real clone: drills, records pushed over HTTP, and the site.

The drills and what they must catch are run once; each test begins where that job ended.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from support import kept_runs
from support.checkout import copy, offline_pip
from support.clone import git
from support.company import Company, signing_key
from support.desk import NAME, Desk
from support.forge import Level
from support.forge_desk import BOT, ForgeDesk
from support.local_pipelines import pipeline, run

from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]

DUE = ("help-centre-edits", "ticket-triage")
"""The workflows that nobody has rehearsed; in the sandbox, which is enough for their tiers."""
RECORDS = "refs/heads/records"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The sample company, with this whole repository as it is now on its main, and windows of silence of a second."""
    company = Company.begin(tmp_path_factory.mktemp("company"))
    people = company.path("team/people.yaml").read_text()
    copy(company.folder)
    company.write("team/people.yaml", people)
    for path in company.folder.glob("workflows/*/drill.yaml"):
        path.write_text(re.sub(r"^silence: .*", "silence: 1s", path.read_text(), flags=re.MULTILINE))
    company.write("workflows/help-centre-edits/state.yaml", "state: live\n")
    company.who = "ana"
    company.commit("The code that judges")
    company.push()
    for name in (NAME, "refund-decisions"):
        company.record_drill(name, days_ago=3)
    company.git("push", "--quiet", "origin", "records")
    return company


@dataclass(slots=True)
class Schedule:
    """A runner's clone of the company's project; its settings hold the secrets, for the job `evidence` alone."""

    there: ForgeDesk
    folder: Path
    runner: str
    home: Path
    token: str
    said: str = ""
    """All that its jobs printed."""

    def run(self, *jobs: str) -> dict[str, str]:
        """A schedule starts these jobs; PASS, or WARN or FAIL with the exit code, of each."""
        address = f"{self.there.url}/{self.there.project.path}"
        words = (*pipeline("schedule", CI_PROJECT_URL=address), "--home", str(self.home))
        done = run(self.runner, self.folder, *words, *jobs, **offline_pip())
        assert self.there.forge.unknown == []
        self.said = done.stdout + done.stderr
        ended = re.findall(r"^(\w+) +finished in .*?(?:((?:WARN|FAIL) \d+) *)?$", self.said, re.MULTILINE)
        return {job: how or "PASS" for job, how in ended}

    def next_day(self) -> None:
        """A new clone has nothing but what is cached."""
        for path in [*self.folder.glob("reports/*"), *self.folder.glob("public")]:
            if path.name != "drills":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for ref in (RECORDS, "refs/remotes/origin/records"):
            git(self.folder, "update-ref", "-d", ref)

    def countersign(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type a command in the clone, as the jobs have set it up."""
        git(self.folder, "fetch", "--quiet", "origin", f"+{RECORDS}:refs/remotes/origin/records")
        command = [str(self.folder / ".venv/bin/countersign"), *words]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    @property
    def remote(self) -> Path:
        """The project's repository."""
        return self.there.project.repository

    def tip(self) -> str:
        """Where the records end on GitLab."""
        return git(self.remote, "rev-parse", RECORDS)

    def drills(self, workflow: str) -> list[Statement]:
        """The drills of a workflow on GitLab that are signed by whoever may, newest first."""
        keyring = Keyring.from_people(self.there.desk.people())
        with Repository(self.remote) as remote:
            found = Branch.open(remote, RECORDS).read(workflow, (Kind.DRILL,), keyring, now=datetime.now(UTC))
            return [one.statement for one in found]

    def outcomes(self) -> dict[str, list[str]]:
        """How the drills of the workflows that were due ended, newest first."""
        return {name: [one.predicate["outcome"] for one in self.drills(name)] for name in DUE}

    def leaks(self) -> list[str]:
        """Where a secret, as it is or as a login carries it, is found in what the jobs printed and left behind."""
        logins = [base64.b64encode(f"{user}:{self.token}".encode()) for user in ("oauth2", "gitlab-ci-token")]
        secret = signing_key(Kind.DRILL).pem.splitlines()[1]
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        assert len(files) > 100
        texts = {str(path): path.read_bytes() for path in files} | {"what was printed": self.said.encode()}
        return [
            name for name, text in texts.items() if any(one in text for one in (self.token.encode(), *logins, secret))
        ]


RECORDED = {"help-centre-edits": ["passed"], "ticket-triage": ["passed", "aborted"]}
"""What is on record once all is: the killed run, too."""


def settings(folder: Path, token: str) -> Path:
    """A runner's settings, in which the secrets are scoped to the environment `drill-records`."""
    (folder / ".gitlab-ci-local").mkdir(parents=True)
    key = {"type": "file", "values": {"drill-records": signing_key(Kind.DRILL).pem.decode()}}
    variables = {
        "COUNTERSIGN_DRILL_KEY": key, "COUNTERSIGN_DRILL_KEY_ID": signing_key(Kind.DRILL).id,
        "COUNTERSIGN_GITLAB_TOKEN": {"values": {"drill-records": token}},
    }  # fmt: skip
    (folder / ".gitlab-ci-local/variables.yml").write_text(json.dumps({"global": variables}))
    return folder


@pytest.fixture(scope="module")
def drilled(
    company: Company, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Schedule, dict[str, str], Path]]:
    """The drill job has run once, after one that was killed; how it ended, and what it left."""
    for name in ("rsync", "gitlab-ci-local"):
        if not shutil.which(name):
            pytest.skip(f"{name} is missing; .ci/run installs it.")
    folder = tmp_path_factory.mktemp("runner")
    desk = Desk.copy(company, folder / "company")
    with ForgeDesk.begin(desk) as there:
        there.forge.member(there.project, there.users["ana"], Level.OWNER)
        token = there.forge.token(there.users[BOT])
        git(folder, "clone", "--quiet", str(there.project.repository), "clone")
        schedule = Schedule(
            there, folder / "clone", shutil.which("gitlab-ci-local") or "", settings(folder / "home", token), token
        )
        kept_runs.kill(schedule.folder, "ticket-triage", schedule.folder / "reports/drills", ago=timedelta(days=1))
        ended = schedule.run("drill")
        shutil.copytree(schedule.folder / "reports", folder / "reports")
        yield schedule, ended, folder / "reports"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def schedule(drilled: tuple[Schedule, dict[str, str], Path], company: Company) -> Schedule:
    """The same clone and project, as they were when the drill job had ended."""
    schedule, _, reports = drilled
    schedule.next_day()
    shutil.rmtree(schedule.folder / "reports", ignore_errors=True)
    shutil.copytree(reports, schedule.folder / "reports")
    before = company.git("rev-parse", RECORDS)
    for repository in (schedule.remote, schedule.there.desk.folder):
        git(repository, "update-ref", RECORDS, before)
    schedule.there.project.protected_branches[:] = []
    return schedule


def test_a_schedule_brings_home_drills_and_tries_what_must_be_caught(
    drilled: tuple[Schedule, dict[str, str], Path],
) -> None:
    """The killed run is told as aborted, both workflows that are due pass, every mutant is caught: the job is green."""
    schedule, ended, reports = drilled
    assert ended == {"drill": "PASS"}, schedule.said
    log = (schedule.folder / ".gitlab-ci-local/output/drill.log").read_text()
    assert "home again; the run counts as aborted" in log
    for name in DUE:
        assert re.search(rf"^{name}: passed in ", log, re.MULTILINE), log
    assert NAME not in log  # it is not due
    tried = json.loads((reports / "self-test.json").read_text())
    assert [one["mutant"] for one in tried["mutants"] if not one["caught"]] == []
    assert len(list(reports.glob("drills/*/result.json"))) == 3
    assert list(reports.glob("drills/*/sandbox")) == []


def test_what_was_drilled_is_on_record_and_published(schedule: Schedule) -> None:
    """T18: each run is signed and on GitLab, nothing is due any more, the site is there; no secret is left anywhere."""
    due = schedule.countersign("due")
    assert (due.returncode, len(due.stdout.splitlines())) == (4, len(DUE)), due.stdout
    assert schedule.run("evidence", "pages") == {"evidence": "PASS", "pages": "PASS"}, schedule.said
    assert schedule.outcomes() == RECORDED
    for name in DUE:
        [newest, *_] = schedule.drills(name)
        digests = schedule.there.desk.digests(name)
        said = newest.predicate
        assert (said["version"], said["rollback_digest"]) == (digests["version"], digests["rollback"])
        assert (said["target"], said["commit"]) == ("sandbox", git(schedule.folder, "rev-parse", "HEAD"))
    due = schedule.countersign("due")
    assert (due.returncode, due.stdout) == (0, "No rehearsal is due.\n")
    assert schedule.leaks() == []
    is_published(schedule.folder)


def is_published(folder: Path) -> None:
    """The site and each report are there, whole, and tell of the newest drills."""
    index = (folder / "public/index.html").read_text()
    assert all(name in index for name in DUE)
    suites = ET.parse(folder / "reports/drills.junit.xml").getroot()
    assert suites.attrib["failures"] == "0"
    metrics = (folder / "reports/drills.openmetrics.txt").read_text()
    families = text_string_to_metric_families(metrics)  # type: ignore[no-untyped-call]
    told = {sample.labels.get("workflow") for family in families for sample in family.samples}
    assert set(DUE) <= told
    runs = json.loads((folder / "reports/drills.json").read_text())["workflows"]
    assert {one["workflow"]: len(one["runs"]) for one in runs if one["workflow"] in DUE} == {
        name: len(outcomes) for name, outcomes in RECORDED.items()
    }


def test_nothing_is_recorded_twice(schedule: Schedule) -> None:
    """What is on record has left the cache; when an older one brings it back, the records know it."""
    before_that = schedule.folder.with_name("before")
    shutil.copytree(schedule.folder / "reports/drills", before_that)
    assert schedule.run("evidence") == {"evidence": "PASS"}, schedule.said
    before = schedule.tip()
    schedule.next_day()
    assert schedule.run("evidence") == {"evidence": "PASS"}, schedule.said
    assert "No run waits to be put on record." in schedule.said
    shutil.rmtree(schedule.folder / "reports/drills", ignore_errors=True)
    before_that.rename(schedule.folder / "reports/drills")
    schedule.next_day()
    assert schedule.run("evidence") == {"evidence": "PASS"}, schedule.said
    assert "3 removed, being on record" in schedule.said
    assert (schedule.tip(), schedule.outcomes()) == (before, RECORDED)


def test_what_gitlab_refuses_is_kept_and_recorded_the_next_day(schedule: Schedule) -> None:
    """A push that is refused fails the job with exit code 3; the site says so, and the next schedule makes it good."""
    before = schedule.tip()
    schedule.there.forge.protect(schedule.there.project, "records", push=0)
    assert schedule.run("evidence", "pages") == {"evidence": "FAIL 3", "pages": "PASS"}, schedule.said
    assert "The records were not taken" in schedule.said
    assert schedule.tip() == before
    assert len(list(schedule.folder.glob("reports/drills/*/result.json"))) == 3
    assert "not on record" in (schedule.folder / "public/index.html").read_text()
    assert schedule.leaks() == []
    schedule.there.project.protected_branches[:] = []
    schedule.next_day()
    assert schedule.run("evidence", "pages") == {"evidence": "PASS", "pages": "PASS"}, schedule.said
    assert schedule.outcomes() == RECORDED
    assert "not on record" not in (schedule.folder / "public/index.html").read_text()


@pytest.mark.parametrize(("method", "path"), [("GET", "service=git-receive-pack$"), ("POST", "git-receive-pack$")])
def test_a_record_that_comes_in_between_is_kept(schedule: Schedule, method: str, path: str) -> None:
    """Somebody else's record reaches the branch between our look and our push, or during it: both are there then."""
    desk = schedule.there.desk
    desk.record_drill("refund-decisions", target="sandbox")
    theirs = git(desk.folder, "rev-parse", RECORDS)
    schedule.there.forge.before(method, path, lambda: desk.git("push", "--quiet", "origin", "records"))
    assert schedule.run("evidence") == {"evidence": "PASS"}, schedule.said
    assert schedule.outcomes() == RECORDED
    assert [one.predicate["target"] for one in schedule.drills("refund-decisions")] == ["sandbox", "staging"]
    git(schedule.remote, "merge-base", "--is-ancestor", theirs, RECORDS)


def test_after_a_drill_job_that_left_nothing_the_site_is_published(schedule: Schedule) -> None:
    """Whatever became of the job before, what is on record is shown: without a self-test when there was none."""
    shutil.rmtree(schedule.folder / "reports")
    assert schedule.run("evidence", "pages") == {"evidence": "PASS", "pages": "PASS"}, schedule.said
    assert "No run waits to be put on record." in schedule.said
    assert NAME in (schedule.folder / "public/index.html").read_text()
