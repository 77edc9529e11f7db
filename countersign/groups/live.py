"""`countersign stop`, `rollback`, `resume`, `status`, `keep`, `watch` and `key`: live control."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from countersign.groups.common import HERE, completed, with_all

_OF_ON_CALL = (
    click.option("--as", "person", metavar="PERSON", envvar="COUNTERSIGN_PERSON",
                 help="Who acts, by id. [default: whose key is here]"),
    click.option("--key", type=click.Path(path_type=Path), envvar="COUNTERSIGN_KEY",
                 help="Their private key. [default: as `countersign key new` kept it]"),
    click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=HERE, show_default=True,
                 envvar="COUNTERSIGN_ROOT", help="The folder that holds team/."),
    click.option("--group", type=click.Choice(["production", "drill"]), default="production", show_default=True,
                 help="Which enforcement points."),
    click.option("--seconds", type=click.FloatRange(0.1, 60), default=3.0, show_default=True,
                 help="How long a point may take."),
)  # fmt: skip


_OF_AN_ORDER = (
    click.option("--reason", required=True, help="Why, in a line: it goes on record."),
    click.option("--id", "identity", metavar="ID", help="The id of an order that is repeated."),
    *_OF_ON_CALL,
)


@click.command()
@click.argument("target", required=False, metavar="WORKFLOW[/ACTION]", shell_complete=completed("workflow"))
@click.option("--all", "everything", is_flag=True, help="Stop every workflow.")
@with_all(_OF_AN_ORDER)
def stop(target: str | None, everything: bool, reason: str, identity: str | None, **options: Any) -> int:
    """Stop a workflow, or one action of it, at every enforcement point, and see each confirm it.

    People go on with the fallback. Needs no approval, no git, and no network but the points. Exit code 0 only when all
    confirmed; else 1, with what holds meanwhile and the command to repeat.

    \b
    Examples:
        countersign stop billing-replies --reason "Wrong late fees since ten"
        countersign stop billing-replies/late-fee-question --reason "Only these are wrong"
        countersign stop --all --reason "The provider mixes up answers"
    """
    from countersign.commands import live as command

    return command.stop(command.Options(**options), target, reason, identity, everything=everything)


@click.command()
@click.argument("workflow", shell_complete=completed("workflow"))
@click.option("--to", metavar="VERSION", help="The version to return to. [default: the newest that is still proved]")
@with_all(_OF_AN_ORDER)
def rollback(workflow: str, to: str | None, reason: str, identity: str | None, **options: Any) -> int:
    """Return a workflow to an earlier version at every enforcement point: every other one is refused from then on.

    \b
    Example:
        countersign rollback billing-replies --reason "The version before had the fees right"
    """
    from countersign.commands import live as command

    return command.rollback(command.Options(**options), workflow, to, reason, identity)


@click.command()
@click.argument("workflow", required=False, shell_complete=completed("workflow"))
@click.option("--all", "everything", is_flag=True, help="What a stop of everything stopped.")
@with_all(_OF_ON_CALL)
def resume(workflow: str | None, everything: bool, **options: Any) -> int:
    """Let what was stopped run again, by review: edits a file here, and nothing at the points.

    First it puts on file whatever stops WORKFLOW at a point: a change that narrows, which on-call makes alone. When
    that is merged, it takes the entries out: a change that widens. The keeper lifts just those when it is recorded.
    What stops everything is named as resumed in team/enforcement-points.yaml, which the owner approves.

    \b
    Example:
        countersign resume billing-replies
    """
    from catalog.errors import UsageError
    from countersign.commands import live
    from countersign.commands import resume as command

    if everything == bool(workflow):
        raise UsageError("What is to run again?", solution="Name a workflow, or --all.")
    of_on_call = live.Options(**options)
    return command.resume(of_on_call, workflow) if workflow else command.resume_everything(of_on_call)


@click.command()
@click.argument("workflow", required=False, shell_complete=completed("workflow"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_all(_OF_ON_CALL)
def status(workflow: str | None, form: str, **options: Any) -> int:
    """Ask every enforcement point what it holds: open or closed, which bundle, which stops and ways back.

    Exit code 1 unless all answer, are open, and hold the same.

    \b
    Example:
        countersign status billing-replies
    """
    from countersign.commands import live as command

    return command.status(command.Options(**options), workflow, form)


@click.command()
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=HERE, show_default=True,
              envvar="COUNTERSIGN_ROOT", help="A clone of the repository.")  # fmt: skip
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True,
              envvar="COUNTERSIGN_KEEPER_STATE", help="A folder of its own, on a disk that lasts.")  # fmt: skip
@click.option("--branch", default="main", envvar="COUNTERSIGN_BRANCH", show_default=True, help="The governed branch.")
@click.option("--group", type=click.Choice(["production", "drill"]), default="production", show_default=True,
              help="Which enforcement points.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Where health and metrics are served.")
@click.option("--port", type=click.IntRange(0, 65535), default=9464, show_default=True, help="0: any that is free.")
@click.option("--trigger", metavar="URL", envvar="COUNTERSIGN_TRIGGER",
              help="The control project's pipeline trigger, for stops to be put on record.")  # fmt: skip
@click.option("--rounds", type=click.IntRange(min=1), help="End after so many rounds. [default: go on]")
def keep(**options: Any) -> int:
    """Keep the enforcement points: carry every stop to all of them, and renew the leases without which they close.

    Its token is read from COUNTERSIGN_KEEPER_TOKEN, the trigger's from COUNTERSIGN_TRIGGER_TOKEN. Two may run at once,
    each with a --state of its own.

    \b
    Example:
        countersign keep --state /var/lib/countersign --trigger https://gitlab.example.org/api/v4/projects/7/trigger/pipeline
    """
    from countersign.commands import keep as command

    return command.keep(command.Options(**options))


@click.command()
@click.option("--prometheus", metavar="URL", envvar="COUNTERSIGN_PROMETHEUS",
              help="Where Prometheus answers queries.")  # fmt: skip
@click.option("--prometheus-ca", type=click.Path(path_type=Path, dir_okay=False),
              help="The certificate that signs its own, a PEM file. [default: the system's]")  # fmt: skip
@click.option("--lines", type=click.Path(path_type=Path, dir_okay=False),
              help="In its place, a file of JSON lines that somebody adds to.")  # fmt: skip
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=HERE, show_default=True,
              envvar="COUNTERSIGN_ROOT", help="A clone of the repository.")  # fmt: skip
@click.option("--branch", default="main", envvar="COUNTERSIGN_BRANCH", show_default=True, help="The governed branch.")
@click.option("--group", type=click.Choice(["production", "drill"]), default="production", show_default=True,
              help="Which enforcement points.")  # fmt: skip
@click.option("--every", type=click.FloatRange(min=1), default=30, show_default=True, help="Seconds between two looks.")
@click.option("--once", is_flag=True, help="Look once: exit code 1 when anything crossed, or was not heard of.")
def watch(**options: Any) -> int:
    """Hold real numbers against the stop triggers of what runs, and stop what crossed.

    It never resumes. Of a number that nothing is heard of it says so, and at high it stops the workflow.

    \b
    Example:
        countersign watch --prometheus https://prometheus.example.org
    """
    from countersign.commands import watch as command

    return command.watch(command.Options(**options))


@click.group()
def key() -> None:
    """The key that on-call signs stops with, and a reviewer approvals of single actions.

    \b
    Example:
        countersign key new dana
    """


@key.command("new")
@click.argument("person")
@click.option("--name", metavar="ID", help="What the key is called. [default: PERSON-YEAR]")
def key_new(person: str, name: str | None) -> int:
    """Make a key for PERSON on this machine, and print the public half for team/people.yaml.

    \b
    Example:
        countersign key new dana
    """
    from countersign.commands.key import new as command

    return command(person, name)
