"""The command line: what each command takes. What it does is in `countersign/commands/`, loaded when it is called."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import click

from countersign.errors import exit_code_of
from countersign.groups import drill as drills

_HERE = Path()


def _completed(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What completes a word: looked up when a shell asks, and not before."""

    def complete(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
        from countersign.words import completions

        return completions(kind, begun)

    return complete


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="countersign")
def cli() -> None:
    """No AI change ships without a countersignature and a rehearsed way back.

    \b
    Example: judge what you have changed, committed or not, before you push it:
        countersign gate

    \b
    Exit codes: 0 pass, 1 refused, 2 bad usage, 3 could not judge, 4 waits for clicks or drills.
    """


@cli.command()
@click.option("--all", "everything", is_flag=True, help="Judge the whole repository as it stands.")
@click.option("--staged", is_flag=True, help="Judge what is staged, instead of the working tree.")
@click.option("--target", metavar="BRANCH", shell_complete=_completed("branch"),
              help="Judge against this branch. [default: origin's default, else main]")  # fmt: skip
@click.option("--base", metavar="COMMIT", shell_complete=_completed("branch"),
              help="Judge the merge of --head into this commit.")  # fmt: skip
@click.option("--head", metavar="COMMIT", shell_complete=_completed("branch"),
              help="With --base: what is merged. [default: HEAD]")  # fmt: skip
@click.option("--engine", type=click.Choice(["regorus", "opa", "both"]), default="regorus", show_default=True)
@click.option("--assurance", type=click.Choice(["desk", "cooperative", "pinned"]), default="desk", show_default=True,
              help="Where this runs: at the desk, in the branch's pipeline, or out of its reach.")  # fmt: skip
@click.option("--approvals", type=click.Path(path_type=Path), help="A JSON file of approvals (docs/approvals.md).")
@click.option("--now", metavar="MOMENT", help="Judge as of this moment (ISO 8601); the past needs --replay.")
@click.option("--replay", is_flag=True, help="Allow --now to lie in the past; the report says so.")
@click.option("--format", "form", type=click.Choice(["text", "json", "junit", "codequality", "markdown"]),
              default="text", show_default=True, help="What is printed.")  # fmt: skip
@click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", shell_complete=_completed("report"),
              help="Also write a report; repeatable.")  # fmt: skip
@click.option("--hook", is_flag=True, help="For git hooks: print what is waited for, but do not fail because of it.")
def gate(
    everything: bool, staged: bool, target: str | None, base: str | None, head: str | None, engine: str,
    assurance: str, approvals: Path | None, now: str | None, replay: bool, form: str, reports: tuple[str, ...],
    hook: bool,
) -> int:  # fmt: skip
    """Judge a change: may it merge, what does it still need, from whom, and why.

    Without options, judges the working tree and the unpushed commits as they would land on the target branch.

    \b
    Examples:
        countersign gate
        countersign gate --base main --head my-branch --report junit=reports/gate.xml
        countersign gate --all
    """
    from countersign.commands import gate as command

    options = command.Options(
        everything=everything, staged=staged, target=target, base=base, head=head, engine=engine, assurance=assurance,
        approvals=approvals, now=now, replay=replay, form=form, reports=reports, hook=hook,
    )  # fmt: skip
    return command.gate(options)


@cli.command()
@click.argument("code", shell_complete=_completed("rule"))
def explain(code: str) -> int:
    """Explain a rule: what it asks for, how to satisfy it, an example.

    \b
    Example:
        countersign explain rollback.untested
    """
    from countersign.commands.explain import explain as command

    return command(_HERE, code)


@cli.command()
@click.argument("workflow", shell_complete=_completed("workflow"))
def note(workflow: str) -> int:
    """Print a workflow's operating note: the five questions, answered on one page.

    \b
    Example:
        countersign note billing-replies
    """
    from countersign.commands.note import note as command

    return command(_HERE, workflow)


@cli.command()
@click.argument("workflow", required=False, shell_complete=_completed("workflow"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def log(workflow: str | None, form: str) -> int:
    """Print a workflow's life from the signed records, newest first; without WORKFLOW, that of all other paths.

    \b
    Examples:
        countersign log billing-replies
        countersign log billing-replies --format json
    """
    from countersign.commands.log import log as command

    return command(_HERE, workflow, form)


@cli.command()
@click.argument("workflow", shell_complete=_completed("workflow"))
@click.option("--listing", is_flag=True, help="Print the listing that the version is the digest of.")
@click.option("--at", "revision", metavar="COMMIT", help="At this commit, instead of the working tree.")
def version(workflow: str, listing: bool, revision: str | None) -> int:
    """Print a workflow's version, rollback digest and countersigned digest.

    \b
    Examples:
        countersign version billing-replies
        countersign version billing-replies --listing | sha256sum
    """
    from countersign.commands.version import version as command

    return command(_HERE, workflow, listing=listing, revision=revision)


@cli.command()
@click.option("--check", is_flag=True, help="Only say whether the file is what it must be; exit code 1 when it is not.")
@click.option("--project", envvar="COUNTERSIGN_PROJECT", metavar="PATH",
              help="Ask this project on GitLab who its members are, with COUNTERSIGN_GITLAB_TOKEN.")  # fmt: skip
@click.option("--url", default="https://gitlab.com", envvar="CI_SERVER_URL", show_default=True, help="The GitLab.")
def codeowners(check: bool, project: str | None, url: str) -> int:
    """Write .gitlab/CODEOWNERS from team and manifests: whom GitLab asks about each path.

    About a workflow its approver and their deputy, about its state also on-call, about all else owner and deputy.
    Whoever is named needs a `username` in team/people.yaml. With a token and --project, each of them is looked up
    among the project's members, and one whom GitLab would ignore fails it.

    \b
    Examples:
        countersign codeowners
        countersign codeowners --check --project acme/workflows
    """
    from countersign.commands import codeowners as command

    return command.codeowners(_HERE, check=check, members=command.members_of(url, project))


@cli.command()
@click.option("--gitlab", is_flag=True, help="Look at the settings of GitLab, instead of at this clone.")
@click.option("--project", envvar="COUNTERSIGN_PROJECT", metavar="PATH", help="With --gitlab: what is judged.")
@click.option("--control-project", "control", envvar="COUNTERSIGN_CONTROL_PROJECT", metavar="PATH",
              help="With --gitlab: what judges.")  # fmt: skip
@click.option("--bot", type=click.IntRange(min=1), envvar="COUNTERSIGN_FORGE_ID", metavar="ID",
              help="With --gitlab: the number of the account that merges.")  # fmt: skip
@click.option("--url", default="https://gitlab.com", envvar="CI_SERVER_URL", show_default=True, help="The GitLab.")
@click.option("--apply", is_flag=True, help="With --gitlab: show what can be set, ask, and set it.")
@click.option("--yes", is_flag=True, help="With --apply: do not ask.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="With --gitlab: what is printed.")  # fmt: skip
def doctor(
    gitlab: bool, project: str | None, control: str | None, bot: int | None, url: str, apply: bool, yes: bool,
    form: str,
) -> int:  # fmt: skip
    """Check engines, git, people and keys: what works, and what to do about the rest.

    With --gitlab, check the settings of project and control project: who may push and merge, what is protected, what is
    open, what that means, how to close it. The token is read from COUNTERSIGN_GITLAB_TOKEN: the owner's, or the bot's.
    Exit code 1 when something is open, 3 when something could not be read.

    \b
    Examples:
        countersign doctor
        countersign doctor --gitlab --project acme/workflows --control-project acme/control --bot 900
    """
    if not gitlab:
        if apply:
            raise click.UsageError("--apply needs --gitlab.")
        from countersign.commands.doctor import doctor as command

        return command(_HERE)
    from countersign.commands import doctor_gitlab as settings

    options = settings.Options(url=url, project=project, control=control, bot=bot, apply=apply, yes=yes, form=form)
    return settings.doctor_gitlab(_HERE, options)


@cli.command()
@click.option("--person", "people", multiple=True, metavar="ID:FORGE:EMAIL:NAME", help="A person; repeatable.")
@click.option("--owner", metavar="ID", help="Who has the final call.")
@click.option("--deputy", metavar="ID", help="Who stands in for the owner.")
@click.option("--solo", is_flag=True, help="There is nobody else: the owner approves their own low and medium work.")
@click.option("--key", "keys", multiple=True, metavar="PERSON:KEY:HEX", help="A person's public key; repeatable.")
@click.option("--remove-samples/--keep-samples", default=None, help="Whether the four sample workflows go.")
def init(
    people: tuple[str, ...], owner: str | None, deputy: str | None, solo: bool, keys: tuple[str, ...],
    remove_samples: bool | None,
) -> int:  # fmt: skip
    """Make a fresh clone your own: owner, deputy, people, keys; commits them as the anchor that judging starts from.

    Asks for what no option says.

    \b
    Example:
        countersign init --person "ana:101:ana@example.org:Ana Ruiz" \\
            --person "ben:102:ben@example.org:Ben Okafor" --owner ana --deputy ben --remove-samples
    """
    from countersign.answers import Options
    from countersign.commands.init import init as command

    options = Options(people=people, owner=owner, deputy=deputy, solo=solo, keys=keys, remove_samples=remove_samples)
    return command(_HERE, options)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell.

    \b
    Example:
        countersign completion bash >> ~/.bashrc
    """
    from countersign.commands.completion import completion as command

    return command(cli, shell)


def _with(parameters: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """Options that several commands take alike."""
    return lambda command: reduce(lambda inner, parameter: parameter(inner), reversed(parameters), command)


_OF_ON_CALL = (
    click.option("--as", "person", metavar="PERSON", envvar="COUNTERSIGN_PERSON",
                 help="Who acts, by id. [default: whose key is here]"),
    click.option("--key", type=click.Path(path_type=Path), envvar="COUNTERSIGN_KEY",
                 help="Their private key. [default: as `countersign key new` kept it]"),
    click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=_HERE, show_default=True,
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


@cli.command()
@click.argument("target", required=False, metavar="WORKFLOW[/ACTION]", shell_complete=_completed("workflow"))
@click.option("--all", "everything", is_flag=True, help="Stop every workflow.")
@_with(_OF_AN_ORDER)
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


@cli.command()
@click.argument("workflow", shell_complete=_completed("workflow"))
@click.option("--to", metavar="VERSION", help="The version to return to. [default: the newest that is still proved]")
@_with(_OF_AN_ORDER)
def rollback(workflow: str, to: str | None, reason: str, identity: str | None, **options: Any) -> int:
    """Return a workflow to an earlier version at every enforcement point: every other one is refused from then on.

    \b
    Example:
        countersign rollback billing-replies --reason "The version before had the fees right"
    """
    from countersign.commands import live as command

    return command.rollback(command.Options(**options), workflow, to, reason, identity)


@cli.command()
@click.argument("workflow", required=False, shell_complete=_completed("workflow"))
@click.option("--all", "everything", is_flag=True, help="What a stop of everything stopped.")
@_with(_OF_ON_CALL)
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


@cli.command()
@click.argument("workflow", required=False, shell_complete=_completed("workflow"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_with(_OF_ON_CALL)
def status(workflow: str | None, form: str, **options: Any) -> int:
    """Ask every enforcement point what it holds: open or closed, which bundle, which stops and ways back.

    Exit code 1 unless all answer, are open, and hold the same.

    \b
    Example:
        countersign status billing-replies
    """
    from countersign.commands import live as command

    return command.status(command.Options(**options), workflow, form)


@cli.command()
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=_HERE, show_default=True,
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


@cli.command()
@click.option("--prometheus", metavar="URL", envvar="COUNTERSIGN_PROMETHEUS",
              help="Where Prometheus answers queries.")  # fmt: skip
@click.option("--prometheus-ca", type=click.Path(path_type=Path, dir_okay=False),
              help="The certificate that signs its own, a PEM file. [default: the system's]")  # fmt: skip
@click.option("--lines", type=click.Path(path_type=Path, dir_okay=False),
              help="In its place, a file of JSON lines that somebody adds to.")  # fmt: skip
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=_HERE, show_default=True,
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


@cli.group()
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


@cli.group()
def bundle() -> None:
    """What may run: built from the records, signed, and served to the enforcement points.

    \b
    Example:
        countersign bundle build --key bundle.pem --key-id bundle-2026
    """


@bundle.command("build")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("bundle.tar.gz"),
              show_default=True, help="Where it is written, at once.")  # fmt: skip
@click.option("--branch", metavar="BRANCH", shell_complete=_completed("branch"),
              help="The branch whose recorded content runs. [default: origin's default, else main]")  # fmt: skip
@click.option("--anchor", metavar="COMMIT", help="Where judging began. [default: as `countersign init` pinned it]")
@click.option("--candidate", metavar="COMMIT", shell_complete=_completed("branch"),
              help="For drill points: also what the merge of this commit would bring, as if it were live.")  # fmt: skip
@click.option("--key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_BUNDLE_KEY",
              help="The private key that signs it, a PEM file.")  # fmt: skip
@click.option("--key-id", required=True, envvar="COUNTERSIGN_BUNDLE_KEY_ID", help="The name that points know it by.")
def bundle_build(
    output: Path, branch: str | None, anchor: str | None, candidate: str | None, key: Path, key_id: str
) -> int:
    """Build the bundle: policies, people, points and every workflow version that is on record.

    What came to the branch without a record does not run: it is named, what was recorded before goes on, and the exit
    code is 1.

    \b
    Example:
        countersign bundle build --key bundle.pem --key-id bundle-2026 --output public/bundle.tar.gz
    """
    from countersign.commands import bundle as command

    options = command.Options(output=output, branch=branch, anchor=anchor, candidate=candidate)
    return command.build(_HERE, options, key, key_id)


@bundle.command("verify")
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--public-key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_BUNDLE_PUBLIC_KEY",
              help="The public half of the key that must have signed it, a PEM file.")  # fmt: skip
@click.option("--key-id", required=True, envvar="COUNTERSIGN_BUNDLE_KEY_ID", help="The name that points know it by.")
def bundle_verify(archive: Path, public_key: Path, key_id: str) -> int:
    """Check a bundle as an enforcement point does, with OPA itself, and say what it holds.

    \b
    Example:
        countersign bundle verify bundle.tar.gz --public-key bundle.pub --key-id bundle-2026
    """
    from countersign.commands import bundle as command

    return command.verify(archive, public_key, key_id)


@bundle.command("serve")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any that is free.")
def bundle_serve(archive: Path, host: str, port: int) -> int:
    """Serve a bundle to enforcement points, for trials and rehearsals; in production any static host does.

    \b
    Example:
        countersign bundle serve bundle.tar.gz --port 8080
    """
    from countersign.commands import bundle as command

    return command.serve(archive, host, port)


@cli.group()
def gitlab() -> None:
    """Judge merge requests on GitLab, with the approvals that were really given there.

    The token is read from COUNTERSIGN_GITLAB_TOKEN.

    \b
    Example:
        countersign gitlab judge 42 --project acme/workflows
    """


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
    click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", shell_complete=_completed("report"),
                 help="Also write a report; repeatable."),
)  # fmt: skip
_OF_A_SIGNER = (
    click.option("--key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_CHANGE_KEY",
                 help="The private key that signs change records, a PEM file."),
    click.option("--key-id", required=True, envvar="COUNTERSIGN_CHANGE_KEY_ID", help="Its id in team/people.yaml."),
)  # fmt: skip


@gitlab.command("judge")
@_with(_OF_A_REQUEST)
@_with(_OF_A_PROJECT)
def gitlab_judge(number: int | None, **options: Any) -> int:
    """Judge merge request NUMBER: who countersigned it, and what is missing; tell it by a note and a status.

    \b
    Example:
        countersign gitlab judge 42 --project acme/workflows --assurance trusted
    """
    from countersign.commands import gitlab as command

    return command.judge(_HERE, number, command.Options(**options))


@gitlab.command("merge")
@_with(_OF_A_REQUEST)
@_with(_OF_A_PROJECT)
@_with(_OF_A_SIGNER)
def gitlab_merge(number: int | None, key: Path, key_id: str, **options: Any) -> int:
    """Judge merge request NUMBER, and if it passes and asks for it, merge and record it.

    It asks by the label countersign::merge, or by auto-merge. An event that concerns no open merge request is no
    failure: it says so in a line.

    \b
    Example:
        countersign gitlab merge 42 --project acme/workflows --assurance trusted --key change.pem --key-id change-2026
    """
    from countersign.commands import gitlab as command

    return command.merge(_HERE, number, command.Options(**options), key, key_id)


@gitlab.command("drill")
@_with(_OF_A_REQUEST)
@_with(_OF_A_PROJECT)
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

    return command(_HERE, number, Options(**options), runs, target)


@gitlab.command("countersign")
@click.argument("number", type=click.IntRange(min=1))
@_with(_OF_A_PROJECT)
@click.option("--yes", is_flag=True, help="Do not ask.")
def gitlab_countersign(number: int, yes: bool, **options: Any) -> int:
    """Countersign merge request NUMBER as the token's owner: shows what is asked of you, then approves just that.

    \b
    Example:
        countersign gitlab countersign 42 --project acme/workflows
    """
    from countersign.commands import gitlab as command

    return command.countersign(_HERE, number, command.Options(**options), yes=yes)


@gitlab.command("sweep")
@_with(_OF_A_PROJECT)
@_with(_OF_A_SIGNER)
def gitlab_sweep(key: Path, key_id: str, **options: Any) -> int:
    """Record what was merged and is not on record; then judge, tell and merge all that is open.

    Run it on a schedule: it makes good for events that were lost and jobs that were killed.

    \b
    Example:
        countersign gitlab sweep --project acme/workflows --assurance trusted --key change.pem --key-id change-2026
    """
    from countersign.commands import gitlab as command

    return command.sweep(_HERE, command.Options(**options), key, key_id)


@gitlab.command("order")
@_with(_OF_A_PROJECT)
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

    return command.order(_HERE, command.Options(**options), text, key, key_id)


@gitlab.command("sync-rules")
@click.argument("number", type=click.IntRange(min=1))
@_with(_OF_A_PROJECT)
def gitlab_sync_rules(number: int, **options: Any) -> int:
    """Make GitLab's own approval rules of merge request NUMBER ask whom the verdict asks (Premium).

    Rules whose name begins with "Countersign: " are added, mended and removed; no others are touched.

    \b
    Example:
        countersign gitlab sync-rules 42 --project acme/workflows
    """
    from countersign.commands import gitlab as command

    return command.sync_rules(_HERE, number, command.Options(**options))


cli.add_command(drills.drill)
cli.add_command(drills.due)


def run(words: Sequence[str]) -> int:
    """Run what was typed; every failure becomes one clear message and the exit code that belongs to it."""
    judging = tuple(words[:1]) in {("gate",), ("gitlab",)}
    return exit_code_of(lambda: cli(list(words), prog_name="countersign", standalone_mode=False), judging=judging)


def main() -> None:
    """Run the command line of this process."""
    gc.disable()  # a run is short and makes few cycles: collecting would cost a sixth of it
    # Like Ctrl-C: whoever cancels a job must not leave its temporary files and its engines behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run(sys.argv[1:])
    gc.freeze()  # nor is anything collected on the way out
    sys.exit(code)
