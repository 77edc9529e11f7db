#!/usr/bin/env python3
"""Make Countersign's own environment in .venv, checked hash by hash, then run one session of noxfile.py in it.

    python3 start.py gate --all       judge every workflow, on the embedded engine
    python3 start.py tests            run the tests
    python3 start.py                  list the sessions

The first run installs; a later one sees that nothing changed and goes straight to the session. Needs Python 3.11, 3.12
or 3.13 with its venv module, git 2.38 or newer, and on Linux glibc 2.34 or newer. pip is used as you configured it.
Exit code: the session's own; 2 for an unknown session; 3 when it cannot start.
"""
# An old Python must be able to read this file far enough to say that it is too old: nothing newer than 3.6 is written
# here, and no annotation that 3.6 cannot evaluate.

import ast
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent
PYTHONS = ((3, 11), (3, 12), (3, 13))
GIT = (2, 38)
GLIBC = (2, 34)
RUN, DEV = "run", "dev"
OF_USERS = ("gate", "gitlab", "bundle", "drill", "evidence", "publish")
"""The sessions that need nothing of what the tests need."""
SHAPES_ENVIRONMENT = ("requirements/run.txt", "requirements/dev.txt", "pyproject.toml")


class CannotStart(Exception):
    """Something is missing. The message is one sentence, or two: what, and what to do."""


def main(arguments: List[str]) -> int:
    """Run the session named first, with the rest as its own arguments. Returns only when it did not start."""
    try:
        check_python(sys.version_info[:2], arguments)
        sessions = list_sessions((ROOT / "noxfile.py").read_text(encoding="utf-8"))
        if not arguments or arguments[0] in ("-h", "--help", "help"):
            print(help_text(sessions))
            return 0
        if arguments[0] not in sessions:
            print(f"start.py: no session is called {arguments[0]!r}: {', '.join(sessions)}.", file=sys.stderr)
            return 2
        check_platform(os.name, sys.platform)
        check_venv()
        check_git()
        check_glibc(sys.platform, libc_version())
        prepare(ROOT, RUN if arguments[0] in OF_USERS else DEV)
        run_session(ROOT, arguments[0], arguments[1:])
    except CannotStart as error:
        print(f"start.py: {error}", file=sys.stderr)
    except OSError as error:
        print(f"start.py: the environment cannot be set up: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("start.py: stopped; the next run begins the set-up again.", file=sys.stderr)
        return 130
    return 3


# What the machine must have.


def check_python(version: Tuple[int, ...], arguments: List[str]) -> None:
    """Raise unless this Python is one that the locked packages exist for; name one on PATH that is."""
    if version in PYTHONS:
        return
    words = f"Python 3.11, 3.12 or 3.13 is needed, this is {version[0]}.{version[1]}."
    better = next((name for name in ("python3.13", "python3.12", "python3.11") if _runs(name)), None)
    if better:
        words += f" Run: {' '.join([better, 'start.py', *arguments])}"
    raise CannotStart(words)


def check_platform(system: str, name: str) -> None:
    """Raise on a system that Countersign was never tried on."""
    if system != "posix" or not (name.startswith("linux") or name == "darwin"):
        raise CannotStart(f"Linux or macOS is needed, this is {name}. On Windows, use a clone inside WSL.")


def check_venv() -> None:
    """Raise when this Python cannot make environments. Debian and Ubuntu ship that part as a package of its own."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        raise CannotStart(
            f"The venv module of {name} is missing. On Debian or Ubuntu: apt install {name}-venv; elsewhere, install a "
            f"{name} that has venv and ensurepip."
        )


def check_git() -> None:
    """Raise when git is missing or too old."""
    wanted = ".".join(map(str, GIT))
    if not shutil.which("git"):
        raise CannotStart(f"Git {wanted} or newer is needed, and no git was found on PATH.")
    said = subprocess.run(["git", "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    words = said.stdout.decode("utf-8", "replace").strip()
    found = re.search(r"(\d+)\.(\d+)", words)
    if said.returncode or not found:
        raise CannotStart(f"Git {wanted} or newer is needed, and `git --version` answered: {words[:200]}")
    if (int(found.group(1)), int(found.group(2))) < GIT:
        raise CannotStart(f"Git {wanted} or newer is needed, this is {found.group(0)}.")


def check_glibc(name: str, version: Optional[str]) -> None:
    """Raise on a Linux whose C library the embedded engine was not built for."""
    if not name.startswith("linux"):
        return
    wanted = ".".join(map(str, GLIBC))
    found = re.search(r"(\d+)\.(\d+)", version or "")
    if not found:
        raise CannotStart(f"glibc {wanted} or newer is needed, and this Linux has another C library.")
    if (int(found.group(1)), int(found.group(2))) < GLIBC:
        raise CannotStart(f"glibc {wanted} or newer is needed, this is {found.group(0)}: use a Linux of 2022 or later.")


def libc_version() -> Optional[str]:
    """The GNU C library's version as the system says it, or None where it is another library."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        return None


def _runs(name: str) -> bool:
    # A version manager may put a name on PATH that does not run.
    if not shutil.which(name):
        return False
    quiet = subprocess.DEVNULL
    return subprocess.call([name, "-c", ""], stdin=quiet, stdout=quiet, stderr=quiet) == 0


# The sessions, read from noxfile.py before nox is there.


def list_sessions(noxfile: str) -> Dict[str, str]:
    """Each session's name with its docstring, in the order of the file."""
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.parse(noxfile).body
        if isinstance(node, ast.FunctionDef) and any("session" in ast.dump(mark) for mark in node.decorator_list)
    }


def help_text(sessions: Dict[str, str]) -> str:
    """How to use this file, and every session with the first line of its help."""
    lines = [f"  {name:<10}{text.splitlines()[0] if text else ''}" for name, text in sessions.items()]
    return "\n".join([(__doc__ or "").strip(), "", "Sessions:", *lines])


# The environment.


def prepare(root: Path, level: str) -> None:
    """See to it that `.venv` holds what `requirements/<level>.txt` locks, and the clone. Two at once take turns."""
    wanted = environment_key(root)
    if level in installed_levels(root, wanted):
        return
    with only_one(root / ".venv.lock") as lock:
        levels = installed_levels(root, wanted)
        if level in levels:
            return
        print("Setting up .venv from the locked requirements (once, about a minute) ...", file=sys.stderr, flush=True)
        if not levels:
            make_environment(root, lock)
        install(root, lock, level)
        if not levels:
            install_clone(root, lock)
        write_stamp(root, wanted, [*levels, level])


def environment_key(root: Path) -> str:
    """A digest of all that decides what `.venv` must be; the clone's place is part of it, since scripts name it."""
    place = f"{root}\n{sys.version_info[:2]}\n{platform.machine()}\n"
    digest = hashlib.sha256(place.encode("utf-8", "surrogateescape"))
    for name in SHAPES_ENVIRONMENT:
        digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    return digest.hexdigest()


def installed_levels(root: Path, wanted: str) -> List[str]:
    """The requirement files that a finished set-up with this key installed; none when interrupted or out of date."""
    try:
        stamp = json.loads(_stamp(root).read_text(encoding="utf-8"))
        usable = stamp["key"] == wanted and _python(root).exists()
        return [str(level) for level in stamp["levels"]] if usable else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_stamp(root: Path, key: str, levels: List[str]) -> None:
    """Say what is installed, in one step."""
    draft = _stamp(root).with_suffix(".draft")
    draft.write_text(json.dumps({"key": key, "levels": levels}), encoding="utf-8")
    draft.replace(_stamp(root))


def make_environment(root: Path, lock: int) -> None:
    """Make an empty `.venv` in place of what an earlier or interrupted set-up left. Raises on somebody else's."""
    home = root / ".venv"
    if home.exists() and any(home.iterdir()) and not _stamp(root).exists():
        raise CannotStart("The folder .venv was not made by start.py. Move it away, then run the same command again.")
    if home.exists():
        # Renamed first: a removal that is interrupted must not leave half an environment under the real name.
        home.rename(root / f".venv.old-{os.getpid()}")
    for old in root.glob(".venv.old-*"):
        shutil.rmtree(str(old))
    home.mkdir()
    write_stamp(root, "", [])
    # Run from inside the old environment, this Python has just lost its place: its base has not.
    python = getattr(sys, "_base_executable", None) or sys.executable
    _step([python, "-m", "venv", str(home)], root, lock, "Python's venv module could not make .venv.")


def install(root: Path, lock: int, level: str) -> None:
    """Install one lock file, each package checked by its hash, and nothing that it does not list."""
    _step(
        [*_pip(root), "--require-hashes", "-r", f"requirements/{level}.txt"],
        root,
        lock,
        f"pip could not install requirements/{level}.txt. See whether this machine reaches your package index "
        "(`pip config list` shows how pip is set up), then run the same command again.",
    )


def install_clone(root: Path, lock: int) -> None:
    """Install the clone itself, in place. What it depends on is there already, so nothing else is looked for."""
    command = [*_pip(root), "--no-build-isolation", "--editable", "."]
    _step(command, root, lock, "pip could not install the clone itself.", PIP_REQUIRE_HASHES="0")


def environment(root: Path, **more: str) -> Dict[str, str]:
    """The user's environment, with `.venv` first on PATH and without what leads Python or pip elsewhere."""
    astray = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    home = root / ".venv"
    path = os.pathsep.join([str(home / "bin"), kept.get("PATH", os.defpath)])
    return {**kept, "VIRTUAL_ENV": str(home), "PATH": path, **more}


@contextmanager
def only_one(path: Path) -> Iterator[int]:
    """Hold the lock file while in use; a second caller says that it waits, and waits. Yields the open file's number."""
    import fcntl

    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another start.py is setting up .venv; waiting for it ...", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def run_session(root: Path, session: str, arguments: List[str]) -> None:
    """Become the session. Its exit code is this process's."""
    command = [str(_python(root)), "-m", "nox", "--noxfile", str(root / "noxfile.py"), "--session", session]
    sys.stdout.flush()
    os.execve(command[0], [*command, "--", *arguments], environment(root))  # noqa: S606  (no shell is what is wanted)


def _step(command: List[str], root: Path, lock: int, failure: str, **more: str) -> None:
    # The child inherits the lock: if this process is killed, nobody starts over while pip still writes.
    done = subprocess.run(
        command,
        cwd=str(root),
        env=environment(root, **more),
        pass_fds=(lock,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode("utf-8", "replace"))
        raise CannotStart(failure)


def _pip(root: Path) -> List[str]:
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-user"]
    # The lock is the whole list. Asked to resolve it, an older pip stumbles over an extra of a locked package as soon
    # as a newer release of that package exists.
    return [str(_python(root)), "-m", "pip", "install", *quiet, "--no-deps"]


def _python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def _stamp(root: Path) -> Path:
    return root / ".venv" / "countersign-setup.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
