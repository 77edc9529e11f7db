"""The embedded engine: regorus, in a child process that a crash or a hang cannot leave.

It runs at the desk and in pre-commit, where nothing but Python packages is installed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from catalog.engines import wire
from catalog.engines.contained import Contained, Serve
from catalog.engines.interface import Json
from catalog.errors import EngineError, PolicyError

VERSION = "0.13.0"
DEADLINE = 60.0
"""Seconds that loading or one answer may take."""

_PLACE = re.compile(r"^--> (.+):(\d+):\d+$", re.MULTILINE)
_SAID = re.compile(r"^error: (.+)$", re.MULTILINE)
_LOADED, _REFUSED, _ANSWER, _UNDEFINED, _BROKE = (bytes([kind]) for kind in range(5))


class RegorusEngine:
    """Rules loaded into regorus, as `Engine` describes."""

    name = f"regorus {VERSION}"

    def __init__(
        self, modules: Mapping[str, str], data: Mapping[str, Json], *, vetted: bool = False, deadline: float = DEADLINE
    ) -> None:
        """Start loading. Raises `PolicyError` for no rules, `EngineError` for data that is not JSON."""
        if not modules:
            raise PolicyError("There are no rules to load.")
        text = wire.encode(data, "data")
        self._ready = False
        self._process = Contained(self.name, lambda: _start(modules, text, vetted), seconds=deadline)

    def evaluate(self, query: str, facts: Mapping[str, Json]) -> Json:
        """Answer a query, as `Engine` describes. Raises `PolicyError` when the rules did not load."""
        request = f"{wire.check_query(query)}\n{wire.encode(facts, 'facts')}".encode()
        self._wait()
        kind, answer = _split(self._process.ask(request))
        if kind == _UNDEFINED:
            wire.undefined(query)
        if kind == _BROKE:
            raise EngineError(f"{self.name}: {answer}", why="The rules failed on these facts.")
        try:
            return wire.check_answer(json.loads(answer)["result"][0]["expressions"][0]["value"], query)
        except (ValueError, LookupError, RecursionError) as error:
            raise EngineError(f"{self.name} gave an answer that is none.", why=wire.first_line(error)) from error

    def close(self) -> None:
        """End the child process."""
        self._process.close()

    def __enter__(self) -> RegorusEngine:
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self) -> None:
        if self._ready:
            return
        kind, said = _split(self._process.receive())
        if kind != _LOADED:
            self.close()
            message, why, solution = json.loads(said)
            raise PolicyError(message, why=why, solution=solution)
        self._ready = True


def _split(message: bytes) -> tuple[bytes, str]:
    return message[:1], message[1:].decode("utf-8", "replace")


# What follows runs in the child.


def _start(modules: Mapping[str, str], data: str, vetted: bool) -> tuple[bytes, Serve]:
    import regorus  # type: ignore[import-untyped]  # it ships none

    engine = regorus.Engine()
    try:
        if not vetted:
            from catalog.engines import banned

            banned.refuse(modules)
        for path, source in sorted(modules.items()):
            engine.add_policy(path, source)
        engine.add_data_json(data)
        # Any query makes it check all modules, so that a broken one is known before the first question.
        engine.eval_query_as_json("true")
    except PolicyError as error:
        return _refusal(error.message, error.why, error.solution), _refuse
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
        message = f"{_said(error).decode()}."
        return _refusal(message, f"{RegorusEngine.name} cannot load the rules.", "Repair the rule."), _refuse
    return _LOADED, lambda request: _answer(engine, request)


def _refusal(*words: str) -> bytes:
    return _REFUSED + json.dumps(words).encode()


def _refuse(_: bytes) -> bytes:
    return _REFUSED


def _answer(engine: Any, request: bytes) -> bytes:
    query, facts = request.decode().split("\n", 1)
    try:
        engine.set_input_json(facts)
        # Not eval_rule: it does not know a package, and its answer about one would be an error.
        answer: str = engine.eval_query_as_json(query)
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
        return _BROKE + _said(error)
    return _UNDEFINED if answer == "{}" else _ANSWER + answer.encode()


def _said(error: BaseException) -> bytes:
    """What regorus says, in one line that starts with file and line: it prints the place, a picture, then the words."""
    text = str(error)
    said, place = _SAID.search(text), _PLACE.search(text)
    words = said[1].strip().rstrip(".") if said else wire.first_line(text or type(error).__name__).rstrip(".")
    return (f"{place[1]}:{place[2]}: {words}" if place else words).encode("utf-8", "replace")
