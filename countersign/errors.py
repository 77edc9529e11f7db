"""The one place where failures become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from catalog.errors import CountersignError, Interrupted, SourceError
from catalog.files import FULL

_UNEXPECTED = 3


def exit_code_of(run: Callable[[], object], *, judging: bool = True) -> int:
    """Run a command; print what went wrong, if anything did, on standard error; the exit code as designed.

    Where the command is one for `judging`, a failure also says that nothing was.
    """
    try:
        return _code(run())
    except SystemExit as leaving:
        # Commands return; click itself leaves with 1, a verdict here, when a pipe is closed.
        return _closed() if leaving.code == 1 else _code(leaving.code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _print(Interrupted("Interrupted: nothing was changed by what was left undone."), judging)
    except CountersignError as error:
        return _print(error, judging)
    except BrokenPipeError:
        return _closed()
    except OSError as error:
        return _print(_full(error), judging) if error.errno in FULL else _print_defect(error)
    except Exception as error:  # noqa: BLE001 - whatever else: a defect, which must never look like a verdict
        return _print_defect(error)


def _full(error: OSError) -> CountersignError:
    return SourceError(
        f"Nothing more can be written: {error.strerror}.",
        why=f"It was for {error.filename}." if error.filename else "",
        solution="Make room, and run it again.",
    )


def _closed() -> int:
    """The reader of our output has gone: say nothing into a closed pipe, but do not call it a success."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _UNEXPECTED


def _code(value: object) -> int:
    return value if isinstance(value, int) else 0 if value is None else _UNEXPECTED


def _print(error: CountersignError, judging: bool) -> int:
    from checks.reports import text

    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    click.echo(text.write_error(error, colour=colour, judging=judging).rstrip("\n"), err=True)
    return error.exit_code


def _print_defect(error: Exception) -> int:
    import traceback

    if os.environ.get("COUNTERSIGN_TRACEBACK"):
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    click.echo(
        f"error: a defect in Countersign: {type(error).__name__} in {os.path.basename(where.filename)}:{where.lineno}\n"
        "Nothing was judged. Set COUNTERSIGN_TRACEBACK=1 to see all of it, and report it.",
        err=True,
    )
    return _UNEXPECTED
