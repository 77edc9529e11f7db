"""Talking to the services of a sandbox, as a runner does: over HTTP, with a token."""

from __future__ import annotations

from typing import Any

import requests

Json = Any

TOKEN = "one-token"


def call(method: str, url: str, body: Json = None, token: str = TOKEN) -> tuple[int, Json]:
    """The status and the JSON of one answer."""
    answer = requests.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    return answer.status_code, answer.json()
