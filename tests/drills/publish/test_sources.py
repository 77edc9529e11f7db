"""Runs come from the records, from the clone's own evidence and from files, and are known apart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import drill_runs
from support.company import Company
from support.desk import NAME, Desk
from support.drill_runs import declared, history, run
from support.records import NOW, version

from catalog.errors import RecordError, UsageError
from catalog.git import Repository
from catalog.records import local
from catalog.records.statement import Kind, make_statement
from drills.publish.runs import SANDBOX, Source
from drills.publish.sources import History, Sources

Json = Any


@pytest.fixture
def desk(company: Company, tmp_path: Path) -> Iterator[Desk]:
    """A clone of the sample company, in which one workflow was drilled three days ago."""
    yield Desk.copy(company, tmp_path / "company")
    shutil.rmtree(tmp_path / "company")


def read(desk: Desk, *files: Path) -> dict[str, History]:
    """All histories, by workflow."""
    with Repository.discover(desk.folder) as repository:
        repository.use_scratch()
        return {found.workflow: found for found in Sources(repository, datetime.now(UTC), files).histories()}


def keep_local(desk: Desk, **fields: Json) -> None:
    """A drill that this clone signs itself."""
    said = drill_runs.said(at=datetime.now(UTC) - timedelta(hours=1), **fields)
    with Repository(desk.folder) as repository:
        local.record(repository, make_statement(Kind.DRILL, said), now=datetime.now(UTC))


def kept(desk: Desk, name: str = "run.json", **fields: Json) -> Path:
    """A drill that is kept as a file."""
    path = desk.folder.parent / name
    path.write_text(json.dumps(drill_runs.said(at=datetime.now(UTC) - timedelta(hours=2), **fields)))
    return path


def test_every_declared_workflow_is_there(desk: Desk) -> None:
    """Those that were never drilled too, in order of their names."""
    found = read(desk)
    assert list(found) == sorted(path.name for path in desk.path("workflows").iterdir())
    assert [len(one.runs) for one in found.values()] == [1, 0, 0, 0, 0]
    assert found[NAME].runs[0].source is Source.RECORD
    assert found[NAME].evidence is found[NAME].runs[0]
    assert found[NAME].age_days(found[NAME].runs[0]) == 3


def test_sources_are_known_apart(desk: Desk) -> None:
    """On record, local evidence, not on record: each run says what vouches for it, newest first."""
    keep_local(desk, workflow=NAME)
    found = read(desk, kept(desk, workflow=NAME))[NAME]
    assert [one.source for one in found.runs] == [Source.LOCAL, Source.FILE, Source.RECORD]


def test_what_is_declared_no_more_is_still_shown(desk: Desk) -> None:
    """Its runs do not vanish with its folder; it has neither limit nor evidence."""
    keep_local(desk, workflow="gone-workflow")
    found = read(desk)["gone-workflow"]
    assert (len(found.runs), found.declared, found.evidence, found.sandbox_only) == (1, None, None, False)


def test_a_run_that_reached_the_records_later_is_one_run(desk: Desk) -> None:
    """A file left over from a run that is on record by now adds nothing."""
    said = dict(read(desk)[NAME].runs[0].said)
    path = desk.folder.parent / "run.json"
    path.write_text(json.dumps(said))
    assert [one.source for one in read(desk, path)[NAME].runs] == [Source.RECORD]


def test_without_records_there_are_none(desk: Desk) -> None:
    """A new clone publishes what is declared."""
    desk.git("update-ref", "-d", "refs/heads/records")
    assert not any(found.runs for found in read(desk).values())


def test_a_record_that_cannot_be_trusted_ends_it(desk: Desk) -> None:
    """T07: a record whose signer is not known any more is no run, and nothing is published beside it."""
    desk.replace("team/people.yaml", "id: pipeline-drill", "id: pipeline-other")
    desk.replace("team/people.yaml", "- pipeline-drill", "- pipeline-other")
    with pytest.raises(RecordError, match="cannot be trusted"):
        read(desk)


def test_keys_that_cannot_be_read_are_named(desk: Desk) -> None:
    """The message says where the people file is wrong, and not that every record is forged."""
    desk.write("team/people.yaml", "owner: [")
    with pytest.raises(RecordError, match=r"team/people\.yaml:\d+: Must be YAML"):
        read(desk)


@pytest.mark.parametrize(
    "content, words",
    [("{", "is no drill run"), ('{"a": 1}', "is no drill run"), ("[]", "is no drill run"), (" " * 1_048_577, "larger")],
)
def test_a_file_that_is_no_run_is_refused(content: str, words: str, desk: Desk) -> None:
    """T07, T10: broken, foreign or huge files are named, and nothing is published."""
    path = desk.folder.parent / "run.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=words):
        read(desk, path)


def test_a_missing_file_is_named(desk: Desk) -> None:
    """The message names it."""
    with pytest.raises(UsageError, match=r"none\.json cannot be read: No such file"):
        read(desk, Path("none.json"))


def test_evidence_is_of_what_the_tier_asks_for() -> None:
    """The newest passed run of this version; not a failed one, nor one of another version, nor an unsigned file."""
    right = run(at=NOW - timedelta(days=5), target="staging")
    others = [
        run(at=NOW - timedelta(days=1), target="staging", outcomes={"stop": "failed"}),
        run(at=NOW - timedelta(days=2), target="staging", version=version("two")),
        run(at=NOW - timedelta(days=3), target="staging", source=Source.FILE),
    ]
    found = history(right, *others)
    assert found.evidence is right
    assert not found.sandbox_only


def test_where_the_sandbox_will_not_do_the_real_target_counts() -> None:
    """At high an older drill elsewhere outweighs a newer one in the sandbox; lower, the newest of all counts."""
    sandbox, staging = run(target=SANDBOX), run(at=NOW - timedelta(days=9), target="staging")
    assert history(sandbox, staging).evidence is staging
    assert history(sandbox, staging, declared=declared(sandbox=True)).evidence is sandbox


def test_sandbox_only_is_said() -> None:
    """Evidence of which none is from elsewhere is told as that."""
    found = history(run(target=SANDBOX))
    assert found.sandbox_only
    assert found.evidence is found.runs[0]
    assert not history().sandbox_only
