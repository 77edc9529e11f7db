"""*Late-fee answer*: only that question type stops, the others go on."""

from __future__ import annotations

from support.rehearsals import ALL_PASSED, Stage, outcomes


def test_it_passes(stage: Stage) -> None:
    """And another action goes on meanwhile."""
    result = stage.play("late-fee-answer", during=("others-go-on", "fallback-open", "old-version-silent"))
    assert outcomes(result) == ALL_PASSED
    assert result.seen_before
    assert result.window >= stage.plan.silence
