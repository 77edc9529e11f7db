"""How a run is shown while it lasts: on a terminal each phase against its budget, elsewhere a line at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Json = Any
Listener = Callable[[Mapping[str, Json]], None]

_STYLES = {"passed": "green", "not_run": "dim"}
_WIDTH = 12


def line(entry: Mapping[str, Json]) -> str:
    """What a log says of a journal's entry; empty for one that says nothing to a reader."""
    match entry["event"]:
        case "scenario_begins":
            return f"{entry['scenario']}"
        case "phase_ended":
            return f"  {entry['phase']:<{_WIDTH}} {_timed(entry)}"
        case "scenario_ended" | "run_ended":
            return f"  {entry['outcome']}" if entry["event"] == "scenario_ended" else ""
        case _:
            return ""


def _timed(entry: Mapping[str, Json]) -> str:
    took = "" if entry["seconds"] is None else f"  {entry['seconds']:.3f} s (up to {entry['resolution']:.3f} s less)"
    why = f"  {entry['why']}" if entry["why"] else ""
    return f"{entry['outcome']}{took}{why}"


def until_gone(listener: Listener) -> Listener:
    """The same, until nobody reads any more: a closed pipe or terminal must not end a drill before it is home."""
    listeners = [listener]

    def hear(entry: Mapping[str, Json]) -> None:
        try:
            for one in listeners:
                one(entry)
        except OSError:
            listeners.clear()

    return hear


@contextmanager
def shown(write: Callable[[str], None], *, live: bool) -> Iterator[Listener]:
    """Who listens to a journal and shows it. `write`: how a plain line is printed."""
    if not live:
        yield lambda entry: write(line(entry)) if line(entry) else None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, Task, TextColumn
    from rich.progress_bar import ProgressBar

    class Budget(BarColumn):
        """How much of its budget a phase has used up."""

        def render(self, task: Task) -> ProgressBar:
            return ProgressBar(total=task.total, completed=task.elapsed or 0.0, width=self.bar_width)

    columns = (
        TextColumn("  {task.description:<12}"),
        Budget(bar_width=30),
        TextColumn("{task.elapsed:.1f} of {task.total:g} s"),
    )
    with Progress(*columns, console=Console(highlight=False), transient=True) as progress:
        yield _Live(progress).hear


class _Live:
    """A bar for the phase that is under way; what has ended stays above it as a line."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._task: Any = None

    def hear(self, entry: Mapping[str, Json]) -> None:
        """One entry of the journal."""
        if entry["event"] == "phase_begins":
            self._task = self._progress.add_task(entry["phase"], total=entry["budget"])
        if entry["event"] == "phase_ended" and self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        if said := line(entry):
            style = _STYLES.get(entry.get("outcome", "passed"), "bold red")
            self._progress.console.print(said, style=style if "outcome" in entry else "bold", markup=False)
