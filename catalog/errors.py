"""Every expected failure, in one place.

CountersignError
├── UsageError        exit 2   the command was asked for something that cannot be
├── JudgeError        exit 3   a change could not be judged; never a pass
│   ├── ChangeError            the change itself is why, wherever and whenever it is judged
│   ├── GitError               git is missing, too old, or refused
│   ├── PolicyError            the rules cannot be loaded, or answered nothing
│   ├── EngineError            a Rego engine is missing, broke, timed out, or disagrees
│   ├── RecordError            the records cannot be read or written
│   │   └── NoEvidence         a drill's run can never be put on record
│   └── SourceError            a source of facts (approvals, clock) cannot be read
└── Interrupted       exit 130 the person pressed Ctrl-C

A message says what happened and where; `why` and `solution` say the rest. `str()` is one line, safe to print.
"""

from __future__ import annotations

from typing import ClassVar


class CountersignError(Exception):
    """What happened, and what the reader can do: raised for every failure that is expected to happen to somebody."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, why: str = "", solution: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.solution = solution


class UsageError(CountersignError):
    """The command cannot do what it was asked for, as asked."""

    exit_code = 2


class JudgeError(CountersignError):
    """The change could not be judged."""


class ChangeError(JudgeError):
    """The change itself is why it cannot be judged, wherever and whenever that is tried: its author has to mend it."""


class GitError(JudgeError):
    """Git is missing, too old, or refused a command."""


class PolicyError(JudgeError):
    """The rules cannot be loaded, or did not all answer."""


class EngineError(JudgeError):
    """A Rego engine is missing, broke, ran out of time, or disagrees with the other."""


class RecordError(JudgeError):
    """The records cannot be read or written."""


class NoEvidence(RecordError):
    """What a job left of a drill is no evidence of anything, and will never be: it is told once."""


class SourceError(JudgeError):
    """A source of facts cannot be read; `status`: what a server answered instead, 0 when it did not."""

    def __init__(self, message: str, *, why: str = "", solution: str = "", status: int = 0) -> None:
        super().__init__(message, why=why, solution=solution)
        self.status = status


class Interrupted(CountersignError):
    """The person stopped the command."""

    exit_code = 130
