"""Records for tests: predicates with defaults, of which a test changes what it is about."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from support.keys import signing_key

from catalog.records.envelope import sign
from catalog.records.statement import Kind, make_statement, time_text

Json = Any

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
COMMIT = "a" * 40
PARENT = "b" * 40
TREE = "tree:" + "c" * 40


def version(name: str = "one") -> str:
    """A version by nickname."""
    return "h1:" + base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def signed(kind: Kind, key_id: str | None = None, /, **fields: Json) -> bytes:
    """A record file of `kind`, by the key that may sign it unless another is named."""
    return sign(make_statement(kind, predicate(kind, **fields)), signing_key(key_id or f"{kind}-2026"))


def predicate(kind: Kind, **fields: Json) -> dict[str, Json]:
    """What a record of `kind` says; `at` may be a datetime."""
    said = {"workflow": "billing-replies", "at": NOW, **_DEFAULTS[kind], **fields}
    if isinstance(said["at"], datetime):
        said["at"] = time_text(said["at"])
    return said


def side(nickname: str = "one", **fields: Json) -> dict[str, Json]:
    """A workflow as a change record describes it, before or after."""
    return {
        "version": version(nickname),
        "rollback_digest": version(f"rollback of {nickname}"),
        "countersigned": version(f"countersigned {nickname}"),
        "prompt_digest": version(f"prompt of {nickname}"),
        "models": [
            {"use": "default", "when": None, "id": "provider/model-2026-03-01", "why": "Cheapest that is good."}
        ],
        "tier": "high",
        "state": "live",
        **fields,
    }


def control(**fields: Json) -> dict[str, Json]:
    """The fields that make a change record one of the paths outside the workflows."""
    paths = [{"path": "policies/gate/approver/missing.rego", "status": "edited"}]
    return {
        "workflow": "_control",
        "before": None,
        "after": None,
        "control": {"before": None, "after": TREE, "paths": paths, **fields},
    }


def failed(outcome: str = "failed") -> dict[str, Json]:
    """The fields that make a drill record one of a drill that did not pass."""
    phase = {**_PHASE, "outcome": outcome}
    names = ["late-fee-answer/stop"]
    return {"outcome": outcome, "result": "FAILED", "phases": [phase], "passedTests": [], "failedTests": names}


_PHASE = {
    "scenario": "late-fee-answer",
    "phase": "stop",
    "outcome": "passed",
    "seconds": 0.07,
    "resolution": 0.01,
    "budget": 60,
}
_APPROVAL = {"person": "ana", "forge": 101, "at": time_text(NOW), "digest": version("countersigned one")}
_CHANGE = {
    "kind": "widening",
    "merge": {"target": "main", "commit": COMMIT, "first_parent": PARENT},
    "request": {"project": 7, "number": 42},
    "before": None,
    "after": side(),
    "control": None,
    "authors": ["dana"],
    "approvals": [{**_APPROVAL, "role": "approver", "how": "note"}],
    "self_approved": False,
    "verdict": "pass",
    "waivers": [],
    "drill": None,
    "policy_digest": version("policies"),
    "engines": ["opa 1.22.2", "regorus 0.13.0"],
    "assurance": "trusted",
}
_DRILL = {
    "result": "PASSED",
    "configuration": [{"name": "workflows/billing-replies/drill.yaml", "digest": {"sha256": "d" * 64}}],
    "passedTests": ["late-fee-answer/stop"],
    "warnedTests": [],
    "failedTests": [],
    "version": version(),
    "rollback_digest": version("rollback of one"),
    "outcome": "passed",
    "target": "sandbox",
    "run": "20260901-1",
    "runner": "job 1234",
    "commit": COMMIT,
    "candidate": False,
    "bundle": {"revision": COMMIT, "seq": 12},
    "opa": "1.22.2",
    "started": "2026-09-01T11:59:00.000Z",
    "seconds": 31.5,
    "scenarios": [{"name": "late-fee-answer", "outcome": "passed"}],
    "phases": [_PHASE],
    "marks": [{"scenario": "late-fee-answer", "mark": "t4", "last_bad": 1.0, "first_good": 1.01}],
    "undo": {"done": True, "steady": True},
    "silence": {"seen_before": True, "seen_after": False, "window": 20},
}
_STOP = {
    "id": "stop-1",
    "action": "all",
    "version": version(),
    "commit": COMMIT,
    "rollback_to": None,
    "reason": "A customer was quoted the wrong fee.",
    "by": "eli",
    "key": "eli-2026",
    "request_sha256": "e" * 64,
    "trigger": None,
    "points": [{"name": "eu-1", "confirmed": time_text(NOW), "lease_until": None}],
}
_RESUME = {
    "stops": ["stop-1"],
    "version": version(),
    "commit": COMMIT,
    "first_parent": PARENT,
    "request": {"project": 7, "number": 43},
    "reason": "The fee table was corrected.",
    "by": "dana",
    "approvals": [_APPROVAL],
}
_RESULT = {
    "version": version(),
    "from": "2026-08-24",
    "to": "2026-08-30",
    "tasks": 120,
    "figures": [{"metric": "rework_minutes_per_task", "value": 1.5, "n": 120}],
    "by": "ana",
    "decision": "keep",
    "reason": "Fewer corrections than the week before.",
}
_OVERRIDE = {
    "workflow": "_control",
    "tree": TREE,
    "commit": COMMIT,
    "first_parent": PARENT,
    "request": {"project": 7, "number": 44},
    "reason": "The rule did not parse.",
    "broken": [{"path": "policies/gate/approver/missing.rego", "message": "expected a closing brace"}],
    "paths": ["policies/gate/approver/missing.rego"],
    "policy_digest_before": version("policies"),
    "policy_digest_after": version("repaired policies"),
    "authors": ["dana"],
    "self_approved": False,
    "approvals": [
        {**_APPROVAL, "role": "owner", "digest": TREE},
        {**_APPROVAL, "person": "ben", "forge": 102, "role": "deputy", "digest": TREE},
    ],
}
_DEFAULTS: dict[Kind, dict[str, Json]] = {
    Kind.CHANGE: _CHANGE,
    Kind.DRILL: _DRILL,
    Kind.STOP: _STOP,
    Kind.RESUME: _RESUME,
    Kind.RESULT: _RESULT,
    Kind.OVERRIDE: _OVERRIDE,
}
