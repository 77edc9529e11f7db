"""Asking the model that the settings name, at COUNTERSIGN_MODEL with COUNTERSIGN_MODEL_TOKEN, as one asks OpenAI's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import requests

from drills.worker.work import Drafted, NoDraft

Json = Any

DEADLINE = 10.0
"""Seconds that a model may take."""
VIRTUAL = "Countersign-Virtual-Latency-Ms"
"""How long an answer of a rehearsal's model is said to have taken, where nobody waited for it."""


def draft(job: Mapping[str, Json], settings: Mapping[str, Json]) -> Drafted:
    """What the model for the job's `use` answers to its text; the text itself where no model is set.

    Raises `NoDraft`: `model_failed` without a usable answer in time, `model_swapped` for the answer of another model.
    """
    address = os.environ.get("COUNTERSIGN_MODEL")
    if not address or not settings["models"]:
        return Drafted(str(job.get("text", "")), None)
    model = _chosen(settings["models"], job.get("use", "default"))
    try:
        answered_by, content = _asked(address, model, job.get("text", ""))
    except (requests.RequestException, ValueError, LookupError, TypeError, RecursionError) as error:
        raise NoDraft("model_failed") from error
    if answered_by != model:
        raise NoDraft("model_swapped")
    return Drafted(content, model)


def _chosen(models: list[Mapping[str, Json]], use: str) -> Json:
    return next((model["id"] for model in models if model["use"] == use), models[0]["id"])


def _asked(address: str, model: str, text: str) -> tuple[Json, str]:
    """Which model answered, and what. Raises one of many errors for what is no answer, or none in time."""
    token = os.environ.get("COUNTERSIGN_MODEL_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    answer = requests.post(f"{address}/v1/chat/completions", json=body, headers=headers, timeout=DEADLINE)
    answer.raise_for_status()
    said = answer.json()
    content = said["choices"][0]["message"]["content"]
    if int(answer.headers.get(VIRTUAL, "0")) > DEADLINE * 1000 or not isinstance(content, str) or not content.strip():
        raise ValueError("late, or empty")
    return said["model"], content
