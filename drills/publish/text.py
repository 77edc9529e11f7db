"""Words for numbers, times and untrusted text, the same in every form."""

from __future__ import annotations

from datetime import datetime

from catalog import hidden

NONE = "\u2013"
_REPLACEMENT = "\ufffd"


def visible(text: str) -> str:
    """A line of a record in which nothing is hidden: what no person would see is shown as U+FFFD (T15).

    Schemas let through one line; of control characters, reordering marks and what XML has no place for none is left.
    """
    while (at := hidden.find(text)) is not None:
        text = f"{text[:at]}{_REPLACEMENT}{text[at + 1 :]}"
    return text


def seconds(value: float | None) -> str:
    """A duration as a person reads it, with no more digits than it is worth."""
    if value is None:
        return NONE
    if round(value) >= 3600:
        hours, rest = divmod(round(value), 3600)
        return f"{hours} h {rest // 60:02} min"
    if round(value, 1) >= 60:
        return f"{round(value) // 60} min {round(value) % 60:02} s"
    digits = 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:.{digits}f} s"


def limit(value: float | None) -> str:
    """A budget: a round number that somebody wrote."""
    if value is None:
        return NONE
    for unit, name in ((3600, "h"), (60, "min")):
        if value >= unit and value % unit == 0:
            return f"{value // unit:g} {name}"
    return f"{value:g} s" if value < 60 else seconds(value)


def resolution(value: float) -> str:
    """By how much a time may be off."""
    return f"{value:.2g} s" if value < 100 else seconds(value)


def share(value: float | None) -> str:
    """A bound in percent, rounded up: it must not promise more than it is."""
    if value is None:
        return NONE
    thousandths = -int(-value * 1000 // 1)
    return f"{thousandths / 10:g} %" if thousandths < 100 else f"{-(-thousandths // 10)} %"


def minute(when: datetime, zone: str = " UTC") -> str:
    """A moment in UTC; without the zone where that is said above."""
    return f"{when:%Y-%m-%d %H:%M}{zone}"


def number(count: int, noun: str) -> str:
    """`1 run`, `2 runs`, `1,234 runs`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def outcome(name: str) -> str:
    """An outcome in words: `undo_failed` is `undo failed`."""
    return name.replace("_", " ")
