"""The self-test on real sandboxes: what is broken is found, where it is; here, one mutant of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.pages import ROOT

from catalog.git import Repository
from drills.mutants import self_test as tests
from drills.mutants.catalogue import MUTANTS, Mutant
from drills.outcomes import Outcome

BY_NAME = {one.name: one for one in MUTANTS}


@pytest.mark.parametrize(
    "name", [
        "none", "cached-settings", "scheduled-job", "on-call-without-right", "swapped-model", "replayed-bundle",
        "killed-runner",
    ],
)  # fmt: skip
def test_what_is_broken_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T08, T16: the outcome is the right one, and the phase that is named is where it is broken."""
    heard: list[tests.Tried] = []
    monkeypatch.setattr(tests, "MUTANTS", (BY_NAME[name],))
    with Repository(ROOT) as repository:
        commit = repository.resolve("HEAD^{commit}") or ""
        said = tests.self_test(repository, commit, tmp_path, heard.append)
    [fact] = said["mutants"]
    assert (fact["caught"], fact["got"]) == (True, fact["expected"]), fact
    assert [one.mutant.name for one in heard] == [name]


def test_what_is_not_found_is_told() -> None:
    """T08: a mutant that is held to another end is not caught, and the file says so."""
    wanted: Mutant = BY_NAME["deaf-worker"]
    for outcome, phase in (("passed", None), ("failed", "drain"), ("late", "mitigate")):
        tried = tests.Tried(mutant=wanted, outcome=Outcome(outcome), phase=phase)
        assert not tried.caught
        assert tried.fact()["got"] == {"outcome": outcome, "phase": phase}
