"""Where in a file a finding belongs: the path and line of the field it names, computed only for files with findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from catalog import layout, prompts, strict_yaml
from catalog.git import Repository
from catalog.strict_yaml import Unreadable

Json = Any
Read = Callable[[str], bytes | None]
"""The content of a file of the merge result, by path; None when it is not there."""

# A file of the folder, and perhaps a field in it, which unlike a file's name here never ends in a bracket.
_FILE = re.compile(r"files\[(.+?)\](?:\.(.*[^\]]))?")
_NAMED = re.compile(r"\[([^\]]+)\]")
_LAST = re.compile(r"(\.[^.\[]+|\[[^\]]*\]|^[^.\[]+)$")
_IDENTITIES = ("name", "use", "metric", "id")
_TEAM_FILES = {"tasks": layout.TASKS, "waivers": layout.WAIVERS}
_TEAM_FIELDS = {"owner", "deputy", "solo", "people", "rotas", "signers", *_TEAM_FILES}


class Places:
    """Looks up fields in the files of one tree, reading each file once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._lines = cache(self._read_lines)

    @classmethod
    def of(cls, repository: Repository, tree: str) -> Places:
        """The places of a tree's files. A file that is too large to be read has no lines, and its finding no line."""

        def read(path: str) -> bytes | None:
            spec = f"{tree}:{path}"
            return repository.read_bounded([spec])[spec]

        return cls(read)

    def find(self, workflow: str | None, field: str) -> tuple[str, int]:
        """Path and 1-based line of a field; line 0 when the file is not there."""
        if workflow is None and self._is_path(field):
            return field, 1
        path, inner = _file_of(workflow, field)
        lines = self._lines(path)
        if lines is None:
            return path, 0
        return path, _line_of(lines, inner)

    def _is_path(self, field: str) -> bool:
        """Whether a finding about the repository names a file of it, and no field of a team file."""
        if "/" in field or "\n" in field or _first(field) not in _TEAM_FIELDS:
            return bool(field)
        return field not in _TEAM_FIELDS and "[" not in field and self._read(field) is not None

    def _read_lines(self, path: str) -> Mapping[str, int] | None:
        content = self._read(path)
        if content is None:
            return None
        try:
            if path.endswith(".prompt"):
                return prompts.lines(content)
            return _with_names(strict_yaml.lines(content), strict_yaml.parse(content)) if path.endswith(".yaml") else {}
        except (Unreadable, ValueError):
            return {}


def _file_of(workflow: str | None, field: str) -> tuple[str, str]:
    if workflow is None:
        return _TEAM_FILES.get(_first(field), layout.PEOPLE), field
    if named := _FILE.fullmatch(field):
        return f"{layout.folder(workflow)}/{named[1]}", named[2] or ""
    if field == "state" or field.startswith("state."):
        return f"{layout.folder(workflow)}/{layout.STATE}", field.removeprefix("state.")
    return f"{layout.folder(workflow)}/{layout.MANIFEST}", field


def _first(field: str) -> str:
    return re.split(r"[.\[]", field, maxsplit=1)[0]


def _line_of(lines: Mapping[str, int], field: str) -> int:
    while field:
        for spelling in (field, _NAMED.sub(r".\1", field)):
            if spelling in lines:
                return lines[spelling]
        field = _LAST.sub("", field)
    return 1


def _with_names(lines: Mapping[str, int], document: Json) -> dict[str, int]:
    """The lines, also under the names of list items: `actions[receipt].release` beside `actions[2].release`."""
    named = dict(lines)
    for place, name in _names(document, ""):
        prefix, _, _ = place.rpartition("[")
        named.update(
            {f"{prefix}[{name}]{path[len(place) :]}": line for path, line in lines.items() if _within(path, place)}
        )
    return named


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith((f"{place}.", f"{place}["))


def _names(value: Json, place: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _names(inner, f"{place}.{key}" if place else key)]
    found = []
    for index, item in enumerate(value if isinstance(value, list) else []):
        identity = (
            next((str(item[key]) for key in _IDENTITIES if key in item), "") if isinstance(item, dict) else str(item)
        )
        found.append((f"{place}[{index}]", identity))
    return found
