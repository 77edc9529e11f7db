"""The sample company with a live workflow: a bundle from its records, a host for it, and real points that ask there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from support import yaml_text
from support.company import Said
from support.desk import NAME, Desk
from support.points import ACTIVATED, PointServer, free_port, points

from catalog import policies
from catalog.git import Repository
from catalog.records.keys import SigningKey
from catalog.records.store import locate
from catalog.snapshot import tree_of
from controls.bundle import build, check
from controls.bundle.key import BundleKey
from controls.bundle.serve import served
from controls.live.presence import presences

Json = Any

KEEPER, WATCHER, MAILER = "keeper-token", "watcher-token", "mailer-token"
POINTS = "team/enforcement-points.yaml"
LEASE = 60
"""Seconds: longer than any test takes on a busy machine."""


@cache
def bundle_key() -> BundleKey:
    """One for a whole run: it takes a moment to make."""
    return BundleKey.generate("bundle-2026")


@cache
def oncall_key(person: str) -> SigningKey:
    """A person's own key, as `countersign key new` makes one."""
    return SigningKey.generate(f"{person}-2026")


def digest(token: str) -> str:
    """As team/enforcement-points.yaml lists a token."""
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


@dataclass(slots=True)
class Live:
    """A clone of the company, its bundle, and the points that hold it."""

    desk: Desk
    archive: Path
    servers: list[PointServer] = field(default_factory=list)

    @property
    def version(self) -> str:
        """The version of the live workflow."""
        return self.desk.digests(NAME)["version"]

    def publish(self, change: Callable[[Json], None] = lambda _: None) -> None:
        """Build the bundle anew, with some of its data changed, and publish it."""
        desk = self.desk
        with Repository(desk.folder) as repository:
            tip, anchor = desk.git("rev-parse", "origin/main"), desk.git("config", "countersign.anchor")
            made = build.build(repository, locate(repository), tip, anchor, bundle_key(), datetime.now(UTC))
            modules = policies.read_runtime(repository, tree_of(repository, tip))
        document = json.loads(json.dumps(made.document))
        change(document)
        build.save(replace(made, archive=build.pack(modules, document, bundle_key())), self.archive)

    def settle(self, *servers: PointServer) -> None:
        """Wait until points hold what is published now."""
        published = check.data_of(self.archive.read_bytes())
        for server in servers or self.servers:
            while True:
                mark = server.mark()
                held = server.ask("point", {}, KEEPER)
                back = server.ask("workflow", {"workflow": NAME}, KEEPER)["back"]
                if (held["seq"], bool(back)) == (published["seq"], bool(published["workflows"][NAME]["returnable"])):
                    break
                server.until(ACTIVATED, mark)

    def clear(self) -> None:
        """Take away every stop and way back, as nobody but the keeper may; and give a lease."""
        for server in self.servers:
            for path, _ in presences(server.ask("point", {}, KEEPER)):
                assert server.call("DELETE", f"/v1/data/control/{path}", None, KEEPER)[0] == 204
        self.lease()

    def type(self, *words: str, person: str = "dana", **environment: str) -> Said:
        """On-call types a command, at the desk that holds their key."""
        home = self.archive.parent / "home"
        folder = home / "countersign/keys" / person
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{person}-2026.pem").write_bytes(oncall_key(person).pem)
        with environ(XDG_CONFIG_HOME=str(home), COUNTERSIGN_PERSON=person, **environment):
            said = self.desk.countersign(*words)
        assert "Traceback" not in said.output, said.output
        return said

    def held(self, number: int = 0) -> list[str]:
        """The stops and ways back that a point holds."""
        return sorted(path for path, _ in presences(self.servers[number].ask("point", {}, KEEPER)))

    def ask(self, number: int = 0, **changes: Json) -> Json:
        """What a point tells the mailer."""
        question = {"workflow": NAME, "action": "invoice-copy", "version": self.version, "caller": "mailer", **changes}
        return self.servers[number].ask("decision", question, MAILER)

    def lease(self, *servers: PointServer, seconds: float = LEASE) -> None:
        """Give points a lease, as the keeper does."""
        for server in servers or self.servers:
            point = server.ask("point", {}, KEEPER)
            until = datetime.fromisoformat(point["now"]) + timedelta(seconds=seconds)
            body = {"until": until.isoformat().replace("+00:00", "Z"), "seq": point["seq"]}
            assert server.call("PUT", "/v1/data/control/lease", body, KEEPER)[0] == 204


@contextmanager
def environ(**changes: str) -> Iterator[None]:
    """Variables for a while."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def live(desk: Desk, folder: Path, count: int, lease: str = f"{LEASE}s") -> Iterator[Live]:
    """Begin judging with points and on-call keys declared; the points run, hold the bundle, and have a lease."""
    ports = [free_port() for _ in range(count)]
    declare(desk, ports, lease)
    found = Live(desk, folder / "published" / "bundle.tar.gz")
    found.archive.parent.mkdir(parents=True)
    found.publish()
    with served(found.archive) as url, points(ports, folder / "points", url, bundle_key()) as servers:
        found.servers = servers
        found.lease()
        yield found


def declare(desk: Desk, ports: list[int], lease: str) -> None:
    """Points, tokens and keys, on main and as the anchor."""
    desk.git("switch", "--quiet", "main")
    people = desk.people()
    for person in ("dana", "ben"):
        public = oncall_key(person).public()
        held = {"id": public.id, "ed25519": public.ed25519, "from": "2026-01-01", "to": "2099-12-31"}
        people["people"][person]["keys"] = [held]
    people["signers"] |= {kind: list(people["signers"]["change"]) for kind in ("resume", "stop")}
    desk.write("team/people.yaml", yaml_text.dump(people))
    listed = [{"name": f"point-{index}", "url": f"http://127.0.0.1:{port}"} for index, port in enumerate(ports, 1)]
    tokens = {"keeper": digest(KEEPER), "watcher": digest(WATCHER), "applications": {"mailer": digest(MAILER)}}
    desk.write(POINTS, yaml.safe_dump({"lease": lease, "poll": "5s", "points": listed, "tokens": tokens}))
    desk.commit("Points and keys")
    desk.push()
    desk.git("config", "countersign.anchor", desk.git("rev-parse", "origin/main"))
