"""The published pages in a real browser: nothing that axe finds fault with, nothing that scrolls sideways, no error."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.drill_runs import HOSTILE, SELF_TEST, history, hostile, many, run
from support.pages import ROOT
from support.records import NOW

from catalog.records.statement import Kind, make_statement
from drills.publish import self_test
from drills.publish.interface import Edition
from drills.publish.runs import Run, Source, run_of
from drills.publish.site.site import SiteForm

Json = Any

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

MODULES = ROOT / ".tools" / "node" / "node_modules"
LONG = "a-workflow-whose-name-is-as-long-as-the-schema-of-names-allows"


@pytest.fixture
def opened(tool: Callable[[str], str], tmp_path: Path) -> Json:
    """What the browser says of one page of each kind, in light and dark, on a desk and on a phone."""
    node, chromium = tool("node"), tool("chromium")
    for name in ("axe-core", "puppeteer-core"):
        if not (MODULES / name).exists():
            pytest.skip(f"{name} is missing; .ci/run installs it.")
    pages = build(tmp_path / "site", tmp_path)
    done = subprocess.run(
        [node, str(Path(__file__).with_name("pages.cjs")), chromium, str(tmp_path / "site"), *pages],
        capture_output=True, text=True, check=False, env={**os.environ, "NODE_PATH": str(MODULES)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def build(site: Path, folder: Path) -> list[str]:
    """A site with everything that a page can show; one page of each kind."""
    (folder / "self-test.json").write_text(json.dumps(SELF_TEST))
    edition = Edition(now=NOW, records="a" * 40, self_test=self_test.read(folder / "self-test.json"))
    life = [_run(one) for target in ("staging", "sandbox") for one in many(80, target=target)]
    with SiteForm(site, edition) as form:
        form.add(history(*life))
        form.add(history(hostile(HOSTILE[0], workflow="quoting"), workflow="quoting"))
        form.add(history(run(**_FAILED, source=Source.FILE, workflow=LONG), workflow=LONG))
        old = run(at=NOW - timedelta(days=400), source=Source.LOCAL, workflow="long-ago")
        form.add(history(old, workflow="long-ago"))
        form.add(history(run(**_SLOW, source=Source.LOCAL, candidate=True, workflow="slow"), workflow="slow"))
        form.add(history(workflow="never-drilled"))
        form.finish()
    runs = [next((site / "runs" / name).iterdir()) for name in ("quoting", LONG, "slow")]
    shown = [site / name for name in ("index.html", "self-test.html", *(f"workflows/{name}.html" for name in _SHOWN))]
    return [str(page.relative_to(site)) for page in (*shown, *runs)]


_FAILED: Json = {"outcomes": {"drain": "failed", "notify": "not_run"}, "marks": {"t7": None, "t8": None}}
_SLOW: Json = {
    "outcomes": {"drain": "late"}, "scenarios": ("bad-approval", "fake-refund-request"), "target": LONG,
    "marks": {"t4": 3700.0, "t6": 590000.0, "t7": 591234.5, "t8": 500000.0, "t9": 604000.0},
    "silence": {"seen_before": True, "seen_after": False, "window": 12000.0},
}  # fmt: skip
"""As long as a run can be: every number has as many digits as it may."""
_SHOWN = ("billing-replies", LONG, "never-drilled", "slow")


def _run(said: Json) -> Run:
    return run_of(make_statement(Kind.DRILL, said), Source.RECORD)


def test_pages_in_a_real_browser(opened: Json) -> None:
    """T15: no violation of WCAG 2.2 A and AA, no console error under the strict policy, nothing wider than a phone,
    nothing cut at any width from 320 to 1600, and the style sheet is really applied: dark where it is wanted dark."""
    assert len(opened) == 9 * 4
    where = {(one["page"], one["width"], one["scheme"]): one for one in opened}
    assert {place: one["violations"] for place, one in where.items() if one["violations"]} == {}
    assert {place: one["errors"] for place, one in where.items() if one["errors"]} == {}
    assert {place: one["overflow"] for place, one in where.items() if one["overflow"] > 0} == {}
    assert {place: one["cut"] for place, one in where.items() if one["cut"]} == {}
    assert {one["background"] for one in opened if one["scheme"] == "light"} == {"rgb(253, 252, 249)"}
    assert {one["background"] for one in opened if one["scheme"] == "dark"} == {"rgb(21, 24, 27)"}
    assert min(one["passes"] for one in opened) > 10
