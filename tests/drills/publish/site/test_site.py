"""The site as a whole: every link leads to a page of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.drill_runs import SELF_TEST, history, run
from support.html_pages import read
from support.records import NOW

from drills.publish.interface import Edition
from drills.publish.self_test import SelfTest
from drills.publish.site.site import SiteForm

EDITION = Edition(now=NOW, records=None)


def build(place: Path, edition: Edition = EDITION) -> None:
    """A site of three workflows."""
    with SiteForm(place, edition) as form:
        for name in ("billing-replies", "ticket-triage"):
            form.add(history(run(workflow=name), run(workflow=name, run="other"), workflow=name))
        form.add(history(workflow="never-drilled"))
        form.finish()


@pytest.mark.parametrize("tested", [None, SelfTest(said=SELF_TEST, mutants=())])
def test_every_link_leads_somewhere(tested: SelfTest | None, tmp_path: Path) -> None:
    """From each page to a page, the style sheet or the icon, inside the folder; and every page is reached."""
    build(tmp_path / "site", Edition(now=NOW, records=None, self_test=tested))
    reached = set()
    pages = list((tmp_path / "site").rglob("*.html"))
    for page in pages:
        for link in read(page.read_text()).values("href"):
            target = (page.parent / link.partition("#")[0]).resolve() if link[0] != "#" else page
            assert target.is_relative_to(tmp_path / "site")
            assert target.is_file(), (page, link)
            reached.add(target)
    assert set(pages) <= reached
    assert len(pages) == 1 + 3 + 4 + bool(tested)


def test_without_an_end_nothing_is_left(tmp_path: Path) -> None:
    """What breaks on the way leaves no folder behind."""

    def breaks() -> None:
        with SiteForm(tmp_path / "site", EDITION) as form:
            form.add(history(run()))
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        breaks()
    assert list(tmp_path.iterdir()) == []


def test_nothing_at_all_is_a_site(tmp_path: Path) -> None:
    """A team's first day has a page, too."""
    with SiteForm(tmp_path / "site", EDITION) as form:
        form.finish()
    assert "no drill is on record" in (tmp_path / "site/index.html").read_text()
