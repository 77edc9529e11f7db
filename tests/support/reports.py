"""Reports to write: builders with defaults, and the samples whose every format is kept in `samples/reports/`."""

from __future__ import annotations

from typing import Any

from support import pages

from catalog.errors import GitError
from checks.finding import Change, Finding, Report, Severity, Verdict
from checks.reports import render, render_error

VERSION = "h1:3f9a0c4e7d21b6580a9e3c1d4f6b8a2097c5e1d3f4a="
DIGEST = "sha256:9c1e0f22aa67d0b1c3"


def finding(code: str = "approver.countersign", severity: Severity = Severity.WAIT, **changes: Any) -> Finding:
    """A finding about one workflow's manifest."""
    facts: dict[str, Any] = {
        "workflow": "billing-replies",
        "file": "workflows/billing-replies/workflow.yaml",
        "line": 8,
        "field": "approver",
        "message": "Must be countersigned by finn: this version has no approval by them.",
        "solution": f"finn opens the merge request and approves version {VERSION}.",
        "who": ("finn",),
    }
    return Finding(code=code, severity=severity, **{**facts, **changes})


def change(workflow: str = "billing-replies", **changes: Any) -> Change:
    """A widening edit of a live, high workflow."""
    facts: dict[str, Any] = {
        "status": "edited",
        "kind": "widening",
        "because": ("prompt",),
        "tier": "high",
        "state": "live",
        "version": VERSION,
    }
    return Change(workflow=workflow, **{**facts, **changes})


def report(*findings: Finding, changes: tuple[Change, ...] = (), **facts: Any) -> Report:
    """A report whose verdict is the worst of its findings."""
    counted = [f.severity for f in findings if not f.waived]
    verdict = Verdict.PASS
    verdict = Verdict.WAIT if Severity.WAIT in counted else verdict
    verdict = Verdict.REFUSE if Severity.DENY in counted else verdict
    defaults: dict[str, Any] = {
        "verdict": verdict,
        "findings": findings,
        "changes": changes,
        "target": "91bc77de",
        "head": "4f2a81c0 merged onto main 91bc77de",
        "now": "2026-10-30T09:00:00Z",
        "engines": ("regorus 0.13.0",),
        "rules": 47,
        "workflows": len(changes),
        "policy_digest": DIGEST,
    }
    return Report(**{**defaults, **facts})


DRILL = finding(
    "rollback.untested",
    file="workflows/billing-replies/workflow.yaml",
    line=31,
    field="rollback.drill",
    message="Must have a passed drill of this version: it has none.",
    solution="Push the change: the pipeline runs the drill before it asks anyone to click.",
    who=(),
)
SANDBOX = finding(
    "rollback.sandbox-only",
    Severity.DENY,
    line=31,
    field="rollback.drill",
    message="Must be drilled on a target that is not the sandbox: the newest drill ran on sandbox.",
    solution="Add a drill target in team/points.yaml.",
    who=(),
    waived="ana, until 2026-12-01: the drill point is being rebuilt",
)
FALLBACK = finding(
    "fallback.usable",
    Severity.DENY,
    workflow="refund-decisions",
    file="workflows/refund-decisions/fallback.md",
    line=1,
    field="fallback.file",
    message="Must list numbered steps that a person can follow: found none.",
    solution="Write what a person does by hand, one numbered step a line.",
    who=(),
)
ALIAS = finding(
    "model.pinned",
    Severity.WARN,
    workflow="ticket-triage",
    file="workflows/ticket-triage/workflow.yaml",
    line=14,
    field="models[default].id",
    message="Should name a dated version above tier low: `provider/model-latest` may change without review.",
    solution="Name the version, such as provider/model-2026-03-01.",
    who=(),
)
OWNER = finding(
    "control.owner",
    workflow="",
    file="",
    line=0,
    field="",
    message="Must be approved by ana, the owner: 2 paths outside workflows/ changed.",
    solution="Ask ana to approve the merge request.",
    who=("ana",),
)

SAMPLES: dict[str, Report] = {
    "wait": report(finding(), DRILL, changes=(change(),), notes=("No records yet: nothing counts as restoring.",)),
    "refuse": report(
        finding(),
        DRILL,
        SANDBOX,
        FALLBACK,
        ALIAS,
        OWNER,
        changes=(
            change(),
            change("refund-decisions", because=("fallback.file", "models[default].id"), state="paused"),
            change("ticket-triage", status="added", tier="low", state="proposed"),
        ),
        engines=("regorus 0.13.0", "opa 1.22.2"),
        assurance="pinned",
    ),
    "pass": report(changes=(change(kind="narrowing", because=("actions[invoice-copy].release",)),)),
    "calm": report(),
    "all": report(
        ALIAS,
        SANDBOX,
        changes=(
            change(status="unchanged", kind="none", because=()),
            change("help-centre-edits", status="unchanged", kind="none", because=(), tier="medium", state="proposed"),
            change("ticket-triage", status="unchanged", kind="none", because=(), tier="low"),
        ),
        launch=(
            finding("approver.countersign", workflow="help-centre-edits", message="Must be countersigned by gus."),
            finding("rollback.untested", workflow="help-centre-edits", message="Must have a passed drill.", who=()),
        ),
        mode="all",
        target="",
        head="working tree",
        replay=True,
    ),
}

ERROR = GitError(
    "Git 2.30.2 is too old.",
    why="Judging the merge result needs `git merge-tree --write-tree`, which came with 2.38.",
    solution="Install git 2.38 or newer.",
)

SUFFIXES = {"codequality": "codequality.json", "json": "json", "junit": "xml", "markdown": "md", "text": "txt"}

FOLDER = pages.ROOT / "tests/samples/reports"


def written() -> dict[str, str]:
    """Every sample in every format, by file name."""
    samples = {
        f"{name}.{suffix}": render(form, sample)
        for name, sample in SAMPLES.items()
        for form, suffix in SUFFIXES.items()
    }
    return samples | {f"error.{suffix}": render_error(ERROR, form) for form, suffix in SUFFIXES.items()}
