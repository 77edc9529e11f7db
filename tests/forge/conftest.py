"""A small project on each kind of forge; whatever a test calls, the forge must know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.forge import Forge
from support.forge.scene import Scene

Begin = Callable[..., Scene]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Serves a project on a forge with these options."""
    with ExitStack() as open_scenes:
        begun: list[Scene] = []

        def begin(**options: Any) -> Scene:
            folder = tmp_path / str(len(begun))
            folder.mkdir()
            begun.append(open_scenes.enter_context(Scene.begin(folder, Forge(**options))))
            return begun[-1]

        yield begin
        assert [call for scene in begun for call in scene.forge.unknown] == []


@pytest.fixture
def scene(begin: Begin) -> Scene:
    """The project on an Enterprise Edition without a licence, as GitLab.com Free is."""
    return begin()


@pytest.fixture
def premium(begin: Begin) -> Scene:
    """The project on a licensed instance."""
    return begin(tier="premium")


@pytest.fixture
def community(begin: Begin) -> Scene:
    """The project on the Community Edition."""
    return begin(edition="ce")
