"""The real OPA, found once for all tests of the engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.engines.provision import opa_binary


@pytest.fixture(scope="session")
def opa() -> Path:
    return opa_binary()
