"""How things end: of several, the worst counts, and nothing at all is no success."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import schemas
from drills.outcomes import Outcome, Phase, worst


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1))
def test_only_all_passed_is_passed(outcomes: list[Outcome]) -> None:
    """One part that did not pass is enough (T08)."""
    assert (worst(outcomes) is Outcome.PASSED) == (set(outcomes) == {Outcome.PASSED})


def test_nothing_is_no_success() -> None:
    """Of no parts at all, nothing was run (T08)."""
    assert worst([]) is Outcome.NOT_RUN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Outcome.NOT_RUN, Outcome.FAILED),
        (Outcome.INCONCLUSIVE, Outcome.LATE),
        (Outcome.LATE, Outcome.FAILED),
        (Outcome.FAILED, Outcome.ABORTED),
        (Outcome.ABORTED, Outcome.UNDO_FAILED),
    ],
)
def test_the_worse_one_is_told(one: Outcome, other: Outcome) -> None:
    """What failed is told, not what was left out because of it; and a target that is not home before all."""
    assert worst([one, other]) is worst([other, one]) is other


def test_records_know_the_same_words() -> None:
    """Each outcome and each phase can be recorded, and no others."""
    schema = schemas.load("records/drill")
    assert set(schema["$defs"]["outcome"]["enum"]) == set(Outcome)
    assert list(schemas.load("drill")["properties"]["phases"]["required"]) == list(Phase)
