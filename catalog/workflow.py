"""One workflow as one tree has it: read, checked, normalised, digested. A pure function of the folder's content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from catalog import durations, fallbacks, hidden, layout, prompts, schemas, strict_yaml, versions
from catalog.git import MAX_FILE
from catalog.note import note_lines
from catalog.objects import KINDS
from catalog.strict_yaml import Unreadable

Json = Any

_LFS = b"version https://git-lfs.github.com/spec/"
_OPTIONAL: dict[str, Json] = {
    "approver": None, "reviewers": None, "prompt": None, "tools": [], "data": [], "stop": None, "rollback": None,
    "fallback": None,
}  # fmt: skip
_IDENTITY = {
    "actions": "name", "tools": "name", "data": "name", "models": "use", "stop.when": "metric", "stopped": "id",
}  # fmt: skip
_PLAYED = ("scenario", "action", "use", "metric", "value", "amount", "failing_percent", "latency_ms", "undo")
"""Of a drill's scenario, what must fit the manifest, and what could make it one that nothing happens in."""


@dataclass(frozen=True)
class File:
    """One file of a folder: git's mode and object id, and its bytes, or None when they are too many or not a file's."""

    mode: str
    oid: str
    content: bytes | None

    @cached_property
    def kind(self) -> str:
        """file | executable | symlink | submodule | lfs | binary | crlf | hidden | large"""
        kind = KINDS.get(self.mode, "submodule")
        if kind not in ("file", "executable"):
            return kind
        if self.content is None:
            return "large"
        if self.content.startswith(_LFS):
            return "lfs"
        text = _text(self.content)
        if text is None:
            return "binary"
        # What a model reads there and no person sees: whoever approves must have seen all of it.
        return "crlf" if "\r" in text else "hidden" if hidden.find(text) is not None else kind


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot be taken for what it should be; `line` is 1-based, 0 when unknown."""

    file: str
    field: str
    message: str
    line: int = 0

    def fact(self) -> dict[str, Json]:
        """The problem as rules see it."""
        return {"file": self.file, "field": self.field, "message": self.message, "line": self.line}


@dataclass(slots=True)
class Workflow:
    """One side of a change. With problems, it has nothing but name, files and problems."""

    name: str
    files: Mapping[str, File]
    problems: list[Problem] = field(default_factory=list)
    manifest: dict[str, Json] = field(default_factory=dict)
    state: dict[str, Json] = field(default_factory=dict)
    prompt: dict[str, Json] | None = None
    fallback: dict[str, Json] | None = None
    drill: dict[str, Json] | None = None
    version: str = ""
    rollback_digest: str = ""
    countersigned: str = ""

    def content(self, name: str | None) -> bytes | None:
        """The bytes of a text file of the folder, tidy or not; None for everything else."""
        file = self.files.get(name or "")
        return file.content if file and file.kind in ("file", "crlf", "hidden") else None

    def path(self, name: str) -> str:
        """A file's path from the repository's root."""
        return f"{layout.folder(self.name)}/{name}"

    def facts(self) -> dict[str, Json]:
        """This side as rules see it (docs/facts.md)."""
        return {
            "manifest": self.manifest,
            "state": self.state,
            "version": self.version,
            "rollback_digest": self.rollback_digest,
            "countersigned": self.countersigned,
            "prompt_digest": self.prompt_digest,
            "files": {name: {"kind": file.kind, "size": len(file.content or b"")} for name, file in self.files.items()},
            "named": sorted({layout.MANIFEST, layout.STATE, *versions.named_files(self.manifest)}),
            "prompt": self.prompt,
            "fallback": self.fallback,
            "drill": self.drill,
            "note_lines": note_lines(self),
        }

    @property
    def deletion(self) -> str:
        """What an approval of the folder's deletion names."""
        return versions.deletion_digest(self.name, {name: file.oid for name, file in self.files.items()})

    @property
    def prompt_digest(self) -> str | None:
        """H1 over the prompt file alone; None without one."""
        content = self.content(self.manifest["prompt"])
        return None if content is None else versions.h1({self.path(self.manifest["prompt"]): content})


def read(name: str, files: Mapping[str, File]) -> Workflow:
    """Read one folder. Never raises for what the folder holds: what is wrong becomes a problem."""
    workflow = Workflow(name, files)
    if len(files) > layout.MAX_FILES:
        workflow.problems.append(
            Problem(layout.folder(name), "", f"Must hold at most {layout.MAX_FILES} files, got more")
        )
    else:
        _read_folder(workflow)
    # What is refused is never half read: only the reasons are left of it.
    return Workflow(name, files, workflow.problems) if workflow.problems else workflow


def _read_folder(workflow: Workflow) -> None:
    manifest = _document(workflow, layout.MANIFEST, "manifest")
    state = _document(workflow, layout.STATE, "state")
    if manifest is None or state is None:
        return
    workflow.problems.extend(_repeated(workflow, layout.MANIFEST, manifest))
    workflow.problems.extend(_repeated(workflow, layout.STATE, state))
    workflow.manifest, workflow.state = _normal_manifest(manifest), _normal_state(state)
    _read_named(workflow)
    if not workflow.problems:
        _digest(workflow)


def _document(workflow: Workflow, name: str, schema: str) -> dict[str, Json] | None:
    path = workflow.path(name)
    content = workflow.content(name)
    if content is None:
        workflow.problems.append(Problem(path, "", _lacking(path, workflow.files.get(name))))
        return None
    document, found = read_document(path, content, schema)
    workflow.problems.extend(found)
    return document


def _lacking(path: str, file: File | None) -> str:
    """What a file must be that has no content to be read."""
    if file is None:
        return f"Must be there: {path} is missing"
    if file.kind == "large":
        return f"Must be at most {MAX_FILE >> 20} MiB (got more)"
    return f"Must be a plain text file (got {file.kind})"


def read_document(path: str, content: bytes, schema: str) -> tuple[dict[str, Json] | None, list[Problem]]:
    """The document, or None and why the content is not strict YAML that fits the schema."""
    try:
        document, fits = _parsed(content, schema)
    except Unreadable as error:
        return None, [Problem(path, "", error.problem.message, error.problem.line)]
    if fits:
        return document, []
    lines = strict_yaml.lines(content)
    found = schemas.problems(schema, document)
    return None, [Problem(path, place, message, strict_yaml.line_of(lines, place)) for place, message in found]


@lru_cache(maxsize=512)
def _parsed(content: bytes, schema: str) -> tuple[dict[str, Json], bool]:
    """The document and whether it fits. Kept, because many workflows have the same state and drill; never changed."""
    document = strict_yaml.parse(content)
    return document, schemas.is_valid(schema, document)


def _repeated(workflow: Workflow, file: str, document: Mapping[str, Json]) -> Iterator[Problem]:
    """Items of one name, of which a comparison by name would see one."""
    when = (document.get("stop") or {}).get("when")
    for key, identity in _IDENTITY.items():
        items = (when if key == "stop.when" else document.get(key)) or []
        if len(items) < 2:
            continue
        names = [item[identity] for item in items]
        for index in (index for index, name in enumerate(names) if name in names[:index]):
            place = f"{key}[{index}].{identity}"
            line = strict_yaml.line_of(strict_yaml.lines(workflow.content(file) or b""), place)
            message = f"Must name each {identity} once: {key} (got {names[index]} again)"
            yield Problem(workflow.path(file), place, message, line)


def _normal_manifest(manifest: Mapping[str, Json]) -> dict[str, Json]:
    normal = {**_OPTIONAL, **manifest}
    normal["models"] = [{"when": None, **model} for model in manifest["models"]]
    if stop := normal["stop"]:
        normal["stop"] = {**stop, "when": [{**one, "over": durations.seconds(one["over"])} for one in stop["when"]]}
    if rollback := normal["rollback"]:
        normal["rollback"] = {**rollback, "within": durations.seconds(rollback["within"])}
    return normal


def _normal_state(state: Mapping[str, Json]) -> dict[str, Json]:
    return {"state": state["state"], "reason": state.get("reason"), "stopped": state.get("stopped") or []}


def _read_named(workflow: Workflow) -> None:
    manifest = workflow.manifest
    if (content := workflow.content(manifest["prompt"])) is not None:
        _read_prompt(workflow, manifest["prompt"], content)
    fallback = manifest["fallback"] or {}
    if (content := workflow.content(fallback.get("file"))) is not None:
        workflow.fallback = fallbacks.facts(content, fallback["tell"])
    name = (manifest["rollback"] or {}).get("drill")
    if name and name in workflow.files and (drill := _document(workflow, name, "drill")) is not None:
        workflow.drill = drill_facts(drill)


def _read_prompt(workflow: Workflow, name: str, content: bytes) -> None:
    path = workflow.path(name)
    try:
        front, body = prompts.split(content)
    except Unreadable as error:
        workflow.problems.append(Problem(path, "", error.problem.message, error.problem.line))
        return
    found = list(schemas.problems("prompt", front))
    workflow.prompt = None if found else prompts.facts(front, body)
    lines = prompts.lines(content) if found else {}
    for place, message in found:
        workflow.problems.append(Problem(path, place, message, strict_yaml.line_of(lines, place)))


def drill_facts(drill: Mapping[str, Json]) -> dict[str, Json]:
    """What rules see of a drill file: its times in seconds, what scenarios play on, and what is proved meanwhile."""
    phases = {phase: durations.seconds(budget) for phase, budget in drill["phases"].items()}
    return {
        "budget": sum(phases.values()),
        "drain": phases["drain"],
        "silence": durations.seconds(drill["silence"]),
        "scenarios": [{key: one.get(key) for key in _PLAYED} for one in drill["scenarios"]],
        "during": drill["steady_state"]["during"],
    }


def _digest(workflow: Workflow) -> None:
    contents = {name: file.content for name, file in workflow.files.items() if file.content is not None}
    name, manifest = workflow.name, workflow.manifest
    workflow.version = versions.h1(versions.version_files(name, manifest, contents))
    workflow.rollback_digest = versions.rollback_digest(name, manifest, contents)
    workflow.countersigned = versions.countersigned_digest(name, workflow.version, contents[layout.STATE])


def _text(content: bytes) -> str | None:
    """What a file says; None for one that is no text."""
    if b"\0" in content or len(content) > MAX_FILE:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
