"""Every page is sound, strict, readable by all, and small; and it shows what there is, whatever there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from support.drill_runs import HOSTILE, SELF_TEST, declared, history, hostile, many, run
from support.html_pages import Page, read
from support.records import NOW

from catalog.records.statement import Kind, make_statement
from drills.publish.interface import Edition
from drills.publish.runs import PHASES, Run, Source, run_of
from drills.publish.self_test import Mutant, SelfTest
from drills.publish.site import pages
from drills.publish.sources import History

Json = Any

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
LIMIT = 300_000


def with_self_test(words: str) -> SelfTest:
    """One mutant that was caught."""
    mutant = Mutant(
        name="deaf-worker", words=words, scenario="late-fee-answer", expected="failed at drain", got="passed",
        caught=False,
    )  # fmt: skip
    return SelfTest(said=SELF_TEST, mutants=(mutant,))


EDITION = Edition(now=NOW, records="a" * 40, self_test=with_self_test("A worker."))


def of(*said: Json) -> list[Run]:
    """Runs on record."""
    return [run_of(make_statement(Kind.DRILL, one), Source.RECORD) for one in said]


def life(count: int, **fields: Json) -> History:
    """A workflow with so many runs."""
    return history(*of(*many(count, **fields)))


def everything(found: History, edition: Edition = EDITION) -> Iterator[tuple[str, str]]:
    """Each kind of page that a history makes."""
    yield from pages.overview(edition, [pages.row(found)])
    yield "workflow", pages.workflow(edition, found)
    for one in found.runs[:2]:
        yield "run", pages.run(edition, found, one)
    yield "self-test", pages.self_test(edition)


NONE: dict[str, Json] = {
    "marks": dict.fromkeys([f"t{number}" for number in range(10)]),
    "outcomes": dict.fromkeys(PHASES, "not_run"),
}
NOT_HEARD = {"seen_before": False, "seen_after": True, "window": 0}
HISTORIES: dict[str, Callable[[], History]] = {
    "life": lambda: life(30),
    "never drilled": history,
    "not declared": lambda: history(run(), declared=None),
    "without a rollback": lambda: history(run(), declared=declared(within=None)),
    "not run": lambda: history(run(outcome="not_run", **NONE)),
    "late": lambda: history(run(outcomes={"drain": "late"}, marks={"t7": 70.0})),
    "failed": lambda: history(run(outcomes={"stop": "failed", "drain": "not_run"}, marks={"t4": None})),
    "undo failed": lambda: history(run(outcome="undo_failed", undo={"done": False, "steady": False})),
    "inconclusive": lambda: history(run(outcome="inconclusive", silence=NOT_HEARD)),
    "local": lambda: history(run(source=Source.LOCAL, candidate=True)),
    "not on record": lambda: history(run(source=Source.FILE)),
    "old": lambda: history(run(at=NOW - timedelta(days=400))),
    "several targets": lambda: history(*(run(target=f"target-{n}", at=NOW - timedelta(days=n)) for n in range(6))),
    "hostile": lambda: history(hostile(HOSTILE[0])),
}  # fmt: skip
EACH = pytest.mark.parametrize("name", sorted(HISTORIES))


@EACH
def test_pages_are_sound(name: str) -> None:
    """Every element is closed where it must be, ids are unique, and what is named by an id is there."""
    for _, source in everything(HISTORIES[name]()):
        page = read(source)
        assert page.wrong == []
        assert page.declaration == "doctype html"
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        named = [one for value in page.values("aria-labelledby") for one in value.split()]
        assert set(named) <= set(ids)


@EACH
def test_pages_need_nothing_from_elsewhere(name: str) -> None:
    """T15: no script, no style but the one sheet, no address with a host; and a policy that forbids them."""
    for _, source in everything(HISTORIES[name]()):
        page = read(source)
        [policy] = [tag for tag in page.named("meta") if "http-equiv" in tag.attributes]
        assert policy.attributes == {"http-equiv": "Content-Security-Policy", "content": POLICY}
        assert page.named("script", "style", "iframe", "object", "form", "base", "image", "use", "foreignobject") == []
        attributes = {attribute for tag in page.tags for attribute in tag.attributes}
        assert not {one for one in attributes if one.startswith("on") or one in ("style", "xlink:href", "srcset")}
        links = page.values("href") + page.values("src")
        assert links
        assert [link for link in links if ":" in link or link.startswith("/")] == []


@EACH
def test_pages_are_readable_by_all(name: str) -> None:
    """Landmarks, one first heading and none left out below, headed tables, named pictures, a language and a title."""
    for _, source in everything(HISTORIES[name]()):
        page = read(source)
        for landmark in ("header", "main", "footer", "h1", "title"):
            assert len(page.named(landmark)) == (1 if landmark != "title" else 1 + _pictures(page))
        assert page.named("html")[0].attributes == {"lang": "en"}
        levels = [int(tag.name[1]) for tag in page.named("h1", "h2", "h3", "h4")]
        assert all(later - level <= 1 for level, later in pairwise(levels))
        assert all("scope" in tag.attributes for tag in page.named("th"))
        for picture in page.named("svg"):
            hidden, role = (picture.attributes.get(key) for key in ("aria-hidden", "role"))
            assert (hidden, role) in {("true", None), (None, "img")}
        assert page.named("a")[0].attributes == {"class": "skip", "href": "#main"}


def _pictures(page: Page) -> int:
    return sum(tag.attributes.get("role") == "img" for tag in page.named("svg"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    """T15: in every free field of a record, of a manifest and of a self-test, it changes no element, no attribute."""
    edition = Edition(now=NOW, records="a" * 40, self_test=with_self_test(text))
    bad = history(hostile(text), declared=declared(summary=text))
    good = history(hostile("plain"), declared=declared())
    shown = ""
    for (_, source), (_, expected) in zip(everything(bad, edition), everything(good), strict=True):
        page = read(source)
        assert page.wrong == []
        assert page.shape == read(expected).shape
        shown += " ".join(page.text)
    assert not set("\u3164\u2800\U000e0041\ufffe\uffff") & set(shown)


@EACH
def test_the_same_runs_are_the_same_bytes(name: str) -> None:
    """Two people who publish the same records publish the same pages."""
    assert list(everything(HISTORIES[name]())) == list(everything(HISTORIES[name]()))


def test_the_overview_tells_the_last_drill() -> None:
    """Outcome, when and where, the three times beside their budgets, and the evidence's age beside its limit."""
    found = history(run(at=NOW - timedelta(days=12), target="staging"))
    [(_, source)] = pages.overview(EDITION, [pages.row(found)])
    text = " ".join(read(source).text)
    assert "billing-replies live, high passed 2026-08-20 12:00 UTC on staging" in text
    assert "0.10 s of 10 s 5.40 s of 1 min 11.0 s of 5 min 12 of 30 days" in text
    assert "past it" not in text


def test_what_is_short_of_good_is_said() -> None:
    """Old evidence, sandbox only, local, not on record, never drilled: each has its words on the overview."""
    histories = [
        history(run(at=NOW - timedelta(days=31), target="staging"), workflow="old"),
        history(run(), workflow="in-sandbox"),
        history(run(source=Source.LOCAL, target="staging"), workflow="at-desk"),
        history(run(source=Source.FILE, target="staging"), workflow="in-file"),
        history(workflow="never"),
    ]
    [(_, source)] = pages.overview(EDITION, [pages.row(one) for one in histories])
    text = " ".join(read(source).text)
    for words in ("31 of 30 days past it", "sandbox only", "local evidence", "not on record", "never drilled"):
        assert words in text


def test_what_did_not_pass_comes_first() -> None:
    """On the overview an owner sees what needs them without scrolling; then names in order."""
    rows = [
        pages.row(history(run(), workflow="a")),
        pages.row(history(run(outcomes={"stop": "failed"}), workflow="b")),
        pages.row(history(workflow="c")),
    ]
    [(_, source)] = pages.overview(EDITION, rows)
    links = [link for link in read(source).values("href") if link.startswith("workflows/")]
    assert links == ["workflows/b.html", "workflows/c.html", "workflows/a.html"]


def test_a_long_overview_has_pages() -> None:
    """None over its size, even with the longest names, and each leads to all of them."""
    rows = [
        pages.row(history(run(), workflow=f"{'w' * 59}{number:04}", declared=declared(f"{'w' * 59}{number:04}")))
        for number in range(400)
    ]
    found = dict(pages.overview(EDITION, rows))
    assert list(found) == ["index.html", "overview-2.html", "overview-3.html"]
    for source in found.values():
        assert len(source.encode()) < LIMIT
        assert set(found) <= set(read(source).values("href"))


def test_a_long_life_fits_a_page() -> None:
    """Of thousands of runs the newest are drawn and listed; all are counted; the page says what it leaves out."""
    found = life(5000)
    source = pages.workflow(EDITION, found)
    assert len(source.encode()) < LIMIT
    text = " ".join(read(source).text)
    assert "On sandbox 5,000 runs" in text
    assert "the newest 60 of 5,000" in text
    assert "4,940 older runs are counted above, and stand in the JSON report" in text


def test_many_targets_fit_a_page() -> None:
    """Four are shown, sharing what is drawn; the page says how many it leaves out."""
    said = [one for number in range(8) for one in many(100, target=f"target-{number}", seed=number)]
    source = pages.workflow(EDITION, history(*of(*said)))
    assert len(source.encode()) < LIMIT
    assert "It ran on 4 other targets too" in " ".join(read(source).text)


def test_the_largest_run_fits_a_page() -> None:
    """As many scenarios as a record may hold."""
    one = run(scenarios=[f"scenario-{number}" for number in range(32)])
    assert len(pages.run(EDITION, history(one), one).encode()) < LIMIT


def test_the_table_of_runs_holds_every_point() -> None:
    """What is drawn is listed: each run with its five times."""
    found = life(40)
    page = read(pages.workflow(EDITION, found))
    drawn = [tag for tag in page.named("circle", "path") if tag.attributes.get("class") in _KINDS]
    legend = 4
    assert len(drawn) == 40 * 5 + legend
    assert len(page.named("time")) == 40 + 1


_KINDS = {"met", "over", "failed", "not-run"}


def test_figures_and_the_bound_are_told() -> None:
    """Without a miss the page says how little few runs promise; with misses, how many there were."""
    text = " ".join(read(pages.workflow(EDITION, history(*[run(run=str(n)) for n in range(60)]))).text)
    assert "Time to stop 60 0.10 s 0.10 s 0.10 s 0 0 0 at most 4.9 % (none in 60, about 3/n)" in text
    runs = [run(run=str(n), outcomes={"stop": "failed"} if n == 3 else {}) for n in range(10)]
    text = " ".join(read(pages.workflow(EDITION, history(*runs))).text)
    assert "Time to stop 9 0.10 s 0.10 s 0.10 s 0 1 0 at most 40 % (1 in 10)" in text


def test_no_averages_are_shown() -> None:
    """Neither a mean nor a score nor a mean time to anything."""
    for _, source in everything(life(30)):
        text = " ".join(read(source).text).lower()
        assert not [word for word in ("mttr", "mttd", "mean time", "score", "average ") if word in text]


def test_a_run_tells_what_it_proved() -> None:
    """Silence with its positive control, undo, and all that the run is bound to."""
    one = run(silence={"seen_before": False, "seen_after": True, "window": 20}, outcome="inconclusive",
              undo={"done": False, "steady": False}, path="billing-replies/drill/x.dsse.json")  # fmt: skip
    text = " ".join(read(pages.run(EDITION, history(one), one)).text)
    assert "was not seen to act before the stop, so its silence proves nothing, and acted after it" in text
    assert "Silence was watched from 6.50 s to 26.5 s" in text
    assert "Not every action was undone; the steady state was not proved again" in text
    for value in (one.said["version"], one.said["rollback_digest"], one.said["commit"], "d" * 64, one.path, "job 1234"):
        assert value in text


def test_nothing_needs_to_be_scrolled_sideways() -> None:
    """Each table is one of three columns, or becomes labelled cards: each of its cells then has its column's name."""
    for name in ("life", "failed", "several targets"):
        for _, source in everything(HISTORIES[name]()):
            page = read(source)
            assert not [tag for tag in page.tags if "tabindex" in tag.attributes]
            cards = [tag for tag in page.named("table") if (tag.attributes.get("class") or "").startswith("cards")]
            assert all(tag.attributes["role"] == "table" for tag in cards)
            cells = [tag for tag in page.named("td") if tag.attributes.get("role") == "cell"]
            assert all(tag.attributes.get("data-label") or tag.attributes["class"] == "n none" for tag in cells)
            assert source.count("<table>") * 3 == source.count('<th scope="col"')


def test_old_evidence_comes_before_good_one() -> None:
    """A drill that passed so long ago that it is no evidence any more needs somebody, too, and is counted."""
    rows = [
        pages.row(history(run(target="staging"), workflow="a")),
        pages.row(history(run(at=NOW - timedelta(days=31), target="staging"), workflow="b")),
    ]
    [(_, source)] = pages.overview(EDITION, rows)
    assert [link for link in read(source).values("href") if "/" in link] == ["workflows/b.html", "workflows/a.html"]
    assert "Without evidence in date 1" in " ".join(read(source).text)


def test_only_the_newest_runs_have_pages() -> None:
    """Links lead to them alone."""
    found = life(30)
    links = [link for link in read(pages.workflow(EDITION, found)).values("href") if "runs/" in link]
    assert links == [f"../{name}" for name in pages.run_pages(found).values()]
    assert len(links) == pages.RUN_PAGES


def test_what_was_never_drilled_has_a_short_page() -> None:
    """There is nothing to explain yet."""
    text = " ".join(read(pages.workflow(EDITION, history())).text)
    assert "No drill of it is known yet." in text
    assert "How to read this" not in text
