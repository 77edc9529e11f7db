"""`countersign gitlab …`: merge requests, judged where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from countersign.groups.common import HERE, completed, with_all

_OF_A_PROJECT = (
    click.option("--project", required=True, envvar="COUNTERSIGN_PROJECT", metavar="PATH", help="Its path or id."),
    click.option("--url", default="https://gitlab.com", envvar="CI_SERVER_URL", show_default=True, help="The GitLab."),
    click.option("--branch", default="main", envvar="COUNTERSIGN_BRANCH", show_default=True,
                 help="The one branch whose merge requests are judged: its rules judge."),
    click.option("--remote", default="origin", show_default=True, help="Where git finds the project."),
    click.option("--engine", type=click.Choice(["regorus", "opa", "both"]), default="both", show_default=True),
    click.option("--assurance", type=click.Choice(["cooperative", "pinned", "trusted"]), default="cooperative",
                 show_default=True, help="How well this run is protected from the change."),
    click.option("--me", type=int, envvar="COUNTERSIGN_FORGE_ID", help="Whose token it is; else GitLab is asked."),
)  # fmt: skip


_OF_A_REQUEST = (
    click.argument("number", type=click.IntRange(min=1), required=False),
    click.option("--event", type=click.Path(path_type=Path), metavar="FILE",
                 help="Instead of NUMBER: what GitLab's webhook sent (TRIGGER_PAYLOAD)."),
    click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", shell_complete=completed("report"),
                 help="Also write a report; repeatable."),
)  # fmt: skip


_OF_A_SIGNER = (
    click.option("--key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_CHANGE_KEY",
                 help="The private key that signs change records, a PEM file."),
    click.option("--key-id", required=True, envvar="COUNTERSIGN_CHANGE_KEY_ID", help="Its id in team/people.yaml."),
)  # fmt: skip


@click.group()
def gitlab() -> None:
    """Judge merge requests on GitLab, with the approvals that were really given there.

    The token is read from COUNTERSIGN_GITLAB_TOKEN.

    \b
    Example:
        countersign gitlab judge 42 --project acme/workflows
    """


@gitlab.command("judge")
@with_all(_OF_A_REQUEST)
@with_all(_OF_A_PROJECT)
def gitlab_judge(number: int | None, **options: Any) -> int:
    """Judge merge request NUMBER: who countersigned it, and what is missing; tell it by a note and a status.

    \b
    Example:
        countersign gitlab judge 42 --project acme/workflows --assurance trusted
    """
    from countersign.commands import gitlab as command

    return command.judge(HERE, number, command.Options(**options))


@gitlab.command("merge")
@with_all(_OF_A_REQUEST)
@with_all(_OF_A_PROJECT)
@with_all(_OF_A_SIGNER)
def gitlab_merge(number: int | None, key: Path, key_id: str, **options: Any) -> int:
    """Judge merge request NUMBER, and if it passes and asks for it, merge and record it.

    It asks by the label countersign::merge, or by auto-merge. An event that concerns no open merge request is no
    failure: it says so in a line.

    \b
    Example:
        countersign gitlab merge 42 --project acme/workflows --assurance trusted --key change.pem --key-id change-2026
    """
    from countersign.commands import gitlab as command

    return command.merge(HERE, number, command.Options(**options), key, key_id)


@gitlab.command("drill")
@with_all(_OF_A_REQUEST)
@with_all(_OF_A_PROJECT)
@click.option("--runs", type=click.Path(path_type=Path, file_okay=False), default=Path("reports/drills"),
              show_default=True, help="Where runs keep their journals.")  # fmt: skip
@click.option("--target", default="sandbox", envvar="COUNTERSIGN_DRILL_TARGET", show_default=True, metavar="NAME",
              help="Where: the sandbox, or a target of team/drill-targets.yaml.")  # fmt: skip
def gitlab_drill(number: int | None, runs: Path, target: str, **options: Any) -> int:
    """Rehearse what merge request NUMBER would bring, where only clicks and drills are missing.

    Nothing is signed here: `countersign drill record` does that, in a job of its own.

    \b
    Example:
        countersign gitlab drill 42 --project acme/workflows --target staging
    """
    from countersign.commands.gitlab import Options
    from countersign.commands.gitlab_drill import drill_request as command

    return command(HERE, number, Options(**options), runs, target)


@gitlab.command("countersign")
@click.argument("number", type=click.IntRange(min=1))
@with_all(_OF_A_PROJECT)
@click.option("--yes", is_flag=True, help="Do not ask.")
def gitlab_countersign(number: int, yes: bool, **options: Any) -> int:
    """Countersign merge request NUMBER as the token's owner: shows what is asked of you, then approves just that.

    \b
    Example:
        countersign gitlab countersign 42 --project acme/workflows
    """
    from countersign.commands import gitlab as command

    return command.countersign(HERE, number, command.Options(**options), yes=yes)


@gitlab.command("sweep")
@with_all(_OF_A_PROJECT)
@with_all(_OF_A_SIGNER)
def gitlab_sweep(key: Path, key_id: str, **options: Any) -> int:
    """Record what was merged and is not on record; then judge, tell and merge all that is open.

    Run it on a schedule: it makes good for events that were lost and jobs that were killed.

    \b
    Example:
        countersign gitlab sweep --project acme/workflows --assurance trusted --key change.pem --key-id change-2026
    """
    from countersign.commands import gitlab as command

    return command.sweep(HERE, command.Options(**options), key, key_id)


@gitlab.command("order")
@with_all(_OF_A_PROJECT)
@click.option("--order", "text", required=True, envvar="COUNTERSIGN_ORDER", metavar="JSON",
              help="What the keeper passed on: a path, and what a point holds there.")  # fmt: skip
@click.option("--key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_STOP_KEY",
              help="The private key that signs stop records, a PEM file.")  # fmt: skip
@click.option("--key-id", required=True, envvar="COUNTERSIGN_STOP_KEY_ID", help="Its id in team/people.yaml.")
def gitlab_order(text: str, key: Path, key_id: str, **options: Any) -> int:
    """Put a stop or a way back on record: verified by the signature of whoever ordered it, and signed.

    \b
    Example:
        countersign gitlab order --project acme/workflows --key stop.pem --key-id stop-2026
    """
    from countersign.commands import gitlab as command

    return command.order(HERE, command.Options(**options), text, key, key_id)


@gitlab.command("sync-rules")
@click.argument("number", type=click.IntRange(min=1))
@with_all(_OF_A_PROJECT)
def gitlab_sync_rules(number: int, **options: Any) -> int:
    """Make GitLab's own approval rules of merge request NUMBER ask whom the verdict asks (Premium).

    Rules whose name begins with "Countersign: " are added, mended and removed; no others are touched.

    \b
    Example:
        countersign gitlab sync-rules 42 --project acme/workflows
    """
    from countersign.commands import gitlab as command

    return command.sync_rules(HERE, number, command.Options(**options))
