"""Numbers from Prometheus, by its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/).

A count is a counter, `<metric>_total`; a share is a gauge. Both carry the label `workflow`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from catalog.errors import SourceError, UsageError
from catalog.points import Point
from controls.live.channel import Channel, PointError
from controls.watch.numbers import is_share

Json = Any

DEADLINE = 5.0
"""Seconds for one question."""


class Prometheus:
    """One server; each question has its own deadline, so that a slow one takes nothing from the others.

    Raises `UsageError` for what is no address.
    """

    def __init__(self, url: str, token: str, ca: Path | None) -> None:
        parts = _address(url)
        self._server = Point(name="prometheus", url=f"{parts.scheme}://{parts.netloc}", ca=str(ca) if ca else None)
        self._path, self._token = parts.path.rstrip("/"), token

    def begin(self) -> None:
        """As `numbers.Source` has it. Nothing is kept between two questions."""

    def values(self, metric: str, over: float, workflow: str | None = None) -> Mapping[str, float]:
        """As `numbers.Source` has it."""
        span = f"[{max(1, round(over))}s]"
        if is_share(metric):
            return self._ask(f"avg by (workflow) (avg_over_time({_selector(metric, workflow)}{span}))")
        # Prometheus reckons with what may have come before the first sample and after the last: events are whole.
        return self._ask(f"round(sum by (workflow) (increase({_selector(metric, workflow)}{span})))")

    def heard(self, metric: str, within: float) -> Set[str]:
        """As `numbers.Source` has it."""
        found = self._ask(f"count by (workflow) (count_over_time({_selector(metric, None)}[{round(within)}s]))")
        return found.keys()

    def _ask(self, query: str) -> dict[str, float]:
        channel = Channel(self._server, Path(), DEADLINE)
        try:
            content = channel.get(f"{self._path}/api/v1/query?query={quote(query, safe='')}", self._token)
        except PointError as error:
            raise SourceError(f"Prometheus cannot be asked: {error.message}.") from error
        finally:
            channel.close()
        try:
            return dict(_samples(json.loads(content)))
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            raise SourceError(
                "Prometheus answers something else than it documents.",
                why="Something else listens there, or stands between.",
                solution="Look at what --prometheus names.",
            ) from None


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # no address either
    raise UsageError(f"{url} is no address of Prometheus.", solution="Such as https://prometheus.example.org.")


def _selector(metric: str, workflow: str | None) -> str:
    name = metric if is_share(metric) else f"{metric}_total"
    return f'{name}{{workflow="{workflow}"}}' if workflow else f'{name}{{workflow!=""}}'


def _samples(answer: Json) -> Iterator[tuple[str, float]]:
    """Each workflow's value in an instant vector, as `[moment, "text"]`."""
    if answer["status"] != "success" or answer["data"]["resultType"] != "vector":
        raise ValueError(answer)
    for sample in answer["data"]["result"]:
        value = float(sample["value"][1])
        if not math.isnan(value):
            yield sample["metric"]["workflow"], value
