"""How the keeper is: a page for health checks, one for Prometheus. Neither holds a secret, or says who stopped what."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from controls import listening
from controls.keeper.keep import Round


class Health:
    """What the last rounds came to."""

    def __init__(self, lease: float) -> None:
        self._lease, self._last = lease, 0.0
        self._registry = CollectorRegistry()
        self._rounds = Counter("countersign_keeper_rounds", "Rounds that were made.", registry=self._registry)
        self._failed = Counter(
            "countersign_keeper_rounds_failed", "Rounds that ended in an error.", registry=self._registry
        )
        self._open = Gauge(
            "countersign_point_open", "Whether the last round renewed the point.", ["point"], registry=self._registry
        )
        self._held = Gauge("countersign_stops_held", "Stops and ways back in force.", registry=self._registry)
        self._records = Gauge("countersign_records_readable", "Whether the records are read.", registry=self._registry)
        self._seconds = Gauge(
            "countersign_keeper_round_duration_seconds", "How long the last round took.", registry=self._registry
        )
        self._when = Gauge(
            "countersign_keeper_last_round_timestamp_seconds", "When the last round ended.", registry=self._registry
        )

    def made(self, found: Round, held: int) -> None:
        """A round ended."""
        self._rounds.inc()
        for name in found.renewed:
            self._open.labels(name).set(1)
        for name in found.closed:
            self._open.labels(name).set(0)
        self._held.set(held)
        self._records.set(0 if found.records else 1)
        self._seconds.set(found.seconds)
        self._when.set(time.time())
        self._last = time.monotonic()

    def failed(self) -> None:
        """A round ended in an error."""
        self._rounds.inc()
        self._failed.inc()

    @property
    def well(self) -> bool:
        """Whether a round was made within the time of a lease."""
        return bool(self._last) and time.monotonic() - self._last <= self._lease

    def metrics(self) -> bytes:
        """All figures, as OpenMetrics."""
        text: bytes = generate_latest(self._registry)  # type: ignore[no-untyped-call]  # it ships no types for this one
        return text


@contextmanager
def served(health: Health, host: str, port: int) -> Iterator[str]:
    """Serve `/health` and `/metrics` in the background; yields the address. Raises `UsageError` for a taken port."""
    handler = type("Handler", (_Handler,), {"health": health})
    with listening.bound(handler, host, port) as server, listening.in_background(server):
        yield f"http://{host}:{server.server_address[1]}"


class _Handler(listening.Handler):
    health: Health

    def do_GET(self) -> None:
        """Health: 200 while rounds are made, else 503. Metrics: always."""
        match self.path:
            case "/health":
                well = self.health.well
                status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
                self.answer(status, b"keeping\n" if well else b"no round within a lease\n", "text/plain")
            case "/metrics":
                self.answer(HTTPStatus.OK, self.health.metrics(), CONTENT_TYPE_LATEST)
            case _:
                self.answer(HTTPStatus.NOT_FOUND, b"", "text/plain")
