"""A drill on staging, reached only as a team declares it: to its end, and killed at every line of its journal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import rehearsals
from support.desk import NAME
from support.staging import RUNS, Staging, staging

from drills import journal as journals
from drills import kept, told
from drills.keeping import workplace
from drills.plan import plan

Json = Any

LINES = 39
"""Of a whole run."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    """A staging environment where a wrong version is sent out, noticed and rolled back."""
    folder = tmp_path_factory.mktemp("staging")
    with staging(folder, "wrong-model") as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def at_home(there: Staging) -> Staging:
    """The same with no run on record, and nothing left of any."""
    shutil.rmtree(there.clone.folder / RUNS, ignore_errors=True)
    assert there.left() == there.home()
    return there


def run_of(there: Staging) -> Path:
    (found,) = (there.clone.folder / RUNS).iterdir()
    return found


def result(there: Staging) -> Json:
    """What the run came to: just what its journal tells, in which nothing is odd (T07)."""
    run = kept.read(run_of(there))
    assert run
    planned = plan(rehearsals.read(there.clone).workflow(NAME))
    assert list(told.oddities(run.entries, planned)) == []
    assert told.tell(run.entries, planned, run.entries[-1]) == run.said
    assert told.is_home(run.entries)
    return run.said


def leaks(there: Staging) -> list[str]:
    """Files that jobs keep of runs in which something stands that lets somebody in anywhere."""
    files = [path for path in (there.clone.folder / RUNS).rglob("*") if path.is_file()]
    assert files
    keys = [Path(value).read_text().splitlines()[1] for value in there.environment.values() if value.endswith(".pem")]
    secrets = [value for value in there.environment.values() if not value.endswith(".pem")] + keys
    assert min(len(secret) for secret in secrets) > 20
    return [f.name for f in files if any(one in f.read_text() for one in (*secrets, *there.box.tokens.values(), "eyJ"))]


def test_to_the_end(at_home: Staging) -> None:
    """It passes, and everything is as it was; there is nothing to recover."""
    done = at_home.run()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert len(journals.read(run_of(at_home))) == LINES
    said = result(at_home)
    assert leaks(at_home) == []
    assert (said["outcome"], said["target"], said["undo"]) == ("passed", "staging", {"done": True, "steady": True})
    assert at_home.left() == at_home.home()
    assert at_home.drill("recover").stdout == "No run was left undone.\n"


def test_one_that_is_refused_is_no_run(at_home: Staging) -> None:
    """While another one drills there: nothing was touched, so nothing is left, and no record says that it failed."""
    at_home.target.office.take("another")
    refused = at_home.run()
    at_home.target.office.let_go()
    assert refused.returncode == 2
    assert "The run another drills there" in refused.stderr
    assert list((at_home.clone.folder / RUNS).iterdir()) == []
    assert at_home.drill("recover").stdout == "No run was left undone.\n"
    assert at_home.left() == at_home.home()


@pytest.mark.parametrize("line", range(1, LINES))
def test_killed_at_any_line_it_is_brought_home(at_home: Staging, line: int) -> None:
    """By another process, from the journal alone: points, jobs, model and bundle are as before; it was aborted.

    T18: what a job keeps of it lets nobody in, neither then nor after that; and nothing is left beside it.
    """
    killed = at_home.run(after=line)
    assert killed.returncode == -9
    assert len(journals.read(run_of(at_home))) == line
    assert leaks(at_home) == []
    recovered = at_home.drill("recover")
    assert (recovered.returncode, recovered.stderr) == (0, ""), recovered.stdout
    assert result(at_home)["outcome"] == "aborted"
    assert at_home.left() == at_home.home()
    assert leaks(at_home) == []
    assert not workplace(run_of(at_home).name).exists()


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("line", [5, 17, 31])
def test_told_to_end_it_comes_home_first(at_home: Staging, line: int, signal: str) -> None:
    """Before, during and after the stop: it leaves nothing to recover, and says that it was interrupted."""
    ended = at_home.run(after=line, signal=signal)
    assert ended.returncode == 130
    assert "Traceback" not in ended.stderr
    assert at_home.left() == at_home.home()
    assert at_home.drill("recover").stdout == "No run was left undone.\n"
    # Told while it was on its way home already, it had proved everything that it was to prove.
    assert result(at_home)["outcome"] == ("passed" if line == 31 else "aborted")
