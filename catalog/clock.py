"""The one clock reading of a run."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from catalog.errors import UsageError

_SLACK = timedelta(minutes=5)
# Since 3.11 Python also reads weeks and other spellings, which no other reader of the files would.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    rf"{_DAY.pattern}(?:T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?"
)


def read(now: str | None, *, replay: bool = False) -> datetime:
    """The moment to judge at: the clock's, or `now` (ISO 8601). Raises `UsageError` for the past unless `replay`.

    A clock moved back would revive expired waivers and stale drills (T13), so only an explicit replay may do it.
    """
    actual = datetime.now(UTC)
    if now is None:
        if replay:
            raise UsageError("--replay needs --now.", solution="Name the moment: --now 2026-03-01T12:00:00Z --replay")
        return actual
    moment = _parse(now)
    if moment < actual - _SLACK and not replay:
        raise UsageError(
            f"--now {now} is in the past.",
            why="A clock moved back revives expired waivers and stale drills.",
            solution="Add --replay to judge as of that day; the report will say so.",
        )
    return moment


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(text: object) -> date | None:
    """A date as files write it, `2026-03-01`, or None when it is none."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and _DAY.fullmatch(text) else None
    except ValueError:
        return None


def age_days(then: datetime, now: datetime) -> int:
    """Whole days from then to now; negative when then lies ahead."""
    return (now - then).days


def _parse(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--now {text} is not a moment.", solution="Write it as 2026-03-01 or 2026-03-01T12:00:00Z."
        ) from None
