"""The vocabulary of a judgement: findings, the verdict, and the report that carries both."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs, worst first."""

    DENY = "deny"
    WAIT = "wait"
    WARN = "warn"


class Verdict(StrEnum):
    """What becomes of the change; `error` means that it could not be judged."""

    PASS = "pass"  # noqa: S105 - a verdict, no secret
    WAIT = "wait"
    REFUSE = "refuse"
    ERROR = "error"

    @property
    def exit_code(self) -> int:
        """The process exit code: 0 pass, 1 refuse, 3 error, 4 wait."""
        return {"pass": 0, "refuse": 1, "error": 3, "wait": 4}[self]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """One thing a rule found: where, what, and the next step. Sorts by place, then code."""

    workflow: str = ""
    """The workflow's name; empty for the repository as a whole."""
    file: str = ""
    """Path from the repository's root; empty when no one file is to blame."""
    line: int = 0
    """1-based; 0 when unknown."""
    code: str
    """The rule's permanent code, such as `approver.missing`."""
    severity: Severity
    field: str = ""
    message: str
    solution: str = ""
    who: tuple[str, ...] = ()
    """People, by id, the click or work of one of whom is asked for."""
    waived: str = ""
    """Who waived it, until when and why; empty when it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What one workflow's change amounts to, and what it needs."""

    workflow: str
    status: str
    """added | edited | deleted | unchanged"""
    kind: str
    """narrowing | widening | restoring | none"""
    because: tuple[str, ...] = ()
    """The paths that made it so, such as `models[default].id`."""
    tier: str = ""
    state: str = ""
    version: str = ""
    """The version that was judged; empty when deleted or unreadable."""
    needs: tuple[str, ...] = ()
    """People, by id, who must still countersign."""
    drill: str = ""
    """What the newest drill of this content came to, in words; only where the whole repository is judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One run of the gate. Findings are sorted; nothing in it depends on the order of work."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    launch: tuple[Finding, ...] = ()
    """What each proposed workflow still lacks to go live (`--all` only); no part of the verdict."""
    mode: str = "change"
    """change | all"""
    target: str = ""
    """The commit judged against; empty in mode all."""
    head: str = ""
    """The commit or tree judged, in words: `4f2a… merged onto main 91bc…`."""
    now: str = ""
    """The clock reading of the run, ISO 8601 UTC."""
    replay: bool = False
    assurance: str = "desk"
    engines: tuple[str, ...] = ()
    rules: int = 0
    workflows: int = 0
    """How many workflows were judged."""
    policy_digest: str = ""
    notes: tuple[str, ...] = field(default=())
    """Sentences for the reader: no records yet, local evidence counted, judged by the change's own rules."""
