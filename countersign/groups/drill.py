"""`countersign drill …` and `countersign due`."""

from __future__ import annotations

from pathlib import Path

import click

from countersign.groups.common import HERE

_RUNS = click.option("--runs", type=click.Path(path_type=Path, file_okay=False), default=Path("reports/drills"),
                     show_default=True, help="Where runs keep their journals.")  # fmt: skip


@click.group()
def drill() -> None:
    """Rehearse the way back: stop, fall silent, work by hand or by the last good version, and come home.

    \b
    Example:
        countersign drill run billing-replies
    """


@drill.command("run")
@click.argument("workflows", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workflow that names a drill.")
@click.option("--due", is_flag=True, help="Those whose rehearsal is missing, failed or old.")
@click.option("--target", default="sandbox", envvar="COUNTERSIGN_DRILL_TARGET", show_default=True, metavar="NAME",
              help="Where: the sandbox, or a target of team/drill-targets.yaml.")  # fmt: skip
@click.option("--production", metavar="NAME", help="The target once more, where it serves customers.")
@click.option("--base", metavar="COMMIT", help="Rehearse what a merge into this commit would bring.")
@click.option("--head", metavar="COMMIT", help="What is rehearsed, or merged into --base. [default: HEAD]")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be done, and touch nothing.")
@click.option("--record/--no-record", default=True, show_default=True,
              help="Keep the result as this clone's own evidence, which counts at the desk only.")  # fmt: skip
@_RUNS
def drill_run(
    workflows: tuple[str, ...], everything: bool, due: bool, target: str, production: str | None, base: str | None,
    head: str | None, dry: bool, record: bool, runs: Path,
) -> int:  # fmt: skip
    """Rehearse WORKFLOWS as they are committed. Exit code 0 only when every drill passed.

    Whatever happens, each step is taken back; after a kill, `countersign drill recover` does it.

    \b
    Examples:
        countersign drill run billing-replies
        countersign drill run --all
        countersign drill run --due --target staging
    """
    from countersign.commands import drill as command

    options = command.Options(runs=runs, target=target, production=production, base=base, head=head, record=record)
    return command.run(HERE, workflows, options, everything=everything, due=due, dry=dry)


@drill.command("recover")
@_RUNS
def drill_recover(runs: Path) -> int:
    """Take back what killed runs left undone. Exit code 1 when something could not be.

    \b
    Example:
        countersign drill recover
    """
    from countersign.commands import drill as command

    return command.recover_all(HERE, runs)


@drill.command("record")
@click.option("--target", default="sandbox", envvar="COUNTERSIGN_DRILL_TARGET", show_default=True, metavar="NAME",
              help="Where the runs must have been.")  # fmt: skip
@click.option("--remote", default="origin", show_default=True, help="Where the branch `records` is.")
@click.option("--branch", default="main", show_default=True, help="The branch whose people list the key.")
@click.option("--base", metavar="COMMIT", help="The tip of that branch. [default: as origin has it]")
@click.option("--key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_DRILL_KEY",
              help="The private key that signs drill records, a PEM file.")  # fmt: skip
@click.option("--key-id", required=True, envvar="COUNTERSIGN_DRILL_KEY_ID", help="Its id in team/people.yaml.")
@_RUNS
def drill_record(target: str, remote: str, branch: str, base: str | None, key: Path, key_id: str, runs: Path) -> int:
    """Sign what the runs came to, and append it to the branch `records`: each run once, whoever else appends.

    A run is data: it is held against git and its own journal first, by this process, which ran nothing of it. What is
    on record is removed from --runs; what can never be is set aside, in FOLDER-refused; all else is tried again the
    next time.

    \b
    Example:
        countersign drill record --key drill.pem --key-id drill-2026
    """
    from countersign.commands import drill_record as command

    options = command.Options(runs=runs, target=target, remote=remote, branch=branch, base=base)
    return command.record(HERE, options, key, key_id)


@drill.command("self-test")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("reports/self-test.json"),
              show_default=True, help="Where the result is written.")  # fmt: skip
def drill_self_test(output: Path) -> int:
    """Break the sandbox in every way that a drill must catch, and see whether it does. Exit code 1 when it does not.

    \b
    Example:
        countersign drill self-test
    """
    from countersign.commands import drill_self_test as command

    return command.self_test(HERE, output)


@drill.command("publish")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("public"), show_default=True,
              help="The folder of the site; one that was made by something else is never touched.")  # fmt: skip
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also every phase, as a JUnit test.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), help="Also the metrics, as OpenMetrics.")
@click.option("--json", type=click.Path(path_type=Path, dir_okay=False), help="Also every raw run, as JSON.")
@click.option("--self-test", type=click.Path(path_type=Path, dir_okay=False), help="What `drill self-test` wrote.")
@_RUNS
def drill_publish(
    output: Path, junit: Path | None, metrics: Path | None, json: Path | None, self_test: Path | None, runs: Path
) -> int:
    """Publish what drills came to: a site of plain pages, and files for programs.

    \b
    Example:
        countersign drill publish --output public --json public/runs.json
    """
    from countersign.commands import drill_publish as command
    from drills.kept import results

    return command.publish(HERE, output, junit, metrics, json, self_test, results(runs))


@drill.command("show")
@click.argument("run", required=False)
@_RUNS
def drill_show(run: str | None, runs: Path) -> int:
    """Print how RUN went, and what remains of it; without RUN, list the runs. Exit code 1 for one that did not pass.

    \b
    Example:
        countersign drill show 20260301-093000-a1b2c3
    """
    from countersign.commands.drill_show import show as command

    return command(runs, run)


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def due(form: str) -> int:
    """Name the workflows whose rehearsal is missing, failed or old. Exit code 4 when there are any.

    It asks the rules, and needs nothing that the scheduled pipeline needs: run it from any other scheduler, and it
    notices when that pipeline stopped.

    \b
    Example:
        countersign due
    """
    from countersign.commands.due import tell as command

    return command(HERE, form)
