"""Two engines, one answer: where they disagree, nothing is judged (T12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

from catalog.engines.interface import Engine, Json
from catalog.errors import EngineError

_ORDERLESS = {"findings", "rules"}


class BothEngines:
    """Engines that must agree, as one `Engine`; the first one's answer is the answer."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        """Raises `EngineError` for fewer than two engines: one alone agrees with itself."""
        if len(engines) < 2:
            raise EngineError(f"Two engines are needed to compare them, got {len(engines)}.")
        self._engines = tuple(engines)
        self.name = " and ".join(engine.name for engine in engines)

    def evaluate(self, query: str, facts: Mapping[str, Json]) -> Json:
        """Answer a query, as `Engine` describes. Raises `EngineError` naming the first difference in the answers."""
        first, *others = self._engines
        answer = first.evaluate(query, facts)
        for other in others:
            self._compare(query, first, answer, other, other.evaluate(query, facts))
        return answer

    def __enter__(self) -> BothEngines:
        try:
            for engine in self._engines:
                engine.__enter__()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *details: object) -> None:
        # Each is loading since it was made, so each is stopped, entered or not; one that fails keeps none from it.
        with ExitStack() as leaving:
            for engine in self._engines:
                leaving.callback(engine.__exit__, *details)

    @staticmethod
    def _compare(query: str, first: Engine, one: Json, second: Engine, other: Json) -> None:
        difference = next(differences(one, other), None)
        if difference is not None:
            raise EngineError(
                f"{first.name} and {second.name} disagree on {query} at {difference}.",
                why="A rule uses something that the two engines take differently.",
                solution="Find the rule by its code and say it in simpler words; until then nothing is judged.",
            )


def differences(one: Json, other: Json, path: str = "answer") -> Iterator[str]:
    """Where two JSON answers differ, first places first. Findings and rule codes count as sets."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key in one and key in other:
                yield from differences(one[key], other[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}{_label(one.get(key, other.get(key)))}"
    elif isinstance(one, list) and isinstance(other, list):
        yield from _in_lists(one, other, path)
    elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
        yield path


def _in_lists(one: list[Json], other: list[Json], path: str) -> Iterator[str]:
    if path.rsplit(".", 1)[-1] in _ORDERLESS:
        one, other = sorted(one, key=_order), sorted(other, key=_order)
    for index, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if next(differences(mine, theirs), None) is not None:
            yield f"{path}[{index}]{_label(min(mine, theirs, key=_order))}"
    if len(one) != len(other):
        longer = max(one, other, key=len)
        yield f"{path}[{min(len(one), len(other))}]{_label(longer[min(len(one), len(other))])}"


def _label(value: Json) -> str:
    """The code and the workflow of a finding, in words; nothing more of it, since it may hold what people wrote."""
    if not isinstance(value, dict) or "code" not in value:
        return ""
    return f" ({value['code']} of {value.get('workflow') or 'the repository'})"


def _order(value: Json) -> str:
    # Lazily imported: most runs compare nothing.
    import json

    return json.dumps(value, sort_keys=True)
