"""The sample company with real enforcement points, for what is rehearsed."""

from __future__ import annotations

from support.desks import company
from support.fleets import there, three

__all__ = ["company", "there", "three"]
