"""Report formats by name, each loaded only when asked for, and reports saved whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from catalog.errors import CountersignError, JudgeError, UsageError
from catalog.files import write_atomically
from checks.finding import Report, Severity, Verdict
from checks.reports.shape import counting

FORMATS: dict[str, str] = {
    "codequality": "checks.reports.codequality",
    "json": "checks.reports.json_report",
    "junit": "checks.reports.junit",
    "markdown": "checks.reports.markdown",
    "text": "checks.reports.text",
}
"""The module of each format's writer."""


FOLDER = Path("reports")
"""Where reports go by custom."""


class Writer(Protocol):
    """What a module of `FORMATS` offers. Both functions end in a line feed and never raise for any text."""

    def write(self, report: Report) -> str: ...

    def write_error(self, error: CountersignError) -> str: ...


def writer(name: str) -> Writer:
    """The writer of a format. Raises `UsageError` when there is none of that name."""
    if name not in FORMATS:
        raise UsageError(f"There is no report format {name!r}.", solution=f"Use one of: {', '.join(FORMATS)}.")
    return cast(Writer, import_module(FORMATS[name]))


def render(name: str, report: Report, *, colour: bool = False, width: int = 100) -> str:
    """`report` in the format `name`; `colour` and `width` (columns; 0 never wraps) matter to text alone.

    Raises `UsageError` for an unknown format, `JudgeError` for a report that says less than it must: no rule judged,
    or a verdict that is not the worst of its findings. Such a report would be green for no reason.
    """
    module = writer(name)
    _refuse_hollow(report)
    if name == "text":
        from checks.reports import text

        return text.write(report, colour=colour, width=width)
    return module.write(report)


def render_error(error: CountersignError, name: str, *, colour: bool = False, width: int = 100) -> str:
    """The artifact of a run that could not judge: never empty, never green. Raises `UsageError` as `render` does."""
    module = writer(name)
    if name == "text":
        from checks.reports import text

        return text.write_error(error, colour=colour, width=width)
    return module.write_error(error)


def parse_option(value: str) -> tuple[str, Path]:
    """The format and path of one `--report FORMAT=PATH`. Raises `UsageError` when it is anything else."""
    name, equals, path = value.partition("=")
    if not (name and equals and path):
        solution = f"Write it as FORMAT=PATH, such as junit={FOLDER}/gate.xml."
        raise UsageError(f"Cannot read the report option {value!r}.", solution=solution)
    writer(name)
    return name, Path(path)


def parse_options(values: Iterable[str]) -> tuple[tuple[str, Path], ...]:
    """Every `--report` of one run. Raises `UsageError` as `parse_option` does, and when two would fill one file."""
    options = tuple(parse_option(value) for value in values)
    paths = [path.absolute() for _, path in options]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        solution = "Give each format a file of its own."
        raise UsageError(f"Two reports would be written to {twice.name}.", solution=solution)
    return options


def prepare(paths: Collection[Path]) -> None:
    """Check that each report can be written, before anything is judged; make `reports/` where a clone has none yet.

    Raises `UsageError` as `save` does.
    """
    for path in paths:
        with _saying(path):
            _refuse_other_than_file(path)
            there = path.parent.is_dir()
            if not (there and os.access(path.parent, os.W_OK | os.X_OK)) and not _to_be_made(path.parent):
                raise OSError(errno.EACCES if there else errno.ENOENT, "")
    for path in paths:
        with _saying(path):
            if _to_be_made(path.parent):
                path.parent.mkdir()


def save(path: Path, text: str) -> None:
    """Write `text` to `path` whole or not at all: a reader never meets half a report.

    Raises `UsageError` when the folder is missing or unwritable, or when `path` is something other than a file.
    """
    with _saying(path):
        _refuse_other_than_file(path)
        write_atomically(path, text.encode("utf-8"))


@contextmanager
def _saying(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"Cannot write a report to {path}.",
            why=os.strerror(error.errno) if error.errno else str(error),
            solution="Name a file in a folder that exists and can be written to.",
        ) from error


def _refuse_other_than_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise UsageError(f"Cannot write a report to {path}: it is not a file.", solution="Name a file.")


def _to_be_made(folder: Path) -> bool:
    # Git ignores it at the root of a clone, and there alone: elsewhere a report would be a change to judge.
    return folder == FOLDER and Path(".git").exists() and not folder.exists()


def _refuse_hollow(report: Report) -> None:
    weights = ((Severity.DENY, Verdict.REFUSE), (Severity.WAIT, Verdict.WAIT))
    worst = next((verdict for severity, verdict in weights if counting(report.findings, severity)), Verdict.PASS)
    if report.rules < 1:
        raise JudgeError("No rule was judged.", why="A report without rules would pass anything.")
    if report.verdict != worst:
        raise JudgeError(f"The verdict is {report.verdict}, but the findings amount to {worst}.")
