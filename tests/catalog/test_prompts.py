"""A prompt is front matter and prose with variables; what else a reader could find in it is named."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import linear

from catalog import prompts
from catalog.strict_yaml import Problem, Unreadable


def refusal(content: bytes) -> Problem:
    with pytest.raises(Unreadable) as caught:
        prompts.split(content)
    return caught.value.problem


def facts(body: str, front: dict[str, Any] | None = None) -> dict[str, Any]:
    return prompts.facts(front or {}, body)


def test_split() -> None:
    """Front matter and body are told apart at the second line of three dashes, and the body keeps later ones."""
    assert prompts.split(b"---\nname: a\n---\nHello\n---\nyou\n") == ({"name": "a"}, "Hello\n---\nyou\n")


def test_split_without_front_matter() -> None:
    """A prompt without front matter is all body."""
    assert prompts.split(b"Hello\n--- you\n") == ({}, "Hello\n--- you\n")


def test_other_line_ends() -> None:
    """CRLF line ends change nothing in what is read, so that they alone are found fault with, and by their name."""
    assert prompts.split(b"---\r\nname: a\r\n---\r\nHello {{you}}\r\n") == ({"name": "a"}, "Hello {{you}}\n")


def test_lines() -> None:
    """Every path of the front matter has its line in the file; without front matter there is none."""
    assert prompts.lines(b"---\nname: a\ninput:\n  schema: {you: string}\n---\nHello\n") == {
        "name": 2,
        "input": 3,
        "input.schema": 4,
        "input.schema.you": 4,
    }
    assert prompts.lines(b"Hello\n") == {}


@pytest.mark.parametrize(
    ("content", "words", "line"),
    [
        (b"---\nname: a\nHello\n", "close the front matter", 1),
        (b"---\nname: a\n---", "close the front matter", 1),
        (b"--- \nname: a\n---\nHello", "close the front matter", 1),
        (b"---\n- a\n---\nHello", "mapping as front matter", 2),
        (b"---\nname: a\nname: b\n---\nHello", "key 'name' twice", 3),
        (b"---\nname: &x a\n---\nHello", "anchor", 2),
        (b"---\nname: a\nHello\xff", "UTF-8", 3),
    ],
)
def test_refused(content: bytes, words: str, line: int) -> None:
    """Front matter that is open, no mapping or no strict YAML is refused, at its line in the file."""
    problem = refusal(content)
    assert words in problem.message
    assert problem.line == line


@pytest.mark.parametrize("above", ["\n", "# Licence\n", " \t\n\n", "\ufeff", "\r\n", "# a\r\n\n"])
def test_front_matter_must_come_first(above: str) -> None:
    """Front matter that only other readers would find, with its model, cannot hide below a blank or a mark (T06)."""
    assert "Must begin with the front matter" in refusal(f"{above}---\nmodel: other/one\n---\nHello".encode()).message


def test_variables() -> None:
    """Variables used in the body and declared in the front matter, each once, optional ones without their mark."""
    front = {"input": {"schema": {"question": "string", "plan?": "string", "old(array)": "string"}}}
    assert facts("{{question}} {{ question }} {{{plan}}} {{\tname\n}}", front) == {
        "used": ["name", "plan", "question"],
        "declared": ["old", "plan", "question"],
        "model": None,
        "logic": [],
    }


@pytest.mark.parametrize(
    "text",
    [
        "{{#if x}}", "{{/if}}", "{{>part}}", "{{!note}}", "{{role \"system\"}}", "{{a.b}}", "{{@key}}", "{{a b}}",
        "{{1a}}",
        "{{}}", "{{{a}}", "{{{{raw}}}}", "{{a", "a}}", "{{ {a} }}", "{{a{{b}}", "{{größe}}", "{{a\u00a0b}}",
    ],
)  # fmt: skip
def test_logic(text: str) -> None:
    """Whatever stands between double braces and is no plain name is logic, also when a pair stays open."""
    found = facts(f"Hello {text}, bye")["logic"]
    assert found
    assert all(len(part) <= 40 for part in found)


@given(st.text("{}ab# \n", max_size=40))
def test_every_double_brace_is_accounted_for(body: str) -> None:
    """Logic is exactly what has double braces left once the plain variables are taken out (T06)."""
    name = r"\s*[A-Za-z_][A-Za-z0-9_]*\s*"
    rest = re.sub(rf"\{{\{{\{{{name}\}}\}}\}}|\{{\{{{name}\}}\}}", "x", body)
    assert bool(facts(body)["logic"]) is ("{{" in rest or "}}" in rest)


@pytest.mark.parametrize(
    ("model", "expected"),
    [("other/one", "other/one"), ("", ""), (None, None), (1.5, "1.5"), (1.0, "1.0"), (True, "true"), (0, "0"),
     ({"b": 1, "a": [2.0]}, '{"a": [2.0], "b": 1}'), ("x" * 99, "x" * 40)],
)  # fmt: skip
def test_a_model_is_a_fact(model: Any, expected: str | None) -> None:
    """A model in the front matter is reported as text whatever it is, since engines write numbers differently (T12)."""
    assert facts("", {"model": model})["model"] == expected


@pytest.mark.parametrize("form", ["{{{{v{}}}}} ", "{{{{#v{}}}}} ", "{{{{{{v{}}}}}}}\n", "{{{{ a b{} }}}}"])
def test_very_many_things_in_braces(form: str) -> None:
    """A prompt with more variables than may be declared is refused in one sentence, and not in one about each (T12)."""
    front = "---\nname: a\n---\n"
    fits, more = (front + "\n".join(map(form.format, range(count))) for count in (prompts.MOST, 90_000))
    assert prompts.split((fits + fits.removeprefix(front)).encode())[0] == {"name": "a"}
    problem = refusal(more.encode()[:1_000_000])
    assert problem.message == "Must hold at most 64 different things in {{braces}} (got more)"
    assert problem.line == (4 + 64 * (1 + form.count("\n")))


@pytest.mark.parametrize(
    "body", ["{{" * 500_000, "{{a" * 300_000, "{{{" * 300_000 + "}}", "{" * 1_000_000, "{{" + "a" * 1_000_000]
)
def test_time_grows_with_size(body: str) -> None:
    """A megabyte of opened braces is read in seconds (T12)."""
    with linear():
        assert facts(body)["logic"] or "{{" not in body


def test_front_matter_search_grows_with_size() -> None:
    """A megabyte of comments or blank lines above a front matter that never comes is read in seconds (T12)."""
    for content in (b"#\r\n" * 300_000, b" \r" * 500_000, b"---\n" + b"\n--" * 300_000, b"\n" * 1_000_000):
        with linear(), suppress(Unreadable):
            prompts.split(content)
