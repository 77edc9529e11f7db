"""The services of a sandbox in one process: `python -m drills.sandbox.services FOLDER`.

FOLDER/tokens.json holds the token of each. FOLDER/services.json says where they are, and is written when all listen.
Ends on SIGTERM and SIGINT; unless `--detached`, also when its parent goes, which then holds the other end of its stdin.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from catalog.errors import UsageError
from catalog.files import write_atomically
from controls.bundle.serve import NAME
from drills.sandbox import bundles, model, office, receiver

NAMES = ("model", "receiver", "office", "bundles")
ENDING = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Serve until told to end."""
    # Blocked for all threads, and waited for at the end: a signal never comes in between.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    asked = _arguments()
    try:
        serve(asked.folder, {name: getattr(asked, f"{name}_port") for name in NAMES}, detached=asked.detached)
    except UsageError as error:
        print(f"{error.message} {error.solution}", file=sys.stderr)
        return error.exit_code
    return 0


def serve(folder: Path, ports: Mapping[str, int], *, detached: bool) -> None:
    """Serve from a folder. Raises `UsageError` for tokens that are none, and for a taken port."""
    found = folder / "services.json"
    found.unlink(missing_ok=True)
    tokens = _tokens(folder / "tokens.json")
    with ExitStack() as stack:
        urls = {
            "model": stack.enter_context(model.served(tokens["model"], ports["model"])),
            "receiver": stack.enter_context(
                receiver.served(folder / "messages.jsonl", tokens["receiver"], ports["receiver"])
            ),
            "office": stack.enter_context(office.served(folder / "queue", tokens["office"], ports["office"])),
            "bundles": stack.enter_context(
                bundles.served(folder / NAME.strip("/"), tokens["bundles"], ports["bundles"])
            ),
        }
        write_atomically(found, json.dumps({**urls, "pid": os.getpid()}).encode())
        if not detached:
            threading.Thread(target=_end_with_parent, daemon=True).start()
        signal.sigwait(ENDING)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name in NAMES:
        parser.add_argument(f"--{name}-port", type=int, default=0, help="a free one, unless given")
    parser.add_argument("--detached", action="store_true", help="go on when the parent ends")
    return parser.parse_args()


def _tokens(file: Path) -> dict[str, str]:
    try:
        tokens = json.loads(file.read_bytes())
        if all(isinstance(tokens[name], str) and tokens[name] for name in NAMES):
            return {name: tokens[name] for name in NAMES}
    except (OSError, ValueError, LookupError, TypeError):
        pass
    raise UsageError(f"No tokens in {file}.", solution=f"Must have a text for each of {', '.join(NAMES)}.")


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
