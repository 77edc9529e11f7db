"""Strict YAML: what every reader reads alike is read, everything else is refused with a sentence and a line (T10)."""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.growth import linear

from catalog import strict_yaml
from catalog.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, Problem, Unreadable

DOCUMENT = b"""\
# a comment
workflow: billing-replies
risk:
  tier: high
  touches: [customers, money]
actions:
  - {name: receipt, effect: send}
  - name: "late: fee"
    amount: -12.5
text: |
  two
  lines
last: null
"""


def refusal(text: str | bytes) -> Problem:
    with pytest.raises(Unreadable) as caught:
        strict_yaml.parse(text if isinstance(text, bytes) else text.encode())
    return caught.value.problem


def test_a_document() -> None:
    """Mappings, lists, plain and quoted text, blocks, numbers, true, false and null are read."""
    assert strict_yaml.parse(DOCUMENT) == {
        "workflow": "billing-replies",
        "risk": {"tier": "high", "touches": ["customers", "money"]},
        "actions": [{"name": "receipt", "effect": "send"}, {"name": "late: fee", "amount": -12.5}],
        "text": "two\nlines\n",
        "last": None,
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-7", -7),
        (str(MAX_INTEGER), MAX_INTEGER),
        (str(-MAX_INTEGER), -MAX_INTEGER),
        ("0.5", 0.5),
        ("-10.25", -10.25),
        ("true", True),
        ("false", False),
        ("null", None),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T22:15:00Z", "2026-03-01T22:15:00Z"),
        ("'yes'", "yes"),
        ('"0o17"', "0o17"),
        ("''", ""),
        ("yes please", "yes please"),
        ("v1.2.3", "v1.2.3"),
        ("1.2.3", "1.2.3"),
        ("5m", "5m"),
        ("h1:abc=", "h1:abc="),
        ("nobody", "nobody"),
        ("one\n  two", "one two"),
        (">-\n  one\n  two\n", "one two"),
        ("größe 日本", "größe 日本"),
    ],
)
def test_scalars(text: str, value: Any) -> None:
    """What all versions of YAML read alike has that value, of that type."""
    found = strict_yaml.parse(f"key: {text}".encode())["key"]
    assert (found, type(found)) == (value, type(value))


# fmt: off
SURPRISES = [
    "yes", "Yes", "YES", "no", "NO", "on", "On", "off", "OFF", "y", "N", "~", "True", "TRUE", "False", "Null",
    "NULL", "=", "<<", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", "inf", "nan", "0o17", "0x1F", "0b11", "017",
    "08", "1_000", "1,000", "+1", "-0", "1.", ".5", "1e3", "1E3", "1.5e-3", "1e+3", "12:30", "1:02:03",
    "190:20:30", "1:30.5", "2026-3-1", "2026-03-01T1:2:3", "2026-03-01T22:15:00", "2026-03-01t22:15:00z",
    "1.0000000000000000001", "00", "-017",
]
# fmt: on


@pytest.mark.parametrize("text", SURPRISES)
def test_surprises(text: str) -> None:
    """What YAML 1.1, YAML 1.2 or a reader could take for different values is refused, in a value and in a list."""
    assert refusal(f"a: 1\nkey: {text}\n").message.startswith("Must be quoted if text is meant, since some YAML ")
    assert refusal(f"a: 1\nkey: {text}\n").line == 2
    assert refusal(f"[a, {text}]").line == 1


@pytest.mark.parametrize("between", [" ", "\t"])
def test_a_moment_with_white_space(between: str) -> None:
    """A timestamp with white space in it is one to YAML 1.1 and text to others: refused."""
    assert refusal(f"key: 2026-03-01{between}22:15:00").message.endswith("22:15:00' for a date")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yes", "true"),
        ("On", "true"),
        ("NO", "false"),
        ("off", "false"),
        ("~", "null"),
        ("Null", "null"),
        ("<<", "a key of YAML itself"),
        ("2026-3-1", "a date"),
        ("0o17", "a number"),
        ("12:30", "a number"),
        ("1e3", "a number"),
    ],
)
def test_a_surprise_says_what_it_is_taken_for(text: str, meaning: str) -> None:
    """The refusal says in plain words what some readers would take the text for."""
    expected = f"Must be quoted if text is meant, since some YAML readers take {text!r} for {meaning}"
    assert refusal(f"key: {text}") == Problem(expected, 1)


@pytest.mark.parametrize("digits", [str(MAX_INTEGER + 1), str(-MAX_INTEGER - 1), "9" * 100_000])
def test_large_integers(digits: str) -> None:
    """A number that JSON readers would round is refused, in a short sentence."""
    problem = refusal(f"key: {digits}")
    assert "holds exactly" in problem.message
    assert len(problem.message) < 120


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: &x 1", "anchor &x", 1),
        ("a: 1\nb: *x", "alias *x", 2),
        ("a: {b: 1}\nc:\n  <<: {d: 2}", "'<<' for a key of YAML itself", 3),
        ("a: !!str 1", "tag tag:yaml.org,2002:str", 1),
        ("a: ! 1", "tag !", 1),
        ("a: !!python/object/apply:os.system [ls]", "tag", 1),
        ("!<tag:x> {a: 1}", "tag", 1),
        ("a: 1\nb: 2\na: 3", "key 'a' twice", 3),
        ('a: 1\n"a": 3', "key 'a' twice", 2),
        ("a: {b: 1, b: 1}", "key 'b' twice", 1),
        ("a: 1\n---\nb: 2", "one document, got several", 2),
        ("---\na: 1\n...\n---\nb: 2", "one document, got several", 4),
        ("a: 1\n1: b", "text as a key, got int", 2),
        ("true: b", "text as a key, got bool", 1),
        ("null: b", "text as a key, got NoneType", 1),
        ("1.5: b", "text as a key, got float", 1),
        ("? [a]\n: b", "text as a key, got list", 1),
        ("? {a: 1}\n: b", "text as a key, got dict", 1),
        ("yes: b", "'yes' for true", 1),
        ("a: 1\nb:", "Must have a value here", 2),
        ("- a\n-\n", "Must have a value here", 2),
        ("?\n: a", "Must have a value here", 1),
        ("---\n", "Must have a value here", 2),
        ("", "empty file", 0),
        ("# nothing\n", "empty file", 0),
        ("a: [1", "Must be YAML", 2),
        ("a: 1\n b: 2", "Must be YAML", 2),
        ("a:\n\t- b", "Must be YAML", 2),
        ('a: "\\ud800"', "Must be YAML", 1),
        ("%YAML 1.1\n---\na: 1", "Must not hold a directive", 1),
        ("# a page\n%TAG ! x\n---\na: 1", "Must not hold a directive", 2),
    ],
)
def test_refused(text: str, words: str, line: int) -> None:
    """Each thing that strict YAML rules out is named, at its line."""
    problem = refusal(text)
    assert words in problem.message
    assert problem.line == line


@pytest.mark.parametrize("text", ["!<%ED%A0%80> a", "%TAG ! %ED%A0%80\n---\na: 1", "!%FF a"])
def test_tags_that_are_no_text(text: str) -> None:
    """A tag whose escapes are no UTF-8 is refused and no traceback."""
    assert refusal(text).message.startswith("Must")


def test_not_utf8() -> None:
    """Bytes that are no UTF-8 are refused at their line."""
    assert refusal(b"a: 1\nb: \xff\n") == Problem("Must be UTF-8 text", 2)
    assert refusal("a: 1".encode("utf-16")).line == 1


def test_byte_order_mark() -> None:
    """A byte-order mark is refused: some readers would make it part of the first key."""
    assert refusal(b"\xef\xbb\xbfa: 1") == Problem("Must not begin with a byte-order mark", 1)


@pytest.mark.parametrize("code", [0x00, 0x07, 0x1B, 0x7F, 0x85, 0x2028, 0x2029, 0x202E, 0x2066, 0xFEFF, 0xFFFF])
def test_unseen_characters(code: int) -> None:
    """A character that hides, moves or breaks what a reviewer sees is refused, in a comment too (T10, T15).

    YAML 1.1 ends the line at U+2028: what looks like the rest of a comment would be read as a key.
    """
    problem = refusal(f"tier: high\n# as agreed{chr(code)}approver: mallory\n")
    assert problem == Problem(f"Must not hold the unseen character U+{code:04X}", 2)


def test_line_ends() -> None:
    """CRLF is read like LF; a lone CR, which only YAML takes for a line end, is refused (T10)."""
    assert strict_yaml.parse(b"a: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}
    assert refusal("a: 1 # so\rb: 2\n").message == "Must not hold the unseen character U+000D"


def test_size() -> None:
    """1 MiB is read, one byte more is not."""
    fits = b"a: " + b"x" * (MAX_BYTES - 3)
    assert len(strict_yaml.parse(fits)["a"]) == MAX_BYTES - 3
    assert refusal(fits + b"x") == Problem(f"Must be at most 1 MiB, got {MAX_BYTES + 1} bytes")


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_depth(begin: str, end: str) -> None:
    """32 levels are read, 33 are refused, and so are 100,000, without overrunning the stack."""
    assert strict_yaml.parse((begin * MAX_DEPTH + "x" + end * MAX_DEPTH).encode())
    assert "deeper than 32" in refusal(begin * (MAX_DEPTH + 1) + "x" + end * (MAX_DEPTH + 1)).message
    assert refusal(begin * 100_000).message.startswith("Must")


def test_depth_of_keys() -> None:
    """Nesting inside keys counts as well."""
    assert refusal("? " * 100_000).message.startswith("Must")


def test_laughs() -> None:
    """Aliases that would unfold to billions are refused at the first anchor (T10)."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    assert refusal(bomb) == Problem("Must not use the anchor &a: write the value out", 1)


def test_messages_stay_short() -> None:
    """A message never repeats a megabyte of what it refuses (T15)."""
    long = "9_" * 400_000
    for text in (
        f"a: {long}",
        f"a: &{'x' * 500_000} 1",
        f"a: !{'x' * 500_000} 1",
        f'? "{long}"\n: 1\n? "{long}"\n: 1\n',
    ):
        assert len(refusal(text).message) < 200


@pytest.mark.parametrize(
    "text", ["a: " + "1:" * 200_000, "a: " + "_" * 500_000, "[" + "a," * 200_000 + "]", "a: " + "0_," * 200_000]
)
def test_time_grows_with_size(text: str) -> None:
    """Half a megabyte of what a slow pattern would choke on is read or refused in seconds (T12)."""
    with linear(), suppress(Unreadable):
        strict_yaml.parse(text.encode())


def test_lines() -> None:
    """Every path has the line of its key, or of its item."""
    assert strict_yaml.lines(DOCUMENT) == {
        "workflow": 2, "risk": 3, "risk.tier": 4, "risk.touches": 5, "risk.touches[0]": 5, "risk.touches[1]": 5,
        "actions": 6, "actions[0]": 7, "actions[0].name": 7, "actions[0].effect": 7, "actions[1]": 8,
        "actions[1].name": 8, "actions[1].amount": 9, "text": 10, "last": 13,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("risk.tier", 4),
        ("risk.colour", 3),
        ("actions[1].amount", 9),
        ("actions[1].when[0].x", 8),
        ("actions[7]", 6),
        ("gone.a", 1),
        ("", 1),
        ("..[", 1),
    ],
)
def test_the_line_of_what_is_absent(place: str, line: int) -> None:
    """A path without a line of its own has that of the nearest thing around it."""
    assert strict_yaml.line_of(strict_yaml.lines(DOCUMENT), place) == line


@pytest.mark.parametrize("text", ["[" * 100_000, "a: &a [*a]", "a: [", "", "a: *b", "a: 1\n---\nb: 1"])
def test_lines_of_what_cannot_be_read(text: str) -> None:
    """Asking for lines of an unreadable document is the same refusal: the stack holds, nothing is composed (T12)."""
    with pytest.raises(Unreadable):
        strict_yaml.lines(text.encode())


# Plain scalars that hover around what the versions of YAML take for numbers, times and words.
_DENSE = st.text("0123456789+-.:_,eExXoObBaAfFnNtTuUlLrRiIsSyY~=<>zZ \t", min_size=1, max_size=14)


class _Core(yaml.CSafeLoader):
    """PyYAML without its timestamps."""


_Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(("timestamp", "merge", "value"))]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@given(_DENSE)
@settings(max_examples=1500)
def test_agrees_with_pyyaml(text: str) -> None:
    """Whatever is accepted has PyYAML's value and type; what PyYAML takes for a moment is one plainly spelled."""
    content = f"key: {text}\n".encode()
    try:
        found = strict_yaml.parse(content)
    except Unreadable:
        return
    expected = yaml.load(content, Loader=_Core)
    assert repr(found) == repr(expected)
    root = yaml.compose(content, Loader=yaml.CSafeLoader)
    assert root is not None
    resolved = root.value[0][1]
    if resolved.tag.endswith("timestamp") and resolved.style is None:
        assert strict_yaml._DATE.fullmatch(resolved.value)


_YAML_1_2_CORE = {
    "null": r"null|Null|NULL|~|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}
"""The core schema's tag resolution (YAML 1.2.2, section 10.3.2)."""


@given(_DENSE.map(str.strip).filter(bool))
@settings(max_examples=1500)
def test_agrees_with_the_core_schema(text: str) -> None:
    """Whatever plain scalar is accepted has the type that the core schema of YAML 1.2 gives it."""
    try:
        found = strict_yaml.parse(f"- {text}\n".encode())
    except Unreadable:
        return
    if not isinstance(found, list) or len(found) != 1 or isinstance(found[0], (dict, list)):
        return
    if " #" in text or "\t#" in text:
        return
    kind = next((name for name, pattern in _YAML_1_2_CORE.items() if re.fullmatch(pattern, text)), "str")
    assert type(found[0]) is {"null": type(None), "bool": bool, "int": int, "float": float, "str": str}[kind]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
@settings(max_examples=300)
def test_json_is_read_as_it_is(value: Any) -> None:
    """JSON with ASCII escapes is strict YAML of the same value: what is quoted stays what it is."""
    content = json.dumps(value, allow_nan=False).encode()
    if b"\\ud" in content or (content == b'""' and value == ""):
        return  # a pair of surrogate escapes is one character to JSON and none to YAML
    assert strict_yaml.parse(content) == value


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=1000)
def test_only_unreadable(content: bytes) -> None:
    """Arbitrary bytes are read or refused, and what is read is plain, finite JSON."""
    try:
        value = strict_yaml.parse(content)
    except Unreadable as error:
        message = error.problem.message
        if not message.startswith("Must") or "\n" in message:
            pytest.fail(message)
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert strict_yaml.lines(content) is not None
    assert not (isinstance(value, float) and math.isinf(value))
