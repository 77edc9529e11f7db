"""The code is as small as CONTRIBUTING.md says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from support.pages import ROOT

PACKAGES = ("catalog", "checks", "controls", "countersign", "drills")
FILES = [
    *ROOT.glob("*.py"),
    *(path for name in (*PACKAGES, "benchmarks") for path in (ROOT / name).rglob("*.py")),
    *(ROOT / "tests").rglob("test_*.py"),
]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file, and its lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (
                f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
                (node.end_lineno or node.lineno) - node.lineno + 1,
            )


def test_functions_are_short() -> None:
    """No function, of the code or of its tests, has more than 45 lines, and half of them have ten or less."""
    lengths = dict(found for path in FILES for found in functions(path))
    assert {name: lines for name, lines in lengths.items() if lines > 45} == {}
    assert median(lengths.values()) <= 10


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_have_one_subject(package: str) -> None:
    """No module has more than 300 lines; four in five have less than 200."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / package).rglob("*.py")}
    assert {path: lines for path, lines in lengths.items() if lines > 300} == {}
    assert sum(lines < 200 for lines in lengths.values()) >= len(lengths) * 0.8
