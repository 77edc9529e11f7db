"""A worker process: `python -m drills.worker QUEUE WORKFLOW`, with the point and token that ask.py reads.

With COUNTERSIGN_MODEL, an address that speaks as OpenAI's does, the model there drafts; else the job's text is kept.
Ends when interrupted, or with `--once` when nothing is due.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from drills.worker.ask import may
from drills.worker.queue import Queue
from drills.worker.work import Worker

Json = Any

DEADLINE = 10.0
"""Seconds that a model may take."""
IDLE = 0.05
"""Seconds between two looks at an empty queue."""


def main() -> None:
    """Work until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queue", type=Path)
    parser.add_argument("workflow")
    parser.add_argument("--name", default="worker")
    parser.add_argument("--once", action="store_true", help="end when nothing is due")
    asked = parser.parse_args()
    worker = Worker(Queue(asked.queue), asked.workflow, asked.name, may, draft)
    try:
        while worker.work(time.time()) or not asked.once:
            time.sleep(IDLE)
    except KeyboardInterrupt:
        return


def draft(job: Mapping[str, Json], settings: Mapping[str, Json]) -> str:
    """What the first model of the settings answers to the job's text."""
    address = os.environ.get("COUNTERSIGN_MODEL")
    if not address or not settings["models"]:
        return str(job.get("text", ""))
    body = {"model": settings["models"][0]["id"], "messages": [{"role": "user", "content": job.get("text", "")}]}
    answer = requests.post(f"{address}/v1/chat/completions", json=body, timeout=DEADLINE)
    answer.raise_for_status()
    return str(answer.json()["choices"][0]["message"]["content"])


if __name__ == "__main__":
    main()
