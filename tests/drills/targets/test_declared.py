"""Targets that a team declares: known, complete, and never the one that serves customers by mistake."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support import rehearsals
from support.desk import NAME
from support.staging import Staging, staging

from catalog.errors import CountersignError, SourceError, UsageError
from controls.keeper.journal import Journal
from controls.keeper.keep import Keeper
from controls.keeper.records import Standing
from drills.keeping import workplace
from drills.rehearsed import Rehearsed
from drills.targets import declared

Json = Any


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    with staging(tmp_path_factory.mktemp("declared"), "late-fee-answer") as found:
        yield found


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where temporary files go: however a target is left, or refused, none of what lets in there stays (T18)."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.glob("countersign-drill-*")) == []


@pytest.fixture
def found(there: Staging, monkeypatch: pytest.MonkeyPatch) -> Rehearsed:
    """What is read of the clone, with every variable set."""
    for name, value in there.environment.items():
        monkeypatch.setenv(name, value)
    return rehearsals.read(there.clone)


def opened(found: Rehearsed, folder: Path, name: str = "staging") -> None:
    with declared.target(found, name, folder, folder) as target:
        target.let_go()


def changed(found: Rehearsed, **changes: Json) -> Rehearsed:
    return replace(found, targets={"staging": {**found.targets["staging"], **changes}})


def test_it_is_what_the_file_says(found: Rehearsed, there: Staging, tmp_path: Path) -> None:
    """Its points are kept open as long as it is used; nothing of it can be read in a traceback (T18)."""
    with declared.target(found, "staging", tmp_path, tmp_path) as target:
        question = {"workflow": NAME, "action": "late-fee-question", "version": there.clone.digests(NAME)["version"]}
        said = target.decisions({**question, "caller": target.application})
        assert [one["go"] for one in said.values() if one] == [True, True]
        assert (target.name, target.real) == ("staging", True)
        assert [secret for secret in there.environment.values() if secret in repr(target)] == []
        target.let_go()


def test_it_goes_on_from_what_its_points_hold(found: Rehearsed, tmp_path: Path) -> None:
    """An earlier drill has published a later bundle than the records have."""
    numbers = []
    for _ in range(2):
        with declared.target(found, "staging", tmp_path, tmp_path) as target:
            numbers.append(target.published.seq)
            target.let_go()
    assert numbers[1] == numbers[0] + 1


def test_a_run_that_was_not_brought_home_keeps_its_target(
    found: Rehearsed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tries to bring it home and cannot open it gives nobody else the target in the state in which it is."""

    def down(_: object) -> None:
        raise SourceError("no bundle comes")

    with declared.target(found, "staging", tmp_path, tmp_path / "run"):
        pass  # it ended without coming home
    with monkeypatch.context() as broken:
        broken.setattr(declared, "_until_fetched", down)
        with pytest.raises(SourceError, match="no bundle comes"):
            opened(found, tmp_path / "run")
    with pytest.raises(UsageError, match="The run run drills there"):
        opened(found, tmp_path / "another")
    opened(found, tmp_path / "run")


def test_it_is_one_run_s_alone(found: Rehearsed, tmp_path: Path) -> None:
    """Two drills at once would undo each other's work: the second is refused, and told whose turn it is."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    with (
        declared.target(found, "staging", tmp_path, first),
        pytest.raises(UsageError, match="The run first drills there"),
        declared.target(found, "staging", tmp_path, second),
    ):
        pass
    assert not workplace("second").exists()
    # One that left something behind keeps it; only it may go on there.
    with declared.target(found, "staging", tmp_path, first) as target:
        target.let_go()
    opened(found, tmp_path)


@pytest.mark.parametrize(
    "variable",
    ["APPLICATION", "KEEPER", "WATCHER", "ON_CALL_KEY", "BUNDLE_KEY", "QUEUE", "MODEL", "MESSAGES", "BUNDLES"],
)
@pytest.mark.parametrize("value", [None, " \n"])
def test_a_missing_variable_is_named(
    found: Rehearsed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None
) -> None:
    """Before anything is touched."""
    monkeypatch.delenv(f"STAGING_{variable}")
    if value is not None:
        monkeypatch.setenv(f"STAGING_{variable}", value)
    with pytest.raises(UsageError, match=f"STAGING_{variable} is not set") as refused:
        opened(found, tmp_path)
    assert refused.value.solution
    assert not workplace(tmp_path.name).exists()


@pytest.mark.parametrize("variable", ["STAGING_ON_CALL_KEY", "STAGING_BUNDLE_KEY"])
def test_a_key_that_is_none_is_told(
    found: Rehearsed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Without repeating what is in its place (T18)."""
    (tmp_path / "key.pem").write_text("very-secret")
    (tmp_path / "key.pem").chmod(0o600)
    monkeypatch.setenv(variable, str(tmp_path / "key.pem"))
    with pytest.raises(CountersignError) as refused:
        opened(found, tmp_path)
    assert "very-secret" not in f"{refused.value!r} {refused.value.message} {refused.value.why}"


def test_a_command_finds_no_secret_of_any_target(
    found: Rehearsed, there: Staging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T18: it stands for one service, and needs none of the tokens and keys of the others; its own it finds."""
    monkeypatch.setenv("MESSAGES_PROFILE", "staging")
    monkeypatch.setenv("PRODUCTION_KEEPER", "of-another-target")
    seen = tmp_path / "environment"
    services = {
        **found.targets["staging"]["services"],
        "messages": {"command": ["sh", "-c", f"env > '{seen}'; echo {{}}"]},
    }
    ours = changed(found, services=services).targets["staging"]
    both = replace(found, targets={"staging": ours, "eu": {**ours, "keeper": "PRODUCTION_KEEPER"}})
    with declared.target(both, "staging", tmp_path, tmp_path) as target:
        target.team.tell("#support-leads", "drill-x", "Rehearsal.")
        target.let_go()
    assert "MESSAGES_PROFILE=staging\n" in seen.read_text()
    assert [name for name in there.environment if f"{name}=" in seen.read_text()] == ["STAGING_MESSAGES"]
    assert "PRODUCTION_KEEPER" not in seen.read_text()


def test_points_that_another_keeper_holds_open_are_left_alone(found: Rehearsed, there: Staging, tmp_path: Path) -> None:
    """It would put back the stop that the drill lifts, and customers would stay without the workflow (T16)."""
    with closing(Journal(tmp_path / "keeper.jsonl")) as journal:
        token = there.environment[found.targets["staging"]["keeper"]]
        kept = partial(Keeper, found.points, "drill", tmp_path, token, journal, Standing)
        opened(found, tmp_path / "before")
        assert kept().round().closed == {}
        with pytest.raises(UsageError, match="is kept open by another keeper: nothing was touched"):
            opened(found, tmp_path / "run")
        assert kept(by="drill").round().closed == {}
        opened(found, tmp_path / "after")


def test_a_group_without_points_is_told(found: Rehearsed, tmp_path: Path) -> None:
    """There is nobody to ask."""
    with pytest.raises(UsageError, match="no enforcement point in the group production"):
        opened(changed(found, group="production"), tmp_path)


def test_a_target_that_cannot_be_let_go_says_so(
    found: Rehearsed, there: Staging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the run's still, though nothing was played: whoever began the run must keep it, to bring it home."""

    def gone(_: object) -> None:
        raise SourceError("queue does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(declared, "_must_be_free", gone)
        patch.setattr("drills.targets.services.Office.let_go", gone)
        with pytest.raises(declared.StillTaken, match="staging could not be let go: queue does not answer") as stuck:
            opened(found, tmp_path)
    assert "drill recover" in stuck.value.solution
    there.target.office.let_go()


def test_an_unknown_target_is_told(found: Rehearsed) -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match="no drill target 'stagin'") as refused:
        declared.check(found, "stagin", None)
    assert "sandbox, staging" in refused.value.why


@pytest.mark.parametrize("changes", [{"production": True}, {"group": "production"}])
@pytest.mark.parametrize("again", [None, "", "sandbox", "Staging"])
def test_what_serves_customers_is_named_twice(found: Rehearsed, changes: Json, again: str | None) -> None:
    """Also where the file says it only by the group of its points."""
    with pytest.raises(UsageError, match="serves customers: nothing was touched") as refused:
        declared.check(changed(found, **changes), "staging", again)
    assert "--production staging" in refused.value.solution
    declared.check(changed(found, **changes), "staging", "staging")


def test_what_serves_nobody_is_named_once(found: Rehearsed) -> None:
    """As a rehearsal there harms nobody."""
    declared.check(found, "staging", None)


def test_the_change_under_review_does_not_choose_its_target(there: Staging) -> None:
    """Targets, people and points come from where it is to be merged (T03)."""
    clone = there.clone
    judge = clone.head()
    clone.branch("elsewhere")
    text = clone.path("team/drill-targets.yaml").read_text()
    clone.write("team/drill-targets.yaml", text.replace("127.0.0.1", "localhost"))
    head = clone.commit("Drill somewhere else")
    from catalog.git import Repository
    from catalog.snapshot import tree_of
    from drills import rehearsed

    try:
        with Repository.discover(clone.folder) as repository:
            repository.use_scratch()
            found = rehearsed.read(repository, tree_of(repository, head), head, judge, [NAME])
    finally:
        clone.abandon()
    assert "localhost" not in str(found.targets)
    assert (found.commit, found.judged_by) == (head, judge)
