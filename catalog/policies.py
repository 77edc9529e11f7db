"""The rule set of a tree: Rego modules, and the METADATA of each rule, read once for both engines.

A rule is a file `policies/gate/<group>/<name>.rego`; its code is `<group>.<name>`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from catalog import clock, layout, strict_yaml, versions
from catalog.change import files_below
from catalog.errors import PolicyError
from catalog.git import Repository
from catalog.objects import SUBMODULE
from catalog.strict_yaml import Unreadable

Json = Any

_FOLDERS = ("gate", "lib")
_MODULES = ("verdict.rego",)
_RULE = re.compile(rf"{layout.POLICIES}/gate/([a-z][a-z-]*)/([a-z][a-z-]*)\.rego")
_RUNTIME = re.compile(rf"{layout.POLICIES}/(?:runtime|lib)/")
_PLAIN = re.compile(rf"{layout.POLICIES}/(?:runtime|lib)/[a-z][a-z0-9_]*\.rego")
_BLOCK = re.compile(r"^# METADATA\n((?:#.*\n)+)", re.MULTILINE)
_PACKAGE = re.compile(r"^package[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_BRACKETED = re.compile(r'\["([^"]+)"\]')
SEVERITIES = ("deny", "wait", "warn")
CONDITIONS = ("desk", "narrowing")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule file, and what is wrong with its declaration."""

    path: str
    code: str
    package: str
    metadata: Mapping[str, Json] | None
    broken: tuple[str, ...]
    """Why it cannot be judged by."""

    @property
    def problems(self) -> tuple[str, ...]:
        """All that is wrong with its declaration. A bad date does not break a rule: it then holds from now on."""
        date_given = (self.metadata or {}).get("effective_on")
        dated = self.metadata is None or clock.day(date_given) is not None
        return self.broken if dated else (*self.broken, f"Must have effective_on as a date, got {date_given}")


@dataclass(frozen=True)
class RuleSet:
    """The gate's policies of one tree, ready for an engine."""

    modules: Mapping[str, str]
    """Rego source by path."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Why a module is no source, by path. Nothing is judged by a set with one."""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of their paths."""
        found = ((_RULE.fullmatch(path), path) for path in sorted({*self.modules, *self.unreadable}))
        return tuple(
            _rule(path, f"{match[1]}.{match[2]}", self.modules.get(path, "")) for match, path in found if match
        )

    @cached_property
    def digest(self) -> str:
        """H1 over all modules."""
        return versions.h1({path: source.encode() for path, source in self.modules.items()})

    @cached_property
    def facts(self) -> list[dict[str, Json]]:
        """Every rule file as the rules about rules see it (docs/facts.md)."""
        from catalog.engines.banned import uses  # reads every module word by word: only for changes of rules

        banned = uses(self.modules)
        return [
            {
                "path": rule.path,
                "code": rule.code,
                "package": rule.package,
                "metadata": rule.metadata,
                "banned": banned.get(rule.path, []),
                "problems": list(rule.problems),
            }
            for rule in self.rules
        ]

    def preload(self) -> None:
        """Work out the facts at once: for runs with workers, each of which would do it again."""
        _ = self.facts

    def metadata(self, today: date) -> dict[str, Json]:
        """Metadata by rule code, as rules find it under `data`. Raises `PolicyError` for no rules, or a broken one."""
        if not self.rules:
            raise PolicyError(
                "There are no rules to judge by.",
                why=f"No file matches {layout.POLICIES}/gate/<group>/<name>.rego.",
                solution="Judge against a branch that has the policies, or restore them.",
            )
        for path, why in self.unreadable.items():
            raise PolicyError(f"{path!r} cannot be read.", why=why, solution="Repair the file, or restore it.")
        for rule in self.rules:
            if rule.broken:
                raise PolicyError(f"{rule.path}: {rule.broken[0]}", solution="Repair the rule's METADATA block.")
        return {rule.code: _effective(rule.metadata or {}, today) for rule in self.rules}


def read(repository: Repository, tree: str) -> RuleSet:
    """The gate's policies of a tree, tests and examples left out; what is no source is kept apart, to be repaired."""
    listed = files_below(repository, tree, layout.POLICIES)
    wanted = {path: entry for path, entry in listed.items() if _is_module(path)}
    contents = repository.read_bounded(entry.oid for entry in wanted.values() if entry.mode != SUBMODULE)
    modules: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for path, entry in wanted.items():
        try:
            modules[path] = _text(path, contents.get(entry.oid))
        except ValueError as error:
            unreadable[path] = str(error)
    return RuleSet(modules, unreadable)


def read_runtime(repository: Repository, tree: str) -> dict[str, bytes]:
    """What judges at run time, by path: `runtime/` and `lib/`, tests left out.

    Raises `PolicyError` when there is none, or a file is no module: nothing may be left out in silence.
    """
    listed = files_below(repository, tree, layout.POLICIES)
    wanted = {path: entry for path, entry in listed.items() if _RUNTIME.match(path) and not path.endswith("_test.rego")}
    contents = repository.read_bounded(entry.oid for entry in wanted.values() if entry.mode != SUBMODULE)
    found = {path: contents.get(entry.oid) for path, entry in wanted.items()}
    for path, source in found.items():
        if source is None or not _PLAIN.fullmatch(path):
            raise PolicyError(
                f"{path!r} is no Rego module.", solution="Take it out of policies/, or give it a plain name."
            )
    if not any(path.startswith(f"{layout.POLICIES}/runtime/") for path in found):
        raise PolicyError(f"There is no {layout.POLICIES}/runtime/.", solution="Restore it: it decides what may run.")
    return {path: source for path, source in found.items() if source is not None}


def _is_module(path: str) -> bool:
    inner = path.removeprefix(f"{layout.POLICIES}/")
    if not inner.endswith(".rego") or inner.endswith("_test.rego"):
        return False
    return inner in _MODULES or inner.split("/", 1)[0] in _FOLDERS


def _text(path: str, content: bytes | None) -> str:
    if content is None or "\n" in path:
        raise ValueError("It is no file, larger than 1 MiB, or has a line break in its name.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"It is not UTF-8 text: {error}.") from error


@lru_cache(1024)  # whoever judges one change after the other reads the same rules each time
def _rule(path: str, code: str, source: str) -> Rule:
    package = _PACKAGE.search(source)
    name = _BRACKETED.sub(r".\1", package[1]) if package else ""
    metadata, problem = _block(source)
    problems = [problem] if problem else _problems(metadata or {})
    if name != f"countersign.gate.{code}":
        problems.append(f"Must be in the package of its path, countersign.gate.{code}, got {name or 'none'}")
    return Rule(path=path, code=code, package=name, metadata=metadata, broken=tuple(problems))


def _block(source: str) -> tuple[dict[str, Json] | None, str]:
    package = _PACKAGE.search(source)
    found = _BLOCK.search(source, 0, package.start() if package else len(source))
    if not found:
        return None, "Must have a METADATA block above the package"
    text = "".join(f"{line[2:]}\n" for line in found[1].splitlines())
    try:
        block = strict_yaml.parse(text.encode())
    except Unreadable as error:
        return None, f"Must have readable METADATA: {error}"
    if not isinstance(block, dict) or not isinstance(block.get("custom"), dict):
        return None, "Must have METADATA with title, description and custom"
    return {"title": block.get("title"), "description": block.get("description"), **block["custom"]}, ""


def _problems(metadata: Mapping[str, Json]) -> list[str]:
    problems = [
        f"Must have a {key} in its METADATA"
        for key in ("title", "description", "solution")
        if not isinstance(metadata.get(key), str) or not metadata[key].strip()
    ]
    if metadata.get("severity") not in SEVERITIES:
        problems.append(f"Must have a severity of {', '.join(SEVERITIES)}, got {metadata.get('severity')}")
    if not isinstance(metadata.get("waivable"), bool):
        problems.append("Must say whether it is waivable: true or false")
    conditions = metadata.get("warn_when", [])
    if not isinstance(conditions, list) or not set(map(str, conditions)) <= set(CONDITIONS):
        problems.append(f"Must have warn_when out of {', '.join(CONDITIONS)}")
    return problems


def _effective(metadata: Mapping[str, Json], today: date) -> dict[str, Json]:
    begins = clock.day(metadata.get("effective_on"))
    return {"warn_when": [], **metadata, "effective": begins is None or begins <= today}
