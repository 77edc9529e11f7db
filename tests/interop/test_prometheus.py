"""The watcher beside a real Prometheus, which scrapes what an application really exports."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
from support.company import Company, Said
from support.desk import NAME, Desk
from support.desks import company
from support.live import WATCHER, Live, live
from support.points import free_port

from controls.watch.prometheus import Prometheus

__all__ = ["company"]

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

WAIT = 30.0


@dataclass(slots=True)
class Application:
    """What an application counts, exported from the start."""

    registry: CollectorRegistry
    wrong: Counter
    rework: Gauge
    moved: Gauge

    @classmethod
    def begin(cls) -> Application:
        registry = CollectorRegistry()
        label = ["workflow"]
        made = cls(
            registry,
            Counter("wrong_price", "Wrong prices that were shown.", label, registry=registry),
            Gauge("rework_minutes_per_task", "Minutes of mending, a task.", label, registry=registry),
            Gauge("moved_by_hand_percent", "Tickets that somebody moved.", label, registry=registry),
        )
        made.wrong.labels(NAME)
        made.rework.labels(NAME)
        made.moved.labels("ticket-triage")
        return made


@dataclass(slots=True)
class Server:
    """One Prometheus."""

    url: str
    process: subprocess.Popen[bytes]

    def until(self, query: str, wanted: float) -> None:
        """Wait until it answers a query with a number of at least that; it says of no sample that it was taken."""
        ends = time.monotonic() + WAIT
        while (found := self.ask(query)) is None or found < wanted:
            assert time.monotonic() < ends, (query, found)
            threading.Event().wait(0.2)

    def ask(self, query: str) -> float | None:
        """What it answers to a query for one number."""
        try:
            with urlopen(f"{self.url}/api/v1/query?query={quote(query)}", timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(found[0]["value"][1]) if found else None


@contextmanager
def exported(application: Application) -> Iterator[int]:
    """Serve its numbers, as its library does; yields the port."""
    port = free_port()
    server, thread = start_http_server(port, "127.0.0.1", application.registry)
    try:
        yield port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def prometheus(program: str, folder: Path, application: int) -> Iterator[Server]:
    """It scrapes the application each second."""
    folder.mkdir()
    scraped = [{"job_name": "application", "static_configs": [{"targets": [f"127.0.0.1:{application}"]}]}]
    configuration = {"global": {"scrape_interval": "1s"}, "scrape_configs": scraped}
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    port = free_port()
    command = [
        program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def there(company: Company, tmp_path: Path) -> Iterator[Live]:
    """Two points, and the records where the watcher looks for them."""
    with live(Desk.copy(company, tmp_path / "company"), tmp_path / "live", 2) as found:
        found.desk.git("push", "--quiet", "origin", "records")
        yield found


def watch(there: Live, url: str) -> Said:
    return there.type("watch", "--once", "--prometheus", url, COUNTERSIGN_WATCHER_TOKEN=WATCHER)


def test_a_wrong_price_stops_the_workflow(there: Live, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """T16: zeros are good news, the first wrong price stops; a Prometheus that is gone is told, and stops nothing."""
    application = Application.begin()
    with exported(application) as port, prometheus(tool("prometheus"), tmp_path / "prometheus", port) as server:
        server.until(f'count_over_time(wrong_price_total{{workflow="{NAME}"}}[1m])', 3)
        said = watch(there, server.url)
        assert (said.exit_code, said.output) == (0, "watching 3 triggers of 2 workflows\n")
        application.wrong.labels(NAME).inc()
        server.until(f'increase(wrong_price_total{{workflow="{NAME}"}}[1m])', 0.5)
        said = watch(there, server.url)
        assert said.exit_code == 1
        assert "wrong_price is 1" in said.output
        assert "its limit is 0 over 1d: stopped at 2 of 2 points" in said.output
        assert there.ask()["code"] == "stopped"
        assert there.ask(1)["code"] == "stopped"
    there.clear()
    said = watch(there, server.url)
    assert (said.exit_code, there.held()) == (1, [])
    assert "cannot be asked: wrong_price: Prometheus cannot be asked: nobody listens there." in said.output


def test_a_share_is_averaged_and_what_is_not_exported_is_not_heard(tmp_path: Path, tool: Callable[[str], str]) -> None:
    """Each workflow has its own number; of one that exports nothing there is none, and nothing is heard."""
    application = Application.begin()
    application.rework.labels(NAME).set(8)
    application.rework.labels("ticket-triage").set(float("nan"))
    with exported(application) as port, prometheus(tool("prometheus"), tmp_path / "prometheus", port) as server:
        server.until(f'count_over_time(rework_minutes_per_task{{workflow="{NAME}"}}[1m])', 2)
        source = Prometheus(server.url, "", None)
        source.begin()
        assert source.values("rework_minutes_per_task", 60) == {NAME: 8.0}
        assert source.values("rework_minutes_per_task", 60, "ticket-triage") == {}
        assert source.values("nobody_counts_this", 60) == {}
        assert source.heard("nobody_counts_this", 60) == set()
        assert NAME in source.heard("rework_minutes_per_task", 60)
        assert source.heard("wrong_price", 60) == {NAME}
