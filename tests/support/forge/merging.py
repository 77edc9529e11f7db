"""A merge as GitLab does it: by real git, on the server, onto whatever the target's tip is by then."""

from __future__ import annotations

from dataclasses import dataclass

from support.forge import git
from support.forge.answers import refused
from support.forge.model import MergeRequest, User
from support.forge.state import State


@dataclass(frozen=True, slots=True)
class Made:
    """The commits of a merge; a fast-forward makes none."""

    merge: str | None
    squash: str | None


def merge(state: State, mr: MergeRequest, by: User, *, message: str | None, squash_message: str | None) -> Made:
    """Merge into the target branch, squashing when the merge request says so."""
    repository = mr.project.repository
    tip = git.tip(repository, mr.target_branch)
    if tip is None:
        raise refused(422, "Branch cannot be merged")
    source = squash = None
    if mr.squash:
        squash = _commit(state, mr, mr.pushes[-1].start, (), squash_message or mr.title, by, author=mr.author)
        source = squash
    head = source or mr.sha
    if mr.project.settings["merge_method"] == "ff":
        git.move(repository, mr.target_branch, head, tip)
        return Made(None, squash)
    made = _commit(state, mr, tip, (head,), message or default_message(mr), by, author=by)
    git.move(repository, mr.target_branch, made, tip)
    return Made(made, squash)


def holds(mr: MergeRequest) -> bool:
    """Whether the target holds the head by now."""
    return git.is_ancestor(mr.project.repository, mr.sha, f"refs/heads/{mr.target_branch}")


def by_hand(mr: MergeRequest) -> Made:
    """The commit by which the target came to hold the head: a merge of it, or the head itself."""
    repository, branch = mr.project.repository, f"refs/heads/{mr.target_branch}"
    assert holds(mr), f"{mr.target_branch} does not hold {mr.sha}: push first"
    since = git.run(
        repository, "rev-list", "--first-parent", "--reverse", f"{mr.pushes[-1].start}..{branch}"
    ).splitlines()
    return Made(next(sha for sha in since if git.is_ancestor(repository, mr.sha, sha)), None)


def default_message(mr: MergeRequest) -> str:
    """The message of a merge commit without a template."""
    branches = f"Merge branch '{mr.source_branch}' into '{mr.target_branch}'"
    return f"{branches}\n\n{mr.title}\n\nSee merge request {mr.project.path}!{mr.iid}"


def _commit(
    state: State, mr: MergeRequest, onto: str, merged: tuple[str, ...], message: str, by: User, *, author: User
) -> str:
    tree = git.merged_tree(mr.project.repository, onto, *(merged or (mr.sha,)))
    if tree is None:
        raise refused(422, "Branch cannot be merged")
    return git.commit(mr.project.repository, tree, (onto, *merged), message, author=author, committer=by, at=state.now)
