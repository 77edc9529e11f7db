"""`state.yaml` as Countersign writes it: nothing but what rules see of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog import states, strict_yaml
from catalog.workflow import File, Workflow

STATE = {"state": "live", "stopped": [{"id": "s1", "action": "all", "version": "*", "reason": "Odd", "at": "x"}]}


def plain(content: bytes) -> bool:
    return states.is_plain(Workflow("billing-replies", {"state.yaml": File("100644", "0" * 40, content)}))


def test_what_was_written_is_plain() -> None:
    """What Countersign wrote is recognised, with whatever it says."""
    assert plain(states.text({"state": "proposed"}))
    assert plain(states.text(STATE))


@pytest.mark.parametrize(
    "other",
    [
        lambda text: b"# All is well.\n" + text,
        lambda text: text + b"# All is well.\n",
        lambda text: text.replace(b"state: live\n", b"state: live  # and fine\n"),
        lambda text: text.replace(b"live", b"'live'"),
        lambda text: text + b"\n",
        lambda text: b"---\n" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
    ],
)
def test_every_other_spelling_is_not(other: Any) -> None:
    """T15: a comment, a quotation, a mark or an empty line may be somebody's words, and no rule reads them."""
    content = other(states.text(STATE))
    assert strict_yaml.parse(content) == STATE
    assert not plain(content)


def test_what_is_not_there_is_not_plain() -> None:
    """Without the file there is nothing that was put on it."""
    assert not states.is_plain(Workflow("billing-replies", {}))


@example("INF")
@example("0o17")
@example("- [")
@example("\xad")
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=80))
def test_whatever_the_reason_it_is_read_back(reason: str) -> None:
    """The same words come back, in the same bytes."""
    content = states.text({"state": "paused", "reason": reason})
    assert strict_yaml.parse(content) == {"state": "paused", "reason": reason}
    assert plain(content)
