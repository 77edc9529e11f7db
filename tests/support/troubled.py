"""`python -m support.troubled TROUBLE WORDS…`: the command line, with one thing going wrong in the sandbox or to it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.main import main
from drills.journal import Journal
from drills.rehearsed import Rehearsed
from drills.sandbox import sandbox
from drills.sandbox.sandbox import Broken, Sandbox
from drills.targets.target import Target

Json = Any


def _refuse_on_call(document: dict[str, Json]) -> None:
    """Whoever is on call has no right any more."""
    document["people"] = {name: {**about, "keys": []} for name, about in document["people"].items()}


def _lose_messages(_: Sandbox, target: Target) -> None:
    target.team.port.call("PUT", "/control", {"losing": True})


def _raise(_: Sandbox, __: Target) -> None:
    raise ValueError("nobody thought of this")


def _hang(made: Sandbox, _: Target) -> None:
    made.points[1].hang()


def _kill_workers(made: Sandbox, _: Target) -> None:
    for worker in made.workers:
        worker.kill()


def _send(number: signal.Signals) -> Callable[[Sandbox, Target], None]:
    return lambda _, __: os.kill(os.getpid(), number)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong from the beginning, and what is done at which line of the journal."""

    broken: Broken = field(default_factory=Broken)
    acts: Mapping[str, Callable[[Sandbox, Target], None]] = field(default_factory=dict)


TROUBLES = {
    "refused": Trouble(Broken(document=_refuse_on_call), {"phase_begins stop": _lose_messages}),
    "raises": Trouble(acts={"mark t3": _raise}),
    "rollback": Trouble(acts={"phase_begins restore": _hang}),
    "deviates": Trouble(acts={"phase_begins restore": _kill_workers}),
    "sigterm": Trouble(acts={"mark t3": _send(signal.SIGTERM)}),
    "sigkill": Trouble(acts={"mark t3": _send(signal.SIGKILL)}),
}


def arrange(trouble: Trouble) -> None:
    """From now on it happens in every drill of this process."""
    opened: list[tuple[Sandbox, Target]] = []
    real, write, acts = sandbox.sandbox, Journal.write, dict(trouble.acts)

    @contextmanager
    def broken(folder: Path, rehearsed: Rehearsed, workflow: str) -> Iterator[tuple[Sandbox, Target]]:
        with real(folder, rehearsed, workflow, trouble.broken) as made:
            opened.append(made)
            yield made

    def heard(self: Journal, event: str, **fields: Json) -> None:
        write(self, event, **fields)
        if act := acts.pop(f"{event} {fields.get('mark') or fields.get('phase') or ''}".strip(), None):
            act(*opened[-1])

    sandbox.sandbox = broken  # type: ignore[assignment]  # the command opens it by this name
    Journal.write = heard  # type: ignore[method-assign]  # it happens at an exact line


if __name__ == "__main__":
    arrange(TROUBLES[sys.argv[1]])
    sys.argv[1:] = sys.argv[2:]
    main()
