"""Real enforcement points: OPA servers set up as docs/enforcement-point/opa.yaml says, that poll a real bundle host."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml

from catalog.engines.provision import opa_binary
from controls.bundle.key import ALGORITHM, BundleKey

Json = Any

CONFIGURATION = Path(__file__).parents[2] / "docs/enforcement-point/opa.yaml"
ACTIVATED = "Bundle loaded and activated successfully"
WAIT = 20.0
"""Seconds after which something that should have happened has not."""


@dataclass(slots=True)
class PointServer:
    """One OPA process, which can be ended, begun again, and made to hang."""

    name: str
    folder: Path
    bundles: str
    """The address of the bundle's host."""
    key: BundleKey
    port: int = 0
    tls: tuple[Path, Path] | None = None
    """Certificate and private key."""
    process: subprocess.Popen[str] | None = None
    lines: list[Json] = field(default_factory=list)
    _heard: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{'localhost' if self.tls else '127.0.0.1'}:{self.port}"

    def start(self, *, bundle: bool = True) -> None:
        """Begin, on the same port as before; returns when it listens, and by default holds a bundle."""
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "opa.yaml"
        configuration.write_text(yaml.safe_dump(self._configuration()), encoding="utf-8")
        command = [
            str(opa_binary()), "run", "--server", "--addr", f"127.0.0.1:{self.port}", "--config-file",
            str(configuration), "--authentication", "token", "--authorization", "basic", "--skip-version-check",
            "--log-format", "json", "--log-level", "info",
        ]  # fmt: skip
        if self.tls:
            command += ["--tls-cert-file", str(self.tls[0]), "--tls-private-key-file", str(self.tls[1])]
        self.lines.clear()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={}, text=True, encoding="utf-8"
        )
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        self._until_listening()
        if bundle:
            self.until(ACTIVATED)

    def until(self, said: str, since: int = 0) -> int:
        """Wait for a line of its log that says so; how many lines there were then. Fails when it never comes."""

        def found() -> bool:
            return any(said in line.get("msg", "") for line in self.lines[since:])

        with self._heard:
            assert self._heard.wait_for(found, WAIT), f"{self.name} never said {said!r}: {self.lines[-3:]}"
            return len(self.lines)

    def _until_listening(self) -> None:
        """There is no event for it: ask until it does, or has ended."""
        ends = time.monotonic() + WAIT
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self.process
                assert self.process.poll() is None, self.lines
                assert time.monotonic() < ends, self.lines
                with self._heard:
                    self._heard.wait(0.01)

    def mark(self) -> int:
        """How much it has said so far."""
        with self._heard:
            return len(self.lines)

    def hang(self) -> None:
        """Make it keep connections and never answer."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def call(self, method: str, path: str, body: Json = None, token: str = "") -> tuple[int, Json]:
        """A plain HTTP call: the status, and what was answered."""
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = Request(f"{self.url}{path}", method=method, data=content, headers=headers)
        try:
            with urlopen(request, timeout=WAIT) as answer:
                return answer.status, _json(answer.read())
        except HTTPError as error:
            with error:
                return error.code, _json(error.read())

    def ask(self, document: str, question: Json, token: str) -> Json:
        """What a document of its says to a question; fails when it may not be asked."""
        status, said = self.call("POST", f"/v1/data/countersign/{document}", {"input": question}, token)
        assert status == 200, (status, said)
        return said["result"]

    def _configuration(self) -> Json:
        found = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
        found["services"]["bundles"]["url"], resource = self.bundles.rsplit("/", 1)
        bundle = found["bundles"]["countersign"]
        bundle |= {"resource": resource, "polling": {"min_delay_seconds": 1, "max_delay_seconds": 1}}
        bundle["signing"]["keyid"] = self.key.id
        found["keys"] = {self.key.id: {"algorithm": ALGORITHM, "key": self.key.public_pem().decode()}}
        found["persistence_directory"] = str(self.folder / "kept")
        return found

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout as stream:
            for line in stream:
                with self._heard:
                    self.lines.append(_json(line.encode()) or {"msg": line})
                    self._heard.notify_all()


def _json(text: bytes) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to whoever calls somebody."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def points(ports: list[int], folder: Path, bundles: str, key: BundleKey) -> Iterator[list[PointServer]]:
    """Points that hold the bundle, one on each port, all gone at the end."""
    names = [f"point-{number}" for number in range(1, len(ports) + 1)]
    found = [PointServer(name, folder / name, bundles, key, port) for name, port in zip(names, ports, strict=True)]
    try:
        starting = [threading.Thread(target=one.start) for one in found]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        yield found
    finally:
        for one in found:
            if one.process and one.process.poll() is None:
                os.kill(one.process.pid, signal.SIGCONT)
            one.kill()
