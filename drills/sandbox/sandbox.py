"""The sandbox: in a moment there, and gone without a trace."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from catalog.engines.provision import opa_binary
from catalog.errors import SourceError, UsageError
from catalog.files import write_atomically
from catalog.points import Point, Points
from catalog.records.keys import SigningKey
from controls.bundle import build as making
from controls.bundle.content import jwk
from controls.bundle.key import ALGORITHM, BundleKey
from controls.live.channel import Channel, PointError
from controls.live.tokens import Signer
from drills.keeping import Keeping
from drills.rehearsed import Rehearsed
from drills.sandbox.processes import Guarded
from drills.targets.ports import HttpPort, Limits
from drills.targets.services import Bundles, Model, Office, Team
from drills.targets.target import Published, Releaser, Target

Json = Any

ROOT = Path(__file__).parents[2]
NAME = "sandbox"
APPLICATION = "worker"
GROUP = "drill"
POINTS = 2
WORKERS = 2
LEASE, POLL = 9, 5
"""Seconds, as in team/enforcement-points.yaml."""
_JOBS = 100_000
"""Practice jobs that the sandbox takes: it harms nobody."""
START = 60.0
"""Seconds that any part may take to be there."""
_CONFIGURATION = ROOT / "docs/enforcement-point/opa.yaml"
_KEY_ID, _KEY_BITS = "sandbox", 2048
"""A key that lives as long as a drill; a longer one takes half a second to make."""
_PAUSE = 0.01
_ROLES = ("keeper", "watcher", "application")


def _as_it_is(_: dict[str, Json]) -> None:
    """Change nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """What is wrong with a sandbox from the beginning, for drills that must fail."""

    worker: tuple[str, ...] = ("drills.worker",)
    """The module that is run as worker, and what it is told first."""
    workers: int = WORKERS
    """How many of them there are."""
    document: Callable[[dict[str, Json]], None] = _as_it_is
    """What is changed in the bundle."""


@dataclass(slots=True)
class Sandbox:
    """All of it, while it runs."""

    folder: Path
    workflow: str
    tokens: Mapping[str, str]
    broken: Broken = Broken()
    services: Mapping[str, str] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)
    points: list[Guarded] = field(default_factory=list)
    workers: list[Guarded] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    """What ends it all."""

    def start_workers(self) -> None:
        """Let the workers begin, or begin anew."""
        for worker in self.workers:
            worker.kill()
        self.workers = [
            _guarded(self.stack, self, f"worker-{number}", self.worker_command(number), self.worker_environment(number))
            for number in range(self.broken.workers)
        ]

    def worker_command(self, number: int) -> list[str]:
        """How the reference worker is started."""
        queue = self.folder / "queue"
        named = ["--name", f"{APPLICATION}-{number}", "--caller", APPLICATION]
        return [sys.executable, "-m", *self.broken.worker, str(queue), self.workflow, *named]

    def worker_environment(self, number: int) -> dict[str, str]:
        """What a worker knows: each asks a point of its own, as far as there are enough."""
        return {
            "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT),
            "COUNTERSIGN_POINT": f"http://127.0.0.1:{self.ports[number % len(self.ports)]}",
            "COUNTERSIGN_APPLICATION_TOKEN": self.tokens["application"],
            "COUNTERSIGN_MODEL": self.services["model"], "COUNTERSIGN_MODEL_TOKEN": self.tokens["model"],
        }  # fmt: skip


@contextmanager
def sandbox(
    folder: Path, rehearsed: Rehearsed, workflow: str, broken: Broken = Broken()
) -> Iterator[tuple[Sandbox, Target]]:
    """A sandbox for one workflow, in a folder that is removed at the end. Raises `UsageError`, `SourceError`.

    Whatever ends this process, the sandbox's processes end with it.
    """
    folder.mkdir(mode=0o700, parents=True)
    made = Sandbox(folder, workflow, {name: secrets.token_hex(24) for name in (*_ROLES, *_SERVICES)}, broken)
    try:
        with ExitStack() as stack:
            yield made, _start(stack, made, rehearsed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what a killed run left of its sandbox: its processes went with it."""
    shutil.rmtree(folder, ignore_errors=True)


def _start(stack: ExitStack, made: Sandbox, rehearsed: Rehearsed) -> Target:
    services = _serve(stack, made)
    # What takes a moment to make is made while they start.
    key, on_call = BundleKey.generate(_KEY_ID, _KEY_BITS), SigningKey.generate("sandbox-on-call")
    made.ports = [_free_port() for _ in range(POINTS)]
    declared, person = _declared(made), _on_call_of(rehearsed, made.workflow)
    document = _document(rehearsed, made, declared, person, on_call)
    made.broken.document(document)
    write_atomically(made.folder / "bundle.tar.gz", making.pack(rehearsed.modules, document, key))
    made.services = _services(made, services)
    settings = _settings(made, key)
    made.points = [
        _guarded(stack, made, point.name, _opa(made, point.name, port, settings), {})
        for point, port in zip(declared.points, made.ports, strict=True)
    ]
    made.stack = stack
    made.start_workers()
    target = _target(made, rehearsed, declared, Signer(person=person, key=on_call), document, key)
    stack.callback(target.keeping.close)
    _until_open(target, made)
    target.keeping.start()
    return target


def _serve(stack: ExitStack, made: Sandbox) -> Guarded:
    tokens = {name: made.tokens[name] for name in _SERVICES}
    write_atomically(made.folder / "tokens.json", json.dumps(tokens).encode(), 0o600)
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "drills.sandbox.services", str(made.folder), "--detached"]
    return _guarded(stack, made, "services", command, environment)


_SERVICES = ("model", "receiver", "office", "bundles")


def _guarded(stack: ExitStack, made: Sandbox, name: str, command: list[str], environment: Mapping[str, str]) -> Guarded:
    found = Guarded(name, command, environment, made.folder / f"{name}.log")
    stack.callback(found.close)
    return found


def _declared(made: Sandbox) -> Points:
    """The sandbox's points, as a team declares its own."""
    points = tuple(
        Point(name=f"sandbox-{number}", url=f"http://127.0.0.1:{port}", group=GROUP)
        for number, port in enumerate(made.ports, 1)
    )
    digests = {who: f"sha256:{sha256(made.tokens[who].encode()).hexdigest()}" for who in _ROLES}
    return Points(
        lease=LEASE, poll=POLL, silence=3600, points=points,
        tokens={"keeper": digests["keeper"], "watcher": digests["watcher"]},
        resumed=(), applications={APPLICATION: digests["application"]},
    )  # fmt: skip


def _on_call_of(rehearsed: Rehearsed, workflow: str) -> str:
    """Who may stop it, by the rota that its manifest names. Raises `UsageError` when nobody is on it."""
    stop_by = (rehearsed.workflow(workflow).manifest["stop"] or {}).get("by")
    rotas = rehearsed.document["rotas"]
    people = [person for person in rotas.get(stop_by, [stop_by]) if person in rehearsed.document["people"]]
    if not people:
        raise UsageError(f"Nobody is on call for {workflow}.", solution="Name a rota or a person as stop.by.")
    return str(people[0])


def _document(
    rehearsed: Rehearsed, made: Sandbox, declared: Points, person: str, on_call: SigningKey
) -> dict[str, Json]:
    """What the bundle says, with the sandbox's points and tokens, and one key: that of whoever is on call in it."""
    document = dict(rehearsed.document)
    document["points"] = {point.name: {"url": point.url, "group": point.group} for point in declared.points}
    applications = {digest: name for name, digest in declared.applications.items()}
    document["tokens"] = {**declared.tokens, "applications": applications}
    document["lease_seconds"] = declared.lease
    people = {name: {**about, "keys": []} for name, about in document["people"].items()}
    key = {"jwk": jwk(on_call.public().ed25519), "from": "2000-01-01", "to": "2999-12-31"}
    people[person] = {**people[person], "away": [], "keys": [key]}
    document["people"] = people
    return document


def _settings(made: Sandbox, key: BundleKey) -> dict[str, Json]:
    """How a point is set up: as docs/enforcement-point/opa.yaml says, but that it is told of a new bundle at once."""
    found: dict[str, Json] = yaml.safe_load(_CONFIGURATION.read_text(encoding="utf-8"))
    found["services"]["bundles"]["url"] = made.services["bundles"]
    bundle = found["bundles"]["countersign"]
    bundle["polling"] = {"min_delay_seconds": 1, "max_delay_seconds": 1, "long_polling_timeout_seconds": 30}
    bundle["signing"]["keyid"] = key.id
    found["keys"] = {key.id: {"algorithm": ALGORITHM, "key": key.public_pem().decode()}}
    return found


def _opa(made: Sandbox, name: str, port: int, settings: Mapping[str, Json]) -> list[str]:
    configuration = made.folder / f"{name}.json"
    own = {**settings, "persistence_directory": str(made.folder / f"{name}-kept")}
    configuration.write_text(json.dumps(own), encoding="utf-8")
    return [
        str(opa_binary()), "run", "--server", "--addr", f"127.0.0.1:{port}", "--config-file", str(configuration),
        "--authentication", "token", "--authorization", "basic", "--skip-version-check", "--log-format", "json",
        "--log-level", "info", "--log-timestamp-format", "2006-01-02T15:04:05.000000Z07:00",
    ]  # fmt: skip


def _services(made: Sandbox, process: Guarded) -> dict[str, str]:
    """Where the services are, as soon as all listen."""
    file, ends = made.folder / "services.json", time.monotonic() + START
    while not file.exists():
        if not process.runs or time.monotonic() > ends:
            raise SourceError(f"The sandbox's services did not start: {process.log.read_text()[-500:]}")
        threading.Event().wait(_PAUSE)
    found: dict[str, str] = json.loads(file.read_bytes())
    return found


def _target(
    made: Sandbox, rehearsed: Rehearsed, declared: Points, on_call: Signer, document: Mapping[str, Json], key: BundleKey
) -> Target:
    limits = Limits(jobs=_JOBS)
    ports = {name: HttpPort(name, made.services[name], made.tokens[name], limits) for name in _SERVICES}
    approver = rehearsed.workflow(made.workflow).manifest["approver"]
    keeping = Keeping(declared, GROUP, ROOT, made.tokens["keeper"], made.folder / "keeper.jsonl")
    model = Model(ports["model"])
    used = sorted({one["id"] for one in rehearsed.workflow(made.workflow).manifest["models"]})
    model.change(answers=[{"model": one, "contains": "", "answer": f"Drafted by {one}."} for one in used])
    return Target(
        name=NAME, root=ROOT, points=declared.points, application=APPLICATION,
        application_token=made.tokens["application"], watcher_token=made.tokens["watcher"],
        keeper_token=made.tokens["keeper"], on_call=on_call, releaser=Releaser(person=approver, signer=None),
        keeping=keeping, published=Published(
            Bundles(ports["bundles"]), rehearsed.modules, document, key, int(document["seq"])
        ),
        office=Office(ports["office"], limits), model=model, team=Team(ports["receiver"]), real=False,
        secrets=frozenset(made.tokens.values()),
    )  # fmt: skip


def _until_open(target: Target, made: Sandbox) -> None:
    """Return when every point has its bundle and a lease."""
    ends = time.monotonic() + START
    for point in target.points:
        while not _has_bundle(target, point):
            if time.monotonic() > ends:
                raise SourceError(
                    f"{point.name} has no bundle: {(made.folder / f'{point.name}.log').read_text()[-500:]}"
                )
            threading.Event().wait(_PAUSE)
    if closed := target.keeping.round().closed:
        raise SourceError("; ".join(f"{name}: {why}" for name, why in closed.items()))


def _has_bundle(target: Target, point: Point) -> bool:
    try:
        with closing(Channel(point, ROOT, 1.0)) as channel:
            return channel.ask("point", {}, target.keeper_token)["seq"] is not None
    except PointError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found
