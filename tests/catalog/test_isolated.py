"""How files merge is told by their content alone, and by nothing else that a clone or its user holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.repositories import PROMPT, Clone, sample

from catalog import snapshot
from catalog.errors import ChangeError

UNION = "* merge=union\n"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A branch and main that each rewrote the same line."""
    clone = sample(tmp_path / "clone").branch("work").replace(PROMPT, "120", "100")
    clone.commit()
    clone.switch("main").replace(PROMPT, "120", "90").commit()
    return clone


def conflicts(clone: Clone) -> None:
    with clone.open() as repository:
        repository.use_scratch()
        with pytest.raises(ChangeError, match=r"does not merge cleanly: .*reply\.prompt"):
            snapshot.between(repository, "main", "work")


def test_attributes_of_the_clone(clone: Clone) -> None:
    """Attributes in `.git/info`, where no commit shows them, do not turn a conflict into a merge (T01)."""
    clone.write(".git/info/attributes", UNION)
    conflicts(clone)


@pytest.mark.parametrize("staged", [False, True])
def test_attributes_of_the_working_tree(clone: Clone, staged: bool) -> None:
    """Attributes that are in no commit yet do not either, staged or not (T01)."""
    clone.write(".gitattributes", UNION)
    if staged:
        clone.git("add", ".gitattributes")
    conflicts(clone)


def test_attributes_of_the_user(clone: Clone, tmp_path: Path) -> None:
    """Nor do those of the user, by a setting or at the place where git looks without one (T01)."""
    (tmp_path / "attributes").write_text(UNION)
    clone.git("config", "core.attributesFile", str(tmp_path / "attributes"))
    conflicts(clone)


def test_attributes_in_the_users_folder(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes at the place where git looks for the user's own count for nothing (T01)."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "attributes").write_text(UNION)
    conflicts(clone)


def test_a_merge_in_a_shallow_clone(clone: Clone, tmp_path: Path) -> None:
    """Where history is cut off below what is merged, the merge is the same."""
    clone.git("branch", "-f", "side", "work")
    clone.git("reset", "--quiet", "--hard", "main~1")
    clone.write("other", "x").commit()
    cut = clone.clone(tmp_path / "cut", "--depth=2", "--no-single-branch")
    for one in (clone, cut):
        prefix = "" if one is clone else "origin/"
        with one.open() as repository:
            repository.use_scratch()
            found = snapshot.between(repository, f"{prefix}main", f"{prefix}side")
            assert [path.path for path in repository.diff(found.before, found.after)] == [PROMPT]
