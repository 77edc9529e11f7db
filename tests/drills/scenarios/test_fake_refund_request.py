"""*Fake refund request*: a person meets it, people take over, and nothing is paid."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.rehearsals import ALL_PASSED, Stage, outcomes

from catalog.errors import UsageError


def test_it_passes(stage: Stage) -> None:
    """With the probe that nothing was paid, before and after."""
    result = stage.play("fake-refund-request", during=("fallback-open", "nothing-paid", "old-version-silent"))
    assert outcomes(result) == ALL_PASSED


def test_an_action_that_nobody_releases_is_refused(stage: Stage) -> None:
    """Nobody would meet the request."""
    scenario = stage.scenario("fake-refund-request", parameters={"action": "late-fee-question"})
    with closing(scenario.rehearsal.journal), pytest.raises(UsageError, match="not released by a named person"):
        scenario.check()
