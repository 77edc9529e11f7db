"""Approvals from a file: exactly as documented, or one clear error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import SourceError
from catalog.git import MAX_FILE
from checks.sources.file import ApprovalsFile, NoApprovals
from checks.sources.interface import Approval

H1 = "h1:" + "A" * 43 + "="
TREE = "tree:" + "a" * 64
ENTRY = {"forge": 103, "workflow": "billing-replies", "digest": H1, "at": "2026-03-01T11:00:00+02:00"}


def _file(folder: Path, content: Any) -> ApprovalsFile:
    path = folder / "approvals.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return ApprovalsFile(path)


def test_an_approval_is_read_whole(tmp_path: Path) -> None:
    """Forge id, workflow, digest and moment, in UTC; without a workflow it is about the other paths."""
    control = {"forge": 101, "digest": TREE, "at": "2026-03-01T09:00:00Z"}
    assert _file(tmp_path, {"approvals": [ENTRY, control]}).read() == [
        Approval(forge=103, workflow="billing-replies", digest=H1, at=datetime(2026, 3, 1, 9, tzinfo=UTC)),
        Approval(forge=101, workflow=None, digest=TREE, at=datetime(2026, 3, 1, 9, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        {"approvals": [{**ENTRY, "forge": "103"}]},
        {"approvals": [{**ENTRY, "forge": True}]},
        {"approvals": [{**ENTRY, "digest": "abcd"}]},
        {"approvals": [{**ENTRY, "at": "yesterday"}]},
        {"approvals": [{**ENTRY, "at": "2026-13-01T09:00:00Z"}]},
        {"approvals": [{**ENTRY, "approved": True}]},
        {"approvals": [ENTRY], "more": 1},
        " " * (MAX_FILE + 1),
    ],
)
def test_anything_else_is_an_error(tmp_path: Path, content: Any) -> None:
    """A file that is not as documented is an error that names it, never no approvals."""
    with pytest.raises(SourceError, match=r"approvals\.json"):
        _file(tmp_path, content).read()


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that was named and is not there is an error, not an empty list."""
    with pytest.raises(SourceError, match="cannot be read"):
        ApprovalsFile(tmp_path / "none.json").read()


def test_no_source_means_no_approvals() -> None:
    """A run that was given no source has none."""
    assert NoApprovals().read() == ()
