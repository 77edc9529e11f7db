"""Numbers that stop triggers are held against, as whoever measures reports them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


def report(file: Path, metric: str, value: float, *, ago: float = 0.0, workflow: str = "billing-replies") -> None:
    """Somebody adds a line; `ago` in seconds."""
    at = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()
    with file.open("a") as stream:
        stream.write(json.dumps({"workflow": workflow, "metric": metric, "value": value, "at": at}) + "\n")
