"""What a change touches: workflows with both their sides, and every other path. Work grows with the change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from catalog import hidden, layout, workflow
from catalog.errors import ChangeError
from catalog.git import ChangedPath, Repository, TreeEntry
from catalog.objects import SUBMODULE
from catalog.workflow import File, Workflow

_TREE = "40000"
_MAX_DEPTH = 32
_MANY = 16
"""So many names, and it is faster to list the folder once than to let git look each of them up in it."""
_CONFUSABLE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "-": None, "_": None})


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowChange:
    """One workflow on both sides; a side is None where its folder is not there."""

    name: str
    before: Workflow | None
    after: Workflow | None
    paths: tuple[str, ...] = ()
    """What changed, relative to the folder."""

    @property
    def status(self) -> str:
        """added | edited | deleted | unchanged"""
        if self.before is None:
            return "added"
        if self.after is None:
            return "deleted"
        return "edited" if self.paths else "unchanged"

    @property
    def countersigned(self) -> str | None:
        """What an approval of this change names: the content to come, or the deletion. None for what cannot be read."""
        if self.after is not None:
            return self.after.countersigned or None
        return self.before.deletion if self.before is not None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Everything that differs between two trees."""

    workflows: tuple[WorkflowChange, ...]
    control: tuple[ChangedPath, ...]
    """Changed paths outside workflow folders."""

    def touches(self, folder: str) -> bool:
        """Whether any changed path outside workflows lies below `folder`."""
        return any(path.path == folder or path.path.startswith(f"{folder}/") for path in self.control)


def between(repository: Repository, before: str, after: str) -> Change:
    """What differs between two trees."""
    changed = repository.diff(before, after) if before != after else []
    for path in changed:
        _check_text(path.path)
    by_workflow: dict[str, list[str]] = defaultdict(list)
    for path in changed:
        if name := layout.workflow_of(path.path):
            by_workflow[name].append(path.path.removeprefix(f"{layout.folder(name)}/"))
    names = sorted(by_workflow)
    old = {found.name: found for found in read_workflows(repository, before, names)}
    new = {found.name: found for found in read_workflows(repository, after, names)}
    return Change(
        workflows=tuple(
            WorkflowChange(name=name, before=old.get(name), after=new.get(name), paths=tuple(sorted(by_workflow[name])))
            for name in names
        ),
        control=tuple(path for path in changed if layout.workflow_of(path.path) is None),
    )


def names(repository: Repository, tree: str) -> list[str]:
    """The names of all workflows of a tree."""
    return [entry.name for entry in folders(repository, tree)]


def folders(repository: Repository, tree: str) -> list[TreeEntry]:
    """The folders of all workflows of a tree."""
    return [entry for entry in repository.entries(_folder(tree, layout.WORKFLOWS)) if entry.mode == _TREE]


def read_workflows(repository: Repository, tree: str, names: Iterable[str]) -> Iterator[Workflow]:
    """Each named workflow that the tree has, in the order of the names."""
    wanted = list(names)
    if len(wanted) < _MANY:
        return _read(repository, [(_folder(tree, layout.folder(name)), name) for name in wanted])
    there = {entry.name: entry for entry in folders(repository, tree)}
    return read_folders(repository, [there[name] for name in wanted if name in there])


def read_folders(repository: Repository, entries: Iterable[TreeEntry]) -> Iterator[Workflow]:
    """The workflows of some folders: for many, much faster than by name, which git looks up one by one."""
    return _read(repository, [(entry.oid, entry.name) for entry in entries])


def _read(repository: Repository, wanted: Sequence[tuple[str, str]]) -> Iterator[Workflow]:
    # By place, not by id: two folders with the same content are two workflows.
    read = repository.read_trees(spec for spec, _ in wanted)
    listed = {name: entries for (_, name), (_, entries) in zip(wanted, read, strict=True) if entries is not None}
    files = {name: dict(islice(_flat(repository, entries), layout.MAX_FILES + 1)) for name, entries in listed.items()}
    blobs = repository.read_bounded(
        entry.oid
        for found in files.values()
        if len(found) <= layout.MAX_FILES
        for entry in found.values()
        if entry.mode != SUBMODULE
    )
    for name, found in files.items():
        contents = {path: File(entry.mode, entry.oid, blobs.get(entry.oid)) for path, entry in found.items()}
        yield workflow.read(name, contents)


def files_below(repository: Repository, tree: str, folder: str) -> dict[str, TreeEntry]:
    """Every file below a folder of a tree, by path from the root; empty when there is no such folder."""
    return {f"{folder}/{path}": entry for path, entry in _flat(repository, repository.entries(_folder(tree, folder)))}


def control_digest(repository: Repository, tree: str) -> str:
    """What an approval of the paths outside workflows names: a digest of git's ids of them all, in the merge result."""
    root = [entry for entry in repository.entries(tree) if (entry.name, entry.mode) != (layout.WORKFLOWS, _TREE)]
    loose = [entry for entry in repository.entries(_folder(tree, layout.WORKFLOWS)) if entry.mode != _TREE]
    named = [(entry.name, entry) for entry in root] + [(f"{layout.WORKFLOWS}/{entry.name}", entry) for entry in loose]
    # Not H1: that rules out names which git allows, and two of them must never read the same.
    listing = "\0".join(f"{entry.mode} {entry.oid} {path}" for path, entry in sorted(named))
    return f"tree:{sha256(listing.encode('utf-8', 'surrogateescape')).hexdigest()}"


def hiding(repository: Repository, paths: Iterable[ChangedPath]) -> frozenset[str]:
    """Of some changed paths, the files that hold characters nobody sees; what is no text shows nothing anyway."""
    there = {path.path: path.after_oid for path in paths if path.after_oid and path.kind != "submodule"}
    # One at a time: together they may be more than fits in memory.
    return frozenset(path for path, oid in there.items() if _hides(repository.read_bounded([oid])[oid]))


def _hides(content: bytes | None) -> bool:
    try:
        return content is not None and b"\0" not in content and hidden.find(content.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False


def look_alike(name: str, others: Iterable[str]) -> str | None:
    """Another name that reads the same to a hurried eye (`biIling` and `billing`), or None."""
    skeleton = _skeleton(name)
    return next((other for other in others if other != name and _skeleton(other) == skeleton), None)


def look_alikes(names: Iterable[str]) -> dict[str, str]:
    """Each name that reads the same as another one, with that one: `look_alike` for all of a repository at once."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[_skeleton(name)].append(name)
    twins = (group for group in groups.values() if len(group) > 1)
    return {name: group[0] if name != group[0] else group[1] for group in twins for name in group}


def _skeleton(name: str) -> str:
    return name.casefold().translate(_CONFUSABLE).replace("rn", "m").replace("vv", "w")


def _folder(tree: str, path: str) -> str:
    # The slash: git reads a name that ends in `-g<hex>` as a commit of that id, and a file must not pass for a folder.
    return f"{tree}:{path}/"


def _flat(repository: Repository, entries: list[TreeEntry], depth: int = 1) -> Iterator[tuple[str, TreeEntry]]:
    if depth > _MAX_DEPTH:
        raise ChangeError(f"Folders are nested deeper than {_MAX_DEPTH} levels.", solution="Flatten them.")
    below = repository.read_trees(entry.oid for entry in entries if entry.mode == _TREE)  # many in one go
    for entry in entries:
        _check_text(entry.name)
        if entry.mode != _TREE:
            yield entry.name, entry
            continue
        for path, inner in _flat(repository, next(below)[1] or [], depth + 1):
            yield f"{entry.name}/{path}", inner


def _check_text(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        why = "Reports and rules cannot name it."
        raise ChangeError(f"The path {shown} is not UTF-8 text.", why=why, solution="Rename it.") from None
