"""What is shown of a workflow's terms is what the rules say of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.company import Company
from support.desk import DRILL, MANIFEST, NAME, Desk

from catalog import snapshot
from catalog.errors import PolicyError
from catalog.git import Repository
from drills.publish.declared import PROOF, Declared, declared


@pytest.fixture
def desk(company: Company, tmp_path: Path) -> Iterator[Desk]:
    """A clone of the sample company."""
    yield Desk.copy(company, tmp_path / "company")
    shutil.rmtree(tmp_path / "company")


def read(desk: Desk) -> dict[str, Declared]:
    """What its working tree declares."""
    with Repository.discover(desk.folder) as repository:
        repository.use_scratch()
        return declared(repository, snapshot.working_tree(repository))


def test_terms_follow_the_tier(desk: Desk) -> None:
    """High: this version, 30 days, not in the sandbox. Lower: this way back, 90 or 365 days, the sandbox will do."""
    found = read(desk)
    terms = {one.tier: (one.limit_days, one.rehearsed, one.sandbox) for one in found.values()}
    assert terms == {
        "high": (30, "version", False), "medium": (90, "rollback_digest", True), "low": (365, "rollback_digest", True)
    }  # fmt: skip
    digests = desk.digests(NAME)
    assert (found[NAME].digest, found[NAME].within) == (digests["version"], 300)
    assert found["ticket-triage"].digest == desk.digests("ticket-triage")["rollback"]


def test_the_rules_are_asked(desk: Desk) -> None:
    """A team that changes the limit in its rules finds the new one on its pages."""
    desk.replace(PROOF, '"high": 30', '"high": 14')
    assert read(desk)[NAME].limit_days == 14


def test_without_that_rule_nothing_is_shown(desk: Desk) -> None:
    """T11: a limit is never guessed."""
    desk.path(PROOF).unlink()
    with pytest.raises(PolicyError, match=r"There is no policies/lib/proof\.rego"):
        read(desk)


def test_a_tier_without_a_limit_is_named(desk: Desk) -> None:
    """T11: nor is one that the rules forgot."""
    desk.replace(PROOF, ', "high": 30', "")
    with pytest.raises(PolicyError, match="does not say for how long a drill is good at tier high"):
        read(desk)


def test_what_cannot_be_read_is_not_declared(desk: Desk) -> None:
    """A broken manifest leaves its workflow out; one without a rollback has no time to be back within."""
    desk.write(MANIFEST, "workflow: [")
    text = desk.path("workflows/meeting-notes/workflow.yaml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("rollback:")]
    desk.write("workflows/meeting-notes/workflow.yaml", "\n".join(lines) + "\n")
    found = read(desk)
    assert NAME not in found
    assert desk.path(DRILL).exists()
    assert found["meeting-notes"].within is None
