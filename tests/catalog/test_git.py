"""Git is read as it is: nobody's settings, hooks or odd names change what is judged, and nothing is written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from support.repositories import EXECUTABLE, FILE, MANIFEST, PROMPT, STATE, SUBMODULE, SYMLINK, Clone, empty, sample

from catalog import git
from catalog.errors import ChangeError, GitError
from catalog.git import MAX_FILE, Repository, TooLarge, TreeEntry


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return sample(tmp_path / "clone")


def trees(repository: Repository, *commits: str) -> list[str]:
    return [repository.resolve(f"{commit}^{{tree}}") or "" for commit in commits]


def changes(clone: Clone, after: str, before: str = "main") -> dict[str, str]:
    with clone.open() as repository:
        return {path.path: path.status for path in repository.diff(*trees(repository, before, after))}


def test_discover_from_a_subfolder(clone: Clone) -> None:
    """Any folder of the clone leads to the clone's top."""
    with Repository.discover(clone.path("workflows/billing-replies")) as repository:
        assert repository.path == clone.folder.resolve()


@pytest.mark.parametrize(
    "name", ["two words", "größe-日本", "a:b", 'quo"ted', "back\\slash", "line\nbreak", "-dash", "\u2028"]
)
def test_discover_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    """A clone may lie in a folder of any name, and new objects still go to the scratch store beside the old ones."""
    clone = empty(tmp_path / name).write("a", "1")
    clone.commit()
    if "\n" in name:
        with pytest.raises(GitError, match="No git repository holds"):
            clone.open()
        return
    with clone.open() as repository:
        repository.use_scratch()
        oid = repository.run("hash-object", "-w", "--stdin", input=b"new").decode().strip()
        assert (repository.read(oid), repository.read("HEAD:a")) == (b"new", b"1")
    assert subprocess.run(["git", "cat-file", "-e", oid], cwd=clone.folder, check=False, capture_output=True).returncode


def test_discover_nothing(tmp_path: Path) -> None:
    """A folder outside git is one clear error with git's own words."""
    with pytest.raises(GitError, match="No git repository holds") as caught:
        Repository.discover(tmp_path)
    assert "not a git repository" in caught.value.why
    assert caught.value.solution


def test_discover_nothing_by_a_relative_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that holds no repository is named by its whole path, however it was named."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GitError) as caught:
        Repository.discover(Path())
    assert caught.value.message == f"No git repository holds {tmp_path}."


def test_discover_a_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is named, and git is not blamed."""
    with pytest.raises(GitError, match=r"nowhere was not found") as caught:
        Repository.discover(tmp_path / "nowhere")
    assert "git 2.38" not in caught.value.solution


def test_discover_from_a_file(clone: Clone) -> None:
    """A file in place of a folder is an error, not a traceback."""
    with pytest.raises(GitError, match="Git cannot run in"):
        Repository.discover(clone.path(MANIFEST))


def test_discover_a_bare_repository(clone: Clone, tmp_path: Path) -> None:
    """A bare repository has no working tree to judge, and git says so."""
    bare = clone.clone(tmp_path / "bare", "--bare")
    with pytest.raises(GitError) as caught:
        bare.open()
    assert "work tree" in caught.value.why


def test_discover_somebody_elses_repository(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git refuses a repository of another user, its reason reaches the reader."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError) as caught:
        clone.open()
    assert "dubious ownership" in caught.value.why


def _fake_git(folder: Path, script: str) -> str:
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_an_old_git_is_named(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git older than 2.38 is said to be too old, even where it does not know the first question."""
    script = (
        '[ "$7" = version ] || [ "$9" = version ] && { echo git version 2.30.2; exit; }\necho "usage" >&2; exit 129'
    )
    monkeypatch.setenv("PATH", _fake_git(tmp_path / "bin", script))
    with pytest.raises(GitError, match=r"Git 2\.38 or newer is needed, this is 2\.30"):
        clone.open()


def test_no_git_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git the error says to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="`git` was not found") as caught:
        Repository.discover(tmp_path)
    assert "2.38" in caught.value.solution


def test_the_version_of_git(clone: Clone) -> None:
    """The git at hand is new enough, and its version is two numbers."""
    with clone.open() as repository:
        assert git.version_of_git(repository) >= git.MINIMUM_VERSION


def test_a_failing_command_says_all(clone: Clone) -> None:
    """An error of git carries the command, the exit code and git's words."""
    with (
        clone.open() as repository,
        pytest.raises(GitError, match=r"`git rev-parse --verify nothing` failed .* 128: fatal"),
    ):
        repository.run("rev-parse", "--verify", "nothing")


def test_a_command_that_does_not_end(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git gets a bounded time."""
    monkeypatch.setattr(git, "_TIMEOUT", 0.05)
    with clone.open() as repository, pytest.raises(GitError, match=r"did not end within"):
        repository.attempt("-c", "alias.wait=!sleep 5", "wait")


def test_read(clone: Clone) -> None:
    """Objects are read by name, many at a time and in order; a missing one is None."""
    with clone.open() as repository:
        specs = [f"HEAD:{MANIFEST}", "HEAD:nothing", f"HEAD:{PROMPT}"]
        found = dict(repository.read_many(specs))
        assert list(found) == specs
        assert found[specs[0]] == clone.path(MANIFEST).read_bytes()
        assert found[specs[1]] is None
        assert repository.read("0" * 40) is None


def test_read_after_an_early_stop(clone: Clone) -> None:
    """A reader that is left in the middle still answers the next question."""
    with clone.open() as repository:
        next(iter(repository.read_many([f"HEAD:{MANIFEST}", f"HEAD:{PROMPT}"])))
        assert repository.read(f"HEAD:{STATE}") == clone.path(STATE).read_bytes()
        repository.pause()
        assert repository.read(f"HEAD:{STATE}") == clone.path(STATE).read_bytes()


def test_read_many_without_a_standstill(clone: Clone) -> None:
    """Hundreds of long names with large answers are asked without git and reader waiting for each other (T12)."""
    long = "x" * 240
    files = {f"{index:03}-{long}": (FILE, f"{index:03}" * 400) for index in range(300)}
    commit = clone.plant(files)
    with clone.open() as repository:
        sizes = [len(content or b"") for _, content in repository.read_many(f"{commit}:{name}" for name in files)]
    assert sizes == [len(content) for _, content in files.values()]


def test_a_file_over_the_limit(clone: Clone) -> None:
    """One byte over 1 MiB is too large, 1 MiB is not, and the reader goes on after it (T10)."""
    commit = clone.plant({"fits": (FILE, b"x" * MAX_FILE), "large": (FILE, b"x" * (MAX_FILE + 1))})
    with clone.open() as repository:
        assert len(repository.read(f"{commit}:fits") or b"") == MAX_FILE
        with pytest.raises(TooLarge, match="larger than"):
            repository.read(f"{commit}:large")
        oid = repository.resolve(f"{commit}:large") or ""
        assert repository.read_bounded([oid, oid]) == {oid: None}
        assert repository.read(f"{commit}:{MANIFEST}")


def test_a_line_break_in_a_name_is_refused(clone: Clone) -> None:
    """A name that would be read as two questions is an error (T10)."""
    with clone.open() as repository, pytest.raises(ChangeError, match="line break"):
        repository.read("HEAD:a\nHEAD:b")


def test_only_a_tree_is_a_tree(clone: Clone) -> None:
    """A file whose bytes look like a tree's is no folder (T10)."""
    blob = clone.blob("same")
    forged = b"100644 workflow.yaml\0" + bytes.fromhex(blob)
    commit = clone.plant({"workflows/forged": (FILE, forged), "workflows/link": (SYMLINK, forged[:-1] + b"x")})
    with clone.open() as repository:
        for name in ("forged", "link", "nothing"):
            assert repository.entries(f"{commit}:workflows/{name}") == []
        assert list(repository.read_trees([f"{commit}:workflows/forged"])) == [(f"{commit}:workflows/forged", None)]


def test_entries(clone: Clone) -> None:
    """A tree's entries come with mode and id, names that are no UTF-8 with their bytes."""
    odd = os.fsdecode(b'\xff\n"x')
    tree = clone.tree({odd: (FILE, clone.blob("a")), "run": (EXECUTABLE, clone.blob("b"))})
    with clone.open() as repository:
        assert repository.entries(tree) == [
            TreeEntry("run", EXECUTABLE, clone.blob("b")),
            TreeEntry(odd, FILE, clone.blob("a")),
        ]


def test_diff(clone: Clone) -> None:
    """A rename is a deletion and an addition, a mode change an edit; names of every kind are told apart (T09)."""
    odd = ["-dash", ":(glob)**", 'quo"te', "tab\there", "line\nbreak", "Größe", "Gro\u0308ße", os.fsdecode(b"\xff")]
    text = clone.path(PROMPT).read_text()
    files = {
        "workflows/billing-replies/moved.prompt": (FILE, text),
        MANIFEST: (EXECUTABLE, clone.path(MANIFEST).read_text()),
    }
    commit = clone.plant({**files, **{name: (FILE, name.encode("utf-8", "replace")) for name in odd}}, drop=(PROMPT,))
    assert changes(clone, commit) == {
        **dict.fromkeys(odd, "added"),
        PROMPT: "deleted",
        "workflows/billing-replies/moved.prompt": "added",
        MANIFEST: "edited",
    }


def forged(clone: Clone, folder: str, *extra: bytes) -> str:
    """A commit in which a folder has entries more, written behind git's back."""
    raw = subprocess.run(
        ["git", "cat-file", "tree", f"HEAD:{folder}"], cwd=clone.folder, capture_output=True, check=True
    ).stdout
    oid = bytes.fromhex(clone.blob("forged"))
    given = raw + b"".join(one + b"\0" + oid for one in extra)
    tree = clone.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=given)
    for above in reversed(folder.split("/")):
        parent, _, _ = folder.rpartition("/")
        lines = clone.git("ls-tree", f"HEAD:{parent}").splitlines()
        entries = {line.split("\t")[1]: (line.split()[0].lstrip("0"), line.split()[2]) for line in lines}
        tree, folder = clone.tree({**entries, above: ("40000", tree)}), parent
    return clone.commit_tree(tree, "HEAD")


@pytest.mark.parametrize("folder", ["team", "workflows", "workflows/billing-replies"])
@pytest.mark.parametrize(
    "name", [b"100644 people.yaml", b"100644 zz/zz", b"100664 zzz", b"100644 zzz\0" + b"x" * 20 + b"100644 a"]
)
def test_a_forged_folder_on_the_way_is_an_error(clone: Clone, folder: str, name: bytes) -> None:
    """A change in a folder that could be read as two is no change that could be judged, however deep it lies (T10)."""
    with pytest.raises(ChangeError, match="none that git writes"):
        changes(clone, forged(clone, folder, name))


def test_a_folder_in_place_of_a_file(clone: Clone) -> None:
    """A file that becomes a folder is deleted, and what the folder holds is added; no folder is a path."""
    commit = clone.plant({f"{STATE}/inner": (FILE, "x")}, drop=(STATE,))
    assert changes(clone, commit) == {STATE: "deleted", f"{STATE}/inner": "added"}
    assert changes(clone, "main", commit) == {STATE: "added", f"{STATE}/inner": "deleted"}


def test_a_missing_object_is_an_error(clone: Clone) -> None:
    """An object that some tree names and the clone lacks is an error, not an absent or too large file (T11)."""
    blob, tree = clone.git("rev-parse", f"HEAD:{STATE}"), clone.git("rev-parse", "HEAD:team")
    for oid in (blob, tree):
        clone.path(f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
    with clone.open() as repository:
        for read in (lambda: repository.read_bounded([blob]), lambda: repository.entries(tree)):
            with pytest.raises(GitError, match="is not here") as caught:
                read()
            assert "git fsck" in caught.value.solution
        assert repository.read_bounded(["HEAD:nothing"]) == {"HEAD:nothing": None}


@pytest.mark.parametrize("how", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_the_environment_does_not_choose_how_paths_are_read(
    clone: Clone, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that give path patterns another meaning, as `git --literal-pathspecs` sets them, are dropped (T09)."""
    monkeypatch.setenv(f"GIT_{how}_PATHSPECS", "1")
    monkeypatch.setenv("GIT_ATTR_SOURCE", "HEAD")
    with clone.open() as repository:
        found = repository.run("ls-files", "--", f":(literal){STATE}", f":(icase){MANIFEST.upper()}", ":(glob)team/*")
    assert {STATE, MANIFEST, "team/people.yaml"} <= set(found.decode().splitlines())


def test_names_that_differ_in_case_are_two(clone: Clone) -> None:
    """Two names that some file systems take for one are two changes (T09)."""
    commit = clone.plant({"workflows/Billing-Replies/workflow.yaml": (FILE, "a"), "team/People.yaml": (FILE, "b")})
    assert changes(clone, commit) == {"workflows/Billing-Replies/workflow.yaml": "added", "team/People.yaml": "added"}


def test_submodules_cannot_hide(clone: Clone) -> None:
    """A .gitmodules that asks to ignore a submodule hides no change of it (T10)."""
    hidden = '[submodule "s"]\n\tpath = policies/extra\n\turl = ./x\n\tignore = all\n'
    clone.write(".gitmodules", hidden).commit()
    commit = clone.plant({"policies/extra": (SUBMODULE, clone.head)})
    clone.git("config", "diff.ignoreSubmodules", "all")
    assert changes(clone, commit) == {"policies/extra": "added"}


def test_a_broken_comparison(clone: Clone) -> None:
    """Comparing with a tree that is not there is an error, not an empty change (T11)."""
    with clone.open() as repository, pytest.raises(GitError, match="failed with exit code 128"):
        repository.diff("0" * 39 + "1", *trees(repository, "main"))


def test_resolve(clone: Clone) -> None:
    """A revision is resolved or None, also one that looks like an option."""
    with clone.open() as repository:
        assert repository.resolve("main") == clone.head
        for name in ("nothing", "--all", "", "main\nmain", "HEAD:nothing", "\udcff"):
            assert repository.resolve(name) is None
        assert repository.resolve("main") == clone.head


def test_replaced_objects_do_not_count(clone: Clone) -> None:
    """A replace ref does not put other content in place of a commit's (T17)."""
    clone.branch("other").replace(STATE, "live", "retired")
    clone.git("replace", clone.git("rev-parse", "main"), clone.commit("Lie"))
    with clone.open() as repository:
        assert repository.read(f"main:{STATE}") == b"state: live\n"


def test_grafts_do_not_count(clone: Clone) -> None:
    """A graft file, which rewrites parents, is not read, and its deprecation is not printed (T17)."""
    root = clone.head
    clone.write("a", "1").commit()
    clone.write(".git/info/grafts", f"{clone.head}\n")
    with clone.open() as repository:
        done = repository.attempt("log", "--format=%H")
        assert done.stdout.decode().split() == [clone.head, root]
        assert not done.stderr


def test_sha256(tmp_path: Path) -> None:
    """A repository with SHA-256 ids is read like any other."""
    clone = sample(tmp_path / "clone", "--object-format=sha256")
    commit = clone.branch("next").write("workflows/billing-replies/reply.prompt", "new").commit()
    assert len(commit) == 64
    assert changes(clone, commit) == {PROMPT: "edited"}
    with clone.open() as repository:
        assert [entry.name for entry in repository.entries("HEAD:team")] == [
            "drill-targets.yaml",
            "enforcement-points.yaml",
            "people.yaml",
            "tasks.yaml",
            "waivers.yaml",
        ]


def test_packed_and_worktree(clone: Clone, tmp_path: Path) -> None:
    """Packed refs and objects are read, also from a linked worktree."""
    clone.git("gc", "--quiet")
    clone.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    with Repository.discover(tmp_path / "linked") as repository:
        assert repository.path == (tmp_path / "linked").resolve()
        assert repository.resolve("main") == clone.head
        assert repository.read(f"main:{STATE}") == b"state: live\n"


def test_programs_of_the_repository_do_not_run(clone: Clone, tmp_path: Path) -> None:
    """Hooks, a file system monitor, an external diff and a signature checker set in the clone are not started (T12)."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "gpg.program", "core.pager", "core.editor", "core.sshCommand"):
        clone.git("config", key, str(trap))
    clone.git("config", "log.showSignature", "true")
    clone.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    clone.write("../hooks/post-index-change", trap.read_text())
    clone.path("../hooks/post-index-change").chmod(0o755)
    commit = clone.plant({PROMPT: (FILE, "new")})
    (tmp_path / "sprung").unlink(missing_ok=True)
    with clone.open() as repository:
        repository.run("status", "--porcelain")
        repository.run("log", "--no-show-signature", "-1")
        repository.diff(*trees(repository, "main", commit))
        assert repository.read(f"{commit}:{PROMPT}") == b"new"
    assert not (tmp_path / "sprung").exists()


def test_scratch_after_a_read(clone: Clone) -> None:
    """A reader that runs already sees what goes to the scratch store afterwards."""
    with clone.open() as repository:
        assert repository.read(f"HEAD:{STATE}") == b"state: live\n"
        repository.use_scratch()
        oid = repository.run("hash-object", "-w", "--stdin", input=b"new").decode().strip()
        assert (repository.read(oid), repository.resolve(oid)) == (b"new", oid)
        assert repository.read(f"HEAD:{STATE}") == b"state: live\n"


def test_scratch_keeps_what_was_inherited(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Object stores that a hook's environment names stay readable beside the scratch store."""
    other = sample(tmp_path / "other")
    oid = other.blob("only there")
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(other.path(".git/objects")))
    with clone.open() as repository:
        repository.use_scratch()
        assert repository.read(oid) == b"only there"


def test_the_scratch_store_goes(clone: Clone) -> None:
    """Closing removes the scratch store and everything in it, also twice."""
    repository = clone.open()
    repository.use_scratch()
    repository.use_scratch()
    store = Path(repository.run("rev-parse", "--git-path", "objects").decode().strip())
    assert store.is_dir()
    repository.close()
    repository.close()
    assert not store.exists()


def test_a_shallow_clone_is_known(clone: Clone, tmp_path: Path) -> None:
    """Whether history is cut off is known from the start."""
    clone.write("a", "1").commit()
    with clone.open() as whole, clone.clone(tmp_path / "cut", "--depth=1").open() as cut:
        assert (whole.shallow, cut.shallow) == (False, True)
