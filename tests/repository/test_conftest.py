"""The tests' own walls: no network, no home, no secret."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]


def reach(address: tuple[str, int], kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as opened:
        if kind is socket.SOCK_DGRAM:
            opened.sendto(b"", address)
        else:
            opened.connect(address)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: reach(("192.0.2.1", 80), socket.SOCK_STREAM),
        lambda: reach(("192.0.2.1", 53), socket.SOCK_DGRAM),
        lambda: socket.getaddrinfo("forge.example", 443),
        lambda: socket.getaddrinfo("127.forge.example", 443),
        lambda: socket.gethostbyname("forge.example"),
    ],
)
def test_no_test_leaves_this_machine(attempt: Callable[[], object]) -> None:
    """A connection, a datagram or a name look-up beyond loopback fails with a sentence that says why."""
    with pytest.raises(RuntimeError, match="Tests reach only this machine"):
        attempt()


def test_loopback_is_open() -> None:
    """Servers that a test starts on this machine can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_programs_find_no_way_out() -> None:
    """A program that a test starts inherits a proxy that leads nowhere, so its requests fail at once."""
    script = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=20)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert "Connection refused" in done.stderr
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen("http://192.0.2.1/", timeout=20)
    assert (os.environ["PIP_NO_INDEX"], os.environ["GOPROXY"], os.environ["NPM_CONFIG_OFFLINE"]) == ("1", "off", "true")


def test_home_is_not_the_users() -> None:
    """Home, caches and git's settings are in a temporary folder, where git has an identity and signs nothing."""
    home = Path(os.environ["HOME"])
    assert home == Path.home()
    assert home.name.startswith("countersign-home-")
    assert Path(os.environ["XDG_CACHE_HOME"]).is_relative_to(home)
    seen = subprocess.run(
        ["git", "config", "--list", "--show-scope"], cwd=home, capture_output=True, text=True, check=True
    )
    assert {line.split("\t")[0] for line in seen.stdout.splitlines()} == {"global"}
    assert "user.email=author@example.org" in seen.stdout


@pytest.mark.parametrize("strict, outcome", [([], {"skipped": 1}), (["--strict-tools"], {"failed": 1})])
def test_strictness_turns_a_missing_tool_into_a_failure(
    strict: list[str], outcome: dict[str, int], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interop test whose tool is missing is skipped by name, and fails by name under --strict-tools."""
    pytester.makeconftest((Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile("import pytest\n@pytest.mark.interop\ndef test_it(tool): tool('no-such-tool')\n")
    pytester.makeini("[pytest]\nmarkers = interop: needs tools\n")
    result = pytester.runpytest_subprocess("-rs", "-p", "no:cacheprovider", *strict)
    result.assert_outcomes(**outcome)
    assert "no-such-tool is missing; .ci/run installs it." in result.stdout.str()


def test_secrets_and_pipeline_variables_are_gone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """T18: what looks like a secret, and what a runner or git told this process, is not in a test's environment."""
    for name in ("FORGE_TOKEN", "my_secret", "DB_PASSWORD", "CI_JOB_ID", "GITLAB_USER", "GIT_DIR"):
        monkeypatch.setenv(name, "set")
    pytester.makeconftest((Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile("import os\ndef test_it(): assert 'set' not in os.environ.values()\n")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_memory_holds_the_files_where_there_is_enough(
    pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not there, or too small, holds none; nor does any where a folder for them was chosen."""
    walls: Any = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).parents[1] / "conftest.py"))
    monkeypatch.setattr(walls, "ENOUGH", 0)
    assert walls.holds_files(tmp_path, {})
    assert not walls.holds_files(tmp_path, {"TMPDIR": "/elsewhere"})
    assert not walls.holds_files(tmp_path / "nowhere", {})
    monkeypatch.setattr(walls, "ENOUGH", 1 << 62)
    assert not walls.holds_files(tmp_path, {})
