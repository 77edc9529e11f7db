"""Every test here may start from the same small company, built once and copied for each test."""

from __future__ import annotations

from support.desks import company, desk, on_main

__all__ = ["company", "desk", "on_main"]
