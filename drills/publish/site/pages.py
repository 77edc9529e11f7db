"""The pages: what each of them shows, put into its template, where all text is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drills.publish import text
from drills.publish.figures import Figures, figures
from drills.publish.interface import Edition
from drills.publish.runs import MEANINGS, PASSED, Run, Scenario
from drills.publish.silence import silence
from drills.publish.site import plots
from drills.publish.site.timeline import timeline
from drills.publish.sources import History
from drills.publish.timings import MEASURES, Measure, Timing, scenario_timing, timing

if TYPE_CHECKING:
    from jinja2 import Environment

RUN_PAGES = 10
"""Runs of a workflow, the newest, that have a page of their own."""

SHOWN = 60
"""Runs of a workflow that are drawn and listed, shared by its targets."""

TARGETS = 4
"""Targets of a workflow that are shown; more would not fit a page."""

ROWS = 150
"""Workflows on one page of the overview."""

_OVERVIEW = ("stop", "drain", "restore")
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One workflow on the overview."""

    workflow: str
    standing: str
    last: Run | None
    timings: tuple[tuple[str, Timing], ...]
    age: int | None
    limit: int | None
    sandbox_only: bool
    runs: int

    @property
    def aged(self) -> bool:
        """Whether its evidence is missing or past its limit; what is not declared needs none."""
        return self.limit is not None and (self.age is None or self.age > self.limit)

    @property
    def calm(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.last is not None and self.last.outcome == PASSED and not self.aged


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The runs of a workflow on one target: all of them counted, the newest drawn and listed."""

    name: str
    total: int
    figures: Sequence[tuple[Measure, Figures]]
    plots: Sequence[tuple[Measure, plots.Plot]]
    shown: Sequence[tuple[Run, str, Sequence[tuple[Measure, Timing]]]]


def row(history: History) -> Row:
    """A workflow's line of the overview."""
    declared, last, evidence = history.declared, history.last, history.evidence
    within = declared.within if declared else None
    chosen = [measure for measure in MEASURES if measure.phase in _OVERVIEW]
    return Row(
        workflow=history.workflow, standing=f"{declared.state}, {declared.tier}" if declared else "not declared",
        last=last, timings=tuple((_column(one), timing(last, one, within)) for one in chosen) if last else (),
        age=history.age_days(evidence) if evidence else None, limit=declared.limit_days if declared else None,
        sandbox_only=history.sandbox_only, runs=len(history.runs),
    )  # fmt: skip


def overview(site: Edition, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """The pages of the overview, by name: what did not pass or has no evidence first, then by name."""
    ordered = sorted(rows, key=lambda one: (one.calm, one.workflow))
    parts = [ordered[start : start + ROWS] for start in range(0, len(ordered), ROWS)] or [[]]
    for number, part in enumerate(parts, 1):
        yield page_name(number), _render(
            "overview.html", site=site, root="", rows=part, page=number, pages=len(parts), total=len(rows),
            runs=sum(one.runs for one in rows), counts=_counts(rows),
        )  # fmt: skip


def workflow(site: Edition, history: History) -> str:
    """One workflow's page."""
    own = run_pages(history)
    share = max(1, SHOWN // max(1, min(TARGETS, len(history.targets))))
    targets = [_target(history, name, number, share, own) for number, name in enumerate(history.targets[:TARGETS], 1)]
    return _render(
        "workflow.html", site=site, root="../", history=history, targets=targets, measures=MEASURES, pages=len(own),
        most=RUN_PAGES,
        more_targets=max(0, len(history.targets) - TARGETS),
    )  # fmt: skip


def run(site: Edition, history: History, one: Run) -> str:
    """One run's page."""
    within = history.declared.within if history.declared else None
    heard = [silence(scenario, one.said["silence"]["window"]) for scenario in one.scenarios]
    scenarios = [
        (scenario, silent, timeline(scenario, silent), _timings(scenario, within))
        for scenario, silent in zip(one.scenarios, heard, strict=True)
    ]
    return _render(
        "run.html", site=site, root="../../", run=one, scenarios=scenarios, meanings=MEANINGS, bound=list(_bound(one))
    )


def self_test(site: Edition) -> str:
    """The page of drills that must fail."""
    return _render("self_test.html", site=site, root="")


def run_pages(history: History) -> dict[str, str]:
    """Where the runs that have a page have it, by the run's name."""
    return {one.name: f"runs/{history.workflow}/{one.name}.html" for one in history.runs[:RUN_PAGES]}


def page_name(number: int) -> str:
    """The file of one page of the overview."""
    return "index.html" if number == 1 else f"overview-{number}.html"


def _column(measure: Measure) -> str:
    return measure.words.replace("Time to", "To")


def _counts(rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    last = [one.last.outcome if one.last else "" for one in rows]
    yield "Last drill passed", last.count(PASSED)
    yield "Last drill did not pass", sum(outcome not in ("", PASSED) for outcome in last)
    yield "Never drilled", last.count("")
    yield "Without evidence in date", sum(one.aged for one in rows)


def _target(history: History, name: str, number: int, share: int, own: dict[str, str]) -> Target:
    within = history.declared.within if history.declared else None
    runs = history.on(name)
    columns = [(measure, [timing(one, measure, within) for one in runs]) for measure in MEASURES]
    found = [(measure, figures(timings)) for measure, timings in columns]
    shown = runs[:share]
    drawn = [
        (measure, _plot(f"p{number}-{measure.phase}", measure, shown, timings[:share])) for measure, timings in columns
    ]
    listed = [
        (one, own.get(one.name, ""), [(measure, timings[at]) for measure, timings in columns])
        for at, one in enumerate(shown)
    ]
    return Target(name=name, total=len(runs), figures=found, plots=drawn, shown=listed)


def _plot(name: str, measure: Measure, runs: Sequence[Run], timings: Sequence[Timing]) -> plots.Plot:
    points = [plots.Point(at=one.at, timing=timed) for one, timed in zip(runs, timings, strict=True)]
    return plots.plot(name, measure.words, points, figures(timings))


def _timings(scenario: Scenario, within: float | None) -> list[tuple[Measure, Timing]]:
    return [(measure, scenario_timing(scenario, measure, within)) for measure in MEASURES]


def _bound(one: Run) -> Iterator[tuple[str, str]]:
    said = one.said
    yield "Version", said["version"]
    yield "Way back", said["rollback_digest"]
    yield "Commit", said["commit"]
    yield "Bundle", f"{said['bundle']['revision']}, number {said['bundle']['seq']}"
    yield "OPA", said["opa"]
    yield "Run", said["run"]
    yield "Runner", said["runner"]
    for part in said["configuration"]:
        yield part["name"], f"sha256:{part['digest']['sha256']}"
    yield "Record", one.path or one.source.value


def _render(template: str, **shown: Any) -> str:
    return _environment().get_template(template).render(**shown)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    made.filters |= {
        "seconds": _unbroken(text.seconds), "limit": _unbroken(text.limit), "resolution": _unbroken(text.resolution),
        "share": _unbroken(text.share), "minute": text.minute, "number": text.number,
        "outcome": text.outcome, "page": page_name,
    }  # fmt: skip
    return made


def _unbroken(told: Callable[[Any], str]) -> Callable[[Any], str]:
    """A number stays on one line with its unit, however narrow its cell is."""
    return lambda value: told(value).replace(" ", "\N{NO-BREAK SPACE}")


def _shown(value: object) -> object:
    # Exactly text: what is markup already was made here.
    return text.visible(value) if type(value) is str else value
