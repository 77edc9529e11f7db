"""*Wrong model on purpose*: it is noticed, rolled back, and no job runs on it after the switch."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.desk import NAME
from support.rehearsals import ALL_PASSED, Stage, outcomes

from catalog.errors import UsageError
from drills.scenarios.wrong_model import WRONG_MODEL


def test_it_passes(stage: Stage) -> None:
    """And the bundle, the model and every point are as before."""
    before = stage.target.model.control()
    result = stage.play("wrong-model")
    assert outcomes(result) == ALL_PASSED
    assert stage.target.model.control() == before
    question = {"workflow": NAME, "action": "late-fee-question", "version": stage.plan.workflow.version}
    said = stage.target.decisions({**question, "caller": stage.target.application})
    assert [one["version"] for one in said.values() if one] == [stage.plan.workflow.version] * 2


def test_a_use_that_nobody_declares_is_refused(stage: Stage) -> None:
    """There would be nothing to switch."""
    scenario = stage.scenario("wrong-model", parameters={"use": "no-such"})
    with closing(scenario.rehearsal.journal), pytest.raises(UsageError, match="no model for no-such"):
        scenario.check()


def test_the_wrong_version_is_that_of_the_manifest_with_the_other_model(stage: Stage) -> None:
    """So that a point can tell the two apart as it does any two versions."""
    scenario = stage.scenario("wrong-model")
    with closing(scenario.rehearsal.journal):
        way = scenario.way
    assert (way.wrong, way.wrong_model) != (stage.plan.workflow.version, "")  # type: ignore[attr-defined]
    assert way.wrong.startswith("h1:")  # type: ignore[attr-defined]
    assert way.wrong_model == WRONG_MODEL  # type: ignore[attr-defined]
