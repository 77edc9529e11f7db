"""T06, T15: what a person does not see and a model does is found, and what shapes a visible character passes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import hidden

INVISIBLE = [
    0x00AD, 0x034F, 0x061C, 0x115F, 0x17B4, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x202E, 0x2060,
    0x2066, 0x2800, 0x3164, 0xFE01, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0x1D173, 0xE0041, 0xE0100, 0x1B, 0x7F, 0x85,
]  # fmt: skip
VISIBLE = [
    "", "plain text\n\twith a tab", "Größe, naïve, Ελλάδα, עברית, 日本語", "✅ done", "❤\ufe0f",
    "❤\ufe0f\u200d🔥", "👩\u200d💻",     "1\ufe0f\u20e3", "↔\ufe0e", "\u0645\u06cc\u200c\u062e\u0648", "क\u094d\u200dष",
]  # fmt: skip


@pytest.mark.parametrize("code", INVISIBLE, ids=lambda code: f"U+{code:04X}")
def test_a_character_without_a_shape_is_found(code: int) -> None:
    """In the middle of plain words, at the end, and five in a row."""
    for text in (f"a{chr(code)}b", f"ab{chr(code)}", f"a {chr(code) * 5} b"):
        assert text[hidden.find(text) or 0] == chr(code)


@pytest.mark.parametrize("text", VISIBLE)
def test_what_is_seen_passes(text: str) -> None:
    """Other scripts, emoji of several parts, and letters that a joiner shapes."""
    assert hidden.find(text) is None


@pytest.mark.parametrize("mark", ["\ufe0f", "\ufe0e", "\u200d", "\u200c"])
@pytest.mark.parametrize("base", ["a", "1", "❤", "क", "語", "\ufe0f"])
def test_two_marks_never_hide_behind_one_character(base: str, mark: str) -> None:
    """A mark passes beside what it shapes, one at a time: a second one would be room for a sentence."""
    assert hidden.find(f"x{base}{mark}{mark}{base}") is not None


@given(st.text(st.sampled_from([chr(0xFE00 + half) for half in range(16)]), min_size=2))
def test_no_sentence_is_spelt_in_selectors(secret: str) -> None:
    """Sixteen selectors spell any text, two for each byte, after any character."""
    assert hidden.find(f"Be polite.{secret}") is not None
    assert hidden.find(f"Be polite ❤{secret}") is not None


def test_every_format_character_without_a_shape_is_found() -> None:
    """Unicode's own list of formatting characters, but for the few that are drawn."""
    drawn = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
    formats = (chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf")
    missed = {char for char in formats if hidden.find(f"a{char}b") is None} - drawn
    assert {f"U+{ord(char):04X}" for char in missed if not 0x13430 <= ord(char) <= 0x1343F} == set()
