"""The OPA server: its port, its secret, its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from catalog.engines.server import OpaServer
from catalog.errors import EngineError

ROOT = Path(__file__).parents[3]
RULES = {"policies/a.rego": "package a\n\nx := 1\n"}


def refuses(port: int) -> bool:
    """Whether nobody listens on a port within twenty seconds."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return True
        time.sleep(0.01)
    return False


def vanishes(folder: Path) -> bool:
    """Whether a folder is removed within twenty seconds."""
    ends = time.monotonic() + 20
    while folder.exists() and time.monotonic() < ends:
        time.sleep(0.01)
    return not folder.exists()


def test_wants_its_token(opa: Path) -> None:
    """T12: nobody without the token can read or change the rules of a running server."""
    server = OpaServer(opa, RULES, "{}")
    server.wait()
    base = f"http://127.0.0.1:{server.port}/v1"
    with requests.Session() as session:
        session.trust_env = False
        assert session.put(f"{base}/policies/a", data="package a", timeout=20).status_code == 401
        assert session.get(f"{base}/data/a/x", timeout=20).status_code == 401
        session.headers["Authorization"] = f"Bearer {server.token}"
        assert session.get(f"{base}/data/a/x", timeout=20).json()["result"] == 1
    server.close()


def test_closed(opa: Path) -> None:
    """Closing stops the server and removes its files."""
    server = OpaServer(opa, RULES, "{}")
    server.wait()
    folder = server._folder
    server.close()
    server.close()
    assert refuses(server.port)
    assert not folder.exists()


def test_listens_on_loopback_alone(opa: Path) -> None:
    """The server listens on no address that another machine reaches."""
    server = OpaServer(opa, RULES, "{}")
    server.wait()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", server.port), timeout=2):
        pass
    server.close()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_parent_ends(opa: Path, ending: signal.Signals) -> None:
    """However this process ends, SIGKILL included, its server ends with it, and its files are removed."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from catalog.engines.server import OpaServer\n"
        f"server = OpaServer(Path({str(opa)!r}), {RULES!r}, '{{}}')\n"
        "server.wait()\n"
        "print(server.port, server._folder, flush=True)\n"
        "sys.stdin.read()\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, stderr=-3, env=environ) as parent:
        assert parent.stdout is not None
        port, folder = parent.stdout.readline().decode().split()
        parent.send_signal(ending)
        parent.wait(20)
    assert refuses(int(port))
    assert vanishes(Path(folder))


def test_rules_that_do_not_load(opa: Path) -> None:
    """A server that ends at the start is an error with its own words, at once and not at the deadline."""
    server = OpaServer(opa, {"a.rego": "package a\n\nx := 1 +\n"}, "{}")
    with pytest.raises(EngineError, match=r"^OPA did not start\.$") as caught:
        server.wait()
    assert "rego_parse_error" in caught.value.why


def test_port_is_taken(opa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody else takes the port first, the server starts on another one."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()
        real, calls = socket.socket.getsockname, []

        def first_taken(probe: socket.socket) -> object:
            calls.append(probe)
            return taken if len(calls) == 1 else real(probe)

        monkeypatch.setattr("socket.socket.getsockname", first_taken)
        server = OpaServer(opa, RULES, "{}")
        monkeypatch.undo()
        _wait_for_the_end(server)
        server.wait()
    assert server.port != taken[1]
    server.close()


def _wait_for_the_end(server: OpaServer) -> None:
    assert server._guard.ended.wait(20)


def test_no_such_program(tmp_path: Path) -> None:
    """A program that is not there is an error."""
    server = OpaServer(tmp_path / "opa", RULES, "{}")
    with pytest.raises(EngineError, match="did not start"):
        server.wait()
