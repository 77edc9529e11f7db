"""A version is exactly the content it names, and the digests tell apart what must be told apart."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import versions

MANIFEST: dict[str, Any] = {
    "prompt": "reply.prompt",
    "stop": {"by": "support", "when": []},
    "rollback": {"to": "manual", "within": 300, "drill": "drill.yaml"},
    "fallback": {"file": "fallback.md", "tell": "#leads"},
    "summary": "Drafts replies.",
}
CONTENTS = {
    "workflow.yaml": b"workflow: w\n",
    "state.yaml": b"state: live\n",
    "reply.prompt": b"Hello\n",
    "drill.yaml": b"jobs: 1\n",
    "fallback.md": b"# By hand\n",
    "stray.txt": b"stray",
}
PATHS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=12)


def changed(**parts: bytes) -> dict[str, bytes]:
    return {**CONTENTS, **{name.replace("_", "."): content for name, content in parts.items()}}


def test_a_known_h1() -> None:
    """H1 is the SHA-256 of a sorted listing of SHA-256 sums, worked out by hand."""
    listing = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in (("a", b"1"), ("b/c", b"")))
    assert versions.listing({"b/c": b"", "a": b"1"}) == listing
    assert (
        versions.h1({"b/c": b"", "a": b"1"})
        == f"h1:{base64.b64encode(hashlib.sha256(listing.encode()).digest()).decode()}"
    )


def test_a_line_break_in_a_path() -> None:
    """A path that could forge a line of the listing is ruled out, as dirhash rules it out."""
    with pytest.raises(ValueError, match="line break"):
        versions.h1({"a\nb": b""})


@given(st.dictionaries(PATHS, st.binary(max_size=20), max_size=6), st.randoms())
def test_order_does_not_count(files: dict[str, bytes], chance: Any) -> None:
    """The order in which files are found changes nothing; the listing goes by UTF-8 bytes, as Go sorts it."""
    shuffled = list(files.items())
    chance.shuffle(shuffled)
    assert versions.h1(dict(shuffled)) == versions.h1(files)
    names = [line[66:] for line in versions.listing(files).split("\n")[:-1]]
    assert names == sorted(files, key=str.encode)


@given(
    st.dictionaries(PATHS, st.binary(max_size=20), max_size=6),
    st.dictionaries(PATHS, st.binary(max_size=20), max_size=6),
)
def test_h1_tells_apart(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    """Two sets of files have one H1 only if they are the same."""
    assert (versions.h1(one) == versions.h1(other)) is (one == other)


def test_version_files() -> None:
    """A version holds the manifest and the files it names, by path from the root; not the state, not a stray file."""
    assert versions.version_files("w", MANIFEST, CONTENTS) == {
        f"workflows/w/{name}": CONTENTS[name] for name in ("workflow.yaml", "reply.prompt", "drill.yaml", "fallback.md")
    }


def test_version_files_leaves_out_what_is_not_there() -> None:
    """A named file that is missing is no part of the listing, and a manifest may name none."""
    bare = {"prompt": None, "stop": None, "rollback": None, "fallback": None}
    assert list(versions.version_files("w", bare, CONTENTS)) == ["workflows/w/workflow.yaml"]
    assert list(versions.version_files("w", MANIFEST, {"workflow.yaml": b""})) == ["workflows/w/workflow.yaml"]


@pytest.mark.parametrize("name", ["workflow.yaml", "reply.prompt", "drill.yaml", "fallback.md"])
def test_a_line_end_makes_a_new_version(name: str) -> None:
    """The same text with CRLF is another version (T06)."""
    before = versions.h1(versions.version_files("w", MANIFEST, CONTENTS))
    crlf = {**CONTENTS, name: CONTENTS[name].replace(b"\n", b"\r\n")}
    assert versions.h1(versions.version_files("w", MANIFEST, crlf)) != before


def test_a_version_belongs_to_one_workflow() -> None:
    """The same files under another name are another version: an approval cannot be carried over (T07)."""
    one, other = (versions.h1(versions.version_files(name, MANIFEST, CONTENTS)) for name in ("w", "v"))
    assert one != other


def test_rollback_digest_covers_the_way_back_only() -> None:
    """The rollback digest changes with the fallback and drill files and three fields, and with nothing else (T06)."""
    digest = versions.rollback_digest("w", MANIFEST, CONTENTS)
    same = [
        versions.rollback_digest("w", {**MANIFEST, "summary": "Other."}, CONTENTS),
        versions.rollback_digest("w", MANIFEST, changed(reply_prompt=b"x", state_yaml=b"x", workflow_yaml=b"x")),
    ]
    other = [
        versions.rollback_digest("v", MANIFEST, CONTENTS),
        versions.rollback_digest("w", MANIFEST, changed(drill_yaml=b"x")),
        versions.rollback_digest("w", MANIFEST, changed(fallback_md=b"x")),
        *(versions.rollback_digest("w", {**MANIFEST, key: None}, CONTENTS) for key in ("stop", "rollback", "fallback")),
    ]
    assert set(same) == {digest}
    assert len({digest, *other}) == len(other) + 1


def test_countersigned_digest() -> None:
    """An approval names version and state: the approval of a draft is none of its launch (T03)."""
    digests = {versions.countersigned_digest(*given) for given in (
        ("w", "h1:a", b"state: proposed\n"), ("w", "h1:a", b"state: live\n"), ("w", "h1:b", b"state: proposed\n"),
        ("v", "h1:a", b"state: proposed\n"),
    )}  # fmt: skip
    assert len(digests) == 4


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=5))
def test_canonical(value: dict[str, Any]) -> None:
    """One value has one text, which is JSON of it."""
    text = versions.canonical(value)
    assert text == versions.canonical(dict(reversed(value.items())))
    assert json.loads(text) == value


def test_named_files() -> None:
    """The files that a manifest names, each once, sorted; the state and the manifest are not among them."""
    assert versions.named_files(MANIFEST) == ["drill.yaml", "fallback.md", "reply.prompt"]
    assert versions.named_files({"prompt": None, "rollback": None, "fallback": None}) == []
