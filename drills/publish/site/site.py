"""The site as a form of publishing: pages of workflows and runs as they come, the overview at the end."""

from __future__ import annotations

from pathlib import Path

from drills.publish.interface import Edition
from drills.publish.site import pages
from drills.publish.site.folder import Folder
from drills.publish.sources import History

_PLAIN = ("site.css", "icon.svg")
_HERE = Path(__file__).parent


class SiteForm:
    """The site, built beside its place. A context manager: without `finish` nothing of it stays."""

    def __init__(self, place: Path, edition: Edition) -> None:
        """Begin it. Raises `UsageError` as `Folder` does."""
        self._folder, self._rows, self._edition = Folder(place), list[pages.Row](), edition

    def add(self, history: History) -> None:
        """Write the pages of one workflow."""
        self._rows.append(pages.row(history))
        self._folder.write(f"workflows/{history.workflow}.html", pages.workflow(self._edition, history))
        for run, name in zip(history.runs, pages.run_pages(history).values(), strict=False):
            self._folder.write(name, pages.run(self._edition, history, run))

    def finish(self) -> None:
        """Write the rest, and put all of it in place."""
        for name, page in pages.overview(self._edition, self._rows):
            self._folder.write(name, page)
        if self._edition.self_test:
            self._folder.write("self-test.html", pages.self_test(self._edition))
        for name in _PLAIN:
            self._folder.write(name, (_HERE / name).read_text(encoding="utf-8"))
        self._folder.put()

    def __enter__(self) -> SiteForm:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.remove()
