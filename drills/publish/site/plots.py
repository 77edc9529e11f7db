"""One measure of many runs as a plot: raw points in time, median and p95 as lines, misses marked.

Drawn by pygal; what it adds for scripts and its own style sheet is taken out again, since the pages allow neither. All
looks come from the site's style sheet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from drills.publish import text
from drills.publish.figures import Figures
from drills.publish.timings import Standing, Timing

if TYPE_CHECKING:
    import pygal  # type: ignore[import-untyped]  # it ships no types

Element = ElementTree.Element

WIDTH, HEIGHT = 320, 190

_POINTS = {Standing.MET: "met", Standing.OVER: "over", Standing.FAILED: "failed", Standing.NOT_RUN: "not-run"}
_SERIES = ("points", "median", "p95", "budget")
"""What they are called in the style sheet."""

_CROSS = "M-3.5-3.5 3.5 3.5M-3.5 3.5 3.5-3.5"
_FAR = 3.0
"""A budget further off than so many times the longest time would press the points flat, and is left to the caption."""

_UNITS = ((86400, "%d %b %Y"), (3600, "%d %b %H:%M"), (60, "%d %b %H:%M"), (1, "%H:%M:%S"))
"""Seconds that ticks are multiples of, and how they are then told: no two of a plot say the same."""
_BESIDE, _ALONE = 5.0, 43200.0
"""Seconds that an axis has on each side, at the least; and around a single moment."""

_KEPT = {"class", "d", "transform", "x", "y", "cx", "cy", "r", "width", "height"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One run in one measure."""

    at: datetime
    timing: Timing


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """One drawing, as markup, and whether the budget is on it."""

    svg: str
    budget: float | None
    shows_budget: bool


def plot(name: str, title: str, points: Sequence[Point], found: Figures) -> Plot:
    """Draw one measure. `name` is unique on the page; `points` in any order, at least one."""
    budget = next((point.timing.budget for point in points if point.timing.budget is not None), None)
    top = max([found.longest or 0.0, *(point.timing.seconds or 0.0 for point in points)]) or budget or 1.0
    shows = budget is not None and budget <= top * _FAR
    height = max(top, budget or 0.0) if shows else top
    chart = _chart(points, height * 1.08)
    for level in (found.median, found.p95, budget if shows else None):
        chart.add("", _level(points, level), stroke=True, show_dots=False)
    svg = _plain(chart.render_tree().find("g"), name, title, _told(points, found))
    return Plot(svg=svg, budget=budget, shows_budget=shows)


def _chart(points: Sequence[Point], top: float) -> pygal.XY:
    begin, end = _ends(points)
    unit, form = next((unit, form) for unit, form in _UNITS if (end - begin) * 0.35 >= 3 * unit)
    chart = _library().XY(
        width=WIDTH, height=HEIGHT, stroke=False, show_legend=False, js=[], css=[], margin=6, dots_size=3,
        range=(0, top), xrange=(begin, end), max_scale=5, min_scale=3, no_prefix=True, pretty_print=False,
        x_value_formatter=lambda value: f"{datetime.fromtimestamp(value, UTC):{form}}",
        value_formatter=_axis, truncate_label=-1,
    )  # fmt: skip
    chart.x_labels = [round((begin + (end - begin) * share) / unit) * unit for share in (0.15, 0.5, 0.85)]
    # One series for all points: the library pads each to the length of the longest.
    chart.add("", [_place(point, top) for point in points], formatter=_silent)
    return chart


def _place(point: Point, top: float) -> dict[str, Any]:
    # What has no time is marked along the upper edge: it is no short time.
    value = top if point.timing.seconds is None else point.timing.seconds
    return {"value": (point.at.timestamp(), value), "node": {"class": _POINTS[point.timing.standing]}}


def _silent(_: object) -> str:
    return ""


def _level(points: Sequence[Point], value: float | None) -> list[tuple[float, float]]:
    return [] if value is None else [(end, value) for end in _ends(points)]


def _ends(points: Sequence[Point]) -> tuple[float, float]:
    times = [point.at.timestamp() for point in points]
    begin, end = min(times), max(times)
    beside = max((end - begin) * 0.03, _BESIDE) if begin < end else _ALONE
    return begin - beside, end + beside


def _axis(value: float) -> str:
    return f"{value / 60:g} min" if value >= 120 else f"{value:g} s"


def _told(points: Sequence[Point], found: Figures) -> str:
    first, last = (text.minute(end(point.at for point in points)) for end in (min, max))
    return (
        f"{text.number(len(points), 'run')} from {first} to {last}. Median {text.seconds(found.median)}, "
        f"p95 {text.seconds(found.p95)}, longest {text.seconds(found.longest)}. Over budget {found.over}, "
        f"failed {found.failed}, not run {found.not_run}. The table of runs below lists every point."
    )


@cache
def _library() -> Any:
    import pygal
    from pygal.etree import etree  # type: ignore[import-untyped]  # as above

    etree.to_etree()  # the same bytes whether or not lxml is installed
    # It asks to be asked about every later import, by a protocol that Python warns of; only its maps need that.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
    return pygal


def _plain(graph: Element, name: str, title: str, desc: str) -> str:
    """The drawing with nothing in it but shapes and words."""
    svg = ElementTree.Element(
        "svg", {"class": "plot", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc"},
    )  # fmt: skip
    for tag, words in (("title", title), ("desc", desc)):
        ElementTree.SubElement(svg, tag, {"id": f"{name}-{tag}"}).text = words
    # Beside the graph there are a style sheet, a script, and comments with today's date.
    svg.extend(_shapes(graph))
    return ElementTree.tostring(svg, encoding="unicode", short_empty_elements=True)


def _shapes(parent: Element) -> Iterator[Element]:
    for child in parent:
        classes = child.get("class", "")
        if child.tag in ("title", "desc") or "text-overlay" in classes:
            continue
        if "tooltip-overlay" in classes or "background" in classes:
            continue
        if child.tag == "circle":
            yield _dot(child)
            continue
        made = ElementTree.Element(child.tag, _attributes(child))
        made.text = child.text
        made.extend(_shapes(child))
        if classes == "dots":
            yield from made
        elif len(made) or made.tag != "g":
            yield made


def _dot(circle: Element) -> Element:
    x, y = (round(float(circle.get(key, "0")), 1) for key in ("cx", "cy"))
    kind = circle.get("class", "")
    if kind == "failed":
        return ElementTree.Element("path", {"class": kind, "d": _CROSS, "transform": f"translate({x:g} {y:g})"})
    return ElementTree.Element("circle", {"class": kind, "cx": f"{x:g}", "cy": f"{y:g}", "r": "3"})


def _attributes(shape: Element) -> dict[str, str]:
    kept = {key: value for key, value in shape.attrib.items() if key in _KEPT and value}
    number = kept.get("class", "").partition("serie-")[2][:1]
    return {**kept, "class": _SERIES[int(number)]} if number else kept
