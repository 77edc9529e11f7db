"""The way to GitLab: every call ends, what passes is waited for at the server's pace, and no secret comes back out.

python-gitlab speaks through this session. Left alone it would wait for ever for a server that drips, and as long as a
server says it should.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from catalog.errors import SourceError

DEADLINE = 20.0
"""Seconds that one call may take, from the first byte sent to the last one read."""
BUDGET = 90.0
"""Seconds that all calls of a run may take together, waiting included."""
MAX_BYTES = 16 * 1024 * 1024
"""Of one answer."""

FIRST_PAUSE = 0.5
"""Seconds before the first new try, where the server does not say; doubled before each further one."""

_PASSING = {429, 500, 502, 503, 504}
_TRIES = 6


class Session(requests.Session):
    """A session whose calls end. What may pass is tried again: reads always, writes only when they were put off."""

    def __init__(
        self, *, deadline: float = DEADLINE, budget: float = BUDGET, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__()
        self.trust_env = True
        self._deadline = deadline
        self._ends = time.monotonic() + budget
        self._sleep = sleep

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send, as `requests` does. Raises `SourceError` when the answer never comes, or only after the budget."""
        # A redirect would take the token elsewhere, and turns a PUT into a GET.
        options |= {"allow_redirects": False, "stream": True}
        said = ""
        for attempt in range(_TRIES):
            answer = self._attempt(request, options)
            if not isinstance(answer, str):
                if answer.status_code not in _PASSING or not (request.method == "GET" or answer.status_code == 429):
                    return answer
                said = f"{answer.status_code} {answer.reason}"
            elif request.method == "GET":
                said = answer
            else:
                raise _lost(request, answer)
            if attempt + 1 < _TRIES:
                self._wait(request, said, _pause(answer, attempt))
        raise _unavailable(request, said)

    def _attempt(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response | str:
        """The whole answer, or in words why there is none."""
        seconds = min(self._deadline, self._ends - time.monotonic())
        answers: list[requests.Response | str] = []
        # A thread, because nothing else bounds a call as a whole: a server that drips satisfies every time-out.
        caller = threading.Thread(target=lambda: answers.append(self._call(request, options)), daemon=True)
        caller.start()
        caller.join(max(seconds, 0.0))
        return answers[0] if answers else f"no answer within {max(seconds, 0.0):.0f} s"

    def _call(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response | str:
        try:
            # A little longer than the caller waits: one of the two says that there was no answer, always the same.
            response = super().send(request, **{**options, "timeout": self._deadline + 1})
            body = bytearray()
            for piece in response.iter_content(1 << 16):
                body += piece
                if len(body) > MAX_BYTES:
                    return f"an answer of more than {MAX_BYTES} bytes"
        except requests.RequestException as error:
            return type(error).__name__  # its text holds the address, and may hold more
        response._content = bytes(body)
        return response

    def _wait(self, request: requests.PreparedRequest, said: str, pause: float) -> None:
        if time.monotonic() + pause > self._ends:
            raise _unavailable(request, said)
        self._sleep(pause)


def _pause(answer: requests.Response | str, attempt: int) -> float:
    """Seconds to wait: as the server says, else longer each time."""
    told = "" if isinstance(answer, str) else answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else min(FIRST_PAUSE * 2.0**attempt, 20.0)


def _unavailable(request: requests.PreparedRequest, said: str) -> SourceError:
    return SourceError(
        f"GitLab cannot be asked now ({said}).",
        why=f"{request.method} {_path(request)} was tried until the time for all calls was used up.",
        solution="Run it again when GitLab answers; nothing was decided.",
    )


def _lost(request: requests.PreparedRequest, said: str) -> SourceError:
    return SourceError(
        f"GitLab did not say what became of {request.method} {_path(request)} ({said}).",
        why="It may have been done or not, so it is not simply done again.",
        solution="Run it again: it looks first at how things are.",
    )


def _path(request: requests.PreparedRequest) -> str:
    return (request.path_url or "").split("?")[0]
