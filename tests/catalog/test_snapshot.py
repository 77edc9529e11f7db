"""What is judged is what would land on the target, and looking at it leaves the clone as it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.repositories import FALLBACK, FILE, MANIFEST, PROMPT, STATE, SUBMODULE, Clone, empty, sample

from catalog import snapshot
from catalog.errors import ChangeError, GitError, UsageError
from catalog.git import Repository
from catalog.snapshot import Comparison


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return sample(tmp_path / "clone")


@contextmanager
def opened(clone: Clone, start: str = ".") -> Iterator[Repository]:
    """The repository as the gate opens it: new objects go to a scratch store."""
    with Repository.discover(clone.path(start)) as repository:
        repository.use_scratch()
        yield repository


def changes(clone: Clone, target: str | None = "main", *, staged: bool = False) -> dict[str, str]:
    """What is judged of the working tree, or of the index: path to status."""
    with opened(clone) as repository:
        found = snapshot.proposed(repository, target, staged=staged)
        return {path.path: path.status for path in repository.diff(found.before, found.after)}


def between(clone: Clone, base: str, head: str) -> tuple[Comparison, dict[str, str]]:
    with opened(clone) as repository:
        found = snapshot.between(repository, base, head)
        return found, {path.path: path.status for path in repository.diff(found.before, found.after)}


def fingerprint(clone: Clone) -> tuple[str, ...]:
    """Everything that a look must leave alone: index bytes, refs, objects, files, and what git says of them."""
    index = clone.path(".git/index")
    files = sorted(path for path in clone.folder.rglob("*") if path.is_file() and not path.is_symlink())
    return (
        hashlib.sha256(index.read_bytes() if index.exists() else b"").hexdigest(),
        clone.git("for-each-ref"),
        hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest(),
        clone.git("--no-optional-locks", "status", "--porcelain", "--ignored"),
    )


def test_nothing_changed(clone: Clone) -> None:
    """A clean clone proposes nothing."""
    with opened(clone) as repository:
        found = snapshot.proposed(repository, "main")
    assert (found.before, found.uncommitted) == (found.after, False)


def test_the_working_tree(clone: Clone) -> None:
    """Edited, new, deleted and staged files all count, as committing everything now would have them."""
    clone.replace(PROMPT, "120", "100").write("workflows/new/workflow.yaml", "x").remove(FALLBACK).write("staged", "1")
    clone.git("add", "staged")
    assert changes(clone) == {
        PROMPT: "edited", "workflows/new/workflow.yaml": "added", FALLBACK: "deleted", "staged": "added"
    }  # fmt: skip


def test_ignored_files_stay_out(clone: Clone) -> None:
    """Untracked files count, ignored ones do not; a tracked file that is ignored does."""
    clone.write(".gitignore", "*.log\n").write("a.log", "1").write("b.txt", "1").write("tracked.log", "1")
    clone.git("add", "--force", "tracked.log")
    assert changes(clone) == {".gitignore": "added", "b.txt": "added", "tracked.log": "added"}


def test_what_is_staged(clone: Clone) -> None:
    """With the index, what is not staged does not count (T14)."""
    clone.replace(PROMPT, "120", "100").git("add", PROMPT)
    clone.replace(PROMPT, "100", "80").replace(MANIFEST, "high", "low").write("stray", "x")
    with opened(clone) as repository:
        found = snapshot.proposed(repository, "main", staged=True)
        assert b"at most 100 plain words" in (repository.read(f"{found.after}:{PROMPT}") or b"")
    assert changes(clone, staged=True) == {PROMPT: "edited"}


@pytest.mark.parametrize("also", [None, "untracked"])
def test_a_staged_deletion(clone: Clone, also: str | None) -> None:
    """A deletion that is staged counts, alone and beside other work."""
    clone.git("rm", "--quiet", FALLBACK)
    if also:
        clone.write(also, "x")
    assert changes(clone) == {FALLBACK: "deleted", **({also: "added"} if also else {})}
    assert changes(clone, staged=True) == {FALLBACK: "deleted"}


def test_a_staged_rename(clone: Clone) -> None:
    """A rename that is staged is a deletion and an addition (T09)."""
    clone.git("mv", "workflows/billing-replies", "workflows/billing-answers")
    found = changes(clone)
    assert {path.split("/")[1]: status for path, status in found.items()} == {
        "billing-replies": "deleted",
        "billing-answers": "added",
    }
    assert found == changes(clone, staged=True)


def test_removed_from_the_index_only(clone: Clone) -> None:
    """A file taken out of the index and left in place would be added again: nothing changes but what is staged."""
    clone.git("rm", "--quiet", "--cached", FALLBACK)
    assert changes(clone) == {}
    assert changes(clone, staged=True) == {FALLBACK: "deleted"}


def test_an_intention_to_add(clone: Clone) -> None:
    """A file that is only intended to be added counts in the working tree, not in the index."""
    clone.write("intended", "x").git("add", "--intent-to-add", "intended")
    assert changes(clone) == {"intended": "added"}
    assert changes(clone, staged=True) == {}


@pytest.mark.parametrize(
    "name", ["-dash", ":(glob)**", ":!workflows", "*", "[a]", 'quo"te', "two words", "line\nbreak", "größe"]
)
def test_odd_names(clone: Clone, name: str) -> None:
    """A file's name is a name, not an option or a pattern that takes others along or leaves them out (T10)."""
    clone.write(name, "x").write("plain", "x")
    assert changes(clone) == {name: "added", "plain": "added"}


def test_modes_and_links(clone: Clone) -> None:
    """An executable bit and a link in place of a file are edits, and the link is not followed (T10)."""
    clone.path(PROMPT).chmod(0o755)
    clone.remove(FALLBACK)
    clone.path(FALLBACK).symlink_to("/etc/hostname")
    with opened(clone) as repository:
        found = snapshot.proposed(repository, "main")
        modes = {path.path: path.after_mode for path in repository.diff(found.before, found.after)}
        assert modes == {PROMPT: "100755", FALLBACK: "120000"}
        assert repository.read(f"{found.after}:{FALLBACK}") == b"/etc/hostname"


def test_a_repository_inside(clone: Clone) -> None:
    """A repository inside the working tree is a submodule, not its files (T10)."""
    inner = sample(clone.path("workflows/inner"))
    assert changes(clone) == {"workflows/inner": "added"}
    clone.git("add", "--all")
    commit = clone.git("commit", "--quiet", "-m", "Inner") or clone.head
    clone.git("update-ref", "refs/heads/main", commit)
    inner.write("dirt", "x")
    assert changes(clone) == {}
    clone.write(".gitmodules", '[submodule "i"]\n\tpath = workflows/inner\n\turl = x\n\tignore = all\n')
    inner.commit()
    assert changes(clone) == {".gitmodules": "added", "workflows/inner": "edited"}


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("work", ["none", "mixed", "behind"])
def test_the_clone_is_left_alone(clone: Clone, work: str, staged: bool) -> None:
    """Looking changes no file, index, ref or object of the clone."""
    if work != "none":
        clone.branch("work").replace(PROMPT, "120", "100").write("new", "x").git("add", "new")
        clone.write("new", "y").remove(FALLBACK)
    if work == "behind":
        clone.commit()
        clone.switch("main").write("other", "x").commit()
        clone.switch("work").replace(STATE, "live", "proposed").git("add", STATE)
    before = fingerprint(clone)
    assert bool(changes(clone, staged=staged)) is (work != "none")
    assert fingerprint(clone) == before


def test_a_split_index_is_left_alone(clone: Clone) -> None:
    """A clone that splits its index keeps it as it is."""
    clone.git("config", "core.splitIndex", "true")
    clone.git("update-index", "--split-index")
    clone.write("new", "x")
    before = sorted(os.listdir(clone.path(".git"))), fingerprint(clone)
    assert changes(clone) == {"new": "added"}
    assert (sorted(os.listdir(clone.path(".git"))), fingerprint(clone)) == before


def test_programs_of_the_repository_do_not_run(clone: Clone, tmp_path: Path) -> None:
    """Hooks, a file system monitor and a merge driver that only the change names are not started (T12)."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\nexit 1\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "merge.trap.driver", "diff.external", "diff.trap.textconv"):
        clone.git("config", key, str(trap))
    hooks = clone.path(".git/hooks")
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "reference-transaction"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    clone.plant({"other": (FILE, "x")})
    clone.write(".gitattributes", "* merge=trap diff=trap\n").replace(PROMPT, "120", "100")
    (tmp_path / "sprung").unlink(missing_ok=True)
    assert changes(clone) == {".gitattributes": "added", PROMPT: "edited"}
    assert not (tmp_path / "sprung").exists()


def test_the_merge_result_is_judged(clone: Clone) -> None:
    """A branch that is behind is judged as it would land: the target's newer work is on both sides (T03)."""
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.switch("main").replace(STATE, "live", "retired\nreason: Over.").commit(who="finn")
    found, paths = between(clone, "main", "work")
    assert paths == {PROMPT: "edited"}
    with opened(clone) as repository:
        assert snapshot.between(repository, "main", "work").after == found.after
        assert b"retired" in (repository.read(f"{found.before}:{STATE}") or b"")
    clone.switch("work")
    assert changes(clone) == {PROMPT: "edited"}


def test_a_lost_change_is_not_judged(clone: Clone) -> None:
    """What the target already has is no change; what it took back and the branch still carries is one again (T03)."""
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.switch("main").replace(PROMPT, "120", "100").commit(who="finn")
    assert between(clone, "main", "work")[1] == {}
    clone.replace(PROMPT, "100", "120").commit(who="finn")
    assert between(clone, "main", "work")[1] == {PROMPT: "edited"}


def test_a_merge_conflict(clone: Clone) -> None:
    """Without a merge result there is nothing to judge: an error that names the file (T03)."""
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.switch("main").replace(PROMPT, "120", "90").commit()
    with pytest.raises(
        ChangeError, match=r"does not merge cleanly: workflows/billing-replies/reply.prompt\."
    ) as caught:
        between(clone, "main", "work")
    assert "rebase" in caught.value.solution


@pytest.mark.parametrize("driver", ["union", "binary", "text"])
def test_the_change_does_not_choose_how_it_merges(clone: Clone, driver: str) -> None:
    """Attributes that the change brings do not turn a conflict into a merge (T01)."""
    clone.branch("work").replace(PROMPT, "120", "100").write(".gitattributes", f"* merge={driver}\n").commit()
    clone.switch("main").replace(PROMPT, "120", "90").commit()
    clone.switch("work")
    with pytest.raises(ChangeError, match="does not merge cleanly"):
        between(clone, "main", "work")
    with pytest.raises(ChangeError, match="does not merge cleanly"):
        changes(clone)


def test_a_conflict_in_the_working_tree(clone: Clone) -> None:
    """While a conflict is unresolved, its markers are not judged as if they were content."""
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.switch("main").replace(PROMPT, "120", "90").commit()
    clone.switch("work")
    with pytest.raises(AssertionError, match="git merge"):
        clone.merge("main")
    for staged in (False, True):
        with pytest.raises(GitError, match="cannot be read as one tree") as caught:
            changes(clone, staged=staged)
        assert "reply.prompt" in caught.value.why


def test_histories_that_cross(clone: Clone) -> None:
    """Two branches that merged each other are judged by git's own merge of their several bases."""
    clone.branch("one").write("one", "1").commit()
    clone.branch("two", "main").write("two", "2").commit()
    first, second = clone.git("rev-parse", "one"), clone.git("rev-parse", "two")
    clone.git("merge", "--quiet", "--no-edit", first)
    clone.switch("one").git("merge", "--quiet", "--no-edit", second)
    clone.write("three", "3").commit()
    assert len(clone.git("merge-base", "--all", "one", "two").split()) == 2
    assert between(clone, "two", "one")[1] == {"three": "added"}


def test_unrelated_histories(clone: Clone) -> None:
    """A head without an ancestor in common with the target is an error (T14, T17)."""
    clone.git("update-ref", "refs/heads/other", clone.commit_tree(clone.git("rev-parse", "main^{tree}")))
    with pytest.raises(ChangeError, match="no common ancestor") as caught:
        between(clone, "main", "other")
    assert "unrelated" in caught.value.why


def test_a_shallow_clone(clone: Clone, tmp_path: Path) -> None:
    """A clone whose history is cut off before the common ancestor says so, and how to fetch it."""
    clone.branch("work").write("a", "1").commit()
    clone.write("a", "2").commit()
    clone.switch("main").write("b", "1").commit()
    cut = clone.clone(tmp_path / "cut", "--depth=1", "--no-single-branch")
    with pytest.raises(GitError) as caught:
        between(cut, "origin/main", "origin/work")
    assert "shallow" in caught.value.why
    assert "--unshallow" in caught.value.solution


def test_a_shallow_clone_that_is_deep_enough(clone: Clone, tmp_path: Path) -> None:
    """A clone that holds every commit of the change can be judged, however shallow."""
    clone.write("old", "1").commit()
    clone.write("old", "2").commit()
    clone.branch("work").write("a", "1").commit()
    cut = clone.clone(tmp_path / "cut", "--depth=2", "--no-single-branch")
    assert between(cut, "origin/main", "origin/work")[1] == {"a": "added"}


def test_replaced_history_does_not_count(clone: Clone) -> None:
    """A replace ref cannot move the point from which a change is counted (T17)."""
    base = clone.head
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.git("replace", base, "work")
    assert between(clone, "main", "work")[1] == {PROMPT: "edited"}


def test_detached_and_from_below(clone: Clone) -> None:
    """A detached HEAD and a start in a subfolder change nothing."""
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.git("switch", "--quiet", "--detach")
    clone.write("new", "x")
    with opened(clone, "workflows/billing-replies") as repository:
        found = snapshot.proposed(repository, "main")
        assert {path.path for path in repository.diff(found.before, found.after)} == {PROMPT, "new"}


def test_a_linked_worktree(clone: Clone, tmp_path: Path) -> None:
    """A linked worktree is judged by its own index and files."""
    clone.write("elsewhere", "x")
    clone.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = Clone(tmp_path / "linked").replace(PROMPT, "120", "100")
    assert changes(linked) == {PROMPT: "edited"}
    linked.git("add", "--all")
    linked.write("stray", "x")
    assert changes(linked, staged=True) == {PROMPT: "edited"}


def test_in_a_hook(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hook, the index that git names is what is staged: of a partial commit too, and by a relative name."""
    clone.replace(PROMPT, "120", "100").write("other", "x").git("add", "--all")
    env = {"GIT_INDEX_FILE": str(clone.path(".git/next-index"))}
    clone.git("read-tree", "HEAD", env=env)
    clone.git("add", PROMPT, env=env)
    monkeypatch.setenv("GIT_DIR", str(clone.path(".git")))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")
    monkeypatch.chdir(clone.folder)
    before = clone.path(".git/next-index").read_bytes()
    assert changes(clone, staged=True) == {PROMPT: "edited"}
    assert clone.path(".git/next-index").read_bytes() == before


def test_line_ends_are_judged_as_committed(clone: Clone) -> None:
    """With core.autocrlf, CRLF on disk is judged as the LF that would be committed; without it, as CRLF."""
    text = clone.path(PROMPT).read_bytes()
    clone.write(PROMPT, text.replace(b"\n", b"\r\n"))
    assert changes(clone) == {PROMPT: "edited"}
    clone.git("config", "core.autocrlf", "true")
    assert changes(clone) == {}


def test_sparse_checkout(clone: Clone) -> None:
    """Files that a sparse checkout leaves out are not deleted, and one written there still counts."""
    clone.git("sparse-checkout", "set", "--no-cone", "/team/")
    assert changes(clone) == {}
    clone.write("workflows/new/workflow.yaml", "x")
    assert changes(clone) == {"workflows/new/workflow.yaml": "added"}


def test_sha256(tmp_path: Path) -> None:
    """A repository with SHA-256 ids is judged like any other, merge included."""
    clone = sample(tmp_path / "clone", "--object-format=sha256")
    clone.branch("work").replace(PROMPT, "120", "100").commit()
    clone.switch("main").write("other", "x").commit()
    clone.switch("work").write("new", "x")
    assert changes(clone) == {PROMPT: "edited", "new": "added"}


def test_no_commit_yet(tmp_path: Path) -> None:
    """Without a commit there is no change to judge, and the whole can still be read."""
    clone = empty(tmp_path / "clone").write(MANIFEST, "x")
    with opened(clone) as repository, pytest.raises(UsageError, match="There is no branch to judge against"):
        snapshot.proposed(repository, None)
    with opened(clone) as repository:
        found = snapshot.whole(repository)
        assert (found.head, found.target, found.uncommitted) == ("", "", True)
        assert repository.read(f"{found.after}:{MANIFEST}") == b"x"


def test_nothing_at_all(tmp_path: Path) -> None:
    """An empty folder has an empty tree."""
    with opened(empty(tmp_path / "clone")) as repository:
        assert repository.entries(snapshot.whole(repository).after) == []


def test_a_target_without_a_head(clone: Clone) -> None:
    """On a branch without a commit there is nothing to compare."""
    clone.git("switch", "--quiet", "--orphan", "fresh")
    with opened(clone) as repository, pytest.raises(UsageError, match="There is no commit yet"):
        snapshot.proposed(repository, "main")


def test_the_whole(clone: Clone) -> None:
    """All of the working tree is compared with nothing."""
    with opened(clone) as repository:
        found = snapshot.whole(repository)
        assert (found.before, found.target, found.head, found.uncommitted) == (found.after, "", clone.head, False)
    clone.write("new", "x")
    with opened(clone) as repository:
        assert snapshot.whole(repository).uncommitted


@pytest.mark.parametrize("name", ["nothing", "--all", "main:team", "main^{tree}", "a b", "", "refs/heads/nothing"])
def test_no_such_commit(clone: Clone, name: str) -> None:
    """A name that is no commit is an error of usage that repeats it."""
    with pytest.raises(UsageError, match="is no commit of this repository"):
        between(clone, name, "main")


@pytest.mark.parametrize("name", ["main", "origin/main"])
def test_a_tag_in_a_branchs_place(clone: Clone, tmp_path: Path, name: str) -> None:
    """A tag with a branch's name, which git would prefer, does not become the target (T14)."""
    other = clone.clone(tmp_path / "other")
    lax = other.branch("lax").remove("team/people.yaml").commit(who="eli")
    other.git("tag", name, lax)
    other.switch("lax").write("x", "x")
    with pytest.raises(UsageError, match=rf"{name} names refs/tags/{name} and refs/") as caught:
        changes(other, name)
    assert "full name" in caught.value.solution
    with opened(other) as repository:
        assert snapshot.proposed(repository, None).target == clone.head
        assert snapshot.proposed(repository, f"refs/remotes/origin/{name.rpartition('/')[2]}").target == clone.head


@pytest.mark.parametrize("place", ["heads", "tags"])
def test_a_branch_in_a_branchs_place(clone: Clone, tmp_path: Path, place: str) -> None:
    """A branch or tag that is called like a remote's branch does not become the target in its place (T14)."""
    other = clone.clone(tmp_path / "other")
    lax = other.branch("lax").remove("team/people.yaml").commit(who="eli")
    other.git("update-ref", f"refs/{place}/origin/main", lax)
    for look in (lambda: changes(other, "origin/main"), lambda: between(other, "origin/main", "lax")):
        with pytest.raises(
            UsageError, match=f"origin/main names refs/{place}/origin/main and refs/remotes/origin/main"
        ):
            look()
    assert changes(other, "refs/remotes/origin/main") == {"team/people.yaml": "deleted"}


def test_a_branch_and_its_copy_at_origin(clone: Clone, tmp_path: Path) -> None:
    """A branch that origin has as well is one name for one thing."""
    other = clone.clone(tmp_path / "other").write("x", "x")
    assert changes(other, "main") == {"x": "added"}


def test_a_repository_in_the_working_tree(clone: Clone, tmp_path: Path) -> None:
    """A repository without a commit amid the files is one clear error, and names its folder and the next step."""
    clone.write("new", "x")
    empty(clone.path("workflows/billing-replies/sub")).write("x", "x")
    with pytest.raises(GitError, match="workflows/billing-replies/sub/ is a git repository of its own") as caught:
        changes(clone)
    assert ".gitignore" in caught.value.solution
    Clone(clone.path("workflows/billing-replies/sub")).commit()
    assert changes(clone) == {"new": "added", "workflows/billing-replies/sub": "added"}


@pytest.mark.parametrize("how", ["--assume-unchanged", "--skip-worktree"])
def test_files_that_git_was_told_not_to_see(clone: Clone, how: str) -> None:
    """What git was told to take for unchanged is judged so, and the report has a note of it (T06)."""
    clone.replace(PROMPT, "120", "100").git("update-index", how, PROMPT)
    with opened(clone) as repository:
        for found in (snapshot.proposed(repository, "main"), snapshot.whole(repository)):
            (note,) = found.notes
            assert note.startswith("1 file is marked assume-unchanged or skip-worktree")
            assert found.before == found.after
        assert snapshot.proposed(repository, "main", staged=True).notes == ()
        assert snapshot.between(repository, "main", "main").notes == ()
    clone.git("update-index", how.replace("--", "--no-"), PROMPT)
    with opened(clone) as repository:
        assert snapshot.proposed(repository, "main").notes == ()


def test_the_default_target(clone: Clone, tmp_path: Path) -> None:
    """The target is origin's default branch, whatever its name, else origin's main, else main."""
    clone.git("branch", "trunk", "main")
    other = clone.clone(tmp_path / "other")
    with opened(other) as repository:
        assert snapshot.default_target(repository) == "refs/remotes/origin/main"
    other.git("remote", "set-head", "origin", "trunk")
    with opened(other) as repository:
        assert snapshot.default_target(repository) == "refs/remotes/origin/trunk"
        assert snapshot.proposed(repository, None).target_name == "origin/trunk"
    other.git("remote", "set-head", "origin", "--delete")
    with opened(other) as repository:
        assert snapshot.default_target(repository) == "refs/remotes/origin/main"
    with opened(clone) as repository:
        assert snapshot.default_target(repository) == "refs/heads/main"
        assert snapshot.proposed(repository, None).target_name == "main"


def test_words(clone: Clone) -> None:
    """What is judged is said in words, with the short ids of both sides."""
    with opened(clone) as repository:
        head = clone.head[:12]
        assert snapshot.proposed(repository, "main").words == f"{head} onto main {head}"
        assert snapshot.whole(repository).words == head
    clone.write("new", "x")
    with opened(clone) as repository:
        assert snapshot.proposed(repository, "main").words == f"working tree onto main {head}"
        assert snapshot.proposed(repository, "main", staged=True).words == f"{head} onto main {head}"
        assert snapshot.whole(repository).words == "working tree"
    clone.git("add", "--all")
    with opened(clone) as repository:
        assert snapshot.proposed(repository, "main", staged=True).words == f"what is staged onto main {head}"


def test_planted_submodules_merge(clone: Clone) -> None:
    """A submodule on a branch that is behind is in the merge result (T10)."""
    commit = clone.plant({"workflows/x": (SUBMODULE, clone.head)})
    clone.write("other", "x").commit()
    assert between(clone, "main", commit)[1] == {"workflows/x": "added"}
