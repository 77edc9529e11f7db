"""A plot shows the raw points, says the same in words, and holds nothing that a strict page would refuse."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from support.records import NOW

from drills.publish.figures import figures
from drills.publish.site.plots import Plot, Point, plot
from drills.publish.timings import Standing, Timing

ALLOWED = {"svg", "title", "desc", "g", "path", "circle", "text"}


def points(*times: float | None, standing: Standing = Standing.MET, budget: float | None = 10.0) -> list[Point]:
    """A run a day."""
    return [
        Point(
            at=NOW - timedelta(days=day),
            timing=Timing(standing=standing, seconds=seconds, resolution=0.01, budget=budget),
        )
        for day, seconds in enumerate(times)
    ]


def draw(found: list[Point], title: str = "Time to stop") -> tuple[Plot, ElementTree.Element]:
    """The plot and its elements."""
    made = plot("p1-stop", title, found, figures([point.timing for point in found]))
    return made, ElementTree.fromstring(made.svg)


def shapes(svg: ElementTree.Element) -> Counter[str]:
    """How many points of each kind there are."""
    wanted = {"met", "over", "failed", "not-run"}
    return Counter(kind for one in svg.iter() if (kind := one.get("class", "")) in wanted)


def test_every_run_is_a_point() -> None:
    """Those without a time too; each kind has a mark of its own, and failed ones a shape of their own."""
    found = [
        *points(1.0, 2.0, 3.0),
        *points(11.0, standing=Standing.OVER),
        *points(None, None, standing=Standing.FAILED),
        *points(None, standing=Standing.NOT_RUN),
    ]
    _, svg = draw(found)
    assert shapes(svg) == {"met": 3, "over": 1, "failed": 2, "not-run": 1}
    assert {one.tag for one in svg.iter() if one.get("class") == "failed"} == {"path"}


def test_points_lie_where_they_belong() -> None:
    """A longer time is higher, a later run further right, and what has no time is along the upper edge."""
    _, svg = draw([*points(1.0, 9.0), *points(None, standing=Standing.FAILED)])
    met = [one for one in svg.iter("circle") if one.get("class") == "met"]
    [(late_x, low), (early_x, high)] = [(float(one.get("cx", 0)), float(one.get("cy", 0))) for one in met]
    assert late_x > early_x
    assert high < low
    cross = next(one for one in svg.iter("path") if one.get("class") == "failed")
    assert float(cross.get("transform", "").rstrip(")").split()[1]) < high


@pytest.mark.parametrize("budget, shown", [(10.0, True), (29.0, True), (31.0, False), (None, False)])
def test_a_far_budget_is_left_to_the_words(budget: float | None, shown: bool) -> None:
    """A budget is drawn unless it would press the points flat."""
    made, svg = draw(points(9.0, 10.0, budget=budget))
    assert (made.budget, made.shows_budget) == (budget, shown)
    assert ("budget" in {one.get("class") for one in svg.iter()}) is shown


def test_median_and_p95_are_lines() -> None:
    """Each is there once; without any time there is neither."""
    _, svg = draw(points(1.0, 2.0, 3.0))
    assert [one.get("class") for one in svg.iter("g") if one.get("class") in ("median", "p95")] == ["median", "p95"]
    _, svg = draw(points(None, standing=Standing.NOT_RUN))
    assert {"median", "p95"} & {one.get("class") for one in svg.iter()} == set()


def test_it_says_the_same_in_words() -> None:
    """An image for a screen reader, with a title, and a description that tells counts and figures."""
    _, svg = draw(points(1.0, 2.0, 30.0))
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "p1-stop-title p1-stop-desc"
    title, desc = svg[0], svg[1]
    assert (title.get("id"), title.text) == ("p1-stop-title", "Time to stop")
    assert "3 runs from 2026-08-30 12:00 UTC to 2026-09-01 12:00 UTC" in (desc.text or "")
    assert "Median 2.00 s, p95 30.0 s, longest 30.0 s" in (desc.text or "")


@pytest.mark.parametrize("count", [1, 2, 60])
def test_nothing_in_it_is_refused_by_a_strict_page(count: int) -> None:
    """T15: shapes and words only; no style, script, link, or address; and the same points are the same bytes."""
    made, svg = draw(points(*[1.0 + day % 7 for day in range(count)]), title='<script>"&')
    assert {one.tag for one in svg.iter()} <= ALLOWED
    attributes = {name for one in svg.iter() for name in one.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "href", "xmlns")}
    assert "://" not in made.svg
    assert "<script" not in made.svg
    assert made.svg == draw(points(*[1.0 + day % 7 for day in range(count)]), title='<script>"&')[0].svg


@pytest.mark.parametrize("apart", [
    timedelta(seconds=0), timedelta(seconds=2), timedelta(minutes=3), timedelta(hours=5), timedelta(days=1),
    timedelta(days=8), timedelta(days=900),
])  # fmt: skip
def test_ticks_tell_times_apart(apart: timedelta) -> None:
    """Over seconds or years: three ticks, no two alike, each so fine as it is told."""
    found = [*points(1.0), replace(points(1.0)[0], at=NOW - apart)]
    _, svg = draw(found)
    [axis] = [one for one in svg.iter("g") if one.get("class") == "axis x"]
    ticks = [one.text for one in axis.iter("text")]
    assert len(ticks) == len(set(ticks)) == 3, ticks


def test_ticks_stand_where_their_time_is() -> None:
    """Of runs over twelve days the ticks are midnights, and so told as dates."""
    at = NOW.replace(hour=0)
    days = [replace(points(1.0)[0], at=at - timedelta(days=day)) for day in range(13)]
    _, svg = draw(days)
    [axis] = [one for one in svg.iter("g") if one.get("class") == "axis x"]
    drawn = {round(float(one.get("x", 0)), 1): one.text for one in axis.iter("text")}
    dots = {round(float(one.get("cx", 0)), 1): point for one, point in zip(svg.iter("circle"), days, strict=True)}
    assert len(drawn) == 3
    for x, told in drawn.items():
        assert f"{dots[min(dots, key=lambda dot: abs(dot - x))].at:%d %b %Y}" == told
        assert min(abs(dot - x) for dot in dots) < 0.2


def test_a_plot_without_times_is_drawn_on_its_budget() -> None:
    """There is nothing else to draw it on, and no scale is made up."""
    made, _ = draw(points(None, standing=Standing.FAILED, budget=60.0))
    assert (made.budget, made.shows_budget) == (60.0, True)


def test_a_plot_is_small() -> None:
    """Sixty points take a few kilobytes."""
    made, _ = draw(points(*[1.0 + day % 7 for day in range(60)]))
    assert len(made.svg) < 8_000
