"""Git's answers about objects are read to the letter, and a reader that stops is an error."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import GitError
from catalog.objects import TreeEntry, answer, batches, changed, entries_of, oid_of, one_line

NONE = "0" * 40
SOME = "a" * 40


def test_answer() -> None:
    """A found object gives kind and content, and leaves the stream at the next answer."""
    stream = io.BytesIO(f"{SOME} blob 5\nab\ncd\n{SOME} tree 0\n\n".encode())
    assert [answer(stream, "x", 100), answer(stream, "y", 100)] == [("blob", b"ab\ncd"), ("tree", b"")]


@pytest.mark.parametrize("word", ["missing", "ambiguous", "submodule"])
def test_answer_missing(word: str) -> None:
    """What git does not find, finds twice or keeps elsewhere has no content."""
    assert answer(io.BytesIO(f"HEAD:a b {word}\n".encode()), "HEAD:a b", 100) == ("missing", None)


def test_answer_large() -> None:
    """What is larger than the limit is skipped to its end (T10)."""
    stream = io.BytesIO(f"{SOME} blob 200000\n{'x' * 200_000}\n{SOME} blob 1\ny\n".encode())
    assert [answer(stream, "x", 10), answer(stream, "y", 10)] == [("large", None), ("blob", b"y")]


@pytest.mark.parametrize("text", ["", "fatal: not enough memory today\n", f"{SOME} blob 5\nab", f"{SOME} blob 2\nab"])
def test_answer_cut_off(text: str) -> None:
    """A reader that ends in the middle is an error, never an empty file (T11)."""
    with pytest.raises(GitError):
        answer(io.BytesIO(text.encode()), "x", 100)


@given(st.lists(st.text(min_size=1, max_size=300).filter(lambda text: "\n" not in text), max_size=200))
def test_batches(specs: list[str]) -> None:
    """Every spec is asked once, in order, and no batch of several is longer than what a pipe surely holds."""
    found = list(batches(specs))
    assert [spec for batch in found for spec in batch] == specs
    asked = [
        "".join(f"{spec}\n" for spec in batch).encode("utf-8", "surrogatepass") for batch in found if len(batch) > 1
    ]
    assert all(len(text) <= 4096 for text in asked)


def test_one_line() -> None:
    """A line break would be another question."""
    assert one_line("HEAD:a\rb") == "HEAD:a\rb"
    with pytest.raises(GitError, match="line break"):
        one_line("a\nb")


def test_entries_of() -> None:
    """Modes, names and ids of a tree are told apart by their bytes, of SHA-256 too."""
    raw = b"40000 a b\0" + b"\x01" * 20 + b"100644 \xff\0" + b"\x00" * 20
    assert list(entries_of(raw, 20)) == [
        TreeEntry("a b", "40000", "01" * 20),
        TreeEntry("\udcff", "100644", "00" * 20),
    ]
    assert list(entries_of(b"100644 a\0" + b"\x02" * 32, 32)) == [TreeEntry("a", "100644", "02" * 32)]


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        (f":000000 100644 {NONE} {SOME} A", "added"),
        (f":100644 100755 {SOME} {SOME} M", "edited"),
        (f":100644 120000 {SOME} {SOME} T", "edited"),
        (f":160000 000000 {SOME} {NONE} D", "deleted"),
    ],
)
def test_changed(meta: str, status: str) -> None:
    """Which sides have the path says what happened to it."""
    found = changed(meta, "a")
    assert (found.path, found.status) == ("a", status)
    assert bool(found.before_mode) is bool(found.before_oid)
    assert bool(found.after_mode) is bool(found.after_oid)


def test_oid_of() -> None:
    """An id is read without its content, and the stream is left at the next answer."""
    stream = io.BytesIO(f"{SOME} blob 200000\n{'x' * 200_000}\nno missing\n{SOME} commit 0\n\n".encode())
    assert [oid_of(stream, "x"), oid_of(stream, "no"), oid_of(stream, "y")] == [SOME, None, SOME]
    with pytest.raises(GitError, match="reader ended"):
        oid_of(stream, "z")
