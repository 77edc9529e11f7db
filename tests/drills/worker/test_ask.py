"""The function to copy, and the shell one, against real points: whatever is no clear yes in time is a no."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.company import ROOT
from support.desk import NAME
from support.live import MAILER, Live, environ
from support.points import free_port
from support.proxies import page

Json = Any

ASKING = """
import json, sys
from drills.worker.ask import may
print(json.dumps(may(*sys.argv[1:5], **json.loads(sys.argv[5]))))
"""


def ask(url: str, version: str, action: str = "late-fee-question", **more: Json) -> Json:
    """What `may` says, in a process of its own."""
    words = [sys.executable, "-c", ASKING, NAME, action, version, "mailer", json.dumps(more)]
    with environ(COUNTERSIGN_POINT=url, COUNTERSIGN_APPLICATION_TOKEN=MAILER, PYTHONPATH=str(ROOT)):
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_point_that_lets_it_run_is_believed(there: Live) -> None:
    """The answer comes whole, with version, models and prompt."""
    said = ask(there.servers[0].url, there.version)
    assert (said["go"], said["decision"], said["version"]) == (True, "review", there.version)
    assert said["models"]


def test_a_stop_is_a_no_with_the_fallback(there: Live) -> None:
    """T16: after a stop, the next question is refused, and says what people do."""
    there.type("stop", NAME, "--reason", "Odd")
    said = ask(there.servers[0].url, there.version)
    assert (said["go"], said["code"], said["fallback"]["file"]) == (False, "stopped", "fallback.md")


def test_no_answer_is_a_no(there: Live) -> None:
    """T11: nobody there, a page of a proxy, another token, a hanging point: each is a no, within the deadline."""
    with page() as proxy:
        urls = [f"http://127.0.0.1:{free_port()}", proxy]
        assert [ask(url, there.version)["code"] for url in urls] == ["no_answer"] * 2
    server = there.servers[2]
    server.hang()
    try:
        assert ask(server.url, there.version)["code"] == "no_answer"
    finally:
        server.go_on()


def test_the_shell_function_says_yes_and_no(there: Live, tmp_path: Path) -> None:
    """docs/enforcement.md: run as it is printed there."""
    page_text = (ROOT / "docs/enforcement.md").read_text(encoding="utf-8")
    [function] = re.findall(r"^```sh\n(may\(\).+?^})$", page_text, re.MULTILINE | re.DOTALL)
    asking = f'{function}\nmay {NAME} "$1" "{there.version}" mailer && echo yes || echo no\n'
    with environ(COUNTERSIGN_POINT=there.servers[0].url, COUNTERSIGN_APPLICATION_TOKEN=MAILER):
        answers = [
            subprocess.run(["sh", "-c", asking, "sh", action], capture_output=True, text=True, check=True).stdout
            for action in ("late-fee-question", "invoice-copy", "other")
        ]
    assert answers == ["yes\n", "no\n", "no\n"]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_worker_process_asks_a_real_point(there: Live, tmp_path: Path, stopped: bool) -> None:
    """A separate process with a queue: its jobs are done, or with people when the workflow is stopped."""
    from drills.worker.queue import Queue

    queue = Queue(tmp_path)
    queue.put("1", {"action": "late-fee-question", "to": "doe", "text": "Why a late fee?"})
    if stopped:
        there.type("stop", f"{NAME}/late-fee-question", "--reason", "Odd")
    words = [sys.executable, "-m", "drills.worker", str(tmp_path), NAME, "--name", "mailer", "--once"]
    with environ(COUNTERSIGN_POINT=there.servers[1].url, COUNTERSIGN_APPLICATION_TOKEN=MAILER, PYTHONPATH=str(ROOT)):
        subprocess.run(words, check=True)
    assert (list(queue.names("people")), len(queue.effects())) == ((["1"], 0) if stopped else ([], 1))
