"""The requirements: locked by hash, from their sources as they are, and no dependency without a reason and a use."""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import noxfile
import start

ROOT = Path(start.__file__).parent
FOLDER = ROOT / "requirements"
OURS = {"catalog", "checks", "controls", "countersign", "drills"}
PROGRAMS = {"nox", "pre-commit", "setuptools"}
"""What is run, not imported."""


def declared(name: str) -> dict[str, str]:
    """Each package of a .in file, by normalised name, with the reason beside it."""
    lines = [line for line in (FOLDER / name).read_text(encoding="utf-8").splitlines() if re.match(r"\w", line)]
    split = [line.partition("#") for line in lines]
    return {normal(re.split(r"[\[ =<>]", left)[0]): reason.strip() for left, _, reason in split}


def locked(name: str) -> dict[str, str]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return {normal(package): version for package, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> set[str]:
    """The packages that our modules import, anywhere in them."""
    files = [path for folder in OURS for path in (ROOT / folder).rglob("*.py")]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {name.partition(".")[0] for name in names} - OURS - set(sys.stdlib_module_names)
    known = packages_distributions()
    return {normal(known.get(top, [top])[0]) for top in tops}


def test_the_locks_are_in_order() -> None:
    """Both lock files come from their sources as these are now, hash every package, and name no index."""
    assert noxfile.lock_problems(FOLDER) == []


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("run.in", "\nleft-pad  # pads\n", "must be locked from run.in as it is now. Run: nox -s lock"),
        ("run.txt", "\nleft-pad==1.0\n", "must give each package and its hashes, got: left-pad==1.0"),
        ("run.txt", "\n--extra-index-url https://packages.example\n", "must not name where packages come from"),
        ("dev.txt", "\n--find-links wheels\n", "must not name where packages come from"),
    ],
)
def test_a_lock_out_of_order_is_named(name: str, change: str, words: str, tmp_path: Path) -> None:
    """A source edited by hand, a package without a hash, or a named index is each found without a network."""
    for path in FOLDER.glob("*.*"):
        shutil.copyfile(path, tmp_path / path.name)
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(change)
    assert any(words in problem for problem in noxfile.lock_problems(tmp_path))


@pytest.mark.parametrize("name", ["run.in", "dev.in"])
def test_every_dependency_says_why(name: str) -> None:
    """Each line of a source file ends in its reason."""
    assert [package for package, reason in declared(name).items() if len(reason) < 10] == []


def test_every_dependency_is_locked() -> None:
    """What the sources name is in the lock files, and the tests run on the versions that the gate runs on."""
    run, dev = locked("run.txt"), locked("dev.txt")
    assert declared("run.in").keys() <= run.keys()
    assert declared("dev.in").keys() <= dev.keys()
    assert run.items() <= dev.items()


def test_what_is_imported_is_declared() -> None:
    """No module leans on a package that only happens to be installed."""
    assert imported() - declared("run.in").keys() == set()


def test_what_is_declared_is_used() -> None:
    """A dependency whose reason is gone is found."""
    assert declared("run.in").keys() - imported() == PROGRAMS


def test_the_build_uses_the_locked_setuptools() -> None:
    """The editable install needs nothing that was not checked by its hash."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["build-system"]["requires"] == [f"setuptools == {locked('run.txt')['setuptools']}"]


def test_start_and_project_name_the_same_pythons() -> None:
    """start.py refuses exactly those Pythons that the project does not claim."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    oldest, newest = start.PYTHONS[0], start.PYTHONS[-1]
    assert project["project"]["requires-python"] == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


def test_the_embedded_engine_is_pinned_exactly() -> None:
    """The engine that judges at the desk changes only by an edited line, not by locking anew."""
    assert "gordon-to-regorus == 0.13.0 " in (FOLDER / "run.in").read_text(encoding="utf-8")
