"""Makes untrusted text harmless before any report prints it (T15, T18).

Names, paths and messages quote the change under review. Whoever wrote that change must not be able to move the
reader's cursor, reorder their screen, forge a line, or have a secret copied into a log.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LIMIT = 1000
"""Characters one untrusted text may fill; the rest is cut and shown as cut."""

REPLACEMENT = "\ufffd"
"""Stands where an invisible character was, so that two names that look alike still look different."""

_ESCAPE_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, erase
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]?"  # the two-character ones, and a bare ESC
)

_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks by category that every font draws as nothing."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Control, format (bidi, zero width, tags), surrogate, private and unassigned: XML and terminals choke on them."""

_T = r"[\w\ufffd-]"
_SECRETS = (
    ("private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)"),
    ("GitLab token", rf"(?<!\w)gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct)-{_T}(?:{_T}|\.){{15,}}"),
    ("AWS key", r"(?<!\w)(?:AKIA|ASIA)[A-Z0-9\ufffd]{16,}"),
    ("AWS key", r"(?i)(?<=aws_secret_access_key)[\"' ]*[=:][\"' ]*[A-Za-z0-9/+]{40}"),
    ("GitHub token", rf"(?<!\w)(?:gh[pousr]|github_pat)_{_T}{{20,}}"),
    ("Slack token", rf"(?<!\w)xox[abeprs]-{_T}{{10,}}"),
    ("model key", rf"(?<![\w-])sk-(?=[A-Za-z-]*[0-9_]){_T}{{20,}}"),
    ("web token", rf"(?<!\w)eyJ{_T}{{8,}}\.eyJ{_T}{{8,}}\.{_T}*"),
    ("password", r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)"),
)
"""Kinds of secrets, and what each looks like: compiled where one may be, since most runs print none."""
_MAYBE_SECRET = re.compile(r"gl\w+-|A[KS]IA|_[Kk][Ee][Yy]|_KEY|KEY-|gh._|_pat_|xox|sk-|eyJ|://|KEY BLOCK")


@lru_cache(maxsize=8192)
def one_line(text: str, limit: int = LIMIT) -> str:
    """`text` as one printable line of at most `limit` characters.

    White space collapses to single spaces, each terminal escape sequence and each invisible character becomes U+FFFD
    (so does a text of nothing but blanks), and what looks like a secret is masked. Twice is the same as once.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_visible(character) for character in _ESCAPE_SEQUENCES.sub(REPLACEMENT, text))
    line = mask(" ".join(text.split())) or (REPLACEMENT if text else "")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def mask(text: str) -> str:
    """`text` with the name of its kind in place of each thing shaped like a secret."""
    if _MAYBE_SECRET.search(text):
        for name, pattern in _SECRETS:
            text = re.sub(pattern, f"[{name}, masked]", text)
    return text


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    hidden = character in _INVISIBLE_LETTERS or unicodedata.category(character) in _HIDDEN_CATEGORIES
    return REPLACEMENT if hidden else character
