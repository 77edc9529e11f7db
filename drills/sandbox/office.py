"""The work queue over HTTP: whoever rehearses puts jobs in, sees where they are, and finishes them as people would."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from drills.sandbox.http import Call, Refused, Reply, Routes, serving
from drills.worker.queue import Queue

Json = Any

NAME = re.compile(r"[a-z0-9-]{1,80}")


@contextmanager
def served(folder: Path, token: str, port: int = 0) -> Iterator[str]:
    """A queue's office in the background; yields its address. Raises `UsageError` for a taken port."""
    with serving(Office(Queue(folder)).routes(), token, port) as url:
        yield url


class Office:
    """What may be done with the jobs of one queue; one thing at a time, beside the workers."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._changing = threading.Lock()

    def routes(self) -> Routes:
        """What it answers to."""
        return {
            ("GET", "/jobs"): self._list,
            ("POST", "/jobs/{}"): self._put,
            ("DELETE", "/jobs/{}"): self._remove,
            ("POST", "/jobs/{}/by-hand"): self._by_hand,
            ("POST", "/jobs/{}/return"): self._return,
            ("GET", "/effects"): self._effects,
        }

    def _list(self, call: Call) -> Reply:
        with self._changing:
            found = self._queue.jobs(call.query.get("prefix", ""))
        return Reply({"jobs": {name: {"place": place, "job": job} for name, (place, job) in found.items()}})

    def _put(self, call: Call) -> Reply:
        name = _name(call)
        call.text("action")
        if not isinstance(call.body.get("not_before", 0), int | float):
            raise Refused(HTTPStatus.BAD_REQUEST, "Must have a number `not_before`, or none.")
        with self._changing:
            if place := self._queue.place(name):
                raise Refused(HTTPStatus.CONFLICT, f"Must be a name of its own; that job is in {place}.")
            self._queue.put(name, call.body)
        return Reply({"name": name, "place": "inbox"}, HTTPStatus.CREATED)

    def _remove(self, call: Call) -> Reply:
        name = _name(call)
        with self._changing:
            place = self._place(name)
            if place == "at-work" or not self._queue.remove(name, place):
                raise Refused(HTTPStatus.CONFLICT, "Must not be at work.")
        return Reply({"name": name, "place": None})

    def _by_hand(self, call: Call) -> Reply:
        name, by = _name(call), call.text("by")
        with self._changing:
            self._with_people(name)
            self._queue.by_hand(name, by)
        return Reply({"name": name, "place": "by-hand"})

    def _return(self, call: Call) -> Reply:
        name = _name(call)
        with self._changing:
            self._with_people(name)
            self._queue.give_back(name)
        return Reply({"name": name, "place": "inbox"})

    def _effects(self, call: Call) -> Reply:
        effects = self._queue.effects()
        return Reply({"count": len(effects), "effects": call.after(effects), "now": time.time()})

    def _with_people(self, name: str) -> None:
        if (place := self._place(name)) != "people":
            raise Refused(HTTPStatus.CONFLICT, f"Must be with people; that job is in {place}.")

    def _place(self, name: str) -> str:
        if place := self._queue.place(name):
            return place
        raise Refused(HTTPStatus.NOT_FOUND, "Must be a job that is somewhere.")


def _name(call: Call) -> str:
    if not NAME.fullmatch(call.names[0]):
        raise Refused(HTTPStatus.BAD_REQUEST, f"Must be a name like {NAME.pattern}.")
    return call.names[0]
