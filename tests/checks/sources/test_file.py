"""Approvals from a file: exactly as documented, or one clear error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.change import Change
from catalog.errors import SourceError
from catalog.git import MAX_FILE, Repository
from checks.sources.file import ApprovalsFile, NoApprovals
from checks.sources.interface import Approval

H1 = "h1:" + "A" * 43 + "="
TREE = "tree:" + "a" * 64
ENTRY = {"forge": 103, "workflow": "billing-replies", "digest": H1, "at": "2026-03-01T11:00:00+02:00"}


NOTHING = (Repository(Path()), Change(workflows=(), control=()))
"""What is judged, of which a file knows nothing."""


def _file(folder: Path, content: Any) -> ApprovalsFile:
    path = folder / "approvals.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return ApprovalsFile(path)


def test_an_approval_is_read_whole(tmp_path: Path) -> None:
    """Forge id, workflow, digest and moment, in UTC; without a workflow it is about the other paths."""
    control = {"forge": 101, "digest": TREE, "at": "2026-03-01T09:00:00Z"}
    assert _file(tmp_path, {"approvals": [ENTRY, control]}).read(*NOTHING) == [
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
        {"approvals": [{**ENTRY, "at": "9999-12-31T23:59:59-12:00"}]},
        {"approvals": [{**ENTRY, "at": "0001-01-01T00:00:00+12:00"}]},
        {"approvals": [{**ENTRY, "forge": 999.0}]},
        {"approvals": [{**ENTRY, "forge": 1_000_000_000_000}]},
        json.dumps({"approvals": [ENTRY]}).replace("103", "9" * 5000),
        json.dumps({"approvals": [ENTRY]}).replace("103", "1e2"),
        json.dumps({"approvals": [ENTRY]}).replace("103", "NaN"),
        json.dumps({"approvals": [ENTRY]}).replace('"forge"', '"forge": 101, "forge"'),
        '{"approvals": [], "approvals": ' + json.dumps([ENTRY]) + "}",
        " " * (MAX_FILE + 1),
    ],
)
def test_anything_else_is_an_error(tmp_path: Path, content: Any) -> None:
    """A file that is not as documented, or that two readers could read differently, is an error that names it (T03)."""
    with pytest.raises(SourceError, match=r"approvals\.json"):
        _file(tmp_path, content).read(*NOTHING)


def test_a_file_in_the_repository_is_an_error(tmp_path: Path) -> None:
    """What the change could bring along itself approves nothing, by whatever way it is named."""
    (tmp_path / "clone").mkdir()
    inside = (Repository(tmp_path / "clone"), NOTHING[1])
    _file(tmp_path / "clone", {"approvals": [ENTRY]})
    (tmp_path / "link.json").symlink_to("clone/approvals.json")
    for path in (tmp_path / "clone/approvals.json", tmp_path / "clone/../clone/approvals.json", tmp_path / "link.json"):
        with pytest.raises(SourceError, match="lies in the repository"):
            ApprovalsFile(path).read(*inside)
    assert len(_file(tmp_path, {"approvals": [ENTRY]}).read(*inside)) == 1


def test_the_largest_forge_id(tmp_path: Path) -> None:
    """The largest forge id is one that every engine writes alike (T12)."""
    (found,) = _file(tmp_path, {"approvals": [{**ENTRY, "forge": 999_999_999_999}]}).read(*NOTHING)
    assert found.forge == 999_999_999_999


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_another_encoding_is_an_error(tmp_path: Path, encoding: str) -> None:
    """JSON in another encoding than UTF-8 is an error (T10)."""
    path = tmp_path / "approvals.json"
    path.write_bytes('{"approvals": [], "\u00e4": 1}'.encode(encoding))
    with pytest.raises(SourceError, match=r"approvals\.json is not JSON"):
        ApprovalsFile(path).read(*NOTHING)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that was named and is not there is an error, not an empty list."""
    with pytest.raises(SourceError, match="cannot be read"):
        ApprovalsFile(tmp_path / "none.json").read(*NOTHING)


def test_no_source_means_no_approvals() -> None:
    """A run that was given no source has none."""
    assert NoApprovals().read(*NOTHING) == ()
