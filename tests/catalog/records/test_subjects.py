from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.records import COMMIT, TREE, control, predicate, side, version

from catalog import versions
from catalog.errors import RecordError
from catalog.records.statement import Kind
from catalog.records.subjects import Subject, hex_of_version, subjects_of, version_of_hex


@given(st.binary(min_size=32, max_size=32))
def test_version_and_digest_are_the_same_bytes(raw: bytes) -> None:
    """A version becomes a SHA-256 and comes back unchanged."""
    assert hex_of_version(version_of_hex(raw.hex())) == raw.hex()


def test_digest_is_that_of_the_listing() -> None:
    """The subject's digest is the SHA-256 of the version's listing, which is what verifiers are given as the blob."""
    files = {"workflows/a/workflow.yaml": b"x", "workflows/a/reply.prompt": b"y"}
    assert hex_of_version(versions.h1(files)) == hashlib.sha256(versions.listing(files).encode()).hexdigest()


@pytest.mark.parametrize(
    "text", ["", "h1:", "h1:!!!!", "h1:AAAA", "h2:" + "A" * 43 + "=", "h1:" + "A" * 42 + "B=", "é"]
)
def test_no_version(text: str) -> None:
    """Anything but `h1:` and the canonical base64 of 32 bytes is refused."""
    with pytest.raises(RecordError):
        hex_of_version(text)


def _subject(name: str, text: str) -> Subject:
    return Subject(name=name, algorithm="sha256", value=hex_of_version(text))


def test_subjects_follow_from_the_predicate() -> None:
    """Each kind of record is about the versions, trees or commits that it names."""
    workflow = "billing-replies"
    one = _subject(f"{workflow}@version", version())
    tree = Subject(name="_control@tree", algorithm="sha256", value=TREE.removeprefix("tree:"))
    assert subjects_of("change", predicate(Kind.CHANGE)) == (one,)
    assert subjects_of("change", predicate(Kind.CHANGE, before=side("old"), after=None)) == (
        _subject(f"{workflow}@version", version("old")),
    )
    assert subjects_of("change", predicate(Kind.CHANGE, **control())) == (tree,)
    rollback = _subject(f"{workflow}@rollback", version("rollback of one"))
    assert subjects_of("drill", predicate(Kind.DRILL)) == (one, rollback)
    assert subjects_of("stop", predicate(Kind.STOP)) == (one,)
    commit = Subject(name=f"{workflow}@commit", algorithm="gitCommit", value=COMMIT)
    assert subjects_of("stop", predicate(Kind.STOP, version="*")) == (commit,)
    assert subjects_of("resume", predicate(Kind.RESUME)) == (one,)
    assert subjects_of("result", predicate(Kind.RESULT)) == (one,)
    assert subjects_of("override", predicate(Kind.OVERRIDE)) == (tree,)
