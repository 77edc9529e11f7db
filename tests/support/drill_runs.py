"""Drill runs for tests: what a runner would have recorded, with every phase and mark; a test changes a part."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from support.records import NOW, predicate, version

from catalog.records.statement import Kind, make_statement, time_text
from drills.publish.declared import Declared
from drills.publish.runs import PHASES, Run, Source, run_of
from drills.publish.sources import History

Json = Any

BUDGETS = {
    "detect": 120, "acknowledge": 120, "stop": 10, "mitigate": 120, "drain": 60, "notify": 60, "restore": 60,
}  # fmt: skip
MARKS = {
    "t0": 1.0, "t1": 1.4, "t2": 2.0, "t3": 2.1, "t4": 2.2, "t5": 3.0, "t6": 5.0, "t7": 7.5, "t8": 4.0, "t9": 12.0
}  # fmt: skip
POLLED = {"t1", "t4", "t5", "t6", "t7", "t9"}
_SPANS = {
    "detect": "t0 t1", "acknowledge": "t1 t2", "stop": "t3 t4", "mitigate": "t2 t6", "drain": "t3 t7",
    "notify": "t3 t8", "restore": "t7 t9",
}  # fmt: skip


def said(
    *, at: datetime = NOW, outcomes: Mapping[str, str] | None = None, marks: Mapping[str, float | None] | None = None,
    scenarios: Sequence[str] = ("late-fee-answer",), outcome: str | None = None, **fields: Json,
) -> dict[str, Json]:  # fmt: skip
    """What a record of such a run says. `outcomes`: of phases; a mark of None is left out."""
    outcomes = outcomes or {}
    outcome = outcome or next((one for one in outcomes.values() if one not in ("passed", "not_run")), "passed")
    places = {name: place for name, place in {**MARKS, **(marks or {})}.items() if place is not None}
    phases = [_phase(name, phase, outcomes.get(phase, "passed"), places) for name in scenarios for phase in PHASES]
    tests = {good: [f"{one['scenario']}/{one['phase']}" for one in phases if (one["outcome"] == "passed") is good]
             for good in (True, False)}  # fmt: skip
    told = {
        "at": at, "started": time_text(at - timedelta(seconds=20)), "seconds": 20.0, "outcome": outcome,
        "result": "PASSED" if outcome == "passed" else "FAILED",
        "passedTests": tests[True], "failedTests": tests[False],
        "scenarios": [{"name": name, "outcome": outcome} for name in scenarios], "phases": phases,
        "marks": [_mark(name, mark, place) for name in scenarios for mark, place in sorted(places.items())],
        "run": f"{at:%Y%m%d-%H%M%S}",
    }  # fmt: skip
    return predicate(Kind.DRILL, **{**told, **fields})


def run(source: Source = Source.RECORD, path: str = "", **fields: Json) -> Run:
    """Such a run, read."""
    return run_of(make_statement(Kind.DRILL, said(**fields)), source, path)


def many(count: int, *, workflow: str = "billing-replies", seed: int = 1, **fields: Json) -> list[dict[str, Json]]:
    """So many runs, one a day, newest first, as they come in life: most pass, times have a tail, some miss."""
    rng = random.Random(seed)
    return [
        said(at=NOW - timedelta(days=day, minutes=rng.randrange(600)), workflow=workflow, **_life(rng), **fields)
        for day in range(count)
    ]


def _life(rng: random.Random) -> dict[str, Json]:
    stop, drain = rng.lognormvariate(-2.5, 0.5), rng.lognormvariate(1.6, 0.5)
    marks = {
        "t4": 2.1 + stop, "t5": 3.0 + rng.random(), "t6": 5.0 + rng.random() * 2, "t7": 2.1 + max(stop, drain),
        "t8": 3.0 + rng.random() * 3, "t9": 9.0 + drain,
    }  # fmt: skip
    kind = rng.choices(["passed", "late", "failed", "not_run"], [88, 4, 5, 3])[0]
    if kind == "late":
        return {"marks": {**marks, "t7": 70.0, "t9": 80.0}, "outcomes": {"drain": "late"}}
    if kind == "failed":
        ended = {"drain": "failed", "notify": "not_run", "restore": "not_run"}
        return {"marks": {**marks, "t7": None, "t8": None, "t9": None}, "outcomes": ended}
    if kind == "not_run":
        none = dict.fromkeys(MARKS)
        return {"marks": none, "outcomes": dict.fromkeys(PHASES, "not_run"), "outcome": "not_run"}
    return {"marks": marks}


def _phase(scenario: str, phase: str, outcome: str, places: Mapping[str, float]) -> dict[str, Json]:
    begin, end = _SPANS[phase].split()
    ran = outcome != "not_run"
    seconds = max(0.0, round(places[end] - places[begin], 3)) if {begin, end} <= places.keys() else 1.0
    return {
        "scenario": scenario, "phase": phase, "outcome": outcome, "seconds": seconds if ran else None,
        "resolution": 0.02 if ran else None, "budget": BUDGETS[phase],
    }  # fmt: skip


def _mark(scenario: str, mark: str, place: float) -> dict[str, Json]:
    last_bad = round(place - 0.05, 3) if mark in POLLED else None
    return {"scenario": scenario, "mark": mark, "last_bad": last_bad, "first_good": round(place, 3)}


def declared(name: str = "billing-replies", **fields: Json) -> Declared:
    """A workflow as a tree has it, of just the version that the runs name."""
    return Declared(**{
        "name": name, "summary": "Drafts replies.", "tier": "high", "state": "live", "within": 300, "limit_days": 30,
        "rehearsed": "version", "digest": version(), "sandbox": False, **fields,
    })  # fmt: skip


def history(*runs: Run, workflow: str = "billing-replies", **fields: Json) -> History:
    """These runs, newest first, of a declared workflow."""
    ordered = tuple(sorted(runs, key=lambda one: one.at, reverse=True))
    return History(**{"workflow": workflow, "declared": declared(workflow), "runs": ordered, "now": NOW, **fields})


SELF_TEST = {
    "at": "2026-09-01T11:00:00.000Z", "opa": "1.22.2", "commit": "a" * 40, "seconds": 48.25,
    "mutants": [
        {
            "mutant": "deaf-worker", "words": "A worker that ignores the stop.", "scenario": "late-fee-answer",
            "expected": {"outcome": "failed", "phase": "drain"}, "got": {"outcome": "failed", "phase": "drain"},
            "caught": True,
        },
        {
            "mutant": "clock-back", "words": "The clock is stepped back 30 s.", "scenario": "late-fee-answer",
            "expected": {"outcome": "inconclusive", "phase": None}, "got": {"outcome": "passed", "phase": None},
            "caught": False,
        },
    ],
}  # fmt: skip
"""A file of the self-test's results, of which one mutant was missed."""

HOSTILE = (
    "<script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "\"'><svg onload=alert(1)>", "]]></failure>",
    "{{ 7 * 7 }} {% raw %}", "a\u3164b\u2800c\U000e0041d\ufffee\uffff", "javascript:alert(1)", "// https://evil.example",
    "&lt;b&gt; &#0; &amp;amp;", "</svg><style>*{display:none}</style>", "\\u003cscript\\u003e \\\" \\n", "::error::x",
)  # fmt: skip
"""Texts that a record's free fields let through, and that try to be more than text."""


def hostile(text: str, **fields: Json) -> Run:
    """A run with such a text in every free field."""
    configuration = [{"name": text, "digest": {"sha256": "d" * 64}}]
    return run(runner=text, opa=text[:40], bundle={"revision": text, "seq": 1}, configuration=configuration, **fields)
