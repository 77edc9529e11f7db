"""What the steps of the experiments do; loaded by chaostoolkit, from the folder in which it runs."""

import os
import threading
import time
from pathlib import Path

TOUCHED, UNDONE = Path("touched"), Path("undone")


def fine() -> bool:
    """As it should be."""
    return True


def untouched() -> bool:
    """A steady state that the method disturbs."""
    return not TOUCHED.exists()


def touch() -> None:
    """Disturb it."""
    TOUCHED.touch()


def fail() -> None:
    """Go wrong in a way that nobody thought of."""
    raise ValueError("nobody thought of this")


def undo() -> None:
    """Take it back."""
    UNDONE.touch()


def signal_in_a_second(number: int) -> None:
    """Somebody or something ends the process while this step lasts."""
    threading.Timer(1.0, os.kill, (os.getpid(), number)).start()
    for _ in range(30):
        time.sleep(0.1)
