"""The way to GitLab: every call ends, what passes is waited for at the server's pace, and no secret comes back out.

python-gitlab speaks through this session. Left alone it would wait for ever for a server that drips, and as long as a
server says it should.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from catalog.errors import SourceError

DEADLINE = 20.0
"""Seconds that one call may take, from the first byte sent to the last one read."""
BUDGET = 120.0
"""Seconds that the calls of one piece of work may take together, waiting included; what is done between is free."""
MAX_BYTES = 16 * 1024 * 1024
"""Of one answer."""

FIRST_PAUSE = 0.5
"""Seconds before the first new try, where the server does not say; doubled before each further one."""

_PASSING = {429, 500, 502, 503, 504}
_TRIES = 6


_LONG = "an answer that is too long"


class TooLong(SourceError):
    """An answer is longer than `MAX_BYTES`: it would be so again."""


class Session(requests.Session):
    """A session whose calls end. What may pass is tried again: reads always, writes only when they were put off."""

    def __init__(
        self, *, deadline: float = DEADLINE, budget: float = BUDGET, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__()
        self.trust_env = True
        self._deadline = deadline
        self._budget = self._left = budget
        self._sleep = sleep
        self._place = ("", "", 0)

    def keep_to(self, url: str) -> None:
        """Call nobody but the server of this address: an answer may name another, and the token goes along."""
        self._place = _place(url)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: `requests` would read a redirect's whole body, and make sense of whatever address it names."""

    def renew(self) -> None:
        """Give what comes next the whole budget: it is another piece of work."""
        self._left = self._budget

    def pause(self, seconds: float) -> None:
        """Wait, at the cost of the budget."""
        self._left -= seconds
        self._sleep(seconds)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send, as `requests` does; a `timeout` takes the place of the deadline.

        Raises `SourceError` when the answer never comes, or only after the budget.
        """
        # A redirect would take the token elsewhere, and turns a PUT into a GET.
        options |= {"allow_redirects": False, "stream": True}
        if _place(request.url or "") != self._place:
            raise SourceError(
                f"An answer of GitLab's leads to another server: {_place(request.url or '')[1]}.",
                why="The token would go there.",
                solution="See what stands between, or whether the address is the one that GitLab gives itself.",
            )
        said, status = "no time is left for it", 0
        for attempt in range(_TRIES):
            if self._left <= 0:
                break
            answer = self._attempt(request, options)
            if answer is _LONG:
                raise TooLong(
                    f"GitLab gives an answer of more than {MAX_BYTES} bytes.",
                    why=f"{request.method} {_path(request)} was asked.",
                )
            if not isinstance(answer, str):
                if answer.status_code not in _PASSING or not (request.method == "GET" or answer.status_code == 429):
                    return answer
                said, status = f"{answer.status_code} {answer.reason}", answer.status_code
            elif request.method == "GET":
                said, status = answer, 0
            else:
                raise _lost(request, answer)
            if attempt + 1 < _TRIES:
                pause = _pause(answer, attempt)
                if pause > self._left:
                    break
                self.pause(pause)
        raise _unavailable(request, said, status)

    def _attempt(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response | str:
        """The whole answer, or in words why there is none."""
        seconds = min(options.get("timeout") or self._deadline, self._left)
        # The caller below waits a little less: one of the two says that there was no answer, always the same.
        options = {**options, "timeout": seconds + 1}
        answers: list[requests.Response | str] = []
        # A thread, because nothing else bounds a call as a whole: a server that drips satisfies every time-out.
        caller = threading.Thread(target=lambda: answers.append(self._call(request, options)), daemon=True)
        began = time.monotonic()
        caller.start()
        caller.join(seconds)
        self._left -= time.monotonic() - began
        return answers[0] if answers else f"no answer within {seconds:.0f} s"

    def _call(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response | str:
        try:
            response = super().send(request, **options)
            body = bytearray()
            for piece in response.iter_content(1 << 16):
                body += piece
                if len(body) > MAX_BYTES:
                    return _LONG
        except (requests.RequestException, ValueError) as error:
            return type(error).__name__  # its text holds the address, and may hold more
        response._content = bytes(body)
        return response


def _place(url: str) -> tuple[str, str, int]:
    """Scheme, host and port."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", "", 0


def _pause(answer: requests.Response | str, attempt: int) -> float:
    """Seconds to wait: as the server says, else longer each time."""
    told = "" if isinstance(answer, str) else answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else min(FIRST_PAUSE * 2.0**attempt, 20.0)


def _unavailable(request: requests.PreparedRequest, said: str, status: int) -> SourceError:
    return SourceError(
        f"GitLab cannot be asked now ({said}).",
        why=f"{request.method} {_path(request)} was tried until the time for all calls was used up.",
        solution="Run it again when GitLab answers; nothing was decided.",
        status=status,
    )


def _lost(request: requests.PreparedRequest, said: str) -> SourceError:
    return SourceError(
        f"GitLab did not say what became of {request.method} {_path(request)} ({said}).",
        why="It may have been done or not, so it is not simply done again.",
        solution="Run it again: it looks first at how things are.",
    )


def _path(request: requests.PreparedRequest) -> str:
    return (request.path_url or "").split("?")[0]
