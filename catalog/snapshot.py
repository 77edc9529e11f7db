"""Which two trees are compared: the target as it is, and the merge result of what is proposed.

The bare command judges the working tree and the unpushed commits as they would land on the target; `--staged` takes the
index instead of the working tree; `--base` and `--head` take two commits; `--all` has no target.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import ChangeError, GitError, JudgeError, UsageError
from catalog.git import OURSELVES, Repository

_EXACT = re.compile(r"HEAD|refs/.*|[0-9a-f]{40}|[0-9a-f]{64}")
_UNMERGED = {b"DD", b"AU", b"UD", b"UA", b"DU", b"AA", b"UU"}
_UNSEEN = re.compile(rb"^[a-zS] ", re.MULTILINE)
_DEEPEN = "Fetch all of it: git fetch --unshallow (in GitLab CI: GIT_DEPTH: 0)."


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two trees, and the commits whose authors answer for the difference."""

    target: str
    """The target's commit; empty when there is none (`--all`)."""
    target_name: str
    before: str
    """The target's tree."""
    after: str
    """The tree of the merge result."""
    head: str
    """The newest commit that is judged; empty in a repository without one."""
    uncommitted: bool
    """Whether the result holds work that is in no commit yet."""
    staged: bool = False
    """Whether that work is what is staged, instead of the working tree."""
    overlooked: int = 0
    """Files that git was told not to look at on disk."""

    @property
    def words(self) -> str:
        """What is judged, for a person."""
        what = "working tree" if self.uncommitted else self.head[:12]
        what = "what is staged" if self.uncommitted and self.staged else what
        return f"{what} onto {self.target_name} {self.target[:12]}" if self.target else what

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know about it."""
        if not self.overlooked:
            return ()
        what = "1 file is" if self.overlooked == 1 else f"{self.overlooked} files are"
        marked = f"{what} marked assume-unchanged or skip-worktree (`git ls-files -v`)"
        return (f"{marked}: judged as the index has it, whatever is on disk.",)


def between(repository: Repository, base: str, head: str) -> Comparison:
    """Two commits by name: what merging `head` into `base` would give."""
    target, commit = _commit(repository, base), _commit(repository, head)
    return Comparison(
        target=target, target_name=short(base), before=tree_of(repository, target), head=commit, uncommitted=False,
        after=_merged(repository, target, commit, tree_of(repository, commit)),
    )  # fmt: skip


def proposed(repository: Repository, target: str | None, *, staged: bool = False) -> Comparison:
    """The working tree (or the index) and the commits that the target lacks, as they would land on it."""
    name = target or default_target(repository)
    commit = _commit(repository, name)
    head = _head(repository)
    tree = index_tree(repository) if staged else working_tree(repository)
    return Comparison(
        target=commit, target_name=short(name), before=tree_of(repository, commit), head=head,
        uncommitted=tree != tree_of(repository, head), staged=staged,
        overlooked=0 if staged else _overlooked(repository),
        after=_merged(repository, commit, head, tree),
    )  # fmt: skip


def whole(repository: Repository) -> Comparison:
    """The working tree as it stands, against nothing."""
    head = repository.resolve("HEAD^{commit}") or ""
    tree = working_tree(repository)
    changed = not head or tree != tree_of(repository, head)
    return Comparison(
        target="", target_name="", before=tree, after=tree, head=head, uncommitted=changed,
        overlooked=_overlooked(repository),
    )  # fmt: skip


def default_target(repository: Repository) -> str:
    """The full name of the branch that changes merge into: origin's default branch, else `main`."""
    if repository.resolve("refs/remotes/origin/HEAD^{commit}"):
        named = repository.attempt("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").stdout.decode().strip()
        return named or "refs/remotes/origin/HEAD"
    for name in ("refs/remotes/origin/main", "refs/heads/main"):
        if repository.resolve(f"{name}^{{commit}}"):
            return name
    raise UsageError(
        "There is no branch to judge against.",
        why="Neither origin's default branch nor `main` is here.",
        solution="Name it: --target BRANCH, or fetch it first.",
    )


def index_tree(repository: Repository) -> str:
    """The tree of what is staged. Raises `GitError` while a merge conflict is unresolved."""
    with _index_copy(repository) as env:
        done = repository.attempt("write-tree", env=env)
    if done.returncode:
        raise _conflict(done.stderr.decode("utf-8", "replace").strip().splitlines()[0])
    return done.stdout.decode().strip()


def working_tree(repository: Repository) -> str:
    """The tree that committing everything now would give; ignored files stay out. The user's index is not touched."""
    # Submodules: their commit counts, whatever .gitmodules says; git is not started inside them.
    options = ("--porcelain", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty")
    status = repository.run("status", *options)
    head = repository.resolve("HEAD^{tree}")
    if not status and head:
        return head
    entries = [entry for entry in status.split(b"\0") if entry]
    if unmerged := [entry[3:] for entry in entries if entry[:2] in _UNMERGED]:
        raise _conflict(f"{unmerged[0].decode('utf-8', 'replace')} is in conflict.")
    gone = [entry[3:] for entry in entries if entry[1:2] == b"D"]
    unstaged = [entry[3:] for entry in entries if entry[1:2] not in (b" ", b"D")]
    with _index_copy(repository) as env:
        if gone:  # not by `add`, which refuses a path that now lies behind a symbolic link
            repository.run("update-index", "--force-remove", "-z", "--stdin", input=b"\0".join(gone) + b"\0", env=env)
        if unstaged:
            _add(repository, unstaged, env)
        return repository.run("write-tree", env=env).decode().strip()


def _add(repository: Repository, paths: list[bytes], env: Mapping[str, str]) -> None:
    listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
    try:
        repository.run("--literal-pathspecs", "add", "--all", "--sparse", *listed, input=b"\0".join(paths), env=env)
    except GitError as error:
        # Of folders, git's status names those alone that are repositories.
        folders = [path.decode("utf-8", "replace") for path in paths if path.endswith(b"/")]
        nested = next((folder for folder in folders if folder in error.message), None)
        if nested is None:
            raise
        raise GitError(
            f"{nested} is a git repository of its own, without a commit.",
            why="Git cannot say what of it would be committed here.",
            solution="Remove its .git folder, move it out of the clone, or name it in .gitignore.",
        ) from error


def _overlooked(repository: Repository) -> int:
    # A small letter, or S for what a sparse checkout leaves out: git takes such a file for unchanged, as judged here.
    return len(_UNSEEN.findall(repository.run("ls-files", "-v")))


@contextmanager
def _index_copy(repository: Repository) -> Iterator[dict[str, str]]:
    """The setting that makes git use a copy of the index: it would write to the user's own to make a tree of it."""
    index = repository.index
    with tempfile.TemporaryDirectory(prefix="countersign-index-") as folder:
        if index.exists():
            shutil.copyfile(index, Path(folder) / "index")
        yield {"GIT_INDEX_FILE": f"{folder}/index"}


def _conflict(why: str) -> GitError:
    return GitError(
        "What is here cannot be read as one tree.",
        why=why,
        solution="Resolve the conflict, stage the result, and run this again.",
    )


def _merged(repository: Repository, target: str, head: str, tree: str) -> str:
    if target == head:
        return tree
    base = repository.run("merge-base", target, head, check=False).decode().strip()
    if not base:
        raise _unrelated(repository, target, head)
    _check_whole(repository, target, head)
    if base == target:
        return tree
    commit = head if tree == tree_of(repository, head) else _commit_of(repository, tree, head)
    done = repository.merged(target, commit)
    fields = done.stdout.decode("utf-8", "backslashreplace").split("\0")
    if done.returncode == 0:
        return fields[0].strip()
    if done.returncode == 1:
        raise ChangeError(
            f"The change does not merge cleanly: {', '.join(sorted(filter(None, fields[1:])))}.",
            why="What is judged is the merge result, and there is none.",
            solution="Merge or rebase onto the target, resolve the conflict, and run this again.",
        )
    raise GitError(f"`git merge-tree` failed: {done.stderr.decode('utf-8', 'replace').strip()}")


def _unrelated(repository: Repository, target: str, head: str) -> JudgeError:
    kind = GitError if repository.shallow else ChangeError
    return kind(
        f"{head[:12]} and {target[:12]} have no common ancestor here.",
        why="The clone is shallow: history is cut off." if repository.shallow else "The histories are unrelated.",
        solution=_DEEPEN if repository.shallow else "Start the branch from the target.",
    )


def _check_whole(repository: Repository, target: str, head: str) -> None:
    """Raise `GitError` where history is cut off between two commits: authors, or the true base, may be gone."""
    if repository.shallow and repository.run("rev-list", "-1", "--max-parents=0", f"{target}...{head}"):
        raise GitError(
            f"Not every commit between {target[:12]} and {head[:12]} is here.",
            why="The clone is shallow: history is cut off.",
            solution=_DEEPEN,
        )


def _commit_of(repository: Repository, tree: str, parent: str) -> str:
    return repository.run("commit-tree", tree, "-p", parent, "-m", "working tree", env=OURSELVES).decode().strip()


def _commit(repository: Repository, name: str) -> str:
    if not _EXACT.fullmatch(name):
        _check_single(repository, name)
    return _resolved(repository, name, "commit")


def _check_single(repository: Repository, name: str) -> None:
    """Raise `UsageError` for a name of two things: git would pick one, so whoever made that one chose the target."""
    places = [f"refs/{kind}{name}" for kind in ("", "tags/", "heads/", "remotes/", "remotes/origin/")]
    known = repository.run("for-each-ref", "--format=%(refname)", *places).decode("utf-8", "replace").splitlines()
    found = [place for place in places if place in known]
    if found == [f"refs/heads/{name}", f"refs/remotes/origin/{name}"]:
        return  # a branch and its copy at origin: git does not take the latter for it
    if len(found) > 1:
        solution = "Write the full name, or delete what is not meant."
        raise UsageError(f"{name} names {' and '.join(found)}.", solution=solution)


def _head(repository: Repository) -> str:
    head = repository.resolve("HEAD^{commit}")
    if head is None:
        raise UsageError("There is no commit yet.", solution="Commit first, or run `countersign gate --all`.")
    return head


def short(name: str) -> str:
    """A branch's full name as people write it: `origin/main`."""
    return name.removeprefix("refs/remotes/").removeprefix("refs/heads/")


def tree_of(repository: Repository, revision: str) -> str:
    """The tree of a commit. Raises `UsageError` when there is no such commit."""
    return _resolved(repository, revision, "tree")


def _resolved(repository: Repository, revision: str, kind: str) -> str:
    found = repository.resolve(f"{revision}^{{{kind}}}")
    if found is None:
        raise UsageError(f"{revision} is no commit of this repository.", solution="Check the name, or fetch it first.")
    return found
