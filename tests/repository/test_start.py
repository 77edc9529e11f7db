"""start.py: who can read it, what it prints, and what it asks of a machine."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(start.__file__).parent


def run(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "start.py"), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


# Reading it.


def test_an_old_python_can_read_it() -> None:
    """The file has the syntax of Python 3.6, and no annotation or future import that 3.6 does not know."""
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    subscripts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    lowercase = {value.id for value in subscripts if isinstance(value, ast.Name)}
    assert "from __future__" not in source
    assert lowercase & {"list", "dict", "tuple", "set"} == set()


def test_alone_it_prints_help_and_writes_nothing(tmp_path: Path) -> None:
    """Without arguments it lists each session with one line of help, exits 0, and makes no file."""
    for name in ("start.py", "noxfile.py"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    before = sorted(tmp_path.rglob("*"))
    done = run(root=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {name} " in done.stdout for name in ("gate", "tests", "lint", "policies", "interop", "bench"))
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unknown_session_is_bad_usage() -> None:
    """A misspelt session exits 2 and names the sessions there are."""
    done = run("gaet")
    assert done.returncode == 2
    assert "'gaet'" in done.stderr
    assert "gate, gitlab, bundle, drill, evidence, publish, tests, lint" in done.stderr


# What the machine must have.


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_an_unsupported_python_is_named(version: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that is too old or too new is refused with both versions and, when none is better, nothing to run."""
    monkeypatch.setattr(start, "_runs", lambda _: False)
    with pytest.raises(start.CannotStart) as caught:
        start.check_python(version, ["tests"])
    assert str(caught.value) == f"Python 3.11, 3.12 or 3.13 is needed, this is {version[0]}.{version[1]}."


def test_a_better_python_on_path_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a supported Python is on PATH, the message ends in the whole command that uses it."""
    monkeypatch.setattr(start, "_runs", lambda name: name == "python3.12")
    with pytest.raises(start.CannotStart, match=r"Run: python3\.12 start\.py gate --all$"):
        start.check_python((3, 9), ["gate", "--all"])


def test_a_python_that_does_not_run_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version manager's shim that is on PATH but fails does not count as a Python."""
    program(tmp_path / "python3.12", "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not start._runs("python3.12")
    assert not start._runs("python3.13")


@pytest.mark.parametrize("version", start.PYTHONS)
def test_supported_pythons_pass(version: tuple[int, int]) -> None:
    """3.11, 3.12 and 3.13 are accepted without a word."""
    start.check_python(version, [])


@pytest.mark.parametrize("system, name", [("nt", "win32"), ("posix", "cygwin"), ("posix", "freebsd14")])
def test_other_systems_are_refused(system: str, name: str) -> None:
    """Windows and untried systems are refused by name, and Windows users are told about WSL."""
    with pytest.raises(start.CannotStart, match=f"Linux or macOS is needed, this is {name}.*WSL"):
        start.check_platform(system, name)
    start.check_platform("posix", "linux")
    start.check_platform("posix", "darwin")


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_named_with_its_package(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without venv or ensurepip, the message names the Debian package of this very Python."""
    monkeypatch.setattr(start, "find_spec", lambda name: None if name == missing else object())
    package = f"python3.{sys.version_info[1]}-venv"
    with pytest.raises(start.CannotStart, match=f"apt install {package};"):
        start.check_venv()


@pytest.mark.parametrize(
    "answer, words",
    [
        ("git version 2.37.9", "this is 2.37."),
        ("git version 1.8.3.1", "this is 1.8."),
        ("git: broken", "`git --version` answered: git: broken"),
    ],
)
def test_an_old_or_broken_git_is_named(
    answer: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git older than 2.38, or one that does not say its version, is refused with what it said."""
    program(tmp_path / "git", f"echo '{answer}'")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(start.CannotStart) as caught:
        start.check_git()
    assert str(caught.value).startswith("Git 2.38 or newer is needed, ")
    assert words in str(caught.value)


@pytest.mark.parametrize("answer", ["git version 2.38.0", "git version 2.39.3 (Apple Git-146)", "git version 3.0.0"])
def test_a_new_enough_git_passes(answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git from 2.38 on is accepted, whoever built it."""
    program(tmp_path / "git", f"echo '{answer}'")
    monkeypatch.setenv("PATH", str(tmp_path))
    start.check_git()


def test_a_missing_git_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git on PATH the message says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(start.CannotStart, match="no git was found on PATH"):
        start.check_git()


@pytest.mark.parametrize("version, words", [("glibc 2.33", "this is 2.33"), (None, "another C library")])
def test_an_old_or_foreign_c_library_is_named(version: str | None, words: str) -> None:
    """On Linux, glibc older than 2.34 and other C libraries are refused; macOS has none and is not asked."""
    with pytest.raises(start.CannotStart, match=words):
        start.check_glibc("linux", version)
    start.check_glibc("darwin", version)
    start.check_glibc("linux", "glibc 2.34")


def program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
