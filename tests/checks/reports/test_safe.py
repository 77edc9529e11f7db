"""Untrusted text leaves `safe` as one harmless line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from support.hostile import ATTACKS, hostile

from checks.reports.safe import LIMIT, REPLACEMENT, mask, one_line


@given(hostile())
def test_one_line_is_printable(text: str) -> None:
    """T15: nothing that comes out controls, reorders or hides anything."""
    line = one_line(text)
    assert line.splitlines() in ([line], [])
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(hostile())
def test_one_line_is_idempotent(text: str) -> None:
    """Cleaning what is clean changes nothing."""
    assert one_line(one_line(text)) == one_line(text)


@given(hostile())
def test_one_line_never_makes_text_vanish(text: str) -> None:
    """A text that was there is still seen to be there, so that a waiver or a name cannot hide."""
    assert one_line(text)


@pytest.mark.parametrize("text", ["plain words", "naïve Ünïcode 日本", "a  b", ""])
def test_one_line_keeps_what_is_harmless(text: str) -> None:
    """Ordinary text comes through, white space collapsed."""
    assert one_line(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\x1b[31mb", f"a{REPLACEMENT}b"),
        ("a\x1b]8;;https://evil.example\x07b", f"a{REPLACEMENT}b"),
        ("a\x9b2Jb", f"a{REPLACEMENT}b"),
        ("bil\u200bling", f"bil{REPLACEMENT}ling"),
        ("a\u202eb", f"a{REPLACEMENT}b"),
        ("a\r\n/approve", "a /approve"),
        ("\ud800", REPLACEMENT),
    ],
)
def test_one_line_shows_where_something_was_hidden(text: str, line: str) -> None:
    """T15: a name with a hidden part does not read like the name without it."""
    assert one_line(text) == line


def test_one_line_is_bounded() -> None:
    """A message that quotes a megabyte fills one bounded line, and shows that it was cut."""
    line = one_line("x" * 1_000_000)
    assert (len(line), line[-1]) == (LIMIT, "…")


SECRETS = {
    "glpat-Xk3fT9aLqPz7vWm2Rb8c": "GitLab token",
    "glrt-t1_Xk3fT9aLqPz7vWm2Rb8c": "GitLab token",
    "AKIAIOSFODNN7EXAMPLE": "AWS key",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789": "GitHub token",
    "xoxb-123456789012-abcdefghijkl": "Slack token",
    "sk-proj-abcdef0123456789abcdef": "model key",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl": "web token",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----": "private key",
    "-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1r": "private key",
}


@pytest.mark.parametrize(("secret", "kind"), SECRETS.items())
def test_secrets_are_masked(secret: str, kind: str) -> None:
    """T18: what looks like a secret is named and not shown."""
    assert one_line(f"Value was {secret}") == f"Value was [{kind}, masked]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://ana:hunter2@forge.example/x", "https://[password, masked]@forge.example/x"),
        ("aws_secret_access_key = " + "a1/+" * 10, "aws_secret_access_key[AWS key, masked]"),
    ],
)
def test_secrets_are_masked_where_they_stand(text: str, masked: str) -> None:
    """T18: only the secret part of a longer text goes."""
    assert one_line(text) == masked


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.isprintable() and not a.isspace()])
def test_secret_is_masked_between_attacks(attack: str) -> None:
    """T18: what stands around a token does not save it, unless it makes a longer word of it."""
    assert "Xk3fT9aLqPz7vWm2Rb8c" not in one_line(f"{attack} glpat-Xk3fT9aLqPz7vWm2Rb8c {attack}")


@pytest.mark.parametrize(
    "text",
    [
        "global-customer-billing-replies",
        "task-support-tickets-in-slovakia",
        "sk-slovak-language-support-replies",
        "https://forge.example/a:b@c",
        "h1:3f9a0c4e7d21b6580a9e3c1d4f6b8a2097c5e1d3f4a=",
    ],
)
def test_ordinary_names_are_not_masked(text: str) -> None:
    """A workflow's name, a version or an address is not a secret."""
    assert mask(text) == text
