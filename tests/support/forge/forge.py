"""The forge: what people do to it, what goes wrong, and who called."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from support.forge.faults import Fault
from support.forge.state import locked
from support.forge.verbs import Verbs


@dataclass(slots=True)
class Call:
    """A call that came in; the status is 0 until it is answered, and when the connection is cut instead."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    user: str | None = None
    status: int = 0


@dataclass(slots=True)
class _Before:
    method: str
    path: str
    run: Callable[[], object]


class Forge(Verbs):
    """A GitLab on this machine: state, verbs, and a server that answers what GitLab would of them."""

    def __init__(
        self,
        *,
        tier: Literal["free", "premium"] = "free",
        edition: Literal["ee", "ce"] = "ee",
        approved_at: bool = True,
    ) -> None:
        super().__init__(tier=tier, edition=edition, approved_at=approved_at)
        self.calls: list[Call] = []
        self.unknown: list[str] = []
        """Calls that no route answers (`GET /projects/1/unheard-of`), and defects of the server: a test wants none."""
        self.faults: list[Fault] = []
        self._before: list[_Before] = []

    @locked
    def fault(self, fault: Fault) -> Fault:
        """From now on, something goes wrong."""
        self.faults.append(fault)
        return fault

    @locked
    def before(self, method: str, path: str, run: Callable[[], object]) -> None:
        """Once, right before such a call is handled and while no lock is held, run something: a race."""
        self._before.append(_Before(method, path, run))

    @locked
    def reset_calls(self) -> None:
        """Count anew."""
        self.calls.clear()

    @locked
    def came(self, call: Call) -> None:
        """Remember a call."""
        self.calls.append(call)

    def race(self, method: str, path: str) -> None:
        """Run what was to run before such a call."""
        with self.lock:
            due = [one for one in self._before if one.method == method and re.search(one.path, path)]
            self._before = [one for one in self._before if one not in due]
        for one in due:
            one.run()

    @locked
    def take_fault(self, method: str, path: str) -> Fault | None:
        """The fault that strikes a call, with one use taken off it."""
        found = next((one for one in self.faults if one.strikes(method, path)), None)
        if found:
            found.use()
        return found

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        """Answer at the address that is yielded, which pages then link to, until the end of the block."""
        from support.forge.server import serving

        named = self.host
        with serving(self) as url:
            self.host = url
            yield url
        self.host = named
