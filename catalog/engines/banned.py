"""What gate rules may not use, because the two engines differ on it or it reaches out of the judgement.

The capabilities file keeps OPA off it; this reads the text, so that the embedded engine refuses the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from catalog.engines import negation, rego_text
from catalog.engines.rego_text import Module
from catalog.errors import PolicyError

CAPABILITIES = Path(__file__).parent / "capabilities" / "gate.json"
"""What gate rules may use, in OPA's format."""

PLAIN = frozenset(
    {"all", "any", "indexof", "indexof_n", "lower", "print", "re_match", "set_diff", "to_number", "trace", "upper"}
    | {"walk"}
    | {f"cast_{kind}" for kind in ("array", "boolean", "null", "object", "set", "string")}
)
"""Built-ins without a dot in their name that gate rules may not use. Those with a dot are refused unless allowed."""

_CALL = re.compile(r"(?<![\w.\"\]])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\(")
_WITH = re.compile(r"\bwith\s+(?!(?:input|data)\b)([\w.]+)")
_TEMPLATE = re.compile(r"\$[\"`]")
_SPRINTF = re.compile(r"\bsprintf\(\s*(\S)")
_VERB = re.compile(r"%(?:%|[^A-Za-z%]*(?:[A-Za-z]|$))")
_VERBS = frozenset({"%%", "%s", "%d", "%v"})
_CLASS = re.compile(r"\\[dDwWsSbBpP]")


def banned(source: str) -> list[str]:
    """What one module uses that it may not: built-ins by name, constructs in a few words. Sorted, each once."""
    module = Module(source)
    return sorted({name for _, name in _uses(module, rego_text.always_there({"": module}))})


def refuse(modules: Mapping[str, str]) -> None:
    """Raise `PolicyError` for the first use of something banned in modules that are loaded together."""
    read = {path: Module(source) for path, source in sorted(modules.items())}
    always = rego_text.always_there(read)
    for path, module in read.items():
        for at, name in _uses(module, always):
            raise PolicyError(
                f"{path}:{module.line(at)}: uses {name}, which gate rules may not.",
                why="The two engines answer it differently, one lacks it, or it reaches out of the judgement.",
                solution="Use what catalog/engines/capabilities/gate.json lists; under `not`, first name the value.",
            )


def uses(modules: Mapping[str, str]) -> dict[str, list[str]]:
    """Everything banned that modules use which are loaded together, by path; paths without any are left out."""
    read = {path: Module(source) for path, source in sorted(modules.items())}
    always = rego_text.always_there(read)
    found = {path: sorted({name for _, name in _uses(module, always)}) for path, module in read.items()}
    return {path: names for path, names in found.items() if names}


@cache
def allowed() -> frozenset[str]:
    """The built-ins that gate rules may use."""
    listed = json.loads(CAPABILITIES.read_bytes())["builtins"]
    return frozenset(builtin["name"] for builtin in listed)


def _uses(module: Module, always: frozenset[str]) -> Iterator[tuple[int, str]]:
    yield from _calls(module)
    yield from ((match.start(), f"with on {match[1]}") for match in _WITH.finditer(module.code))
    yield from ((match.start(), "a template string") for match in _TEMPLATE.finditer(module.code))
    yield from _formats(module)
    if "regex." in module.code:
        yield from _classes(module)
    yield from _negations(module, always)


def _calls(module: Module) -> Iterator[tuple[int, str]]:
    for match in _CALL.finditer(module.code):
        name = match[1]
        first, dotted, _ = name.partition(".")
        ours = first == "data" or first in module.imports
        if name in PLAIN or (dotted and not ours and name not in allowed()):
            yield match.start(), name


def _formats(module: Module) -> Iterator[tuple[int, str]]:
    literal = {text.at: text.value for text in module.texts}
    for match in _SPRINTF.finditer(module.code):
        if match.start(1) not in literal:
            yield match.start(), "sprintf with a computed format"
            continue
        verbs = _VERB.findall(literal[match.start(1)])
        yield from ((match.start(), f"sprintf {verb}") for verb in verbs if verb not in _VERBS)


def _classes(module: Module) -> Iterator[tuple[int, str]]:
    for text in module.texts:
        yield from ((text.at, f"regex class {found}") for found in _CLASS.findall(text.value))


def _negations(module: Module, always: frozenset[str]) -> Iterator[tuple[int, str]]:
    def defined(name: str) -> bool:
        first, dotted, rest = name.partition(".")
        if first in module.imports:
            return f"{module.imports[first]}{dotted}{rest}" in always
        if first in ("data", "input"):
            return name in always or name == "input"
        # A name of its own: a variable has a value; a rule of this package may have none.
        return not dotted and (name not in module.rules or f"data.{module.package}.{name}" in always)

    def builtin(name: str) -> bool:
        return name in allowed() or name == "set"

    for at, words in negation.traps(module, defined, builtin):
        yield at, f"`{words}`"
