"""Numbers from Prometheus, by its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/).

A count is a counter, `<metric>_total`; a share is a gauge. Both carry the label `workflow`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from catalog.errors import SourceError
from catalog.points import Point
from controls.live.channel import Channel, PointError
from controls.watch.numbers import is_share

Json = Any

DEADLINE = 20.0
"""Seconds for all that is asked in one round."""


class Prometheus:
    """One server, asked on one connection in each look."""

    def __init__(self, url: str, token: str, ca: Path | None, seconds: float = DEADLINE) -> None:
        parts = urlsplit(url)
        self._server = Point(name="prometheus", url=f"{parts.scheme}://{parts.netloc}", ca=str(ca) if ca else None)
        self._path, self._token, self._seconds = parts.path.rstrip("/"), token, seconds
        self._channel = Channel(self._server, Path(), seconds)

    def begin(self) -> None:
        """As `numbers.Source` has it."""
        self._channel = Channel(self._server, Path(), self._seconds)

    def end(self) -> None:
        """As `numbers.Source` has it."""
        self._channel.close()

    def values(self, metric: str, over: float, workflow: str | None = None) -> Mapping[str, float]:
        """As `numbers.Source` has it."""
        span = f"[{max(1, round(over))}s]"
        if is_share(metric):
            return self._ask(f"avg by (workflow) (avg_over_time({_selector(metric, workflow)}{span}))")
        return self._ask(f"sum by (workflow) (increase({_selector(metric, workflow)}{span}))")

    def heard(self, metric: str, within: float) -> Set[str]:
        """As `numbers.Source` has it."""
        found = self._ask(f"count by (workflow) (count_over_time({_selector(metric, None)}[{round(within)}s]))")
        return found.keys()

    def _ask(self, query: str) -> dict[str, float]:
        try:
            content = self._channel.get(f"{self._path}/api/v1/query?query={quote(query, safe='')}", self._token)
        except PointError as error:
            raise SourceError(f"Prometheus cannot be asked: {error.message}.") from error
        try:
            return dict(_samples(json.loads(content)))
        except (ValueError, LookupError, TypeError, AttributeError):
            raise SourceError(
                "Prometheus answers something else than it documents.",
                why="Something else listens there, or stands between.",
                solution="Look at what --prometheus names.",
            ) from None


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
