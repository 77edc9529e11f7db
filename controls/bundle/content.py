"""The data of the bundle, as `data.catalog`: what is admitted, in the words that the decision asks in.

Facts only: what may run, with which models and prompt, until when, is judged by `policies/runtime/` at each question.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from catalog import change, points
from catalog.git import Repository
from catalog.points import Point
from catalog.records import history
from catalog.records.envelope import Verified
from catalog.records.statement import Kind, time_text
from catalog.records.subjects import ANY_VERSION
from catalog.workflow import Workflow
from controls.bundle.admission import Admission, Admitted

Json = Any

ROLLOVER = timedelta(minutes=15)
"""How long the version before a forward change is still accepted: for what was begun with it."""


def document(repository: Repository, admission: Admission, policy_digest: str) -> dict[str, Json]:
    """All that a bundle says; two builds of the same admission say the same."""
    people = admission.team
    declared = points.of(people.points)
    return {
        "revision": _revision(admission, policy_digest),
        "commit": admission.commit,
        "policy_digest": policy_digest,
        "seq": admission.seq,
        "candidate": bool(admission.candidate),
        "lease_seconds": declared.lease,
        "points": {point.name: _point(point) for point in declared.points},
        # By digest: who asks is looked up, however many there are.
        "tokens": {**declared.tokens, "applications": {token: name for name, token in declared.applications.items()}},
        "owner": people.people.get("owner"),
        "deputy": people.people.get("deputy"),
        "people": {person: _person(about) for person, about in people.everyone().items()},
        "rotas": people.people.get("rotas") or {},
        "workflows": dict(_workflows(repository, admission.workflows)),
    }


def _point(point: Point) -> dict[str, Json]:
    """Where it is, and by which file of the repository it is known: for whoever's own list is old."""
    return {"url": point.url, "group": point.group} | ({"ca": point.ca} if point.ca else {})


def _revision(admission: Admission, policy_digest: str) -> str:
    candidate = f"candidate-{admission.candidate}-" if admission.candidate else ""
    return f"{candidate}{admission.commit}-{policy_digest}"


def _person(about: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "keys": [_key(key) for key in about.get("keys") or []],
        "deputy": about.get("deputy"),
        "away": about.get("away") or [],
        "left": about.get("left"),
    }


def _key(key: Mapping[str, Json]) -> dict[str, Json]:
    return {"id": key["id"], "jwk": jwk(key["ed25519"])} | {end: key[end] for end in ("from", "to") if key.get(end)}


def jwk(public: str) -> str:
    """A public key as OPA takes it: a JSON Web Key (RFC 8037), in one line of text."""
    x = base64.urlsafe_b64encode(bytes.fromhex(public)).rstrip(b"=").decode()
    return json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x})


def _workflows(repository: Repository, admitted: Sequence[Admitted]) -> Iterator[tuple[str, dict[str, Json]]]:
    earlier = {one.workflow.name: list(_earlier(one)) for one in admitted}
    wanted = defaultdict(list)
    for one in admitted:
        for commit in earlier[one.workflow.name]:
            wanted[commit].append(one)
    found = {commit: dict(_returnables(repository, commit, many)) for commit, many in wanted.items()}
    for one in admitted:
        name = one.workflow.name
        yield name, _workflow(one, dict(found[commit][name] for commit in earlier[name] if name in found[commit]))


def _workflow(one: Admitted, returnable: Mapping[str, Json]) -> dict[str, Json]:
    manifest, state = one.workflow.manifest, one.workflow.state
    return {
        "state": state["state"],
        "version": one.workflow.version,
        **_settings(one.workflow),
        "approver": manifest["approver"],
        "reviewers": manifest["reviewers"],
        "stop_by": (manifest["stop"] or {}).get("by"),
        "fallback": manifest["fallback"],
        "stopped": [{key: stop[key] for key in ("id", "action", "version")} for stop in state["stopped"]],
        "previous": _previous(one),
        "earlier": list(returnable),
        "returnable": returnable,
    }


def _settings(workflow: Workflow) -> dict[str, Json]:
    """What an application runs with."""
    manifest = workflow.manifest
    return {
        "tier": manifest["risk"]["tier"],
        "models": [{"use": model["use"], "when": model["when"], "id": model["id"]} for model in manifest["models"]],
        "prompt": manifest["prompt"] and {"file": manifest["prompt"], "digest": workflow.prompt_digest},
        "actions": {
            action["name"]: {"effect": action["effect"], "release": action["release"]} for action in manifest["actions"]
        },
    }


def _previous(one: Admitted) -> dict[str, Json] | None:
    """The version that the newest step replaced, where that went forward, and until when it is accepted."""
    if not one.steps:
        return None
    newest = one.steps[-1].statement
    before, kind = newest.predicate["before"], newest.predicate["kind"]
    forward = (
        kind in {"widening", "none"} and before and before["state"] == newest.predicate["after"]["state"] == "live"
    )
    if not forward or before["version"] == one.workflow.version:
        return None
    return {"version": before["version"], "until": time_text(newest.at + ROLLOVER)}


def _earlier(one: Admitted) -> Iterator[str]:
    """Where each version that ran before was recorded, each once, newest first."""
    seen = {one.workflow.version}
    for record in reversed(one.steps):
        said = record.statement.predicate
        if said["after"] is None or said["after"]["state"] != "live" or said["after"]["version"] in seen:
            continue
        seen.add(said["after"]["version"])
        yield said["merge"]["commit"]


def _returnables(
    repository: Repository, commit: str, admitted: Sequence[Admitted]
) -> Iterator[tuple[str, tuple[str, dict[str, Json]]]]:
    """For each name the version that a commit brought, and what may be returned to with it."""
    read = change.read_workflows(repository, commit, [one.workflow.name for one in admitted])
    by_name = {one.workflow.name: one for one in admitted}
    for found in read:
        yield found.name, (found.version, _returnable(by_name[found.name], found))


def _returnable(one: Admitted, earlier: Workflow) -> dict[str, Json]:
    """What a rollback would run with, and what is on record for and against it."""
    halted = history.stopped_versions(one.records)
    return {
        **_settings(earlier),
        "rollback_digest": earlier.rollback_digest,
        "stopped": bool(halted & {earlier.version, ANY_VERSION}),
        "drills": sorted((_drill(record) for record in _of(one.records, earlier)), key=_at, reverse=True),
    }


def _of(records: Iterable[Verified], version: Workflow) -> Iterator[Verified]:
    digests = {version.version, version.rollback_digest}
    for record in records:
        said = record.statement.predicate
        if record.statement.kind is Kind.DRILL and digests & {said["version"], said["rollback_digest"]}:
            yield record


def _at(drill: Mapping[str, Json]) -> str:
    return str(drill["at"])


def _drill(record: Verified) -> dict[str, Json]:
    said = record.statement.predicate
    return {key: said[key] for key in ("version", "rollback_digest", "outcome", "target", "at")}
