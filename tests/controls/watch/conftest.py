"""Real enforcement points for the tests of the watcher."""

from __future__ import annotations

from support.fleets import there, three

__all__ = ["there", "three"]
