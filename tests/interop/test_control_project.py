"""The control project's jobs, run by gitlab-ci-local against a GitLab of this machine: real HTTP, git over it, OPA."""

from __future__ import annotations

import base64
import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.checkout import copy, offline_pip
from support.ci_files import CONTROL, PINNED
from support.clone import git
from support.company import ROOT, Company, signing_key
from support.desk import NAME, PROMPT, Desk
from support.forge import Level, MergeRequest
from support.forge.scene import Api
from support.forge_desk import BOT, ForgeDesk, main, ready, records
from support.live import bundle_key
from support.local_pipelines import pipeline, run

from catalog import versions
from catalog.records.statement import Kind
from controls.bundle import check
from controls.bundle.key import read_public

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The sample company, with this whole repository as it is now on its main."""
    company = Company.begin(tmp_path_factory.mktemp("company"))
    people = company.path("team/people.yaml").read_text()
    copy(company.folder)
    company.write("team/people.yaml", people)
    company.who = "ana"
    company.commit("The code that judges")
    company.push()
    company.record_change(NAME, versions.h1({PROMPT: company.path(PROMPT).read_bytes()}), days_ago=3)
    company.record_drill(NAME, days_ago=3)
    company.who = "dana"
    company.git("push", "--quiet", "origin", "records")
    return company


@dataclass(slots=True)
class Job:
    """What a job of the control project came to."""

    output: str
    reports: Path

    @property
    def outcome(self) -> str:
        """PASS, or WARN or FAIL with the exit code, as the runner prints it."""
        found = re.search(r"finished in .*((?:WARN|FAIL) \d+)|^ *(PASS) ", self.output, re.MULTILINE)
        assert found, self.output
        return str(found[1] or found[2])


@dataclass(slots=True)
class Control:
    """The control project: a folder with its CI file, and what its settings hold."""

    there: ForgeDesk
    folder: Path
    runner: str
    secrets: Mapping[str, str]

    def start(self, job: str, source: str, **variables: str) -> Job:
        """Run one job. Secrets come in its environment, as from a runner; everything else as variables."""
        words = pipeline(source, **variables)
        done = run(self.runner, self.folder, *words, job, **self.secrets, **offline_pip())
        assert self.there.forge.unknown == []
        return Job(done.stdout + done.stderr, self.folder / "project" / "reports")

    def event(self, **variables: str) -> Job:
        """GitLab sends what happened last to the trigger's address, and the pipeline that it starts runs its job."""
        forge, ana = self.there.forge, self.there.users["ana"]
        control = forge.find_project("acme/control")
        assert control
        token = forge.trigger(control, ana).token
        hook = Api(self.there.url, {"X-Gitlab-Event": "Merge Request Hook"})
        path = f"/projects/{control.id}/ref/main/trigger/pipeline?token={token}"
        assert hook.call("POST", path, forge.sent[-1]).status == 201
        payload = self.folder / "payload"  # a file variable: the runner writes a file, and gives its name
        payload.write_text(control.pipelines[-1].variables["TRIGGER_PAYLOAD"])
        return self.start("event", "trigger", TRIGGER_PAYLOAD=str(payload), **variables)

    def leaks(self) -> list[str]:
        """Where a secret, as it is or as a login carries it, is found in what the job left behind."""
        token = self.secrets["COUNTERSIGN_GITLAB_TOKEN"]
        logins = [base64.b64encode(f"{user}:{token}".encode()) for user in ("oauth2", "gitlab-ci-token")]
        secrets = [token.encode(), *logins, signing_key(Kind.CHANGE).pem, bundle_key().pem]
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        assert len(files) > 100
        return [str(path) for path in files if any(secret in path.read_bytes() for secret in secrets)]


@pytest.fixture
def control(company: Company, tmp_path: Path, runner: str) -> Iterator[Control]:
    """A control project for a company of one's own, whose project is reached over HTTP alone."""
    desk = Desk.copy(company, tmp_path / "company")
    desk.branch("change")
    folder = tmp_path / "control"
    with ForgeDesk.begin(desk) as there:
        there.forge.member(there.project, there.users["ana"], Level.OWNER)
        git(tmp_path, "init", "--quiet", "--initial-branch=main", "control")
        (folder / ".gitlab-ci.yml").write_text(filled_in(there))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", "The pipeline")
        git(tmp_path, "clone", "--quiet", "--bare", "control", "control.git")
        held = there.forge.project("acme/control", tmp_path / "control.git")
        there.forge.member(held, there.users["ana"], Level.OWNER)
        key = tmp_path / "change.pem"
        key.write_bytes(signing_key(Kind.CHANGE).pem)
        token = there.forge.token(there.users[BOT])
        bundles = tmp_path / "bundle.pem"
        bundles.write_bytes(bundle_key().pem)
        keys = {"COUNTERSIGN_CHANGE_KEY": str(key), "COUNTERSIGN_BUNDLE_KEY": str(bundles)}
        yield Control(there, folder, runner, {"COUNTERSIGN_GITLAB_TOKEN": token, **keys})
    shutil.rmtree(tmp_path, ignore_errors=True)


def filled_in(there: ForgeDesk) -> str:
    """The control project's file with what it exports, as docs/gitlab.md has it."""
    values = {
        "CI_SERVER_URL": there.url, "COUNTERSIGN_PROJECT": there.project.path, "COUNTERSIGN_FORGE_ID": "900",
        "COUNTERSIGN_CHANGE_KEY_ID": signing_key(Kind.CHANGE).id, "COUNTERSIGN_BUNDLE_KEY_ID": bundle_key().id,
        "COUNTERSIGN_ANCHOR": there.desk.git("config", "countersign.anchor"),
    }  # fmt: skip
    text = (ROOT / CONTROL).read_text()
    for name, value in values.items():
        text, found = re.subn(f"export {name}=.*", f"export {name}={value}", text)
        assert found == 1, name
    return text


def whole(reports: Path) -> None:
    """Both widgets can read their reports, and each report says at which level was judged."""
    ET.parse(reports / "gate.junit.xml")
    found = json.loads((reports / "gate.codequality.json").read_text())
    schema = json.loads((ROOT / "tests/samples/reports/codequality.schema.json").read_text())
    import jsonschema

    jsonschema.validate(found, schema)
    for name in ("gate.junit.xml", "gate.md", "gate.codequality.json"):
        assert "trusted" in (reports / name).read_text()


def refused(there: ForgeDesk) -> MergeRequest:
    """A merge request that takes away the fallback, and asks to be merged."""
    there.desk.path(f"workflows/{NAME}/fallback.md").unlink()
    there.desk.commit("Remove an unused file")
    return there.open("tidy", labels=("countersign::merge",))


def test_a_refused_change_fails_the_job(control: Control) -> None:
    """T14: the event's job fails, the merge request is told, both widgets have their report, and main does not move."""
    request = refused(control.there)
    before = main(control.there)
    job = control.event()
    assert job.outcome == "FAIL 1", job.output
    assert (request.state, main(control.there)) == ("opened", before)
    assert control.there.status(request) == "failed"
    assert "workflow.files" in control.there.note(request)
    whole(job.reports)


def test_a_countersigned_change_is_merged_and_recorded(control: Control) -> None:
    """T18: the job passes, main moves, the record is pushed; and the token is in no file, log or address."""
    request = ready(control.there)
    job = control.event()
    assert job.outcome == "PASS", job.output
    assert request.state == "merged"
    assert records(control.there)[0].predicate["merge"]["commit"] == main(control.there)
    assert records(control.there)[0].predicate["assurance"] == "trusted"
    whole(job.reports)
    token = control.secrets["COUNTERSIGN_GITLAB_TOKEN"]
    assert control.leaks() == []
    assert token not in job.output
    assert not any(token in f"{call.path} {call.query}" for call in control.there.forge.calls)
    assert {call.user for call in control.there.forge.calls if ".git/" in call.path} == {BOT}


def test_variables_of_the_trigger_change_nothing(control: Control) -> None:
    """T01, T14: who knows the trigger's token has another project named, and this one's merge request is judged."""
    request = ready(control.there)
    job = control.event(
        CI_SERVER_URL="http://127.0.0.1:9", COUNTERSIGN_PROJECT="mallory/flows", COUNTERSIGN_BRANCH="playground",
        COUNTERSIGN_ADDRESS=str(control.folder), COUNTERSIGN_ANCHOR="0" * 40, COUNTERSIGN_FORGE_ID="666",
        COUNTERSIGN_CHANGE_KEY_ID="mallory-1",
    )  # fmt: skip
    assert job.outcome == "PASS", job.output
    assert request.state == "merged"
    assert records(control.there)[0].predicate["merge"]["commit"] == main(control.there)


def test_a_waiting_change_is_let_through(control: Control) -> None:
    """Without the approval the job warns with exit code 4, and nothing merges; by hand it comes to the same."""
    request = ready(control.there)
    control.there.forge.unapprove(request, control.there.users["finn"])
    before = main(control.there)
    assert control.event().outcome == "WARN 4"
    job = control.start("request", "web", NUMBER=str(request.iid))
    assert job.outcome == "WARN 4", job.output
    assert main(control.there) == before
    whole(job.reports)


def test_a_sweep_makes_good(control: Control) -> None:
    """The schedule's job merges what is ready although its event was lost, and fails while something cannot be done."""
    request = ready(control.there)
    job = control.start("sweep", "schedule")
    assert job.outcome == "PASS", job.output
    assert request.state == "merged"
    assert f"!{request.iid}  merged" in (job.reports / "sweep.txt").read_text()
    desk = control.there.desk
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "-C", "main", "origin/main")
    desk.write("docs/quick.md", "x\n")
    desk.commit("Straight to main")
    desk.push()
    job = control.start("sweep", "schedule")
    assert job.outcome == "FAIL 3", job.output
    assert "came with no merge request" in (job.reports / "sweep.txt").read_text()


def test_what_is_on_record_is_published(control: Control, tmp_path: Path) -> None:
    """After a merge the job `bundle` builds what may run, of a project that nobody reads without logging in."""
    ready(control.there)
    assert control.event().outcome == "PASS"
    job = control.start("bundle", "trigger")
    assert job.outcome == "PASS", job.output
    public = tmp_path / "bundle.pub"
    public.write_bytes(bundle_key().public_pem())
    held = check.verified(control.folder / "project/public/bundle.tar.gz", read_public(public), bundle_key().id)
    assert held["revision"].startswith(main(control.there))
    assert held["workflows"][NAME]["version"] == records(control.there)[0].predicate["after"]["version"]
    assert control.leaks() == []


def test_an_event_that_asks_for_nothing_passes(control: Control) -> None:
    """A closed merge request, or a payload that is none: a line and success, a line and failure."""
    request = ready(control.there)
    control.there.forge.close(request, control.there.users["ana"])
    job = control.event()
    assert job.outcome == "PASS", job.output
    assert "nothing to judge" in job.output
    (control.folder / "payload").write_text("{}")
    job = control.start("event", "trigger", TRIGGER_PAYLOAD=str(control.folder / "payload"))
    assert job.outcome == "FAIL 3", job.output


# The level below: pinned.


@pytest.fixture
def pinned(control: Control) -> Control:
    """A project whose pipeline is defined elsewhere; its jobs have a job token and nothing else."""
    shutil.copy(ROOT / PINNED, control.folder / ".gitlab-ci.yml")
    git(control.folder, "commit", "--quiet", "--all", "-m", "Pinned")
    job_token = control.there.forge.job_token(control.there.users["dana"], control.there.project)
    control.secrets = {"CI_JOB_TOKEN": job_token, "COUNTERSIGN_GITLAB_TOKEN": job_token}
    return control


def judged(control: Control, request: MergeRequest) -> Job:
    """The merge request's own pipeline runs, by a definition that is not its own."""
    target = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_IID": str(request.iid)}
    anchor = control.there.desk.git("config", "countersign.anchor")
    project = f"{control.there.url}/{control.there.project.path}"
    return control.start(
        "gate",
        "merge_request_event",
        CI_COMMIT_SHA=request.sha,
        CI_MERGE_REQUEST_PROJECT_URL=project,
        CI_SERVER_URL=control.there.url,
        COUNTERSIGN_ANCHOR=anchor,
        **target,
    )


def test_the_targets_code_judges_the_head_as_data(pinned: Control) -> None:
    """T01: a head whose own gate passes everything, and whose CI file has no gate, is refused by the target's."""
    desk = pinned.there.desk
    desk.write(".gitlab-ci.yml", 'nothing:\n  script: ["true"]\n')
    desk.write("start.py", "print('pass')\n")
    desk.write("checks/gate.py", "raise SystemExit(0)\n")
    request = refused(pinned.there)
    job = judged(pinned, request)
    assert job.outcome == "FAIL 1", job.output
    assert "pinned" in (job.reports / "gate.md").read_text()
    assert "workflow.files" in job.output
    assert pinned.leaks() == []


def test_a_harmless_change_waits_at_the_pinned_level(pinned: Control) -> None:
    """A job token sees no approvals, so what needs one waits, and the job lets it through."""
    pinned.there.desk.write("docs/replies.md", "Why they are shorter.\n")
    pinned.there.desk.commit("Say why")
    job = judged(pinned, pinned.there.open("page"))
    assert job.outcome == "WARN 4", job.output
    assert "control.owner" in job.output
