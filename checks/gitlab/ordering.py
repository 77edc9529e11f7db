"""The durable half of a stop: what on-call ordered at the points is verified, signed and appended to the records.

The keeper passes an order on by a pipeline of the control project. Whoever knows the trigger's token could, so nothing
is believed but what the person's own key signed; of a trigger that crossed, what the manifest declares.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog import change
from catalog.errors import SourceError
from catalog.git import Repository
from catalog.records import strict_json
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Kind, Statement, make_statement
from catalog.team import Team
from checks.gitlab.fetching import fetch_target, target
from checks.gitlab.judge import Court
from checks.gitlab.recording import append_missing
from checks.query import read_judging_team
from controls.live.presence import name_of, sealed
from controls.live.tokens import LIFETIME, verified

Json = Any

_PATH = re.compile(
    r"(stops)/([a-z_][a-z0-9-]*)/([a-z][a-z0-9-]*)/([a-z0-9-]+)|(rollbacks)/([a-z][a-z0-9-]*)/([a-z0-9-]+)"
)
_SKEW = 600
"""Seconds that an order's time may lie outside the time of its signature: clocks differ by minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A presence as it lies at a point."""

    kind: str
    workflow: str
    action: str
    id: str
    body: Mapping[str, Json]


def read(text: str) -> Order:
    """An order as the keeper passes it on. Raises `SourceError` for what is none."""
    try:
        given = strict_json.loads(text.encode())
        path, body = given["path"], given["body"]
        match = _PATH.fullmatch(path)
        if match is None or not isinstance(body, dict):
            raise ValueError(path)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SourceError(
            "The order is none that a keeper passes on.",
            why="It must be a path and a body, as a point holds them.",
            solution="See who else knows the token of the trigger, and change it.",
        ) from None
    if match[1]:
        return Order(kind="stop", workflow=match[2], action=match[3], id=match[4], body=body)
    return Order(kind="rollback", workflow=match[6], action="all", id=match[7], body=body)


def take(court: Court, text: str, key: SigningKey) -> bool:
    """Put an order on record, once; whether it was new. Raises `SourceError` for one that proves nothing."""
    order = read(text)
    with Repository.discover(court.folder) as clone:
        fetch_target(clone, court.remote, court.branch, court.token)
        tip = clone.resolve(f"{target(court.branch)}^{{commit}}") or ""
        tree = clone.resolve(f"{target(court.branch)}^{{tree}}") or ""
        team = read_judging_team(clone, tree)
        keyring = Keyring.from_people(team.people)
        _check_seal(order)
        by = order.body.get("by")
        proof = _by_person(order, team, keyring, str(by)) if by is not None else _by_trigger(clone, tree, order)
        made = make_statement(Kind.STOP, {**_said(order, tip), **proof})
        message = f"Record {order.kind} of {order.workflow}: {order.id}"
        return bool(append_missing(court, clone, [made], key, keyring, _is_there, message))


def _is_there(made: Statement, known: Statement) -> bool:
    return all(made.predicate[key] == known.predicate[key] for key in ("id", "at"))


def _check_seal(order: Order) -> None:
    to = order.body.get("to") if order.kind == "rollback" else None
    expected = sealed(name_of(order.id), order.kind, order.workflow, order.action, str(order.body.get("version")), to)
    if order.id != expected:
        raise _unproved(order, "Its id is not that of what it says.")


def _by_person(order: Order, team: Team, keyring: Keyring, person: str) -> dict[str, Json]:
    """Who signed it, and with which key: the one that team/people.yaml lists for them, in its time."""
    request = str(order.body.get("request"))
    keys = keyring.keys
    theirs = [keys[key["id"]] for holder, key in team.public_keys() if holder == person]
    said, key_id = verified(request, theirs) or ({}, "")
    claims = {
        "iss": person, "for": order.kind, "workflow": order.workflow, "id": order.id,
        **{word: order.body.get(word) for word in ("version", "reason", "at")},
        **({"action": order.action} if order.kind == "stop" else {"to": order.body.get("to")}),
    }  # fmt: skip
    if any(said.get(claim) != value for claim, value in claims.items()):
        raise _unproved(order, f"{person} did not sign it with a key that team/people.yaml lists.")
    at = _moment(order).timestamp()
    begun, ended = float(said["iat"]), float(said["exp"])
    if (
        ended - begun > LIFETIME
        or not begun - _SKEW <= at <= ended + _SKEW
        or not keys[key_id].valid_at(_moment(order))
    ):
        raise _unproved(order, "It was signed at another time than it says, or with a key that had ended.")
    digest = hashlib.sha256(request.encode()).hexdigest()
    return {"by": person, "key": key_id, "request_sha256": digest, "trigger": None}


def _by_trigger(clone: Repository, tree: str, order: Order) -> dict[str, Json]:
    """Which declared trigger crossed: only what the manifest declares can stop by itself."""
    crossed = order.body.get("trigger")
    found = next(change.read_workflows(clone, tree, [order.workflow]), None)
    declared = ((found.manifest.get("stop") if found else None) or {}).get("when") or []
    same = [
        one for one in declared
        if isinstance(crossed, dict) and all(one[word] == crossed.get(word) for word in ("metric", "above", "over"))
    ]  # fmt: skip
    if not same or order.kind != "stop":
        raise _unproved(order, "Nobody signed it, and the manifest declares no such trigger.")
    value = crossed.get("value") if isinstance(crossed, dict) else None
    return {"by": None, "key": None, "request_sha256": None, "trigger": {**same[0], "value": value}}


def _said(order: Order, tip: str) -> dict[str, Json]:
    return {
        "workflow": order.workflow,
        "at": order.body.get("at"),
        "id": order.id,
        "action": order.action,
        "version": order.body.get("version"),
        "commit": tip,
        "rollback_to": order.body.get("to") if order.kind == "rollback" else None,
        "reason": order.body.get("reason"),
        "points": [],
    }


def _moment(order: Order) -> datetime:
    try:
        return datetime.fromisoformat(str(order.body.get("at"))).astimezone(UTC)
    except ValueError:
        raise _unproved(order, "It does not say when it was given.") from None


def _unproved(order: Order, why: str) -> SourceError:
    return SourceError(
        f"{order.kind} {order.id} is not put on record.",
        why=why,
        solution="It holds at the points all the same; find out who wrote it there: countersign status.",
    )
