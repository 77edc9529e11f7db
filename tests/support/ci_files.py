"""The three CI files as GitLab reads them: what a job inherits, and which jobs a pipeline has."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

import yaml
from support.pages import ROOT

OWN = ".gitlab-ci.yml"
CONTROL = "docs/control-project/.gitlab-ci.yml"
PINNED = "docs/control-project/pinned.yml"
FILES = (OWN, CONTROL, PINNED)
NOT_JOBS = {"workflow", "variables", "default", "stages"}
_MINUTES = re.compile(r"(\d+) minutes")


def read(name: str) -> Any:
    """A YAML file of this repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def jobs(file: str = OWN) -> dict[str, Any]:
    """Each job with what it inherits, as GitLab merges it; templates left out."""
    parts = read(file)
    return {
        name: {**parts.get("default", {}), **_whole(parts, job)}
        for name, job in parts.items()
        if name not in NOT_JOBS and not name.startswith(".")
    }


def _whole(parts: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """A job joined with what it extends."""
    return _joined(_whole(parts, parts[job["extends"]]), job) if "extends" in job else job


def _joined(under: Any, over: Any) -> Any:
    """GitLab's merge: mappings key by key, anything else replaced."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: _joined(under.get(key), value) for key, value in over.items()}}


def exported(script: list[str], **environment: str) -> dict[str, str]:
    """What a script's exports come to in a shell that begins with these variables."""
    lines = [line for line in script if line.startswith("export ")]
    names = [line.split()[1].partition("=")[0] for line in lines]
    shown = [f'printf "%s\\n" "${name}"' for name in names]
    done = subprocess.run(
        ["sh", "-ec", "\n".join([*lines, *shown])],
        env={"PATH": os.defpath, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(zip(names, done.stdout.splitlines(), strict=True))


def minutes(words: str) -> int:
    """A time limit."""
    found = _MINUTES.fullmatch(words)
    assert found, words
    return int(found[1])


def runs(file: str, **variables: str) -> set[str]:
    """The jobs of a pipeline with these variables; none where the workflow's own rules start no pipeline."""
    if not _admitted(read(file)["workflow"]["rules"], variables):
        return set()
    return {name for name, job in jobs(file).items() if "rules" not in job or _admitted(job["rules"], variables)}


def _admitted(rules: list[dict[str, str]], variables: dict[str, str]) -> bool:
    """Whether the first rule that matches says so."""
    return next((rule.get("when") != "never" for rule in rules if _holds(rule.get("if"), variables)), False)


def _holds(condition: str | None, variables: dict[str, str]) -> bool:
    """What these files use of GitLab's conditions: comparisons and variables that are set, joined by `&&`."""
    return condition is None or all(_one_holds(part.split(), variables) for part in condition.split(" && "))


def _one_holds(words: list[str], variables: dict[str, str]) -> bool:
    left, right = (
        word[1:-1] if word.startswith('"') else variables.get(word[1:], "") for word in (words[0], words[-1])
    )
    if len(words) == 1:
        return bool(left)
    assert words[1] in ("==", "!="), words
    return (left == right) is (words[1] == "==")
