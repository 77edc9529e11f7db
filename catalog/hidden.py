"""Characters that a model reads and a person does not see: whoever approves a text must have seen all of it.

Source: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), format and line controls, and the blanks
that are letters or patterns by name. A joiner or a selector is let pass where it changes how the visible character
before it looks, one at a time: as in emoji, and in scripts whose letters join.
"""

from __future__ import annotations

import re
import unicodedata

_NON_JOINER, _JOINER = "\u200c", "\u200d"
_AS_TEXT, _AS_PICTURE = "\ufe0e", "\ufe0f"
_KEYCAP = "\u20e3"
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_PLAIN = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_SYMBOLS = {"So", "Sm", "Sk"}
_LETTERS = {"Lo", "Mn", "Mc"}


def find(text: str) -> int | None:
    """Where the first hidden character stands; None where a person sees all there is."""
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return None  # as most texts are: ten times as quick
    return next((found.start() for found in _HIDDEN.finditer(text) if not _shows(text, found.start())), None)


def _shows(text: str, at: int) -> bool:
    """Whether a mark does something to its visible neighbours."""
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if mark in (_AS_TEXT, _AS_PICTURE):
        return _kind(before) in _SYMBOLS or (before in set("0123456789#*") and after == _KEYCAP)
    if mark == _JOINER:
        pictures = (_kind(before) in _SYMBOLS or before == _AS_PICTURE) and _kind(after) in _SYMBOLS
        return pictures or (_kind(before) in _LETTERS and _kind(after) in _LETTERS)
    return mark == _NON_JOINER and _kind(before) in _LETTERS and _kind(after) in _LETTERS


def _kind(character: str) -> str:
    return unicodedata.category(character) if character and not _HIDDEN.match(character) else ""
