"""*Stop trigger crossed*: the number crosses, and the stop follows by itself."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.rehearsals import ALL_PASSED, Stage, outcomes

from catalog.errors import UsageError


def test_it_passes(stage: Stage) -> None:
    """By the watcher's token, without anybody on call; no stop and no number stay."""
    result = stage.play("stop-trigger")
    assert outcomes(result) == ALL_PASSED
    assert not list(stage.folder.rglob("*.numbers.jsonl"))


@pytest.mark.parametrize("parameters", [{"metric": "no_such"}, {"value": 0}])
def test_a_number_that_crosses_nothing_is_refused(stage: Stage, parameters: dict[str, object]) -> None:
    """One that the manifest does not watch, or that stays below its limit."""
    scenario = stage.scenario("stop-trigger", parameters=parameters)
    with closing(scenario.rehearsal.journal), pytest.raises(UsageError, match="crosses nothing") as refused:
        scenario.check()
    assert refused.value.why
