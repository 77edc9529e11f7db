"""A host for one bundle: what has not changed costs nothing to ask for, and nothing else is served."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from catalog.errors import UsageError
from controls.bundle.serve import served, server


def test_a_bundle_is_fetched_once(tmp_path: Path) -> None:
    """An unchanged file is answered with 304; a changed one, by its content and not its time, with the new content."""
    archive = tmp_path / "bundle.tar.gz"
    archive.write_bytes(b"one")
    with served(archive) as url:
        first = requests.get(url, timeout=20)
        assert (first.status_code, first.content) == (200, b"one")
        again = {"If-None-Match": first.headers["ETag"]}
        assert requests.get(url, headers=again, timeout=20).status_code == 304
        archive.write_bytes(b"two")
        assert requests.get(url, headers=again, timeout=20).content == b"two"


def test_nothing_else_is_served(tmp_path: Path) -> None:
    """Another path, and a file that is not there, are 404: a point then keeps what it has."""
    (tmp_path / "secret").write_text("x")
    with served(tmp_path / "bundle.tar.gz") as url:
        assert requests.get(url, timeout=20).status_code == 404
        assert requests.get(url.replace("bundle.tar.gz", "secret"), timeout=20).status_code == 404


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """Two servers on one port are a sentence, not a trace."""
    with server(tmp_path / "a") as first, pytest.raises(UsageError, match="Cannot listen on"):  # noqa: SIM117
        with server(tmp_path / "b", port=int(first.url.rsplit(":", 1)[1].split("/")[0])):
            pass
