"""`countersign drill publish`: one command writes the site and every report, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import drill_runs
from support.desk import NAME, Desk

from catalog.errors import CountersignError
from countersign.commands.drill_publish import publish


@pytest.fixture
def desk(on_main: Callable[[], Desk]) -> Desk:
    """A clone in which one workflow was drilled."""
    return on_main()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where it writes."""
    return tmp_path / "out"


def all_of_it(desk: Desk, out: Path, self_test: Path | None = None, *runs: Path) -> int:
    """Publish in every form."""
    return publish(desk.folder, out / "site", out / "j.xml", out / "m.prom", out / "r.json", self_test, runs)


def test_every_form_is_written(desk: Desk, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The site, JUnit, metrics and JSON tell of the recorded run, of the run in a file, and of the self-test."""
    kept, tested = tmp_path / "run.json", tmp_path / "self-test.json"
    at = datetime.now(UTC) - timedelta(hours=1)
    kept.write_text(json.dumps(drill_runs.said(at=at, workflow="ticket-triage", outcomes={"drain": "failed"})))
    tested.write_text(json.dumps(drill_runs.SELF_TEST))
    assert all_of_it(desk, out, tested, kept) == 0
    assert capsys.readouterr().out == f"{out / 'site'}: 5 workflows, 2 runs\n"
    index = (out / "site/index.html").read_text()
    assert "not on record" in index
    assert "1 of 2" in index
    assert 'failures="2"' in (out / "j.xml").read_text()
    assert f'countersign_drill_last_run_timestamp_seconds{{workflow="{NAME}"}}' in (out / "m.prom").read_text()
    document = json.loads((out / "r.json").read_text())
    assert [len(one["runs"]) for one in document["workflows"] if one["runs"]] == [1, 1]


def test_the_site_alone(desk: Desk, out: Path) -> None:
    """Reports are written only when they are asked for, and again is no trouble."""
    assert publish(desk.folder, out, None, None, None, None, ()) == 0
    assert publish(desk.folder, out, None, None, None, None, ()) == 0
    assert [path.name for path in out.parent.iterdir() if path.name.startswith((".out", "out"))] == ["out"]


@pytest.mark.parametrize("broken", ["record", "rules", "run", "self-test", "place"])
def test_a_failure_publishes_nothing(broken: str, desk: Desk, out: Path, tmp_path: Path) -> None:
    """T07: a record that cannot be trusted, lost rules, a file that is none: each ends it before anything is there."""
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    if broken == "record":
        desk.replace("team/people.yaml", "pipeline-drill", "pipeline-other")
    if broken == "rules":
        desk.path("policies/lib/proof.rego").unlink()
    if broken == "place":
        (out / "site").mkdir(parents=True)
        (out / "site/mine.txt").touch()
    with pytest.raises(CountersignError):
        all_of_it(desk, out, bad if broken == "self-test" else None, *([bad] if broken == "run" else []))
    left = sorted(str(path.relative_to(out)) for path in out.rglob("*")) if out.exists() else []
    assert left == (["site", "site/mine.txt"] if broken == "place" else [])


def test_a_report_that_cannot_be_written_leaves_the_site(desk: Desk, out: Path, tmp_path: Path) -> None:
    """The pages are put in place last, and not at all when a report beside them could not be."""
    (tmp_path / "file").touch()
    with pytest.raises(CountersignError, match="cannot be written"):
        publish(desk.folder, out / "site", None, None, tmp_path / "file" / "r.json", None, ())
    assert list(out.iterdir()) == []
