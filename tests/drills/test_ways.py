"""The two ways back: what counts as done the old way, and what does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from controls.live.order import ALL
from drills.rehearsal import Rehearsal
from drills.ways import ByHand, Return

REHEARSAL = cast(Rehearsal, SimpleNamespace(version="h1:right", prefix="drill-a1b2c3-1"))


@pytest.mark.parametrize(
    ("action", "effect", "old"),
    [
        (ALL, {"job": "customer-7", "version": "h1:right", "action": "send"}, True),
        (ALL, {"job": "drill-a1b2c3-1-canary-1", "version": "unknown", "action": "send"}, True),
        (ALL, {"job": "customer-7", "version": "h1:another-workflow", "action": "send"}, False),
        ("send", {"job": "customer-7", "version": "h1:right", "action": "draft"}, False),
        ("send", {"job": "drill-a1b2c3-1-canary-1", "version": "unknown", "action": "send"}, True),
    ],
)
def test_what_acts_in_spite_of_a_stop(action: str, effect: dict[str, str], old: bool) -> None:
    """The stopped version, whoever's job it is, and each job of the rehearsal; not what other workflows do there."""
    assert ByHand(REHEARSAL, action).is_old(effect) == old


@pytest.mark.parametrize(
    ("effect", "old"),
    [
        ({"job": "customer-7", "version": "h1:wrong", "action": "send", "model": "right"}, True),
        ({"job": "customer-7", "version": "h1:right", "action": "send", "model": "wrong"}, True),
        ({"job": "customer-7", "version": "h1:right", "action": "send", "model": "right"}, False),
    ],
)
def test_what_acts_in_spite_of_a_rollback(effect: dict[str, str], old: bool) -> None:
    """The version that was left, or its model under another name."""
    assert Return(REHEARSAL, "h1:wrong", "wrong", "default").is_old(effect) == old
