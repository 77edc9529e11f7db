"""*Bad approval*: four kinds, all refused; three by the point, the last by the worker."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.rehearsals import ALL_PASSED, Stage, outcomes

from catalog.errors import UsageError
from drills import undo
from drills.marks import Disproved
from drills.scenarios.bad_approval import REFUSALS


def test_it_passes(stage: Stage) -> None:
    """Each bad approval is refused for its own reason, and nothing acts on one."""
    assert outcomes(stage.play("bad-approval")) == ALL_PASSED


@pytest.mark.parametrize("parameters", [{"action": "late-fee-question"}, {"jobs": len(REFUSALS) - 1}])
def test_what_cannot_be_played_is_refused(stage: Stage, parameters: dict[str, object]) -> None:
    """An action that nobody has to release, or too few jobs for all kinds."""
    scenario = stage.scenario("bad-approval", parameters=parameters)
    with closing(scenario.rehearsal.journal), pytest.raises(UsageError, match="cannot be played so"):
        scenario.check()


def test_one_that_is_let_through_is_seen(stage: Stage) -> None:
    """A job that acted on a bad approval disproves at once."""
    scenario = stage.scenario("bad-approval")
    rehearsal = scenario.rehearsal
    with closing(rehearsal.journal):
        rehearsal.effects_from = stage.target.office.count()
        scenario.inject()
        scenario._tried["stranger"] = rehearsal.put("bad-stranger", "late-fee-question")  # type: ignore[attr-defined]
        rehearsal.until(lambda: rehearsal.acted(scenario._tried["stranger"]), "it acting")  # type: ignore[attr-defined]
        with pytest.raises(Disproved, match="acted on a bad approval"):
            scenario.noticed()
    undo.perform(stage.target, undo.CLEAR, {"prefix": rehearsal.prefix})
