"""A receiver of notices, as a chat's webhook is one: what it confirms is on disk, and people acknowledge it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from drills.sandbox.http import Call, Control, Refused, Reply, Routes, serving

Json = Any


@contextmanager
def served(file: Path, token: str, port: int = 0) -> Iterator[str]:
    """A receiver in the background, with what its file already holds; yields its address.

    Raises `UsageError` for a taken port.
    """
    with serving(Receiver(file).routes(), token, port) as url:
        yield url


class Receiver:
    """Messages by their id; the file holds each of them as it came, and again when somebody acknowledged it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changing = threading.Lock()
        self._control = Control(losing=(False, lambda value: isinstance(value, bool)))
        self._messages: dict[str, dict[str, Json]] = {}
        for line in _whole_lines(file):
            message = json.loads(line)
            self._messages[message["id"]] = message

    def routes(self) -> Routes:
        """What it answers to."""
        return {
            ("POST", "/hooks/{}"): self._receive,
            ("GET", "/messages"): self._list,
            ("POST", "/messages/{}/acknowledge"): self._acknowledge,
            ("GET", "/control"): self._control.get,
            ("PUT", "/control"): self._control.put,
        }

    def _receive(self, call: Call) -> Reply:
        """Keep a message; the same one again, as after a lost answer, changes nothing."""
        said = {"id": call.text("id"), "channel": call.names[0], "text": call.text("text")}
        with self._changing:
            known = self._messages.get(said["id"])
            if known and said.items() - known.items():
                raise Refused(HTTPStatus.CONFLICT, "Must be an id of its own.")
            if not known and not self._control.values["losing"]:
                self._keep({**said, "at": time.time(), "acknowledged": None})
        return Reply({"id": said["id"]})

    def _list(self, call: Call) -> Reply:
        channel = call.query.get("channel")
        messages = list(self._messages.values())
        return Reply({"messages": [one for one in messages if channel in (None, one["channel"])]})

    def _acknowledge(self, call: Call) -> Reply:
        """The first who acknowledges a message is the one who did."""
        by = call.text("by")
        with self._changing:
            message = self._messages.get(call.names[0])
            if message is None:
                raise Refused(HTTPStatus.NOT_FOUND, "Must be a message that came.")
            if not message["acknowledged"]:
                message = {**message, "acknowledged": {"by": by, "at": time.time()}}
                self._keep(message)
        return Reply(message)

    def _keep(self, message: dict[str, Json]) -> None:
        with self._file.open("ab") as file:
            file.write(json.dumps(message).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._messages[message["id"]] = message


def _whole_lines(file: Path) -> list[bytes]:
    """What was kept; half a line, which was never confirmed, is cut off."""
    content = file.read_bytes() if file.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        os.truncate(file, len(whole))
    return whole.splitlines()
