"""The written pages: what they name exists, and the threat model is kept by tests that cite it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import docs
from support.pages import ROOT

NOT_YET = "**Not yet:**"
THREAT_PAGE = ROOT / "docs/threats.md"
FIELDS = ("**Attack.**", "**Control.**", "**Where.**", "**What is left.**")
PAGES = pytest.mark.parametrize("page", docs.pages(), ids=lambda page: page.relative_to(ROOT).as_posix())


def threat_sections() -> dict[str, str]:
    """What docs/threats.md says, by threat id."""
    found = docs.sections(THREAT_PAGE.read_text(encoding="utf-8"))
    return {heading.split(" ")[0]: text for heading, text in found.items() if heading.startswith("T")}


@PAGES
def test_every_path_named_exists(page: Path) -> None:
    """Every path that a page names in code marks is there."""
    named = docs.paths(page.read_text(encoding="utf-8"))
    assert [path for path in named if not any(ROOT.glob(path.rstrip("/")))] == []


@PAGES
def test_every_link_leads_somewhere(page: Path) -> None:
    """Every link inside the repository leads to a file, and to a heading where it names one."""
    assert [link for link in docs.links(page.read_text(encoding="utf-8")) if not leads(page, link)] == []


def leads(page: Path, link: str) -> bool:
    """Whether a link of a page has something at its end."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or anchor in docs.anchors(target.read_text(encoding="utf-8"))


def test_every_page_is_reached() -> None:
    """A reader who starts at the README reaches every page by links."""
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        here = waiting.pop()
        if here not in reached and here.suffix == ".md" and here.exists():
            reached.add(here)
            names = (link.partition("#")[0] for link in docs.links(here.read_text(encoding="utf-8")))
            waiting += [(here.parent / name).resolve() for name in names if name]
    assert set(docs.pages()) - reached == set()


def test_every_threat_is_described() -> None:
    """docs/threats.md has one part for each threat, in order."""
    assert tuple(threat_sections()) == docs.THREATS


def test_every_rule_named_exists() -> None:
    """Every rule that docs/threats.md names as a control is there."""
    codes = docs.codes(THREAT_PAGE.read_text(encoding="utf-8"))
    assert [code for code in codes if not (ROOT / "policies/gate" / f"{code.replace('.', '/')}.rego").exists()] == []
    assert codes


@pytest.mark.parametrize("threat", docs.THREATS)
def test_each_threat_says_what_is_left(threat: str) -> None:
    """Each threat has its attack, its control, where that lives and what is left of it, in that order."""
    text = threat_sections()[threat]
    places = [text.find(field) for field in FIELDS]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("threat", docs.THREATS)
def test_each_control_is_tested(threat: str) -> None:
    """Each threat whose control is here is cited by at least one test."""
    if NOT_YET in threat_sections()[threat].partition(FIELDS[1])[2].partition(FIELDS[2])[0]:
        return
    assert docs.citations()[threat], f"no test cites {threat}"
