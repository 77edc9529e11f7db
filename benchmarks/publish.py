"""Publishing drills: the whole site, beside reading the same records and rendering one page of each workflow.

Fifty thousand signed records are made through `git fast-import`; what is timed runs in this process, by its processor
time, so that what else the machine does counts little.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import generator
from benchmarks.measure import Figure

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from support import drill_runs, yaml_text
from support.company import Company
from support.keys import people_entry, signing_key

from catalog.git import Repository
from catalog.records.envelope import path_of, sign
from catalog.records.statement import Kind, make_statement
from drills.publish.interface import Edition
from drills.publish.site import pages
from drills.publish.site.site import SiteForm
from drills.publish.sources import History, Sources

_KEY = signing_key("drill-2026")
_WHO = b"Bench <dana@example.org> 1790000000 +0000"
_PAGE = 300_000
_ROUNDS = 2  # of minutes each; what is counted is processor time, which varies little


def figures(folder: Path, runs: int, large: int) -> Iterator[Figure]:
    """The site of `large` / 20 workflows with a hundred runs each, and its largest page."""
    clone = repository(folder / "drills", large // 20, 100)
    site = folder / "site"
    reading, building = "records read, a page of each workflow", "site of all of them"
    taken: dict[str, list[float]] = {reading: [], building: []}
    for _ in range(min(runs, _ROUNDS)):
        taken[reading].append(_timed(lambda: _read(clone)))
        taken[building].append(_timed(lambda: _build(clone, site)))
    seconds = {name: min(found) for name, found in taken.items()}
    what = f"site of {large // 20} workflows and {large * 5} runs / reading, and a page of each workflow"
    yield Figure(what=what, value=seconds[building] / seconds[reading], limit=2.0, seconds=seconds)
    largest = max(path.stat().st_size for path in site.rglob("*.html"))
    yield Figure(what=f"largest page of it / {_PAGE} bytes", value=largest / _PAGE, limit=1.0, seconds={})


def repository(folder: Path, workflows: int, runs: int) -> Path:
    """A clone with so many workflows, and so many drills of each on record."""
    generator.repository(folder, workflows)
    _trust(folder / "team" / "people.yaml")
    names = [path.name for path in sorted((folder / "workflows").iterdir())]
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE) as git:
        assert git.stdin
        git.stdin.writelines(_stream(names, runs))
    if git.returncode:
        raise RuntimeError(f"git fast-import ended with {git.returncode}")
    return folder


def _trust(path: Path) -> None:
    """Let the team's owner have the key that signs drills."""
    people = Company(path.parents[1]).people()
    key = people_entry(_KEY.public(start=date(2026, 1, 1), end=date(2099, 12, 31)))
    people["people"][people["owner"]]["keys"] = [key]
    people["signers"] = {Kind.DRILL.value: [_KEY.id]}
    path.write_text(yaml_text.dump(people), encoding="utf-8")


def _stream(names: list[str], runs: int) -> Iterator[bytes]:
    yield b"commit refs/heads/records\nauthor %b\ncommitter %b\ndata 6\ndrills\n" % (_WHO, _WHO)
    for seed, name in enumerate(names):
        for said in drill_runs.many(runs, workflow=name, seed=seed):
            statement = make_statement(Kind.DRILL, said)
            raw = sign(statement, _KEY)
            yield b"M 100644 inline %b\ndata %d\n%b\n" % (path_of(statement, raw).encode(), len(raw), raw)


def _read(clone: Path) -> None:
    def page(history: History, edition: Edition) -> None:
        pages.workflow(edition, history)

    _each(clone, page)


def _build(clone: Path, site: Path) -> None:
    with Repository.discover(clone) as opened:
        opened.use_scratch()
        sources = Sources(opened, datetime.now(UTC), ())
        with SiteForm(site, _edition(sources)) as form:
            for history in sources.histories():
                form.add(history)
            form.finish()


def _each(clone: Path, work: Callable[[History, Edition], None]) -> None:
    with Repository.discover(clone) as opened:
        opened.use_scratch()
        sources = Sources(opened, datetime.now(UTC), ())
        for history in sources.histories():
            work(history, _edition(sources))


def _edition(sources: Sources) -> Edition:
    return Edition(now=sources.now, records=sources.branch.commit)


def _timed(work: Callable[[], None]) -> float:
    """Processor time of this process and of those that it waited for."""
    before = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - before
