"""Mutation testing of the rules: every condition dropped, and negated, must make a test fail.

`python tests/policies/mutation.py [--policies FOLDER] [PATH ...]`, with OPA named by COUNTERSIGN_OPA, else on PATH.
Paths below the folder narrow what is mutated. A condition is one expression of a body: of a rule, an `else`, a
comprehension or an `every`. Prints each surviving mutant as `file:line: mutation: text`, then how many there were;
exits 1 when fewer than 95 % are caught. A mutant that OPA does not compile is not viable, and does not count.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, NewType

Outcome = Literal["caught", "not viable", "survived"]
Node = NewType("Node", dict[str, Any])
"""One node of the syntax tree that `opa parse` prints."""

REQUIRED = 95
"""Per cent of the viable mutants that must be caught."""
WORKERS = 2
OPA = os.environ.get("COUNTERSIGN_OPA", "opa")
FLIPPED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
# What `opa test` exits with, which tells a mutant that fails from one that is no policy at all.
OUTCOMES: dict[int, Outcome] = {0: "survived", 1: "not viable", 2: "caught"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One file with one condition changed."""

    file: Path
    line: int
    mutation: Literal["dropped", "negated"]
    condition: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.mutation}: {' '.join(self.condition.split())}"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The tests that one file must satisfy: each stage is a list of files for `opa test`, the quickest first."""

    file: Path
    stages: tuple[tuple[Path, ...], ...]


# Making mutants.


def mutants(file: Path) -> Iterator[Mutant]:
    """Each condition of one file, dropped and, where Rego allows it, negated.

    Raises `ValueError` for a condition that OPA does not place: that of an `else` without braces.
    """
    source = file.read_text(encoding="utf-8")
    command = (OPA, "parse", "--format", "json", "--json-include", "locations", file)
    tree = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    for node in conditions(json.loads(tree.stdout).get("rules", [])):
        start, text = offset(source, node), written(node)
        if not source.startswith(text, start) or text.startswith("else "):
            raise ValueError(f"{file}:{node['location']['row']}: Must have braces after `else ... if`")
        made = partial(Mutant, file=file, line=node["location"]["row"], condition=text)
        head, tail = source[:start], source[start + len(text) :]
        # A body holds even when nothing is left in it.
        yield made(mutation="dropped", source=f"{head}true{tail}")
        if (negation := negated(source, node)) is not None:
            yield made(mutation="negated", source=f"{head}{negation}{tail}")


def conditions(tree: object) -> Iterator[Node]:
    """Every expression that somebody wrote into a body, at whatever depth."""
    if isinstance(tree, list):
        for item in tree:
            yield from conditions(item)
    elif isinstance(tree, dict):
        # A rule without a body is given one by the parser.
        if "terms" in tree and "index" in tree and not tree.get("generated") and not names_only(tree["terms"]):
            yield Node(tree)
        for item in tree.values():
            yield from conditions(item)


def names_only(terms: Any) -> bool:
    """Whether this is `some x`, which names a variable and asks for nothing."""
    return isinstance(terms, dict) and all(symbol["type"] == "var" for symbol in terms.get("symbols", [{"type": ""}]))


def negated(source: str, node: Node) -> str | None:
    """The opposite of a condition; nothing for a declaration, which has none."""
    text, terms = written(node), node["terms"]
    if node.get("negated"):
        return text.removeprefix("not").lstrip()
    if not isinstance(terms, list):
        return None if "symbols" in terms else f"not {text}"
    operator = written(terms[0])
    if operator == ":=":
        return None
    if operator in FLIPPED:
        at = offset(source, terms[0]) - offset(source, node)
        return f"{text[:at]}{FLIPPED[operator]}{text[at + len(operator) :]}"
    return f"not {text}"


def written(node: Node) -> str:
    """The text of a node, as it stands in its file."""
    return base64.b64decode(node["location"]["text"]).decode()


def offset(source: str, node: Node) -> int:
    """Where a node begins; OPA counts rows and columns from one, and columns in characters."""
    rows = source.splitlines(keepends=True)
    return sum(map(len, rows[: node["location"]["row"] - 1])) + int(node["location"]["col"]) - 1


# Trying them.


def suite(file: Path, everything: Sequence[Path]) -> Suite:
    """What tries the mutants of a file: first the test beside it, else those of its folder, where they stand alone."""
    beside = file.with_name(f"{file.stem}_test.rego")
    tests = [beside] if beside.exists() else sorted(file.parent.glob("*_test.rego"))
    # Shared terms and made-up facts are all that the test of a rule may need: with more, it would always fail.
    named = {"lib", "runtime", "testing"}
    shared = [path for path in everything if named & set(path.parts) and not path.stem.endswith("_test")]
    quick = tuple(dict.fromkeys([*shared, file, *tests]))
    alone = bool(tests) and tested(quick) == "survived"
    return Suite(file=file, stages=(quick, tuple(everything)) if alone else (tuple(everything),))


def tried(mutant: Mutant, suites: dict[Path, Suite], folder: Path) -> Outcome:
    """What the tests make of one mutant."""
    with tempfile.NamedTemporaryFile("w", suffix=".rego", dir=folder, encoding="utf-8") as mutated:
        mutated.write(mutant.source)
        mutated.flush()
        for stage in suites[mutant.file].stages:
            others = [path for path in stage if path != mutant.file]
            if (outcome := tested([*others, Path(mutated.name)])) != "survived":
                return outcome
    return "survived"


def tested(files: Sequence[Path]) -> Outcome:
    """What `opa test` says of these files. Raises `RuntimeError` when OPA itself breaks down."""
    done = subprocess.run([OPA, "test", "--parallel", "1", *files], capture_output=True, text=True, check=False)
    if done.returncode not in OUTCOMES:
        raise RuntimeError(f"opa test ended with {done.returncode}: {done.stderr}")
    return OUTCOMES[done.returncode]


def main(arguments: Sequence[str] | None = None) -> int:
    """Mutates, tries, and tells; 1 when too many mutants survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=Path, default=Path("policies"))
    parser.add_argument("only", nargs="*", type=Path, help="files or folders to mutate; without any, all")
    asked = parser.parse_args(arguments)
    everything = sorted(asked.policies.rglob("*.rego"))
    files = [file for file in everything if not file.stem.endswith("_test") and "testing" not in file.parts]
    files = [file for file in files if not asked.only or {file, *file.parents} & set(asked.only)]
    if tested(everything) != "survived":
        parser.error("the tests must pass as they are, else every mutant seems caught")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        suites = {made.file: made for made in pool.map(partial(suite, everything=everything), files)}
        made = [mutant for found in pool.map(lambda file: list(mutants(file)), files) for mutant in found]
        outcomes: list[Outcome] = []
        for outcome in pool.map(partial(tried, suites=suites, folder=Path(folder)), made):
            outcomes.append(outcome)
            if sys.stderr.isatty():
                print(f"\r{len(outcomes)} of {len(made)} mutants tried", end="", file=sys.stderr, flush=True)
    return told(made, outcomes)


def told(made: Sequence[Mutant], outcomes: Sequence[Outcome]) -> int:
    """Prints the survivors and the summary. No viable mutant at all is a failure too."""
    for mutant in (mutant for mutant, outcome in zip(made, outcomes, strict=True) if outcome == "survived"):
        print(mutant)
    counts = Counter(outcomes)
    viable = counts["caught"] + counts["survived"]
    share = 100 * counts["caught"] / viable if viable else 0
    parts = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("caught", "not viable", "survived"))
    print(f"{len(made)} mutants, {parts} ({share:.1f} %)")
    return 0 if share >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
