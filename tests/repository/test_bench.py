"""The benchmarks' peer: one version, found wherever it is put."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import publish

ROOT = Path(bench.__file__).parents[1]


def test_the_peer_is_the_one_that_the_script_installs() -> None:
    """.ci/run installs just the conftest that the benchmarks ask for."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^CONFTEST=(\S+)$", script, re.MULTILINE) == [bench.CONFTEST]


@pytest.mark.parametrize("place", ["path", "clone/.tools/bin", "home/go/bin"])
def test_the_peer_is_found(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found on PATH, where .ci/run puts it, and where Go does; elsewhere it is missing."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bench, "_HERE", tmp_path / "clone" / "benchmarks")
    assert bench.find_conftest() is None
    program = tmp_path / place / "conftest"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert bench.find_conftest() == str(program)


def test_the_wider_limit_is_told() -> None:
    """docs/gate.md names each limit of the hook, also the wider one of the large repository."""
    page = (ROOT / "docs/gate.md").read_text(encoding="utf-8")
    source = Path(bench.__file__).read_text(encoding="utf-8")
    limits = re.findall(r"yield _hook\(\w+, runs, ([0-9.]+),", source)
    assert limits == ["2.5", "3.5"]
    assert [limit for limit in limits if f"{limit} times" not in page] == []


def test_a_small_site_is_timed(tmp_path: Path) -> None:
    """The records that the benchmark makes are verified, and each workflow has its pages."""
    ratio, page = publish.figures(tmp_path, 1, 40)
    assert min(ratio.seconds.values()) > 0
    assert "2 workflows and 200 runs" in ratio.what
    assert 0.05 < page.value < 1
    assert len(list((tmp_path / "site" / "runs").rglob("*.html"))) == 20
