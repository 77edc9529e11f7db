"""Every path is either inside one workflow's folder or outside them all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import layout


@pytest.mark.parametrize(
    ("path", "workflow"),
    [
        ("workflows/a/workflow.yaml", "a"),
        ("workflows/a/b/c", "a"),
        ("workflows/a b/\n", "a b"),
        ("workflows/a", None),
        ("workflows/", None),
        ("workflows//a", None),
        ("workflows/a/", None),
        ("Workflows/a/b", None),
        ("workflows", None),
        ("x/workflows/a/b", None),
        ("team/people.yaml", None),
        ("", None),
    ],
)
def test_workflow_of(path: str, workflow: str | None) -> None:
    """A workflow's folder is one level below `workflows/`; everything else, other spellings too, is outside (T09)."""
    assert layout.workflow_of(path) == workflow


@given(st.text(min_size=1, max_size=20).filter(lambda name: "/" not in name), st.text(min_size=1, max_size=20))
def test_folder(name: str, inner: str) -> None:
    """A path below a workflow's folder is that workflow's."""
    assert layout.workflow_of(f"{layout.folder(name)}/{inner}") == name
