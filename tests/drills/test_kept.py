"""Runs as files: which there are, what is read of them, and where what is none is put."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import kept_runs
from support.kept_runs import content

from catalog.errors import NoEvidence, SourceError, UsageError
from drills import kept

BEGUN = [{"t": 0, "event": "run_begins"}]


RESULT = '{"run": "x", "workflow": "x", "commit": "x", "at": ""}'


def run(folder: Path, name: str = "20260901-a", result: str | None = RESULT) -> Path:
    """A folder as a runner leaves it."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "journal.jsonl").write_bytes(content(BEGUN))
    if result is not None:
        (place / "result.json").write_text(result)
    return place


def test_a_run_is_read(tmp_path: Path) -> None:
    """Its result, its journal, and the digest of that; by the name of its folder."""
    found = kept.read(run(tmp_path))
    assert found
    assert (found.name, found.said["run"], found.entries) == ("20260901-a", "x", BEGUN)
    assert found.digest == kept_runs.of({}, BEGUN, "x").digest


def test_a_run_that_did_not_end_is_none_yet(tmp_path: Path) -> None:
    """It is brought home first."""
    assert kept.read(run(tmp_path, result=None)) is None


@pytest.mark.parametrize("result", ["[]", "{}", '{"run": "x", "workflow": "x", "commit": 1, "at": ""}', "{"])
def test_a_result_of_something_else_is_refused(result: str, tmp_path: Path) -> None:
    """T07: without its names there is nothing to hold it against."""
    with pytest.raises(NoEvidence, match="20260901-a is no run"):
        kept.read(run(tmp_path, result=result))


def test_only_folders_and_links_are_runs(tmp_path: Path) -> None:
    """In the order of their names; results are read from folders alone (T10)."""
    runs = tmp_path / "runs"
    first, second, third = run(runs, "c"), run(runs, "a"), run(runs, "b")
    (third / "result.json").unlink()
    (third / "result.json").symlink_to(first / "result.json")
    (runs / "file").touch()
    (runs / "d").symlink_to(tmp_path)
    assert [path.name for path in kept.folders(runs)] == ["a", "b", "c", "d"]
    assert kept.results(runs) == [second / "result.json", first / "result.json"]
    assert kept.folders(tmp_path / "nowhere") == []


def test_what_is_set_aside_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each under a name of its own, beside the folder of all runs, however that is named; a link goes as it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    places = [kept.set_aside(run(Path("runs"))) for _ in range(2)]
    monkeypatch.chdir(tmp_path / "runs")
    Path("20260901-a").symlink_to(tmp_path)
    places.append(kept.set_aside(Path("20260901-a")))
    aside = tmp_path / "runs-refused"
    assert places == [aside / name for name in ("20260901-a", "20260901-a-1", "20260901-a-2")]
    assert places[2].is_symlink()
    assert kept.folders(Path()) == []


def test_nothing_is_set_aside_through_a_link(tmp_path: Path) -> None:
    """T10: the folder it would go to was made by whoever made the run."""
    (tmp_path / "runs-refused").symlink_to(tmp_path / "elsewhere")
    folder = run(tmp_path / "runs")
    with pytest.raises(SourceError) as error:
        kept.set_aside(folder)
    assert error.value.why == f"{tmp_path / 'runs-refused'} is a link"
    assert folder.exists()


def test_what_cannot_be_moved_is_told(tmp_path: Path) -> None:
    """It stays where it is, and does not end what else is to be done."""
    folder = run(tmp_path / "runs")
    (tmp_path / "runs-refused").write_text("mine")
    with pytest.raises(SourceError, match="cannot be moved"):
        kept.set_aside(folder)
    with pytest.raises(SourceError, match="cannot be moved"):
        kept.remove(tmp_path / "nowhere")
    assert folder.exists()


def test_a_link_to_all_runs_is_refused(tmp_path: Path) -> None:
    """T10: what is below it would be read, and removed."""
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="is a link"):
        kept.folders(tmp_path / "link")
