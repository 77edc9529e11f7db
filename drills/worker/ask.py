"""Asking an enforcement point: the whole of what an application needs, to be copied into it. No answer means no."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

POINT, TOKEN = os.environ["COUNTERSIGN_POINT"], os.environ["COUNTERSIGN_APPLICATION_TOKEN"]
DEADLINE = 2.0
DENIED = {"decision": "deny", "go": False, "code": "no_answer", "version": None, "models": [], "prompt": None}
_asking = ThreadPoolExecutor(8)


def may(workflow: str, action: str, version: str, caller: str, **more: Any) -> dict[str, Any]:
    """What the point says: act only when `go` is true. Never raises, and never takes longer than `DEADLINE`."""
    question = {"workflow": workflow, "action": action, "version": version, "caller": caller, **more}
    try:
        said = _asking.submit(_post, {"input": question}).result(DEADLINE)["result"]
        return {**DENIED, **said, "go": said["go"] is True}
    except (requests.RequestException, TimeoutError, ValueError, LookupError, TypeError):
        return {**DENIED}


def _post(body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.post(f"{POINT}/v1/data/countersign/decision", json=body, headers=headers, timeout=DEADLINE)
    answer.raise_for_status()
    return answer.json()
