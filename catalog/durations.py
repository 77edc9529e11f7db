"""Durations as manifests write them (`30s`, `5m`, `12h`, `7d`), in seconds, and back."""

from __future__ import annotations

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> int:
    """Seconds of a duration that the schema has accepted."""
    return int(text[:-1]) * _SECONDS[text[-1]]


def words(value: int) -> str:
    """The shortest way to write so many seconds: `300` is `5m`."""
    for unit in "dhm":
        if value and value % _SECONDS[unit] == 0:
            return f"{value // _SECONDS[unit]}{unit}"
    return f"{value}s"
