"""A worker process: `python -m drills.worker QUEUE WORKFLOW`, with the point and token that ask.py reads.

With COUNTERSIGN_MODEL, an address that speaks as OpenAI's does, the model there drafts; else the job's text is kept.
Ends when interrupted or told to, after the job in hand, or with `--once` when nothing is due.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable
from pathlib import Path

from drills.worker.ask import may
from drills.worker.model import draft
from drills.worker.queue import Queue
from drills.worker.work import Worker

IDLE = 0.05
"""Seconds between two looks at an empty queue."""


def main(make: Callable[..., Worker] = Worker) -> None:
    """Work until told to end; `make`: what kind of worker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queue", type=Path)
    parser.add_argument("workflow")
    parser.add_argument("--name", default="worker")
    parser.add_argument("--caller", default="", help="the application, where several workers are one")
    parser.add_argument("--once", action="store_true", help="end when nothing is due")
    asked = parser.parse_args()
    told: list[int] = []
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda number, _: told.append(number))
    queue = Queue(asked.queue)
    worker = make(queue, asked.workflow, asked.name, may, draft, asked.caller)
    with queue.attended(asked.name):
        while not told:
            if not worker.work(time.time()):
                if asked.once:
                    return
                time.sleep(IDLE)


if __name__ == "__main__":
    main()
