"""Passing stops on to the control project, which puts them on record: tried again until each is there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

Json = Any

AGAIN = 60.0
"""Seconds before a stop that is not on record yet is passed on again: so long a pipeline may take."""
DEADLINE = 10.0
VARIABLE = "COUNTERSIGN_ORDER"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """A pipeline trigger of the control project (https://docs.gitlab.com/ci/triggers/)."""

    url: str
    """`…/api/v4/projects/<id>/trigger/pipeline`."""
    token: str
    branch: str = "main"

    def send(self, path: str, body: Mapping[str, Json]) -> str:
        """Start a pipeline for one presence; why it did not start, without any secret, or nothing."""
        said = json.dumps({"path": path, "body": body}, sort_keys=True)
        form = {"token": self.token, "ref": self.branch, f"variables[{VARIABLE}]": said}
        try:
            answer = requests.post(self.url, data=form, timeout=DEADLINE, allow_redirects=False)
        except requests.RequestException as error:
            return type(error).__name__  # its text holds the address, and may hold more
        return "" if answer.status_code == 201 else f"HTTP {answer.status_code}"


class Reporter:
    """Passes on what is not on record, beside the rounds."""

    def __init__(self, trigger: Trigger, *, again: float = AGAIN, say: Callable[[str], None] = print) -> None:
        self._trigger, self._again, self._say = trigger, again, say
        self._sent: dict[str, float] = {}
        self._busy = threading.Lock()

    def pass_on(self, held: Mapping[str, Json], recorded: Iterable[str]) -> None:
        """Send whatever is held, not on record, and was not sent lately; returns at once."""
        now, known = time.monotonic(), set(recorded)
        due = {
            path: body
            for path, body in held.items()
            if path not in known and now - self._sent.get(path, -self._again) >= self._again
        }
        if due and self._busy.acquire(blocking=False):
            self._sent.update(dict.fromkeys(due, now))
            threading.Thread(target=self._send, args=(due,), daemon=True).start()

    def _send(self, due: Mapping[str, Json]) -> None:
        try:
            for path, body in due.items():
                failed = self._trigger.send(path, body if isinstance(body, dict) else {})
                self._say(f"passed on {path}" if not failed else f"not passed on {path}: {failed}; tried again")
        finally:
            self._busy.release()
