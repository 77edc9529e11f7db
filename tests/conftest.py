"""What holds for every test: no network but loopback, no real home, no real secret, one clock zone, one git identity.

A test that tries to leave fails with a sentence that says so. Programs that a test starts inherit proxies that lead
nowhere and package tools that are offline.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE_KEY")
FOREIGN = ("CI_", "GITLAB_", "GIT_", "XDG_", "NOX", "PRE_COMMIT")
NOWHERE = "http://127.0.0.1:9"
MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30
"""Bytes of memory that are free before tests are run in it; half of it is far more than they fill."""
IDENTITY = """\
[user]
    name = Test Author
    email = author@example.org
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[core]
    autocrlf = false
    fsync = none
[gc]
    auto = 0
[maintenance]
    auto = false
[receive]
    autogc = false
"""

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


class NetworkRefused(RuntimeError):
    """A test reached for a machine that is not this one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-pages", action="store_true", help="write the generated pages instead of comparing them")
    parser.addoption("--strict-tools", action="store_true", help="an interop test whose tool is missing fails")


def pytest_configure(config: pytest.Config) -> None:
    # A module is compiled once for all the processes that import it, whatever whoever runs the tests prefers.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if holds_files(MEMORY, os.environ):
        folder = tempfile.mkdtemp(prefix="countersign-tests-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ["TMPDIR"], tempfile.tempdir = folder, None
    home = Path(tempfile.mkdtemp(prefix="countersign-home-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    before = {**os.environ, **_opa()}
    os.environ.clear()
    os.environ.update(clean_environment(before, home))
    time.tzset()
    # A shell starts background jobs deaf to Ctrl-C, and so would be every program that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _guard()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    strict = item.config.getoption("--strict-tools") and item.get_closest_marker("interop")
    if strict and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: under --strict-tools nothing may be skipped. {reason}"
    return report


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Finds a program by name; a missing one is named, and skips the test or, under --strict-tools, fails it."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if not found:
            pytest.skip(f"{name} is missing; .ci/run installs it.")
        return found

    return find


def clean_environment(before: dict[str, str], home: Path) -> dict[str, str]:
    """The environment of a test: the user's own, without secrets, and with every setting in a folder of its own."""
    (home / "gitconfig").write_text(IDENTITY, encoding="utf-8")
    kept = {name: value for name, value in before.items() if not _secret(name)}
    return {**kept, **_folders(home), **_offline(), **_go(before), "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def holds_files(memory: Path, before: Mapping[str, str]) -> bool:
    """Whether temporary files go to memory, and with the run: a test writes hundreds, and a disk takes its time.

    With TMPDIR they go there, and stay. Nor do they where the machine has too little, or lets no program run there.
    """
    if "TMPDIR" in before or not os.access(memory, os.W_OK):
        return False
    about = os.statvfs(memory)
    return not about.f_flag & os.ST_NOEXEC and about.f_bavail * about.f_frsize >= ENOUGH


def _opa() -> dict[str, str]:
    # An OPA that was built once is kept in the user's own cache, which no test sees.
    if "COUNTERSIGN_OPA" in os.environ or shutil.which("opa"):
        return {}
    from catalog.engines.provision import cache_folder, cached

    found = cached(cache_folder(os.environ))
    return {"COUNTERSIGN_OPA": str(found)} if found else {}


def _secret(name: str) -> bool:
    return name.startswith(FOREIGN) or any(word in name.upper() for word in SECRET_WORDS)


def _folders(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


def _offline() -> dict[str, str]:
    words = ("http", "https", "all", "ftp")
    proxies = {name: NOWHERE for word in words for name in (f"{word}_proxy", f"{word}_proxy".upper())}
    here = dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1")
    return {**proxies, **here, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "NPM_CONFIG_OFFLINE": "true"}


def _go(before: dict[str, str]) -> dict[str, str]:
    # Go may use what it downloaded and built before, and nothing else.
    home = Path(before.get("HOME", "/nonexistent"))
    cache = Path(before.get("XDG_CACHE_HOME", home / ".cache"))
    paths = {"GOPATH": str(home / "go"), "GOCACHE": str(cache / "go-build")}
    known = {name: before.get(name, default) for name, default in paths.items()}
    return {**known, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local"}


def _guard() -> None:
    # An audit hook sees every connection of this process whoever opens it, and cannot be taken out again.
    sys.addaudithook(_refuse_to_leave)


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not _is_loopback(str(host)):
        raise NetworkRefused(f"A test reached for {host!r}. Tests reach only this machine, at a loopback address.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
