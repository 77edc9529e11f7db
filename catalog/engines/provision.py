"""Finding OPA at the pinned version: on PATH, in the cache, else built once by the Go on PATH or by Go from a wheel."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from catalog.engines import go_build, wire
from catalog.errors import EngineError

VERSION = "1.22.2"
"""The one version of OPA that judges."""

CHOSEN = "COUNTERSIGN_OPA"
"""The environment variable that names an OPA, and leaves no choice."""

Say = Callable[[str], None]

_REPORTED = re.compile(r"^Version: (\S+)$", re.MULTILINE)


@cache
def opa_binary() -> Path:
    """The OPA of this process, provisioned once. Raises `EngineError` as `provision` does."""
    return provision()


def provision(environ: Mapping[str, str] | None = None, *, say: Say | None = None) -> Path:
    """An OPA at the pinned version; builds it, in about 70 s, when there is none.

    `environ` is the environment to look in, by default this process's; `say` is told of what takes long, by default
    on standard error. Raises `EngineError` naming every way that was tried and what to install.
    """
    environ = os.environ if environ is None else environ
    return find_opa(environ) or _build(cache_folder(environ), environ, say or _say, _about(_on_path(environ)))


def find_opa(environ: Mapping[str, str] | None = None) -> Path | None:
    """An OPA at the pinned version that is here already; builds nothing.

    Raises `EngineError` when the environment names another version, or gives no place for a cache.
    """
    environ = os.environ if environ is None else environ
    if chosen := environ.get(CHOSEN):
        return _chosen(Path(chosen))
    found = _on_path(environ)
    if found and version_of(found) == VERSION:
        return found
    return cached(cache_folder(environ))


def version_of(opa: Path) -> str:
    """The version that a program reports as OPA does; empty when it reports none."""
    try:
        done = subprocess.run([str(opa), "version"], capture_output=True, timeout=30, env={}, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    reported = _REPORTED.search(done.stdout.decode("utf-8", "replace"))
    return reported[1] if reported and done.returncode == 0 else ""


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where a built OPA is kept. Raises `EngineError` without a home."""
    base = environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):
        return Path(base, "countersign", "opa")
    if home := environ.get("HOME"):
        return Path(home, ".cache", "countersign", "opa")
    raise EngineError("There is no place for a built OPA.", solution="Set HOME or XDG_CACHE_HOME, or put OPA on PATH.")


def cached(folder: Path) -> Path | None:
    """The cached OPA, when it is the file that was built and the version that is pinned."""
    opa = folder / VERSION / "opa"
    try:
        recorded = (folder / VERSION / "opa.sha256").read_text(encoding="ascii").strip()
        intact = recorded == _sha256(opa)
    except (OSError, ValueError):
        return None
    return opa if intact and version_of(opa) == VERSION else None


def _chosen(opa: Path) -> Path:
    if version_of(opa) != VERSION:
        raise EngineError(
            f"{CHOSEN} names {opa}, which is not OPA {VERSION}.",
            why=f"It reports version {version_of(opa) or 'none'}.",
            solution=f"Unset {CHOSEN}, or let it name OPA {VERSION}.",
        )
    return opa.absolute()


def _on_path(environ: Mapping[str, str]) -> Path | None:
    found = shutil.which("opa", path=environ.get("PATH", os.defpath))
    return Path(found).absolute() if found else None


def _about(found: Path | None) -> str:
    return f"opa on PATH is version {version_of(found) or 'unknown'}" if found else "there is no opa on PATH"


def _build(folder: Path, environ: Mapping[str, str], say: Say, reason: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, say):
            # Another process may have built it while this one waited.
            return cached(folder) or _build_alone(folder, environ, say, reason)
    except OSError as error:
        raise EngineError(
            f"OPA {VERSION} cannot be kept in {folder}.", why=wire.first_line(error), solution="Set XDG_CACHE_HOME."
        ) from error


def _build_alone(folder: Path, environ: Mapping[str, str], say: Say, reason: str) -> Path:
    for left in folder.glob(".building-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder, ignore_cleanup_errors=True) as building:
        room = Path(building, "opa")
        room.mkdir()
        opa = go_build.build(VERSION, room, environ, tools=folder.parent / "go", say=say, reasons=[reason])
        if version_of(opa) != VERSION:
            raise EngineError(f"The OPA that was built is not version {VERSION}.", why=f"It is at {opa}.")
        (room / "opa.sha256").write_text(_sha256(opa) + "\n", encoding="ascii")
        shutil.rmtree(folder / VERSION, ignore_errors=True)
        # A rename is all or nothing: whoever looks sees a whole OPA or none.
        room.rename(folder / VERSION)
    return folder / VERSION / "opa"


@contextmanager
def _alone(folder: Path, say: Say) -> Iterator[None]:
    with (folder / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another process that builds OPA")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
