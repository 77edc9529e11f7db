"""Git's answers about objects are read to the letter, and a reader that stops is an error."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import ChangeError, GitError
from catalog.objects import TreeEntry, answer, batches, changed, entries_of, oid_of, one_line

NONE = "0" * 40
SOME = "a" * 40


def entry(mode: str, name: bytes, oid: bytes = b"\1" * 20) -> bytes:
    return mode.encode() + b" " + name + b"\0" + oid


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
    """Every spec is asked once, in order, and no batch of several is longer than 4 KiB."""
    found = list(batches(specs))
    assert [spec for batch in found for spec in batch] == specs
    asked = [
        "".join(f"{spec}\n" for spec in batch).encode("utf-8", "surrogatepass") for batch in found if len(batch) > 1
    ]
    assert all(len(text) <= 4096 for text in asked)


def test_one_line() -> None:
    """A line break would be another question."""
    assert one_line("HEAD:a\rb") == "HEAD:a\rb"
    with pytest.raises(ChangeError, match="line break"):
        one_line("a\nb")


def test_entries_of() -> None:
    """Modes, names and ids of a tree are told apart by their bytes, of SHA-256 too."""
    raw = entry("40000", b"a b") + entry("100644", b"\xff", b"\n" * 20)
    assert entries_of(raw, 20, "it") == [
        TreeEntry("a b", "40000", "01" * 20),
        TreeEntry("\udcff", "100644", "0a" * 20),
    ]
    assert entries_of(entry("100644", b"a", b"\x02" * 32), 32, "it") == [TreeEntry("a", "100644", "02" * 32)]
    assert entries_of(b"", 20, "it") == []


def test_entries_in_gits_order() -> None:
    """Git sorts a folder as if its name ended in a slash, and every mode of git's own is taken."""
    named = [
        ("100644", b"a"),
        ("100755", b"a-b"),
        ("120000", b"a.b"),
        ("40000", b"a-"),
        ("160000", b"b"),
        ("40000", b"c"),
    ]
    named.sort(key=lambda one: one[1] + b"/" * (one[0] == "40000"))
    found = entries_of(b"".join(entry(mode, name) for mode, name in named), 20, "it")
    assert [(one.mode, one.name.encode()) for one in found] == named


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (entry("100644", b"a") * 2, "same name"),
        (entry("100644", b"a") + entry("100755", b"a"), "same name"),
        (entry("100644", b"a") + entry("100644", b"a-b") + entry("40000", b"a"), "same name"),
        (entry("100644", b"b") + entry("100644", b"a"), "out of order"),
        (entry("40000", b"a") + entry("100644", b"a.b"), "out of order"),
        *((entry("100644", name), "way out") for name in (b".", b"..", b".git", b".GIT", b".gIt")),
        *((entry("100644", name), "mode, a name or an id") for name in (b"", b"a/b", b"sub/../x", b"/")),
        *((entry(mode, b"a"), "mode, a name or an id") for mode in ("100664", "040000", "0", "", "40755", " 100644")),
        (entry("100644", b"a", b"\0" * 20), "mode, a name or an id"),
        (entry("100644", b"a")[:-1], "mode, a name or an id"),
        (entry("100644", b"a") + b"x", "mode, a name or an id"),
        (b"100644 a", "mode, a name or an id"),
        (b"\0", "mode, a name or an id"),
        (b"x" + entry("100644", b"a"), "mode, a name or an id"),
    ],
)
def test_a_tree_that_git_would_not_write(raw: bytes, why: str) -> None:
    """A tree of which two readers could make two folders is an error that names it (T10)."""
    with pytest.raises(ChangeError, match="The folder HEAD:x is none that git writes") as caught:
        entries_of(raw, 20, "HEAD:x")
    assert why in caught.value.why


@given(st.lists(st.binary(min_size=1, max_size=4), max_size=6), st.binary(max_size=30))
def test_every_byte_of_a_tree_is_accounted_for(names: list[bytes], tail: bytes) -> None:
    """Entries written again give the same bytes, or the tree is an error: nothing in it is passed over (T10)."""
    raw = b"".join(entry("100644", name) for name in names) + tail
    try:
        found = entries_of(raw, 20, "it")
    except ChangeError:
        return
    again = (entry(one.mode, one.name.encode("utf-8", "surrogateescape"), bytes.fromhex(one.oid)) for one in found)
    assert b"".join(again) == raw


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
