"""A change is read from git's objects: every path, both sides, whatever tricks the tree plays, at the change's cost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from support.repositories import (
    EXECUTABLE,
    FILE,
    FOLDER,
    MANIFEST,
    NAME,
    PROMPT,
    STATE,
    SUBMODULE,
    SYMLINK,
    Clone,
    sample,
)

from catalog import change
from catalog.change import Change, WorkflowChange
from catalog.errors import ChangeError
from catalog.git import MAX_FILE, Repository


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return sample(tmp_path / "clone")


def read(clone: Clone, after: str, before: str = "main") -> Change:
    with clone.open() as repository:
        sides = [clone.git("rev-parse", f"{commit}^{{tree}}") for commit in (before, after)]
        return change.between(repository, *sides)


def only(clone: Clone, after: str) -> WorkflowChange:
    found = read(clone, after)
    assert [one.name for one in found.workflows] == [NAME]
    return found.workflows[0]


def digest(clone: Clone, commit: str) -> str:
    with clone.open() as repository:
        return change.control_digest(repository, clone.git("rev-parse", f"{commit}^{{tree}}"))


def test_nothing(clone: Clone) -> None:
    """The same tree twice is no change."""
    assert read(clone, "main") == Change(workflows=(), control=())


def test_an_edited_workflow(clone: Clone) -> None:
    """An edited file gives its workflow with both sides, and nothing else."""
    found = only(
        clone, clone.branch("b").replace(PROMPT, "120", "100").replace(STATE, "live", "retired\nreason: x").commit()
    )
    assert (found.status, found.paths) == ("edited", ("reply.prompt", "state.yaml"))
    assert found.before
    assert found.after
    assert found.before.version != found.after.version
    assert found.before.problems == found.after.problems == []


def test_added_and_deleted(clone: Clone) -> None:
    """A folder that comes has no before, one that goes no after."""
    clone.branch("b").git("mv", FOLDER, "workflows/renamed")
    found = {one.name: one for one in read(clone, clone.commit()).workflows}
    assert {name: one.status for name, one in found.items()} == {NAME: "deleted", "renamed": "added"}
    assert found[NAME].after is None
    assert found["renamed"].before is None
    assert found["renamed"].paths == ("drill.yaml", "fallback.md", "reply.prompt", "state.yaml", "workflow.yaml")


def test_unchanged() -> None:
    """A workflow without a changed path is unchanged."""
    clone_side = object()
    assert WorkflowChange(name="a", before=clone_side, after=clone_side).status == "unchanged"  # type: ignore[arg-type]


def test_everything_else_is_control(clone: Clone) -> None:
    """Every path outside a workflow's folder is a control path, also a loose file beside the folders (T01)."""
    paths = [
        "team/people.yaml",
        ".gitlab-ci.yml",
        "policies/x.rego",
        "workflows/README.md",
        "Workflows/a/workflow.yaml",
        "a b",
    ]
    found = read(clone, clone.plant(dict.fromkeys(paths, (FILE, "x"))))
    assert sorted(path.path for path in found.control) == sorted(paths)
    assert found.workflows == ()


def test_touches(clone: Clone) -> None:
    """A folder is touched by a change below it, or of what stands in its place; not by one that begins alike (T01)."""
    below, instead = clone.plant({"policies/gate/x.rego": (FILE, "x")}), clone.plant({"policies": (SYMLINK, "team")})
    alike = clone.plant({"policies.md": (FILE, "x"), "policies2/x": (FILE, "x")})
    assert [read(clone, commit).touches("policies") for commit in (below, instead, alike)] == [True, True, False]


@pytest.mark.parametrize(
    ("mode", "content", "kind"),
    [
        (SYMLINK, "../ticket-triage/workflow.yaml", "symlink"),
        (SUBMODULE, "a" * 40, "submodule"),
        (EXECUTABLE, "workflow: billing-replies\n", "executable"),
        (FILE, "version https://git-lfs.github.com/spec/v1\n", "lfs"),
        (FILE, b"\0", "binary"),
    ],
)
def test_a_manifest_that_is_no_plain_file(clone: Clone, mode: str, content: str | bytes, kind: str) -> None:
    """A link, submodule, executable, pointer or binary file in a manifest's place is a problem (T10)."""
    found = only(clone, clone.plant({MANIFEST: (mode, content)}))
    assert found.after
    assert [problem.message for problem in found.after.problems] == [f"Must be a plain text file (got {kind})"]


def test_a_manifest_that_is_too_large(clone: Clone) -> None:
    """A manifest of more than 1 MiB is a problem that names the limit (T10)."""
    found = only(clone, clone.plant({MANIFEST: (FILE, b"x" * (MAX_FILE + 1))}))
    assert found.after
    assert [problem.message for problem in found.after.problems] == ["Must be at most 1 MiB (got more)"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("deep/er/x.md", "deep/er/x.md"),
        ("-rf", "-rf"),
        (":(glob)**", ":(glob)**"),
        ("line\nbreak", "line\nbreak"),
        ('quo"te', 'quo"te'),
        ("Reply.prompt", "Reply.prompt"),
        ("reply.prompt ", "reply.prompt "),
        ("gro\u0308ße", "gro\u0308ße"),
        (".gitignore", ".gitignore"),
    ],
)
def test_stray_files_are_seen(clone: Clone, path: str, name: str) -> None:
    """A file of any name or depth in the folder is among its files and its changed paths (T09, T10)."""
    found = only(clone, clone.plant({f"{FOLDER}/{path}": (FILE, "x")}))
    assert found.paths == (name,)
    assert found.after
    assert name in found.after.files


@pytest.mark.parametrize("path", [f"{FOLDER}/\udcff", "workflows/\udcff/workflow.yaml", "team/\udcff", "\udcff"])
def test_a_path_that_is_no_text(clone: Clone, path: str) -> None:
    """A path that is no UTF-8 cannot be named in a report, and is one clear error (T10)."""
    assert os.fsencode(path).endswith((b"\xff", b"\xff/workflow.yaml"))
    with pytest.raises(ChangeError, match=r"\\xff.* is not UTF-8 text"):
        read(clone, clone.plant({path: (FILE, "x")}))


def test_a_folder_with_a_line_break(clone: Clone) -> None:
    """A workflow's folder with a line break in its name is an error, never a change without sides (T10, T11)."""
    with pytest.raises(ChangeError, match="line break"):
        read(clone, clone.plant({"workflows/a\nb/workflow.yaml": (FILE, "x")}))


@pytest.mark.parametrize("name", ["a b", ":(top)", "-x", "a~1", "a^{tree}", "a@{0}", "HEAD", "ä", "a:b", "..a", "*"])
def test_odd_folders_have_sides(clone: Clone, name: str) -> None:
    """A folder whose name means something to git elsewhere is read as the folder it is (T09, T10)."""
    commit = clone.plant({f"workflows/{name}/workflow.yaml": (FILE, f"workflow: {NAME}\n")})
    (found,) = read(clone, commit).workflows
    assert (found.name, found.before is None, found.after is None) == (name, True, False)


def test_a_name_that_ends_like_a_commit(clone: Clone) -> None:
    """A folder named `-g` and a commit's short id is read as the folder, not as that commit (T09)."""
    name = f"notes-g{clone.head[:7]}"
    moved: dict[str, tuple[str, str | bytes]] = {
        f"workflows/{name}/{path.name}": (FILE, path.read_bytes()) for path in clone.path(FOLDER).iterdir()
    }
    (found,) = read(clone, clone.plant(moved)).workflows
    assert found.after
    assert (found.name, sorted(found.after.files)) == (name, sorted(path.name for path in clone.path(FOLDER).iterdir()))


def test_a_file_in_place_of_a_folder(clone: Clone) -> None:
    """A file whose bytes read like a folder's, put in a workflow's place, is its deletion and a control path (T10)."""
    raw = b"".join(
        f"100644 {path.name}".encode() + b"\0" + bytes.fromhex(clone.blob(path.read_bytes()))
        for path in sorted(clone.path(FOLDER).iterdir())
    )
    for mode, content in ((FILE, raw), (SYMLINK, "ticket-triage"), (SUBMODULE, "a" * 40)):
        found = read(
            clone,
            clone.plant(
                {FOLDER: (mode, content)}, drop=tuple(f"{FOLDER}/{one}" for one in os.listdir(clone.path(FOLDER)))
            ),
        )
        assert [(one.name, one.status) for one in found.workflows] == [(NAME, "deleted")]
        assert [path.path for path in found.control] == [FOLDER]


def test_all_workflows_replaced(clone: Clone) -> None:
    """A link in place of `workflows` deletes every workflow, and is itself a control path that approvals name (T10)."""
    tree = clone.tree(
        {"team": ("40000", clone.git("rev-parse", "HEAD:team")), "workflows": (SYMLINK, clone.blob("elsewhere"))}
    )
    other = clone.tree(
        {"team": ("40000", clone.git("rev-parse", "HEAD:team")), "workflows": (SYMLINK, clone.blob("nowhere"))}
    )
    commits = [clone.commit_tree(one, "HEAD") for one in (tree, other)]
    found = read(clone, commits[0])
    assert {one.status for one in found.workflows} == {"deleted"}
    assert [path.path for path in found.control] == ["workflows"]
    assert digest(clone, commits[0]) != digest(clone, commits[1])


def test_too_many_files_are_not_read(clone: Clone) -> None:
    """A folder of 257 files is refused, and none of its content is read (T10)."""
    commit = clone.plant({f"{FOLDER}/f{index}": (FILE, "x") for index in range(257)})
    found = only(clone, commit)
    assert found.after
    assert "at most 256 files" in found.after.problems[0].message
    assert all(file.content is None for file in found.after.files.values())


def test_folders_without_end(clone: Clone) -> None:
    """Folders nested past any sense are an error, not a stack overrun (T10, T12)."""
    with pytest.raises(ChangeError, match="nested deeper than 32"):
        read(clone, clone.plant({f"{FOLDER}/{'d/' * 200}x": (FILE, "x")}))


def test_names(clone: Clone) -> None:
    """All workflows of a tree are its folders; a loose file or link is none."""
    commit = clone.plant({"workflows/README.md": (FILE, "x"), "workflows/link": (SYMLINK, NAME)})
    with clone.open() as repository:
        assert change.names(repository, clone.git("rev-parse", f"{commit}^{{tree}}")) == sorted(
            path.name for path in clone.path("workflows").iterdir()
        )


def test_read_workflows(clone: Clone) -> None:
    """Named workflows are read in order, and one that the tree lacks is left out; few names or many."""
    with clone.open() as repository:
        found = list(change.read_workflows(repository, "HEAD^{tree}", ["ticket-triage", "nothing", NAME]))
        many = [*(f"nothing-{number}" for number in range(40)), "ticket-triage", "nothing", NAME]
        assert list(change.read_workflows(repository, "HEAD^{tree}", many)) == found
    assert [one.name for one in found] == ["ticket-triage", NAME]
    assert all(one.problems == [] for one in found)


def test_files_below(clone: Clone) -> None:
    """The files below a folder come by path from the root; none for a folder that is not there, or is a file."""
    with clone.open() as repository:
        tree = clone.git("rev-parse", "HEAD^{tree}")
        assert sorted(change.files_below(repository, tree, "team")) == [
            "team/drill-targets.yaml", "team/enforcement-points.yaml", "team/people.yaml", "team/tasks.yaml",
            "team/waivers.yaml",
        ]  # fmt: skip
        assert f"{PROMPT}" in change.files_below(repository, tree, "workflows")
        assert change.files_below(repository, tree, "nothing") == {}
        assert change.files_below(repository, tree, "team/people.yaml") == {}


def test_control_digest(clone: Clone) -> None:
    """The digest of the control paths ignores workflows and changes with everything else: content, mode, name (T03)."""
    text = clone.path("team/tasks.yaml").read_text()
    same = clone.plant({PROMPT: (FILE, "x"), "workflows/new/workflow.yaml": (FILE, "x")})
    other = [
        clone.plant({"team/tasks.yaml": (FILE, text + " ")}),
        clone.plant({"team/tasks.yaml": (EXECUTABLE, text)}),
        clone.plant({"workflows/README.md": (FILE, "x")}),
        clone.plant({"README.md": (FILE, "x")}),
        clone.plant({"\udcff": (FILE, "x")}),
        clone.plant({"\udcfe": (FILE, "x")}),
        clone.plant({"\\xff": (FILE, "x")}),
        clone.plant({"a\nb": (FILE, "x")}),
    ]
    assert digest(clone, same) == digest(clone, "main")
    assert len({digest(clone, commit) for commit in ["main", *other]}) == len(other) + 1
    assert digest(clone, "main").startswith("tree:")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("biiling", "billing"), ("bi11ing", "billing"), ("Billing", "billing"), ("b1lling", "billing"), ("a_b", "ab"),
        ("billing-replies", "billingreplies"), ("m0dern", "modem"), ("vvork", "work"), ("5tock", "stock"),
    ],
)  # fmt: skip
def test_look_alike(name: str, other: str) -> None:
    """Names that a hurried eye takes for one another are found, from either side (T09)."""
    assert change.look_alike(name, ["zebra", other]) == other
    assert change.look_alike(other, ["zebra", name]) == name


def test_look_alikes() -> None:
    """Of many names, each that reads like another is found, with one that it reads like (T09)."""
    assert change.look_alikes(["bi11ing", "billing", "stock", "5tock", "b-illing", "zebra"]) == {
        "bi11ing": "billing", "billing": "bi11ing", "b-illing": "bi11ing", "stock": "5tock", "5tock": "stock",
    }  # fmt: skip
    assert change.look_alikes([]) == {}


def test_no_look_alike() -> None:
    """A name is no look-alike of itself, nor of one that differs."""
    assert change.look_alike("billing", ["billing", "shilling", "bill"]) is None


class _Counting:
    """Counts the objects that a repository is asked for."""

    def __init__(self, repository: Repository) -> None:
        self.asked: list[str] = []
        self._inner = repository._objects_of
        repository._objects_of = self._count  # type: ignore[method-assign]

    def _count(self, specs: Iterable[str], limit: int) -> Iterator[tuple[str, str, bytes | None]]:
        asked = list(specs)
        self.asked += asked
        return self._inner(asked, limit)


def test_the_cost_is_the_change(clone: Clone) -> None:
    """One changed file costs as many object reads among 300 workflows as among 30."""
    manifest = clone.path(MANIFEST).read_text()
    counts = []
    for total in (30, 300):
        base = clone.plant(
            {f"workflows/w{index}/workflow.yaml": (FILE, f"{manifest}# {index}\n") for index in range(total)}
        )
        clone.git("update-ref", "refs/heads/many", base)
        clone.git("read-tree", "many")
        clone.git("update-index", "--add", "--cacheinfo", f"{FILE},{clone.blob('new')},{PROMPT}")
        after = clone.git("write-tree")
        with clone.open() as repository:
            counting = _Counting(repository)
            found = change.between(repository, clone.git("rev-parse", "many^{tree}"), after)
            counts.append(len(counting.asked))
        assert [one.name for one in found.workflows] == [NAME]
    assert counts[0] == counts[1] < 20


def test_two_folders_with_the_same_content_are_two_workflows(clone: Clone) -> None:
    """A copied folder is read beside its original, though git stores both as one (T09)."""
    shutil.copytree(clone.path("workflows/billing-replies"), clone.path("workflows/copied-replies"))
    tree = f"{clone.commit('Copy a folder')}^{{tree}}"
    with clone.open() as repository:
        folders = change.folders(repository, tree)
        assert [found.name for found in change.read_folders(repository, folders)] == [entry.name for entry in folders]
        assert "copied-replies" in change.names(repository, tree)
