"""The check of rules by OPA itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.engines.compilation import Check
from catalog.errors import EngineError, PolicyError


@pytest.mark.parametrize(
    "source, message",
    [
        ("package a\n\nx := 1 +\n", r"^a\.rego:4: .+\.$"),
        ("package a\n\nx := opa.runtime()\n", r"^a\.rego:3: undefined function opa\.runtime\.$"),
        ("package a\n\nx := time.now_ns()\n", r"^a\.rego:3: undefined function time\.now_ns\.$"),
        ("package a\n\nimport data.b\n\nx := 1\n", r"^a\.rego:3: import data\.b unused\.$"),
        ('package a\n\nx := $"{input.a}"\n', r"^a\.rego:3: .+\.$"),
    ],
    ids=["syntax", "environment", "clock", "strict", "newer syntax"],
)
def test_refused(opa: Path, source: str, message: str) -> None:
    """T12: rules that break, reach out or are not strict are refused with their own path and line."""
    check = Check(opa, {"b.rego": "package b\n\ny := 1\n", "a.rego": source})
    with pytest.raises(PolicyError, match=message):
        check.finish()


def test_passed_once(opa: Path) -> None:
    """What passed is not checked again in the same process; what changed is."""
    rules = {"a.rego": "package a\n\npassed_once := 1\n"}
    Check(opa, rules).finish()
    again = Check(opa, rules)
    assert again._process is None
    again.finish()
    changed = Check(opa, {"a.rego": "package a\n\npassed_once := 1 +\n"})
    with pytest.raises(PolicyError):
        changed.finish()


def test_given_up(opa: Path) -> None:
    """A check that is given up passes nothing."""
    rules = {"a.rego": "package a\n\ngiven_up := 1\n"}
    Check(opa, rules).close()
    again = Check(opa, rules)
    assert again._process is not None
    again.close()


def test_no_such_program(tmp_path: Path) -> None:
    """A program that is not there is an error."""
    with pytest.raises(EngineError, match="cannot be started"):
        Check(tmp_path / "opa", {"a.rego": "package a\n"})
