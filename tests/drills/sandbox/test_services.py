"""All services as one process: there when all listen, gone when told to, or with its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from support.company import ROOT
from support.points import free_port
from support.services import call

Json = Any

TOKENS = {"model": "m-token", "receiver": "r-token", "office": "o-token", "bundles": "b-token"}
PAGES = {"model": "/log", "receiver": "/messages", "office": "/jobs"}


class Started:
    """One process, with the other end of its stdin."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.file = folder / "services.json"
        words = [sys.executable, "-m", "drills.sandbox.services", str(folder), *options]
        self.process = subprocess.Popen(
            words,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def found(self) -> Json:
        """Where the services are, once they are there."""
        while self.process.poll() is None:
            if self.file.exists():
                return json.loads(self.file.read_bytes())
            time.sleep(0.005)
        raise AssertionError(self.ended())

    def let_go(self) -> None:
        """The parent's end of the pipe closes."""
        assert self.process.stdin
        self.process.stdin.close()

    def ended(self) -> tuple[int, bytes]:
        """Its exit code and what it complained of."""
        assert self.process.stderr
        return self.process.wait(20), self.process.stderr.read()

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stderr):
            assert pipe
            pipe.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tokens.json").write_text(json.dumps(TOKENS))
    return tmp_path


@pytest.fixture
def started(folder: Path) -> Iterator[Started]:
    with Started(folder) as one:
        yield one


def test_what_is_written_down_listens(started: Started) -> None:
    """Each at its own address, with its own token and no other."""
    found = started.found()
    assert found.pop("pid") == started.process.pid
    assert requests.put(f"{found.pop('bundles')}/bundle.tar.gz", b"x", timeout=20).status_code == 401
    for name, url in found.items():
        assert call("GET", url + PAGES[name], token=TOKENS[name])[0] == 200
        assert {call("GET", url + PAGES[name], token=token)[0] for key, token in TOKENS.items() if key != name} == {401}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told(started: Started, ending: signal.Signals) -> None:
    """Without a word, also while somebody waits for a slow model."""
    url = started.found()["model"]
    call("PUT", f"{url}/control", {"latency_ms": 60_000}, TOKENS["model"])
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    headers = {"Authorization": f"Bearer {TOKENS['model']}"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=0.2)
    os.kill(started.process.pid, ending)
    assert started.ended() == (0, b"")


def test_it_ends_with_its_parent(started: Started) -> None:
    """Whose end of the pipe closes, however it ended."""
    started.found()
    started.let_go()
    assert started.ended() == (0, b"")


def test_a_detached_one_outlives_its_parent(folder: Path) -> None:
    """On the ports that were given; it still ends when told."""
    port = free_port()
    with Started(folder, "--detached", "--model-port", str(port)) as one:
        assert one.found()["model"] == f"http://127.0.0.1:{port}"
        one.let_go()
        with pytest.raises(subprocess.TimeoutExpired):
            one.process.wait(0.3)
        one.process.terminate()
        assert one.ended() == (0, b"")


@pytest.mark.parametrize("tokens", ["", "{}", "[]", json.dumps({**TOKENS, "office": ""})])
def test_without_tokens_nothing_listens(folder: Path, tokens: str) -> None:
    """A sentence, and exit code 2; what an earlier one wrote down is gone."""
    (folder / "tokens.json").write_text(tokens)
    (folder / "services.json").write_text("{}")
    with Started(folder) as one:
        code, said = one.ended()
        assert (code, said.startswith(b"No tokens in "), one.file.exists()) == (2, True, False)


def test_a_taken_port_is_a_sentence(started: Started, tmp_path: Path) -> None:
    """And nothing is written down."""
    url = started.found()["office"]
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "tokens.json").write_text(json.dumps(TOKENS))
    with Started(tmp_path / "two", "--office-port", url.rsplit(":", 1)[1]) as one:
        code, said = one.ended()
        assert (code, said.startswith(b"Cannot listen on"), one.file.exists()) == (2, True, False)
