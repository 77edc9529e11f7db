"""What on-call orders at the points, as the keeper passes it on to the control project."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from support.desk import NAME
from support.live import oncall_key

from catalog.records.statement import time_text
from controls.live.order import Order
from controls.live.tokens import Signer

Json = Any

VERSION, EARLIER = f"h1:{'A' * 43}=", f"h1:{'E' * 43}="


def ordered(person: str = "dana", key: str = "dana", kind: str = "stop", ago: int = 0, **changes: Json) -> Order:
    at = time_text(datetime.now(UTC) - timedelta(seconds=ago))
    words = {"kind": kind, "workflow": NAME, "name": "stop-1", "version": VERSION, "reason": "Wrong fees", "at": at}
    if kind == "rollback":
        words["to"] = EARLIER
    return Order(**{**words, **changes})


def passed_on(order: Order, person: str = "dana", key: str = "dana", ago: int = 0, **body: Json) -> str:
    """The order as a point holds it, and the keeper passes it on."""
    token = Signer(person=person, key=oncall_key(key)).token(order.claims, time.time() - ago)
    return json.dumps({"path": order.path, "body": {**order.words, "by": person, "request": token, **body}})
