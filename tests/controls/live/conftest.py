"""Real enforcement points for the tests of live control."""

from __future__ import annotations

from support.fleets import there, three

__all__ = ["there", "three"]
