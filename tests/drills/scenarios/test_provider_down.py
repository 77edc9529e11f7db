"""*Provider down*: it fails or is slow, people take over, nobody skips a check, and the queue drains afterwards."""

from __future__ import annotations

import pytest
from support.rehearsals import ALL_PASSED, Stage, outcomes


@pytest.mark.parametrize(
    "parameters", [{"failing_percent": 100}, {"failing_percent": 0, "latency_ms": 20_000}], ids=["down", "slow"]
)
def test_it_passes(stage: Stage, parameters: dict[str, object]) -> None:
    """Down or slow; afterwards the provider behaves as before."""
    before = stage.target.model.control()
    result = stage.play("provider-down", parameters=parameters, after=("points-answer", "queue-drains"))
    assert outcomes(result) == ALL_PASSED
    assert stage.target.model.control() == before


def test_a_provider_that_works_is_no_story(stage: Stage) -> None:
    """Nobody notices anything, and that is told as a failure."""
    budgets = {**stage.plan.budgets, next(iter(stage.plan.budgets)): 0.3}
    found = outcomes(stage.play("provider-down", parameters={"failing_percent": 0}, budgets=budgets))
    assert (found["detect"], found["stop"], found["restore"]) == ("failed nobody noticed", "not_run", "passed")
