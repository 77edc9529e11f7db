"""The team is told how a drill ended, through the webhook of its chat: who reads the channel knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import requests

from catalog.errors import SourceError

Json = Any

WEBHOOK = "COUNTERSIGN_WEBHOOK"
"""The environment variable with an incoming webhook's address; whoever has it can write to the team."""
_DEADLINE = 10.0


def announce(channel: str, said: Mapping[str, Json]) -> bool:
    """Tell a channel what a run came to; whether there is a webhook to tell it by. Raises `SourceError`.

    The body is what incoming webhooks of chats take: `{"channel", "text"}`.
    """
    address = os.environ.get(WEBHOOK, "").strip()
    if not address:
        return False
    try:
        answer = requests.post(
            address, json={"channel": channel, "text": words(said)}, timeout=_DEADLINE, allow_redirects=False
        )
    except requests.RequestException as error:
        # Its words hold the address, which is a secret.
        raise SourceError(f"{WEBHOOK} does not answer ({type(error).__name__})") from None
    if not 200 <= answer.status_code < 300:
        raise SourceError(f"{WEBHOOK} answers {answer.status_code}", status=answer.status_code)
    return True


def words(said: Mapping[str, Json]) -> str:
    """One line: the workflow, how it ended, and where it first did not pass."""
    bad = next((one for one in said["phases"] if one["outcome"] != "passed"), None)
    where = f" at {bad['scenario']}/{bad['phase']}" if bad else ""
    why = f": {bad['why']}" if bad and bad.get("why") else ""
    return f"Drill of {said['workflow']} on {said['target']}: {said['outcome']}{where} ({said['seconds']:.0f} s){why}"
