"""Makes repositories of any number of realistic workflows: manifests of about 700 bytes, with all their files.

Written through `git fast-import`, so ten thousand workflows take seconds. The team and the policies are this
repository's samples and policies. The first commit has nothing but them, the second brings the workflows. The same
number always gives the same commits, unless a team is given.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
_SAMPLES = ROOT / "tests" / "samples" / "repository"
_WHO = b"Bench <dana@example.org> 1790000000 +0000"

_TASKS = ("sorting", "drafting", "summaries", "tagging", "routing")
_SUBJECTS = ("invoices", "refunds", "delivery notes", "plan changes", "outage reports", "feature requests", "returns")
_QUEUES = ("first line", "second line", "billing", "onboarding", "renewals")
_MODELS = (
    "larkspur/quick-2026-03-01",
    "fenwick/careful-2026-02-11",
    "ashgrove/small-2026-05-20",
    "merriam/plain-2026-01-15",
)

_MANIFEST = """\
workflow: {name}
summary: Sorts {subject} for the {queue} queue by what the sender asks for.
task: {task}
risk:
  tier: low
  touches: []
  harm: A message about {subject} waits in the wrong queue until somebody moves it.
approver: {approver}
reviewers: support-agents
models:
  - use: default
    id: {model}
    why: Cheapest of three within one miss of the best on {samples} real messages.
prompt: sort.prompt
tools: [{{name: queue-list, effect: read}}]
data: [{{name: queue-guide, access: read}}]
actions:
  - {{name: set-queue, effect: label, release: automatic}}
stop:
  by: support
  when: [{{metric: moved_by_hand, above: {moved}, over: 1d}}]
rollback: {{to: manual, within: 10m, drill: drill.yaml}}
fallback: {{file: fallback.md, tell: "#support-leads"}}
"""
_PROMPT = """\
---
name: {name}
description: Sorts {subject}.
input:
  schema:
    subject_line: string, the message's subject
    message: string, the message itself
output:
  format: text
---
Read the message below and answer with the one queue that it belongs to. When two fit, take the one that answers
sooner; when none fits, answer `{queue}` and nothing else. Do not promise anything to the sender.

Subject: {{{{subject_line}}}}

{{{{message}}}}
"""
_FALLBACK = """\
# {name} by hand

## Who is told

Write to #support-leads: sorting of {subject} is off, messages arrive unsorted.

## Steps

1. Open the unsorted view and take the oldest message first.
2. Read subject and first paragraph, and pick the queue from the guide on the wall.
3. Set the queue; when unsure, choose {queue}.
4. Every hour, write the number of unsorted messages to #support-leads.

## Where the work goes

The unsorted view of the ticket system, then the queue that was set.
"""


_DRILL = """\
scenarios:
  - scenario: provider-down
    failing_percent: 100
    latency_ms: 0
    jobs: {jobs}
    undo: [restore-provider, resume-action, return-work, remove-canary]
steady_state: {{before: [points-answer], during: [fallback-open, old-version-silent], after: [points-answer]}}
phases: {{detect: 2m, acknowledge: 2m, stop: 10s, mitigate: 2m, drain: 1m, notify: 1m, restore: 1m}}
silence: 1m
"""
STATES = {
    "paused": "state: paused\nreason: Waiting for the queue guide of the new season.\n",
    "proposed": "state: proposed\n",
    "live": "state: live\n",
}


def repository(folder: Path, workflows: int, state: str = "paused", team: Mapping[str, bytes] | None = None) -> Path:
    """A repository on branch `main` with that many workflows in one state. Its working tree is checked out.

    `team`: files of `team/` that take the place of the samples'.

    Paused workflows have nothing left to find; proposed ones are also asked what they lack; live ones, without
    records, each yield a finding.
    """
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    stream = b"".join(_stream(workflows, STATES[state], {**_shared(), **(team or {})}))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)
    _git(folder, "reset", "--quiet", "--hard", "main")
    _git(folder, "config", "user.name", "Dana Petrova")
    _git(folder, "config", "user.email", "dana@example.org")
    # A clone as people have it: packed, with the commit graph that git keeps of itself, and an index younger than the
    # files, without which git compares the content of each.
    _git(folder, "repack", "-adq")
    _age(folder)
    _git(folder, "update-index", "--refresh")
    return folder


def _age(folder: Path) -> None:
    """Date every file an hour back."""
    hour_ago = time.time() - 3600
    for path in folder.glob("[!.]*/**/*"):
        if path.is_file():
            os.utime(path, (hour_ago, hour_ago))


def manifests(folder: Path) -> list[str]:
    """The manifests of a repository, relative to it."""
    return sorted(str(path.relative_to(folder)) for path in folder.glob("workflows/*/workflow.yaml"))


def _stream(workflows: int, state: str, shared: Mapping[str, bytes]) -> Iterator[bytes]:
    yield commit("refs/heads/main", b"start")
    for path, content in shared.items():
        yield file(path, content)
    yield commit("refs/heads/main", b"workflows")
    for number in range(workflows):
        for path, text in _workflow(number, state).items():
            yield file(path, text.encode())


def _shared() -> dict[str, bytes]:
    rules = {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted(ROOT.glob("policies/**/*.rego"))}
    sampled = {f"team/{name}": (_SAMPLES / "team" / name).read_bytes() for name in ("people.yaml", "waivers.yaml")}
    tasks = "".join(
        f"  {task}:\n    title: {task.title()}\n    owner: ana\n    harm: low\n    speed: seconds\n    spend: low\n"
        for task in _TASKS
    )
    return {**rules, **sampled, "team/tasks.yaml": f"tasks:\n{tasks}".encode()}


def _workflow(number: int, state: str) -> dict[str, str]:
    rng = random.Random(number)
    name = f"sort-{number:05d}-{rng.choice(_TASKS)}"
    words = {
        "name": name, "subject": rng.choice(_SUBJECTS), "queue": rng.choice(_QUEUES), "task": rng.choice(_TASKS),
        "approver": rng.choice(("ana", "ben")), "model": rng.choice(_MODELS), "samples": rng.randint(10, 20),
        "moved": rng.randint(5, 60),
    }  # fmt: skip
    files = {
        "workflow.yaml": _MANIFEST.format(**words),
        "state.yaml": state,
        "sort.prompt": _PROMPT.format(**words),
        "fallback.md": _FALLBACK.format(**words),
        "drill.yaml": _DRILL.format(jobs=rng.randint(3, 90)),
    }
    return {f"workflows/{name}/{file}": text for file, text in files.items()}


def commit(ref: str, message: bytes, onto: str = "") -> bytes:
    """For `git fast-import`: the next commit of a ref, whose files follow; `onto`: what the first one is built on."""
    base = f"from {onto}\n".encode() if onto else b""
    words = (ref.encode(), _WHO, _WHO, len(message), message, base)
    return b"commit %b\nauthor %b\ncommitter %b\ndata %d\n%b\n%b" % words


def file(path: str, content: bytes) -> bytes:
    """For `git fast-import`: one file of a commit."""
    return b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(content), content)


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True)


def remove(folder: Path) -> None:
    """Take a repository away again."""
    shutil.rmtree(folder)
