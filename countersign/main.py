"""The command line: what each command takes. What it does is in `countersign/commands/`, loaded when it is called."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from countersign.errors import exit_code_of
from countersign.groups import bundle, drill, gitlab, live
from countersign.groups.common import HERE, completed
from countersign.terminal import colour


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
@click.option("--target", metavar="BRANCH", shell_complete=completed("branch"),
              help="Judge against this branch. [default: origin's default, else main]")  # fmt: skip
@click.option("--base", metavar="COMMIT", shell_complete=completed("branch"),
              help="Judge the merge of --head into this commit.")  # fmt: skip
@click.option("--head", metavar="COMMIT", shell_complete=completed("branch"),
              help="With --base: what is merged. [default: HEAD]")  # fmt: skip
@click.option("--engine", type=click.Choice(["regorus", "opa", "both"]), default="regorus", show_default=True)
@click.option("--assurance", type=click.Choice(["desk", "cooperative", "pinned"]), default="desk", show_default=True,
              help="Where this runs: at the desk, in the branch's pipeline, or out of its reach.")  # fmt: skip
@click.option("--approvals", type=click.Path(path_type=Path), help="A JSON file of approvals (docs/approvals.md).")
@click.option("--now", metavar="MOMENT", help="Judge as of this moment (ISO 8601); the past needs --replay.")
@click.option("--replay", is_flag=True, help="Allow --now to lie in the past; the report says so.")
@click.option("--format", "form", type=click.Choice(["text", "json", "junit", "codequality", "markdown"]),
              default="text", show_default=True, help="What is printed.")  # fmt: skip
@click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", shell_complete=completed("report"),
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
@click.argument("code", shell_complete=completed("rule"))
def explain(code: str) -> int:
    """Explain a rule: what it asks for, how to satisfy it, an example.

    \b
    Example:
        countersign explain rollback.untested
    """
    from countersign.commands.explain import explain as command

    return command(HERE, code)


@cli.command()
@click.argument("workflow", shell_complete=completed("workflow"))
def note(workflow: str) -> int:
    """Print a workflow's operating note: the five questions, answered on one page.

    \b
    Example:
        countersign note billing-replies
    """
    from countersign.commands.note import note as command

    return command(HERE, workflow)


@cli.command()
@click.argument("workflow", required=False, shell_complete=completed("workflow"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def log(workflow: str | None, form: str) -> int:
    """Print a workflow's life from the signed records, newest first; without WORKFLOW, that of all other paths.

    \b
    Examples:
        countersign log billing-replies
        countersign log billing-replies --format json
    """
    from countersign.commands.log import log as command

    return command(HERE, workflow, form)


@cli.command()
@click.argument("workflow", shell_complete=completed("workflow"))
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

    return command(HERE, workflow, listing=listing, revision=revision)


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

    return command.codeowners(HERE, check=check, members=command.members_of(url, project))


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

        return command(HERE)
    from countersign.commands import doctor_gitlab as settings

    options = settings.Options(url=url, project=project, control=control, bot=bot, apply=apply, yes=yes, form=form)
    return settings.doctor_gitlab(HERE, options)


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
    return command(HERE, options)


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


for command in (
    live.stop, live.rollback, live.resume, live.status, live.keep, live.watch, live.key, bundle.bundle, gitlab.gitlab,
    drill.drill, drill.due,
):  # fmt: skip
    cli.add_command(command)


def run(words: Sequence[str]) -> int:
    """Run what was typed; every failure becomes one clear message and the exit code that belongs to it."""
    judging = tuple(words[:1]) in {("gate",), ("gitlab",)}
    said = {"prog_name": "countersign", "standalone_mode": False, "color": colour()}
    return exit_code_of(lambda: cli(list(words), **said), judging=judging)


def main() -> None:
    """Run the command line of this process."""
    gc.disable()  # a run is short and makes few cycles: collecting would cost a sixth of it
    # Like Ctrl-C: whoever cancels a job or closes a terminal must not leave temporary files and engines behind.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(ending, signal.default_int_handler)
    code = run(sys.argv[1:])
    gc.freeze()  # nor is anything collected on the way out
    sys.exit(code)
