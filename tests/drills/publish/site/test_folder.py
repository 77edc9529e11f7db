"""A site is whole or is not there, and never in place of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import UsageError
from drills.publish.site.folder import MARK, Folder


def build(place: Path, text: str = "new") -> None:
    """Put a small site there."""
    with Folder(place) as folder:
        folder.write("index.html", text)
        folder.write("a/b.html", text)
        folder.put()


def names(folder: Path) -> list[str]:
    """All that lies below it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_site_is_put_in_place(tmp_path: Path) -> None:
    """With the rights of any new folder, and nothing beside it."""
    build(tmp_path / "public" / "drills")
    (tmp_path / "plain").mkdir()
    assert names(tmp_path / "public/drills") == [MARK, "a", "a/b.html", "index.html"]
    assert names(tmp_path / "public")[0] == "drills"
    assert (tmp_path / "public/drills").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_site_replaces_the_one_before(tmp_path: Path) -> None:
    """As a whole: a page that is no more is gone."""
    build(tmp_path / "site")
    with Folder(tmp_path / "site") as folder:
        folder.write("index.html", "newer")
        assert (tmp_path / "site/index.html").read_text() == "new"
        folder.put()
    assert names(tmp_path) == ["site", f"site/{MARK}", "site/index.html"]
    assert (tmp_path / "site/index.html").read_text() == "newer"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    """Somebody made it for us."""
    (tmp_path / "site").mkdir()
    build(tmp_path / "site")
    assert (tmp_path / "site/index.html").exists()


@pytest.mark.parametrize("kind", ["full", "file", "link"])
def test_what_is_not_ours_is_not_replaced(kind: str, tmp_path: Path) -> None:
    """T10: a folder with something in it, a file, or a link to somewhere stays as it is."""
    place = tmp_path / "site"
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("years of work")
    if kind == "full":
        (tmp_path / "other").rename(place)
    elif kind == "file":
        place.write_text("")
    else:
        place.symlink_to(tmp_path / "other")
    before = names(tmp_path)
    with pytest.raises(UsageError, match="was not made by this command") as caught:
        build(place)
    assert caught.value.solution
    assert names(tmp_path) == before


def test_a_failure_leaves_the_old_one(tmp_path: Path) -> None:
    """Whatever goes wrong half-way, the site before is still there, and no half of the new one."""
    build(tmp_path / "site")
    before = names(tmp_path)

    def breaks() -> None:
        with Folder(tmp_path / "site") as folder:
            folder.write("index.html", "half")
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        breaks()
    assert names(tmp_path) == before
    assert (tmp_path / "site/index.html").read_text() == "new"


def test_a_move_that_fails_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old site is put back when the new one cannot take its place."""
    build(tmp_path / "site")
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if target == tmp_path / "site" and not self.name.endswith("-before"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(UsageError, match="cannot be put in place: No space left on device"):
        build(tmp_path / "site", "newer")
    assert (tmp_path / "site/index.html").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    """Killed between the two moves, the old site lies beside; the next run takes its place and clears it."""
    build(tmp_path / "site")
    (tmp_path / "site").rename(tmp_path / ".site-before")
    build(tmp_path / "site", "newer")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_what_lies_beside_is_not_cleared(tmp_path: Path) -> None:
    """T10: somebody's own folder of just that name is no leftover: it stays, and so does the site."""
    build(tmp_path / "site")
    (tmp_path / ".site-before").mkdir()
    (tmp_path / ".site-before/thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="cannot be put in place"):
        build(tmp_path / "site", "newer")
    assert (tmp_path / ".site-before/thesis.txt").exists()
    assert (tmp_path / "site/index.html").read_text() == "new"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The message says which of the site's files, and why."""
    with Folder(tmp_path / "site") as folder:
        folder.write("a", "a file")
        with pytest.raises(UsageError, match="a/b of the site cannot be written"):
            folder.write("a/b", "below it")


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The message says which, and why."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        Folder(tmp_path / "file" / "site")
