"""Words that a shell completes: what the clone has, read from files and refs, without an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from catalog import layout, snapshot
from catalog.errors import CountersignError
from catalog.git import Repository


def completions(kind: str, begun: str) -> list[str]:
    """The words of a kind that begin so. None where they cannot be read: a shell has no place for an error."""
    try:
        with Repository.discover(Path()) as repository:
            return sorted(word for word in _KINDS[kind](repository) if word.startswith(begun))
    except (CountersignError, OSError):
        return []


def _rules(repository: Repository) -> Iterable[str]:
    found = (repository.path / layout.POLICIES / "gate").glob("*/*.rego")
    return (f"{rule.parent.name}.{rule.stem}" for rule in found if not rule.stem.endswith("_test"))


def _workflows(repository: Repository) -> Iterable[str]:
    found = (repository.path / layout.WORKFLOWS).glob(f"*/{layout.MANIFEST}")
    return (manifest.parent.name for manifest in found)


def _branches(repository: Repository) -> Iterable[str]:
    listed = repository.run("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    names = listed.decode("utf-8", "replace").splitlines()
    return {snapshot.short(name) for name in names if not name.endswith("/HEAD")}


def _reports(_: Repository) -> Iterable[str]:
    from checks.reports import FOLDER, FORMATS

    return (f"{form}={FOLDER}/gate.{form}" for form in FORMATS)


_KINDS: dict[str, Callable[[Repository], Iterable[str]]] = {
    "branch": _branches,
    "report": _reports,
    "rule": _rules,
    "workflow": _workflows,
}
