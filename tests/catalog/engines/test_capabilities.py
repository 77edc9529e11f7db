"""What gate rules may use: every built-in is really evaluated on both engines, with the same result."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.engines import open_engine
from catalog.engines.banned import CAPABILITIES, allowed
from catalog.errors import EngineError

FACTS = {"text": "añ<b>", "days": 3, "words": ["b", "a"], "object": {"a": {"b": 1}, "c": None}, "none": None}
# Each built-in, with calls that both engines must answer alike; where one fails, so must the other.
CALLS = {
    "abs": ["abs(-3)", "abs(0)", "abs(2.5)"],
    "and": ["{1, 2} & {2, 3}", "{1} & set()"],
    "array.concat": ["array.concat([1], [2, 3])", "array.concat([], [])", "array.concat([], null)"],
    "array.reverse": ["array.reverse([1, 2, 3])", "array.reverse([])"],
    "array.slice": ["array.slice([1, 2, 3], 1, 2)", "array.slice([1, 2, 3], -1, 9)", "array.slice([1], 1, 0)"],
    "assign": ["[y | y := 1]"],
    "base64.decode": ['base64.decode("aGk=")', 'base64.decode("?")'],
    "base64.encode": ['base64.encode("hñ")'],
    "base64.is_valid": ['base64.is_valid("aGk=")', 'base64.is_valid("?")'],
    "base64url.decode": ['base64url.decode("aGk")'],
    "base64url.encode": ['base64url.encode("hi?>")'],
    "base64url.encode_no_pad": ['base64url.encode_no_pad("hi")'],
    "bits.and": ["bits.and(6, 3)"],
    "bits.lsh": ["bits.lsh(1, 4)"],
    "bits.negate": ["bits.negate(5)"],
    "bits.or": ["bits.or(6, 3)"],
    "bits.rsh": ["bits.rsh(16, 2)"],
    "bits.xor": ["bits.xor(6, 3)"],
    "ceil": ["ceil(1.2)", "ceil(-1.2)", "ceil(3)"],
    "concat": ['concat(", ", input.words)', 'concat("", [])', 'concat("-", {"b", "a"})', 'concat(",", [1])'],
    "contains": ['contains(input.text, "ñ")', 'contains("abc", "")', 'contains("abc", "z")'],
    "count": ["count(input.words)", "count(input.text)", "count(set())", "count(input.object)", "count(input.none)"],
    "div": ["6 / 3", "7 / 2", "1 / 0"],
    "endswith": ['endswith("abc", "bc")', 'endswith("abc", "")', "endswith(input.none, input.text)"],
    "eq": ["[y | y = 3]", "[y | [1, y] = [1, 2]]", '[y | {"a": y} = {"a": 2}]'],
    "equal": ['"a" == "a"', "1 == 1.0", "{1, 2} == {2, 1}", "null == false", '"1" == 1', "[] == {}"],
    "floor": ["floor(1.7)", "floor(-1.7)"],
    "format_int": ["format_int(255, 16)", "format_int(10, 10)", "format_int(-9, 2)"],
    "gt": ["3 > 2", '"b" > "a"', "[1] > []", "{} > []", "null > 1", '"é" > "z"'],
    "gte": ["2 >= 2", '"B" >= "a"'],
    "hex.decode": ['hex.decode("6869")', 'hex.decode("x")'],
    "hex.encode": ['hex.encode("hi")'],
    "internal.member_2": ["2 in [1, 2]", '"x" in {"x"}', '1 in {"a": 1}', "1 in input.text", "1 in input.none"],
    "internal.member_3": ['"a", 1 in {"a": 1}', '0, "x" in ["x"]'],
    "intersection": ["intersection({{1, 2}, {2, 3}})", "intersection(set())"],
    "is_array": ["is_array(input.words)", "is_array(1)", "is_array(set())"],
    "is_boolean": ["is_boolean(true)", "is_boolean(null)"],
    "is_null": ["is_null(input.none)", "is_null(1)"],
    "is_number": ["is_number(1)", 'is_number("1")'],
    "is_object": ["is_object(input.object)", "is_object([])"],
    "is_set": ["is_set(set())", "is_set([])"],
    "is_string": ["is_string(input.text)", "is_string(1)"],
    "json.filter": ['json.filter(input.object, ["a/b"])', 'json.filter({"a": 1}, [])'],
    "json.is_valid": ['json.is_valid("{}")', 'json.is_valid("{")', 'json.is_valid("1 2")'],
    "json.patch": ['json.patch(input.object, [{"op": "add", "path": "/d", "value": 2}])'],
    "json.remove": ['json.remove(input.object, ["a/b"])'],
    "json.unmarshal": ['json.unmarshal("{\\"a\\": [1, 2.5, null]}")', 'json.unmarshal("{")'],
    "lt": ["1 < 2", '"a" < 1', "true < false"],
    "lte": ["2 <= 2", "[1, 2] <= [1, 3]"],
    "max": ["max([1, 3, 2])", 'max({"a", "b"})', "max([])", 'max([1, "a", null])'],
    "min": ["min([3, 1])", "min(set())"],
    "minus": ["3 - 1", "1 - 3", "{1, 2} - {2}"],
    "mul": ["3 * 4", "90 * 86400"],
    "neq": ["1 != 2", '"a" != "a"', "null != false"],
    "numbers.range": ["numbers.range(1, 3)", "numbers.range(3, 1)", "numbers.range(1.5, 3)"],
    "numbers.range_step": ["numbers.range_step(1, 7, 3)"],
    "object.filter": ['object.filter({"a": 1, "b": 2}, ["a"])', 'object.filter({"a": 1, "b": 2}, {"b", "c"})'],
    "object.get": [
        'object.get(input.object, "c", 2)',
        'object.get(input.object, "z", 2)',
        'object.get(input.object, ["a", "b"], 2)',
        'object.get(input.object, ["a", "z", "y"], 2)',
        'object.get({"a": [5]}, ["a", 0], 2)',
        "object.get(input.object, [], 2)",
        'object.get(input.text, "b", 2)',
        'object.get(input.none, "b", 2)',
    ],
    "object.keys": ["object.keys(input.object)", "object.keys({})", "object.keys(input.none)"],
    "object.remove": ['object.remove({"a": 1, "b": 2}, ["a"])', 'object.remove({"a": 1}, {"x"})'],
    "object.subset": ['object.subset({"a": 1, "b": 2}, {"a": 1})', "object.subset([1, 2], [2])"],
    "object.union": ['object.union({"a": 1}, {"b": 2})', 'object.union({"a": {"x": 1}}, {"a": {"y": 2}})'],
    "object.union_n": ['object.union_n([{"a": 1}, {"a": 2}, {"b": 3}])', "object.union_n([])"],
    "or": ["{1} | {2}"],
    "plus": ["1 + 2", "input.days + 1", "input.none + 1"],
    "product": ["product([2, 3])", "product([])"],
    "regex.find_n": ['regex.find_n(`[a-z]+`, "ab cd ef", 2)', 'regex.find_n(`[a-z]+`, "ab cd", -1)'],
    "regex.is_valid": ['regex.is_valid("(")', 'regex.is_valid("a+")', "regex.is_valid(`(?=a)`)"],
    "regex.match": [
        'regex.match(`^[a-z-]+$`, "ab-c")',
        'regex.match(`^a$`, "b")',
        'regex.match(`(?i)AB`, "xab")',
        'regex.match(`(?i)k`, "\\u212a")',
        'regex.match(`^[0-9]{4}-(0[1-9]|1[0-2])$`, "2026-11")',
        'regex.match(`^a$`, "a\\n")',
        'regex.match("(", "a")',
        "regex.match(`.ñ`, input.text)",
    ],
    "regex.replace": ['regex.replace("abab", `(a)(b)`, "$2$1")', 'regex.replace("ab", `(a)`, "${1}x")'],
    "regex.split": ['regex.split(`, *`, "a, b,c")', 'regex.split(`x`, "")'],
    "rem": ["7 % 3", "-7 % 3", "1 % 0", "1.5 % 1"],
    "replace": ['replace("aXbX", "X", "-")', 'replace("ab", "", "-")'],
    "round": ["round(1.5)", "round(-1.5)", "round(2.5)"],
    "semver.compare": ['semver.compare("1.2.3", "1.10.0")', 'semver.compare("1", "2")'],
    "semver.is_valid": ['semver.is_valid("1.2.3-a.1")', 'semver.is_valid("1.2")'],
    "sort": ["sort(input.words)", "sort({3, 1})", 'sort([1, "a", null, true, [1], {"a": 1}])', "sort([2.5, 2, 10])"],
    "split": ['split("a,b,", ",")', 'split("añ", "")', 'split("", ",")'],
    "sprintf": [
        'sprintf("%s is %d of %v", ["a", 1, 2])',
        'sprintf("%v", [["a", 1]])',
        'sprintf("%v", [{"b": 1, "a": "x"}])',
        'sprintf("%v", [{"b", "a"}])',
        'sprintf("%v %v %v", [null, true, -3])',
        'sprintf("%s", [["a"]])',
        'sprintf("%s 100%%", [input.text])',
        'sprintf("%v", [12345678901])',
        'sprintf("%d", [6 / 2])',
    ],
    "startswith": ['startswith("abc", "ab")', 'startswith("abc", "")'],
    "strings.any_prefix_match": ['strings.any_prefix_match("abc", ["x", "ab"])'],
    "strings.any_suffix_match": ['strings.any_suffix_match("abc", {"bc"})'],
    "strings.reverse": ['strings.reverse("añb")'],
    "substring": ["substring(input.text, 1, 2)", 'substring("abc", 1, -1)', 'substring("abc", -1, 1)'],
    "sum": ["sum([1, 2])", "sum([])", "sum({1, 2})"],
    "trim": ['trim("xxaxx", "x")', 'trim("a", "")'],
    "trim_left": ['trim_left("xxax", "x")'],
    "trim_prefix": ['trim_prefix("abc", "ab")', 'trim_prefix("abc", "x")'],
    "trim_right": ['trim_right("axx", "x")'],
    "trim_space": ['trim_space(" a\\n\\u00a0")'],
    "trim_suffix": ['trim_suffix("abc", "bc")'],
    "type_name": ["type_name(1)", "type_name(input.none)", "type_name({1})", "type_name({})", "type_name([])"],
    "union": ["union({{1}, {2}})", "union(set())"],
}
# What no text can show: the engines differ by the value. Where both run, this is an error and never a verdict.
DIFFERENT = [
    "input.a + input.b",
    "sum([input.a, input.b])",
    'sprintf("%d", [-3])',
    'sprintf("%s", [3])',
    'sprintf("%v", [set()])',
    'count("🚀")',
    "1000000007 * 1000000007 * 1000000007",
]


def capabilities() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CAPABILITIES.read_bytes())
    return loaded


@cache
def current(opa: Path) -> dict[str, Any]:
    said = subprocess.run([str(opa), "capabilities", "--current"], capture_output=True, check=True).stdout
    loaded: dict[str, Any] = json.loads(said)
    return loaded


def module(index: int, call: str) -> str:
    return f"package t{index}\n\nx := [out | out := {call}]\n"


def answer(engine: Any, index: int) -> Any:
    try:
        return engine.evaluate(f"data.t{index}.x", FACTS)
    except EngineError:
        return "error"


def test_every_built_in_is_tried() -> None:
    """Every built-in that gate rules may use has calls here, and nothing else has."""
    assert CALLS.keys() == allowed()


def test_same_on_both(opa: Path) -> None:
    """T12: each allowed built-in gives the same answer, or an error, on both engines."""
    calls = [call for calls in CALLS.values() for call in calls]
    good: dict[str, Any] = {}
    bad: dict[str, Any] = {}
    for index, call in enumerate(calls):
        rules = {f"{index}.rego": module(index, call)}
        with open_engine("regorus", rules, {}) as engine:
            got = answer(engine, index)
        (bad if got == "error" else good)[call] = got
    rules = {f"{index}.rego": module(index, call) for index, call in enumerate(calls)}
    with_type_errors = {"input.none + 1", 'regex.match("(", "a")'}
    loaded = {path: source for path, source in rules.items() if calls[int(path.split(".")[0])] in good}
    with open_engine("opa", loaded, {}) as engine:
        theirs = {call: answer(engine, index) for index, call in enumerate(calls) if call in good}
    assert good == theirs
    assert with_type_errors <= bad.keys()


def test_fails_on_both(opa: Path, tmp_path: Path) -> None:
    """T12: a call that fails on the embedded engine fails on OPA as well."""
    calls = [call for calls in CALLS.values() for call in calls]
    for index, call in enumerate(calls):
        with open_engine("regorus", {"a.rego": module(index, call)}, {}) as engine:
            if answer(engine, index) != "error":
                continue
        command = [str(opa), "eval", "--strict-builtin-errors", "--stdin-input", call]
        done = subprocess.run(command, input=json.dumps(FACTS).encode(), capture_output=True, check=False)
        assert done.returncode != 0, call


@pytest.mark.parametrize("call", DIFFERENT)
def test_differences_by_value(call: str) -> None:
    """T12: where the engines differ by a value alone, the two together refuse to answer."""
    rules = {"a.rego": f"package a\n\nx := {call}\n"}
    with open_engine("both", rules, {}) as engine, pytest.raises(EngineError):
        engine.evaluate("data.a.x", {"a": 0.1, "b": 0.2})


def test_drawn_from_the_pinned_opa(opa: Path) -> None:
    """The file declares each built-in exactly as the pinned OPA does, and grants no network and no newer syntax."""
    declared = {builtin["name"]: builtin for builtin in current(opa)["builtins"]}
    ours = capabilities()
    assert ours["builtins"] == [declared[name] for name in sorted(allowed())]
    assert (ours["allow_net"], ours["future_keywords"]) == ([], [])
    assert set(ours["features"]) <= set(current(opa)["features"])


def test_deterministic() -> None:
    """T12: nothing that reaches out, reads a clock or rolls dice is granted."""
    assert not [builtin["name"] for builtin in capabilities()["builtins"] if builtin.get("nondeterministic")]
    outside = ("http.", "net.", "opa.", "rand.", "time.", "uuid.", "io.", "rego.", "providers.", "crypto.")
    assert not [name for name in allowed() if name.startswith(outside)]


def test_what_runs_at_a_point_may_read_its_clock_and_tokens(opa: Path) -> None:
    """T12: policies/runtime/ may use what the gate may, a clock and signed tokens, and reaches nothing either."""
    theirs = json.loads(CAPABILITIES.with_name("runtime.json").read_bytes())
    more = {"crypto.sha256", "io.jwt.decode", "io.jwt.verify_eddsa"}
    clock = {"time.format", "time.now_ns", "time.parse_rfc3339_ns"}
    declared = {builtin["name"]: builtin for builtin in current(opa)["builtins"]}
    assert theirs == capabilities() | {"builtins": [declared[name] for name in sorted(allowed() | more | clock)]}
