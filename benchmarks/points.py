"""Live control on real OPA servers of this machine: stopping many points, deciding among many workflows, silence.

The servers are those of the tests; what is timed runs in this process, so that no process start counts.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import requests

from benchmarks.measure import Figure, in_turn

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from support.live import KEEPER, MAILER, bundle_key, digest, environ, oncall_key
from support.points import PointServer, free_port, points

from catalog.points import Point
from catalog.records.statement import time_text
from controls.bundle.build import pack
from controls.bundle.content import jwk
from controls.bundle.serve import served
from controls.live import order as orders
from controls.live.order import Order
from controls.live.tokens import Signer

Json = Any

ROOT = Path(__file__).parents[1]
_ONE_LINE = b"package countersign.live\n\nnames := true\n"
_WHO = Signer(person="dana", key=oncall_key("dana"))
_SECONDS = 5.0


def figures(folder: Path, runs: int, large: int) -> Iterator[Figure]:
    """Stops on 30 and 60 points, decisions among `large` workflows, and 50 killed keepers."""
    yield from _stops(folder / "stops", runs)
    yield from _decisions(folder / "decisions", large)
    yield _silence(folder / "silence", 50)


# Stopping.


def _stops(folder: Path, runs: int) -> Iterator[Figure]:
    with _fleet(folder, 60, _document(1)) as servers:
        thirty, sixty = servers[:30], servers
        taken = in_turn({
            "stop 30 points": lambda: _stop(thirty),
            "stop 60 points": lambda: _stop(sixty),
            "bare PUT and POST, 30 points": lambda: _bare(thirty),
        }, runs)  # fmt: skip
        bare, ours = taken["bare PUT and POST, 30 points"], taken["stop 30 points"]
        yield Figure(
            what="stop and confirm on 30 points / bare PUT and POST", value=ours / bare, limit=1.5, seconds=taken
        )
        yield Figure(what="stop: 60 points / 30", value=taken["stop 60 points"] / ours, limit=2.2, seconds={})
        servers[0].kill()
        servers[1].hang()
        ill = median(_stop(servers[:32], but=2) for _ in range(runs))
        told = {"stop, the other 30 of 32": ill}
        yield Figure(
            what="stop 30 points beside a dead and a hanging one / 30", value=ill / ours, limit=1.5, seconds=told
        )


def _stop(servers: Sequence[PointServer], but: int = 0) -> float:
    """Seconds until every point confirmed, but for so many that cannot."""
    targets = [Point(name=server.name, url=server.url) for server in servers]
    began, confirmed = time.perf_counter(), 0
    now = datetime.now(UTC)
    order = Order(kind="stop", workflow="w0", name=orders.new_name("stop", now), reason="Odd", at=time_text(now))
    found = orders.survey(targets[but:], ROOT, order.workflow, _WHO, _SECONDS)
    order = orders.aimed(order, found)
    for outcome in orders.give(order, targets, ROOT, _WHO, ahead=found.ahead if found else 0, seconds=_SECONDS):
        confirmed += outcome.value is not None
        if confirmed == len(servers) - but:
            return time.perf_counter() - began
    raise RuntimeError(f"{confirmed} of {len(servers)} points confirmed")


def _bare(servers: Sequence[PointServer]) -> float:
    name = orders.new_name("bare", datetime.now(UTC))

    def one(server: PointServer) -> None:
        headers = {"Authorization": f"Bearer {KEEPER}"}
        path = f"{server.url}/v1/data/control/stops/w0/all/{name}"
        requests.put(path, json={"version": "*"}, headers=headers, timeout=_SECONDS).raise_for_status()
        question = {"input": {"workflow": "w0", "action": "all", "version": "h1:0", "caller": "bench"}}
        said = requests.post(
            f"{server.url}/v1/data/countersign/decision", json=question, headers=headers, timeout=_SECONDS
        )
        if said.json()["result"]["code"] != "stopped":
            raise RuntimeError(said.text)

    began = time.perf_counter()
    with ThreadPoolExecutor(len(servers)) as pool:
        list(pool.map(one, servers))
    return time.perf_counter() - began


# Deciding.


def _decisions(folder: Path, large: int) -> Iterator[Figure]:
    modules = {**_modules(), "policies/runtime/live.rego": _ONE_LINE}
    with _fleet(folder / "few", 1, _document(1), modules) as [small]:
        empty = _resident(small)
    with _fleet(folder / "many", 1, _document(large), modules) as [server]:
        ours, theirs = _asked(server, large)
        names = ("p50", "p95", "p99")
        told = {f"decision, {name}": value for name, value in zip(names, ours, strict=True)}
        told |= {f"one-line policy, {name}": value for name, value in zip(names, theirs, strict=True)}
        for name, one, other in zip(names, ours, theirs, strict=True):
            yield Figure(what=f"decision among {large} / one line, {name}", value=one / other, limit=1.5, seconds=told)
            told = {}
        held = (_resident(server) - empty) / (large / 1000)
        yield Figure(what="decision: MB of memory for 1,000 workflows", value=held, limit=25, seconds={})


def _asked(server: PointServer, large: int) -> tuple[list[float], list[float]]:
    """Percentiles of both, asked in turn on one connection."""
    connection = HTTPConnection("127.0.0.1", server.port)
    ours, theirs = [], []
    for number in range(4000):
        name = f"w{number * 7919 % large}"
        question = {"workflow": name, "action": "sort", "version": f"h1:{name[1:]}", "caller": "mailer"}
        ours.append(_ask(connection, "decision", question, MAILER, '"released"'))
        theirs.append(_ask(connection, "live", question, KEEPER, "true"))
    return _percentiles(ours[500:]), _percentiles(theirs[500:])


def _ask(connection: HTTPConnection, document: str, question: Json, token: str, expected: str) -> float:
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", f"/v1/data/countersign/{document}", json.dumps({"input": question}), headers)
    said = connection.getresponse().read().decode()
    taken = time.perf_counter() - began
    if expected not in said:
        raise RuntimeError(said)
    return taken


def _percentiles(seconds: Sequence[float]) -> list[float]:
    cut = quantiles(seconds, n=100)
    return [cut[49], cut[94], cut[98]]


def _resident(server: PointServer) -> float:
    """Megabytes that the server holds in memory."""
    assert server.process
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


# Silence.


def _silence(folder: Path, kills: int) -> Figure:
    """The longest time from a killed keeper to the last point's first refusal, as a share of the lease."""
    with _fleet(folder, 3, _document(1, lease=1)) as servers:
        listed = [{"name": server.name, "url": server.url} for server in servers]
        clone = folder / "clone"
        (clone / "team").mkdir(parents=True)
        (clone / "team/enforcement-points.yaml").write_text(json.dumps({"lease": "1s", "poll": "5s", "points": listed}))
        subprocess.run(["git", "init", "--quiet", str(clone)], check=True)
        worst = max(_killed(servers, clone) for _ in range(kills))
    return Figure(
        what=f"killed keeper to every point closed / lease, worst of {kills}", value=worst, limit=1.0, seconds={}
    )


def _killed(servers: Sequence[PointServer], clone: Path) -> float:
    command = [sys.executable, "-m", "countersign", "keep", "--state", str(clone / "state"), "--port", "0"]
    with environ(COUNTERSIGN_KEEPER_TOKEN=KEEPER, PYTHONPATH=str(ROOT)):
        for server in servers:
            _lease(server, 1)  # open, as after a day's work: a keeper without records opens no closed point
        process = subprocess.Popen(command, cwd=clone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not all(_renewed(server) for server in servers):
            for server in servers:
                _lease(server, 1)
            if process.poll() is not None:
                raise RuntimeError(f"the keeper ended with {process.returncode}")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed = asked = last = time.monotonic()
    # The last question that was answered "open" was sent when the point was open still; nothing else is certain.
    while any(_open(server) for server in servers):
        last, asked = asked, time.monotonic()
        if asked - killed > 10:
            raise RuntimeError("a point never closed")
    return last - killed


def _open(server: PointServer) -> bool:
    return bool(server.ask("point", {}, KEEPER)["open"])


def _renewed(server: PointServer) -> bool:
    return bool(server.ask("point", {}, KEEPER)["leased"].get("by"))


def _lease(server: PointServer, seconds: float) -> None:
    point = server.ask("point", {}, KEEPER)
    until = datetime.fromisoformat(point["now"]) + timedelta(seconds=seconds)
    server.call("PUT", "/v1/data/control/lease", {"until": time_text(until), "seq": point["seq"]}, KEEPER)


# What they share.


@contextmanager
def _fleet(
    folder: Path, count: int, document: Json, modules: dict[str, bytes] | None = None
) -> Iterator[list[PointServer]]:
    folder.mkdir(parents=True)
    archive = folder / "bundle.tar.gz"
    archive.write_bytes(pack(modules or _modules(), document, bundle_key()))
    ports = [free_port() for _ in range(count)]
    with served(archive) as url, points(ports, folder / "points", url, bundle_key()) as servers:
        for server in servers:
            _lease(server, document["lease_seconds"])
        yield servers


def _modules() -> dict[str, bytes]:
    found = [path for place in ("runtime", "lib") for path in sorted((ROOT / "policies" / place).glob("*.rego"))]
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in found if not path.stem.endswith("_test")}


def _document(count: int, lease: int = 999) -> Json:
    """The data of a bundle with so many workflows, each with a version that it may return to."""
    settings = {
        "tier": "high", "models": [{"use": "default", "when": None, "id": "fenwick/quick-2026-03-01"}],
        "prompt": {"file": "reply.prompt", "digest": f"h1:{'A' * 43}="},
        "actions": {
            "sort": {"effect": "label", "release": "automatic"},
            "send": {"effect": "send", "release": "named"},
        },
    }  # fmt: skip
    earlier = {**settings, "rollback_digest": f"h1:{'B' * 43}=", "stopped": False, "drills": []}
    about = {
        **settings, "state": "live", "approver": "dana", "reviewers": "support", "stop_by": "support", "stopped": [],
        "fallback": {"file": "fallback.md", "tell": "#support-leads"}, "earlier": ["h1:old"],
        "previous": {"version": "h1:old", "until": "2026-01-01T00:00:00Z"}, "returnable": {"h1:old": earlier},
    }  # fmt: skip
    key = oncall_key("dana").public()
    person = {"keys": [{"id": key.id, "jwk": jwk(key.ed25519)}], "deputy": None, "away": [], "left": None}
    return {
        "revision": "bench", "commit": "bench", "policy_digest": "bench", "seq": 1, "candidate": False,
        "lease_seconds": lease, "points": {}, "owner": "dana", "deputy": None, "people": {"dana": person},
        "tokens": {"keeper": digest(KEEPER), "watcher": None, "applications": {digest(MAILER): "mailer"}},
        "rotas": {"support": ["dana"]},
        "workflows": {f"w{number}": {**about, "version": f"h1:{number}"} for number in range(count)},
    }  # fmt: skip
