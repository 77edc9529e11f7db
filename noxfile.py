"""The sessions: every check of this repository, the same at the desk and in CI.

`python3 start.py SESSION [ARGUMENTS]` makes `.venv` and runs one; inside it, `nox -s lint policies` runs several. All
sessions use that one environment. A session's docstring is its help.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
# Nox remarks on a tool that no session uses; above a verdict that would only puzzle.
logging.getLogger("nox").addFilter(lambda record: "uv binary" not in record.getMessage())
nox.options.sessions = ["lint", "policies", "tests"]

ROOT = Path(__file__).parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
CAPABILITIES = "catalog/engines/capabilities/{}.json"
TARGET = "refs/countersign/target"
# A pattern, since a repository may have no records yet, and git refuses to fetch a single ref that is not there.
RECORDS = "+refs/heads/records*:refs/remotes/origin/records*"
REPORTS = (
    "junit=reports/gate.junit.xml",
    "codequality=reports/gate.codequality.json",
    "markdown=reports/gate.md",
)
DRILLS = (("recover",), ("run", "--due", "--no-record"), ("self-test",))
PUBLISHED = (
    "--output", "public", "--junit", "reports/drills.junit.xml", "--metrics", "reports/drills.openmetrics.txt",
    "--json", "reports/drills.json", "--runs", "reports/drills",
)  # fmt: skip
SELF_TEST = "reports/self-test.json"
CI_FILES = (".gitlab-ci.yml", "docs/control-project/.gitlab-ci.yml", "docs/control-project/pinned.yml")
# The tests that compare a generated page with its source, or, when asked, write it.
GENERATED = (
    "tests/repository/test_generated_pages.py", "tests/repository/test_attacks_page.py", "tests/stories",
    "tests/checks/reports/test_registry.py", "tests/interop/test_chaostoolkit.py",
)  # fmt: skip
LOCKS = {"run": ("run.in",), "dev": ("run.in", "dev.in")}


@nox.session
def gate(session: nox.Session) -> None:
    """Judge the change that is not yet pushed, or with --all every workflow: `nox -s gate -- --all`.

    Arguments go to `countersign gate`, and its exit code is the session's. Without arguments, the desk judges what is
    not yet pushed; a merge request's pipeline judges the merge, and any other pipeline everything, on both engines.
    """
    arguments = session.posargs or pipeline_arguments(os.environ)
    if not session.posargs and (fetch := pipeline_fetch(os.environ)):
        session.run("git", *fetch, external=True, silent=True)
    countersign("gate", *arguments)


@nox.session
def gitlab(session: nox.Session) -> None:
    """Judge, merge or sweep on GitLab: `nox -s gitlab -- judge 42`; without arguments, only set up.

    Arguments go to `countersign gitlab`, and its exit code is the session's. The control project sets up first, with
    no secret in the environment, so that nothing that is installed or built finds one there.
    """
    env = with_opa(session)
    if not session.posargs:
        return
    countersign("gitlab", *session.posargs, env=os.environ | env)


@nox.session
def bundle(session: nox.Session) -> None:
    """Build what may run, for the enforcement points: `nox -s bundle -- --output public/bundle.tar.gz`.

    Arguments go to `countersign bundle build`, and its exit code is the session's.
    """
    countersign("bundle", "build", *session.posargs, env=os.environ | with_opa(session))


@nox.session
def drill(session: nox.Session) -> None:
    """Rehearse every way back in the sandbox: `nox -s drill`, or one of them: `nox -s drill -- run billing-replies`.

    Arguments go to `countersign drill`, and its exit code is the session's. Without arguments, the desk drills all and
    keeps its own evidence; a pipeline recovers what was left, drills what is due, and tries what drills must catch.
    """
    env = os.environ | with_opa(session)
    if session.posargs or "CI_PIPELINE_SOURCE" not in os.environ:
        countersign("drill", *(session.posargs or ("run", "--all")), env=env)
        return
    session.run("git", *pipeline_fetch(os.environ), external=True, silent=True)
    # Each is done, whatever another one came to.
    codes = [subprocess.call([str(BIN / "countersign"), "drill", *words], env=env) for words in DRILLS]
    raise SystemExit(worst_of(codes))


@nox.session
def evidence(session: nox.Session) -> None:
    """Sign what drills came to, and append it to the records: `nox -s evidence -- --key drill.pem --key-id drill-2026`.

    Arguments go to `countersign drill record`, and its exit code is the session's. Without arguments, a pipeline
    records in the project that it runs in.
    """
    arguments = list(session.posargs)
    if not arguments and "CI_PIPELINE_SOURCE" in os.environ:
        session.run("git", *pipeline_fetch(os.environ), external=True, silent=True)
        arguments = ["--remote", f"{os.environ['CI_PROJECT_URL']}.git"]
    countersign("drill", "record", *arguments)


@nox.session
def publish(session: nox.Session) -> None:
    """Publish the drills' timings as a site, for programs too: `nox -s publish -- --output public`."""
    if "CI_PIPELINE_SOURCE" in os.environ:
        session.run("git", *pipeline_fetch(os.environ), external=True, silent=True)
    # Whatever became of the job before: what is there is published.
    tested = ("--self-test", SELF_TEST) if (ROOT / SELF_TEST).exists() else ()
    countersign("drill", "publish", *(session.posargs or (*PUBLISHED, *tested)))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, on real git and real OPA: `nox -s tests -- tests/catalog -k dirhash`.

    Those of the rules are run by the session `policies`.
    """
    session.run(
        PYTHON,
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "worksteal",
        "-m",
        "not interop and not policies",
        *session.posargs,
        env=with_opa(session),
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, the CI files, CODEOWNERS and the locked requirements: `nox -s lint`."""
    session.run(str(BIN / "ruff"), "check", ".")
    session.run(str(BIN / "ruff"), "format", "--check", ".")
    session.run(str(BIN / "mypy"), "--strict", ".")
    session.run(str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci", *CI_FILES)
    session.run(str(BIN / "countersign"), "codeowners", "--check")
    # start.py installs the locks as they are; this says that they are whole.
    session.run(PYTHON, "-m", "pip", "check", "--quiet")
    if problems := lock_problems(ROOT / "requirements"):
        session.error("\n".join(problems))


@nox.session
def policies(session: nox.Session) -> None:
    """Check the rules: format, built-ins they may use, tests, coverage, mutants: `nox -s policies`."""
    env = with_opa(session)
    [opa] = env.values()
    session.run(opa, "fmt", "--list", "--fail", "policies", external=True)
    # Tests may use what only OPA has, and so may the rules that only run on OPA.
    both_engines = [word for name in ("*_test.rego", "*.yaml", "runtime") for word in ("--ignore", name)]
    check = (opa, "check", "--strict", "--capabilities")
    session.run(*check, CAPABILITIES.format("gate"), *both_engines, "policies", external=True)
    at_points = ("--ignore", "*_test.rego", "policies/runtime", "policies/lib/proof.rego")
    session.run(*check, CAPABILITIES.format("runtime"), *at_points, external=True)
    judged = ("--ignore", "*.yaml", "--fail-on-empty", "policies")
    session.run(opa, "test", *judged, external=True)
    session.run(opa, "test", "--coverage", "--threshold", "100", *judged, external=True, silent=True)
    session.run(PYTHON, "tests/policies/mutation.py", env=env)
    session.run(PYTHON, "-m", "pytest", "-n", "2", "tests/policies", *session.posargs, env=env)


@nox.session
def interop(session: nox.Session) -> None:
    """Try real Go, cosign, gitlab-ci-local, chaostoolkit, Chromium: `nox -s interop -- --strict` (none is missing)."""
    passed = ["--strict-tools" if argument == "--strict" else argument for argument in session.posargs]
    session.run(PYTHON, "-m", "pytest", "-m", "interop", "-rs", *passed, env=with_opa(session))


@nox.session
def bench(session: nox.Session) -> None:
    """Time the gate against its peers, in one run: `nox -s bench`."""
    session.run(PYTHON, "-m", "benchmarks", *session.posargs, env=with_opa(session))


@nox.session
def pages(session: nox.Session) -> None:
    """Write the generated pages anew: `nox -s pages`."""
    session.run(PYTHON, "-m", "pytest", "--write-pages", "-q", *GENERATED, env=with_opa(session))


@nox.session
def lock(session: nox.Session) -> None:
    """Lock the requirements anew after a change of a .in file; needs uv on PATH: `nox -s lock -- --upgrade`."""
    if not shutil.which("uv"):
        session.error("uv is needed to lock the requirements, and was not found on PATH. Install it, then run again.")
    for name in LOCKS:
        lock_one(session, ROOT / "requirements", name)


def countersign(*arguments: str, env: Mapping[str, str] | None = None) -> None:
    """Run it, and end as it ends: nox knows only failed and passed, and one that waits for clicks is neither."""
    if code := subprocess.call([str(BIN / "countersign"), *arguments], env=env):
        raise SystemExit(code)


def worst_of(codes: Sequence[int]) -> int:
    """The exit code of several commands; one that was killed ends as a shell says it, and never as a good one."""
    return max(code if code >= 0 else 128 - code for code in codes)


# The gate in a pipeline. The variables are the runner's; a branch's name is whatever its author called it.


def pipeline_arguments(variables: Mapping[str, str]) -> list[str]:
    """What the gate is asked in this pipeline; nothing at the desk."""
    if "CI_PIPELINE_SOURCE" not in variables:
        return []
    asked = ["--base", TARGET, "--head", "HEAD"] if target_branch(variables) else ["--all"]
    asked += ["--engine", "both", "--assurance", "cooperative"]
    return asked + [word for report in REPORTS for word in ("--report", report)]


def pipeline_fetch(variables: Mapping[str, str]) -> list[str]:
    """The git command that brings what a runner leaves out: records, and a merge request's target by a fixed name."""
    if "CI_PIPELINE_SOURCE" not in variables:
        return []
    branch = target_branch(variables)
    target = [f"+refs/heads/{branch}:{TARGET}"] if branch else []
    return ["fetch", "--quiet", "--no-tags", source(variables), RECORDS, *target]


def target_branch(variables: Mapping[str, str]) -> str:
    """The target's name in a merge request's pipeline, else nothing. Raises `ValueError` when git would not have it."""
    branch = variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "")
    if branch and subprocess.call(["git", "check-ref-format", f"refs/heads/{branch}"]):
        raise ValueError(f"CI_MERGE_REQUEST_TARGET_BRANCH_NAME is no branch name: {branch!r}")
    return branch


def source(variables: Mapping[str, str]) -> str:
    """Where target and records are: `origin`, or for a fork the project that it asks to merge into.

    Raises `ValueError` for an address that is not one of the web: git knows some that run programs.
    """
    ours, theirs = (variables.get(f"CI_MERGE_REQUEST_{side}PROJECT_ID", "") for side in ("SOURCE_", ""))
    if ours == theirs:
        return "origin"
    address = variables.get("CI_MERGE_REQUEST_PROJECT_URL", "")
    if not address.startswith(("https://", "http://")):
        raise ValueError(f"CI_MERGE_REQUEST_PROJECT_URL is no web address: {address!r}")
    return f"{address}.git"


# Tools and locks.


def with_opa(session: nox.Session) -> dict[str, str]:
    """The variable that names the one OPA of this run, found on the machine or built once; ends the session without."""
    from catalog.engines.provision import CHOSEN, provision
    from catalog.errors import EngineError

    try:
        return {CHOSEN: str(provision())}
    except EngineError as error:
        session.error(f"{error.message} {error.why} {error.solution}")


def lock_one(session: nox.Session, folder: Path, name: str) -> None:
    """Resolve one lock file for every supported Python and system, with hashes and without naming an index."""
    wanted = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header")
    silent = ("--quiet", "--no-emit-index-url", "--no-emit-find-links")
    # The tests run on exactly what the gate runs on.
    bound = () if name == "run" else ("--constraint", str(folder / "run.txt"))
    output = folder / f"{name}.txt"
    files = (str(folder / f"{name}.in"), "--output-file", str(output))
    session.run("uv", "pip", "compile", *wanted, *silent, *bound, *files, *session.posargs, external=True)
    output.write_text(lock_header(folder, name) + output.read_text(encoding="utf-8"), encoding="utf-8")


def lock_header(folder: Path, name: str) -> str:
    """The first lines of a lock file: its source, its command, and a digest of its sources."""
    sources = b"".join((folder / source).read_bytes() for source in LOCKS[name])
    digest = hashlib.sha256(sources).hexdigest()
    return f"# Generated from {name}.in by `nox -s lock`; do not edit.\n# Sources: sha256:{digest}\n"


def lock_problems(folder: Path) -> list[str]:
    """What is wrong with the lock files, seen without a network: a stale one, an unhashed package, a named index."""
    return [problem for name in LOCKS for problem in _problems(folder, name)]


def _problems(folder: Path, name: str) -> Iterator[str]:
    text = (folder / f"{name}.txt").read_text(encoding="utf-8")
    if not text.startswith(lock_header(folder, name)):
        yield f"requirements/{name}.txt must be locked from {name}.in as it is now. Run: nox -s lock"
    for line in re.findall(r"^(?!#|\s).*\n(?!    --hash=sha256:)", text, re.MULTILINE):
        yield f"requirements/{name}.txt must give each package and its hashes, got: {line.strip()}"
    if re.search(r"://|--(index-url|extra-index-url|find-links)", text):
        yield f"requirements/{name}.txt must not name where packages come from; that is each user's setting."
