"""The hook on the rules' format: with whatever OPA is here, and never building one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalog.engines import formatting, provision

TIDY = "package a\n\nb := 1\n"


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    """A rule's file, formatted."""
    path = tmp_path / "a.rego"
    path.write_text(TIDY)
    return path


def test_a_formatted_rule_passes(rule: Path) -> None:
    """What `opa fmt` would leave alone ends with 0."""
    assert formatting.main([str(rule)]) == 0


def test_an_unformatted_rule_is_named(rule: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What it would change fails, by its name, and is left as it is."""
    rule.write_text("package a\nb:=1\n")
    assert formatting.main([str(rule)]) != 0
    assert rule.name in capfd.readouterr().out
    assert rule.read_text() == "package a\nb:=1\n"


def test_without_opa_nothing_is_built(
    rule: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no OPA is, the hook says who checks instead, ends with 0 and makes nothing."""
    monkeypatch.delenv(provision.CHOSEN, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rule.write_text("package a\nb:=1\n")
    assert formatting.main([str(rule)]) == 0
    assert "nox -s policies" in capsys.readouterr().out
    assert os.listdir(tmp_path) == [rule.name]


def test_a_wrong_choice_is_named(
    rule: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An environment that names something else than the pinned OPA fails with that sentence."""
    monkeypatch.setenv(provision.CHOSEN, str(tmp_path / "none"))
    assert formatting.main([str(rule)]) == 3
    assert provision.CHOSEN in capsys.readouterr().err
