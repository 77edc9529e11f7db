"""`countersign drill publish`: what drills came to, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from catalog.git import Repository
from drills.publish import self_test as self_tests
from drills.publish.interface import Edition, Form
from drills.publish.self_test import SelfTest
from drills.publish.sources import Sources


def publish(
    root: Path,
    output: Path,
    junit: Path | None,
    metrics: Path | None,
    json: Path | None,
    self_test: Path | None,
    runs: Sequence[Path],
) -> int:
    """Write the site, and each report that is asked for.

    `self_test` is a file of the self-test's results, `runs` are files of runs that could not be put on record.
    """
    tested = self_tests.read(self_test) if self_test else None
    with Repository.discover(root) as repository, ExitStack() as stack:
        repository.use_scratch()
        sources = Sources(repository, datetime.now(UTC), runs)
        forms = list(_forms(sources, tested, stack, output, junit, metrics, json))
        workflows, known = _fill(sources, forms)
        for form in forms:
            form.finish()
    click.echo(f"{output}: {workflows} workflow{'' if workflows == 1 else 's'}, {known} run{'' if known == 1 else 's'}")
    return 0


def _fill(sources: Sources, forms: Sequence[Form]) -> tuple[int, int]:
    """Show every form every workflow; how many workflows and runs there were."""
    workflows = runs = 0
    for history in sources.histories():
        for form in forms:
            form.add(history)
        workflows, runs = workflows + 1, runs + len(history.runs)
    return workflows, runs


def _forms(
    sources: Sources, tested: SelfTest | None, stack: ExitStack, output: Path, junit: Path | None,
    metrics: Path | None, json: Path | None,
) -> Iterator[Form]:  # fmt: skip
    from drills.publish.site.site import SiteForm

    edition = Edition(now=sources.now, records=sources.branch.commit, self_test=tested)
    if junit:
        from drills.publish.junit import JUnit

        yield JUnit(junit)
    if metrics:
        from drills.publish.metrics import Metrics

        yield Metrics(metrics, edition)
    if json:
        from drills.publish.json_report import JsonReport

        yield stack.enter_context(JsonReport(json, edition))
    # Last, so that it is the last to be put in place: a report that cannot be written leaves the site as it was.
    yield stack.enter_context(SiteForm(output, edition))
