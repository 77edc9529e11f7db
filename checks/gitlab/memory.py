"""What a merge request was judged by, in one hidden line of the note, so that a sweep need not judge the same again.

The line is no evidence: whoever could forge it would only put off the next judgement, and nothing merges without one.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from checks.finding import Verdict
from checks.gitlab.facts import Note

if TYPE_CHECKING:
    from checks.gitlab.judge import Case

_LINE = re.compile(r"^<!-- countersign:seen ([a-z]+) ([0-9a-f]{64}) -->$", re.MULTILINE)
_READ = "countersigned"
"""A comment without this word is not read by any rule."""


def line(case: Case, ours: Note | None, verdict: Verdict, target: str, records: str, now: datetime) -> str:
    """The line for a judgement onto the commit `target`, with the records of the commit `records` (empty: none)."""
    return f"<!-- countersign:seen {verdict} {_digest(case, ours, target, records, now)} -->"


def recall(case: Case, ours: Note | None, target: str, records: str, now: datetime) -> Verdict | None:
    """The verdict that judging would give again, as far as all that it depends on is the same; else None."""
    found = _LINE.search(ours.body) if ours else None
    if found is None or found[2] != _digest(case, ours, target, records, now):
        return None
    return Verdict(found[1]) if found[1] in set(Verdict) else None


def _digest(case: Case, ours: Note | None, target: str, records: str, now: datetime) -> str:
    request = case.request
    heard = (one for one in case.notes if one != ours and (one.system or _READ in one.body))
    # The day, because evidence ages and absences and waivers begin and end with one.
    depends = [
        version("countersign"), request.head, request.target, request.author, target, records, f"{now:%Y-%m-%d}",
        sorted((click.user, str(click.at)) for click in case.clicks),
        [(one.id, one.user, one.body, one.edited) for one in heard],
    ]  # fmt: skip
    return sha256(json.dumps(depends).encode()).hexdigest()
