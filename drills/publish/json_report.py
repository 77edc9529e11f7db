"""All of it for programs: every raw run, and the figures; described by `report.schema.json` beside this file.

ASCII, sorted keys, one run a line: the same runs are the same bytes, and no reader's screen is moved by them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from catalog.records.statement import time_text
from drills.publish import files
from drills.publish.figures import figures
from drills.publish.interface import Edition
from drills.publish.runs import Run
from drills.publish.sources import History
from drills.publish.timings import MEASURES, timing

Json = Any

FORMAT = "countersign-drills/1"
"""Changes when a reader of the old documents could misread the new ones."""

_CHUNK = 1024 * 1024


class JsonReport:
    """The document, written to one file. A context manager, as it keeps what it is shown on disk until then."""

    def __init__(self, path: Path, edition: Edition) -> None:
        self._path, self._edition = path, edition
        # Not in memory: all raw runs of a large team are hundreds of megabytes.
        self._written: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed on leaving)
        self._some = False

    def add(self, history: History) -> None:
        """Take in one workflow."""
        runs = ",\n".join(_dump(_run(run)) for run in history.runs)
        about = _dump(_workflow(history)).removesuffix("}")
        text = f'{"," if self._some else ""}\n{about},"runs":[\n{runs}\n]}}'
        self._written.write(text.encode("ascii"))
        self._some = True

    def finish(self) -> None:
        """Write it."""
        files.write(self._path, self._parts())

    def __enter__(self) -> JsonReport:
        return self

    def __exit__(self, *_: object) -> None:
        self._written.close()

    def _parts(self) -> Iterator[bytes]:
        yield f'{_dump(_head(self._edition)).removesuffix("}")},"workflows":['.encode("ascii")
        self._written.seek(0)
        while part := self._written.read(_CHUNK):
            yield part
        yield b"\n]}\n"


def _head(edition: Edition) -> dict[str, Json]:
    tested = dict(edition.self_test.said) if edition.self_test else None
    return {"at": time_text(edition.now), "format": FORMAT, "records": edition.records, "self_test": tested}


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _workflow(history: History) -> dict[str, Json]:
    declared, evidence = history.declared, history.evidence
    return {
        "workflow": history.workflow,
        "tier": declared and declared.tier,
        "within": declared and declared.within,
        "limit_days": declared and declared.limit_days,
        "evidence": evidence and {"path": evidence.path, "age_days": history.age_days(evidence)},
        "figures": list(_figures(history)),
    }


def _figures(history: History) -> Iterator[dict[str, Json]]:
    within = history.declared.within if history.declared else None
    for target in history.targets:
        for measure in MEASURES:
            found = figures([timing(run, measure, within) for run in history.on(target)])
            said = {**asdict(found), "misses": found.misses, "bound": found.bound}
            yield {"target": target, "phase": measure.phase, **said}


def _run(run: Run) -> dict[str, Json]:
    return {"source": run.source.value, "path": run.path or None, "said": run.said}
