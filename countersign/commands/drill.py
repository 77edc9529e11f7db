"""`countersign drill run` and `recover`: the way back is rehearsed, and what was left undone is brought home."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from catalog import layout, snapshot
from catalog.engines.provision import VERSION
from catalog.errors import CountersignError, Interrupted, SourceError, UsageError
from catalog.files import FULL
from catalog.git import Repository
from catalog.records import local
from catalog.records.statement import Kind, make_statement
from checks.reports.safe import one_line
from countersign.commands.drill_show import harmless
from countersign.terminal import filled
from drills import drill as drills
from drills import rehearsed, undo
from drills.announce import announce
from drills.drill import Run
from drills.keeping import workplace
from drills.outcomes import Outcome, worst
from drills.plan import Plan, plan
from drills.progress import shown, until_gone
from drills.recovery import Left, left, recover
from drills.rehearsed import Rehearsed
from drills.sandbox import sandbox
from drills.targets import declared
from drills.targets.target import Target

Json = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As the command line names them."""

    runs: Path
    target: str
    production: str | None
    base: str | None
    head: str | None
    record: bool


def run(start: Path, names: Sequence[str], options: Options, *, everything: bool, due: bool, dry: bool) -> int:
    """Rehearse some workflows, one after the other. Exit code 0 only when every drill passed."""
    if bool(names) + everything + due != 1:
        raise UsageError(
            "What is to be rehearsed?",
            why="Workflows, --all and --due say three different things, and one of them is needed.",
            solution="Name workflows, or say --all, or --due.",
        )
    with Repository.discover(start) as repository:
        repository.use_scratch()
        named = None if everything else list(dict.fromkeys(names))
        wanted, lacking = _due(start, options.target) if due else (named, 0)
        found = _read(repository, options, wanted)
        if options.production not in (None, options.target):
            raise UsageError(
                f"--production names another target than --target {one_line(options.target)}.",
                solution="Name the same target twice, or leave --production out.",
            )
        if options.target != sandbox.NAME:
            declared.check(found, options.target, options.production)
        chosen = wanted if wanted is not None else _drilled(found)
        if not chosen:
            click.echo("No drill is due." if due else "No workflow names a drill.")
            return lacking if due else 1
        if options.head is None:
            _tell_uncommitted(repository, (name for name in chosen if name in found.workflows))

        def one(name: str) -> Outcome:
            planned = plan(found.workflow(name))
            drills.check(planned)
            if not dry:
                return _drill(repository, planned, found, options)
            for words in _foretold(planned, options):
                click.echo(filled(words, 6))
            return Outcome.PASSED

        return max(lacking, int(worst(_each(chosen, one)) is not Outcome.PASSED))


def recover_all(start: Path, runs: Path) -> int:
    """Finish what killed runs left undone. Exit code 1 when something could not be."""
    with Repository.discover(start) as repository:
        repository.use_scratch()
        found, unreadable = _left(runs)

        def one(name: str) -> Outcome:
            said = _recovered(repository, found[name])
            click.echo(f"{name}: {_home(said)}")
            return Outcome(said["outcome"])

        outcomes = _each(list(found), one)
    if unreadable:
        raise unreadable
    if not outcomes:
        click.echo("No run was left undone.")
    return int(Outcome.UNDO_FAILED in outcomes)


def _left(runs: Path) -> tuple[dict[str, Left], SourceError | None]:
    """The runs that were left undone, by name; and why another one cannot be read, which is told at once."""
    found: dict[str, Left] = {}
    try:
        for one in left(runs):
            found[one.folder.name] = one
    except SourceError as error:
        click.secho(one_line(f"{error.message} {error.why}"), fg="red", err=True)
        return found, error
    return found, None


def _due(start: Path, target: str) -> tuple[list[str], int]:
    """The workflows whose drill is due, by the rules, and can be run on this target; 1 when one that runs cannot.

    What lacks a drill outside the sandbox is not rehearsed there again and again.
    """
    from countersign.commands.due import SANDBOX_ONLY, due

    found = due(start)
    elsewhere = [one for one in found if one.code == SANDBOX_ONLY and target == sandbox.NAME]
    for one in elsewhere:
        click.secho(f"{one.workflow}: not here: {one.why}", fg="red" if one.runs else "yellow", err=True)
    return [one.workflow for one in found if one not in elsewhere], int(any(one.runs for one in elsewhere))


def _tell_uncommitted(repository: Repository, names: Iterable[str]) -> None:
    """Say of each workflow which of its files are edited and not committed: nobody rehearses the edits."""
    status = ("--literal-pathspecs", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--")
    for name in names:
        listed = repository.run(*status, f"{layout.WORKFLOWS}/{name}").decode("utf-8", "replace")
        if edited := [one_line(entry[3:]) for entry in listed.split("\0") if entry]:
            words = f"{name}: rehearsed as committed, without the edits of {', '.join(edited)}"
            click.secho(words, fg="yellow", err=True)


# Parts.


def _each(names: Sequence[str], do: Callable[[str], Outcome]) -> list[Outcome]:
    """Do it for each, whatever came of the one before. Raises what the first one raised that could not be done."""
    outcomes, errors = [], []
    for name in names:
        try:
            outcomes.append(do(name))
        except CountersignError as error:
            errors.append(error)
            if len(names) > 1:
                click.secho(f"{one_line(name)}: not done: {one_line(str(error))}", fg="red", err=True)
    if errors:
        raise errors[0]
    return outcomes


def _read(repository: Repository, options: Options, names: Sequence[str] | None) -> Rehearsed:
    base = options.base
    if base is None and options.target != sandbox.NAME:
        base = snapshot.default_target(repository)  # a change must not declare where it is rehearsed
    if base is not None:
        merge = snapshot.between(repository, base, options.head or "HEAD")
        return rehearsed.read(repository, merge.after, merge.head, merge.target, names)
    commit = repository.resolve(f"{options.head or 'HEAD'}^{{commit}}")
    if commit is None:
        raise UsageError(
            f"There is no commit {one_line(options.head or 'HEAD')} here.",
            why="What is rehearsed is what is committed.",
            solution="Commit, or fetch it: git fetch origin",
        )
    return rehearsed.read(repository, snapshot.tree_of(repository, commit), commit, commit, names)


def _drilled(found: Rehearsed) -> list[str]:
    return [
        name
        for name, workflow in sorted(found.workflows.items())
        if workflow.problems or (workflow.manifest["rollback"] and workflow.state["state"] != "retired")
    ]


def _drill(repository: Repository, one: Plan, found: Rehearsed, options: Options) -> Outcome:
    """One drill, told as it goes, and kept."""
    begun = Run.begin(options.runs)
    click.secho(f"{one.workflow.name} on {options.target}  ({begun.id})", bold=True)
    click.echo(f"  {one.workflow.version}")
    said = _play(begun, one, found, options)
    if options.record:
        statement = make_statement(Kind.DRILL, said)
        local.record(repository, statement, now=datetime.now(UTC))
    told = _announce(one, said)
    passed = said["outcome"] == Outcome.PASSED
    click.secho(f"{one.workflow.name}: {said['outcome']} in {said['seconds']:.1f} s", fg="green" if passed else "red")
    # A team that could not be told does not know: no drill counts as quite done then.
    return Outcome(said["outcome"]) if told else worst([Outcome(said["outcome"]), Outcome.INCONCLUSIVE])


def _play(begun: Run, one: Plan, found: Rehearsed, options: Options) -> dict[str, Json]:
    """The drill itself; a run that was ended before it touched anything leaves nothing to bring home."""
    name, touched = one.workflow.name, False
    try:
        drills.announce(begun, one, found, options.target, VERSION)
        with shown(click.echo, live=sys.stdout.isatty()) as listener:
            begun.journal.listeners.append(until_gone(lambda entry: listener(harmless(entry))))
            with _opened(found, name, options.target, begun.journal.folder) as target:
                touched = True
                return drills.drill(begun, one, target)
    except KeyboardInterrupt:
        if not touched:
            raise Interrupted(f"{name}: ended before anything was touched.") from None
        raise Interrupted(
            f"{name}: the drill was ended, and what it had done was taken back.",
            solution=f"See what came of it: countersign drill show {begun.id}",
        ) from None
    except declared.StillTaken:
        touched = True
        raise
    except OSError as error:
        if not touched or error.errno not in FULL:
            raise
        raise SourceError(
            f"{name}: the drill could not be written down: {error.strerror}.",
            why="What was not written did not happen, so it proves nothing.",
            solution="Make room, then bring it home: countersign drill recover",
        ) from error
    finally:
        begun.journal.close() if touched else begun.forget()


def _announce(one: Plan, said: dict[str, Json]) -> bool:
    """Tell the team, where there is a webhook; whether nothing went wrong with that."""
    try:
        announce(one.workflow.manifest["fallback"]["tell"], said)
    except SourceError as error:
        click.secho(f"The team was not told: {one_line(str(error))}", fg="red", err=True)
        return False
    return True


@contextmanager
def _opened(found: Rehearsed, workflow: str, name: str, folder: Path) -> Iterator[Target]:
    if name == sandbox.NAME:
        with sandbox.sandbox(workplace(folder.name), found, workflow) as (_, target):
            yield target
    else:
        with declared.target(found, name, Path.cwd(), folder) as target:
            yield target


def _recovered(repository: Repository, one: Left) -> dict[str, Json]:
    begun = one.begun
    # What a merge would bring is on neither side, and may be undone in another way than what either has.
    tree = snapshot.between(repository, begun["judged_by"], begun["commit"]).after
    found = rehearsed.read(repository, tree, begun["commit"], begun["judged_by"], [begun["workflow"]])
    planned = plan(found.workflow(begun["workflow"]))
    return recover(one, planned, _reopened(found, begun["target"], one.folder))


@contextmanager
def _reopened(found: Rehearsed, name: str, folder: Path) -> Iterator[Target | None]:
    """The target of a run that was left; None for the sandbox, which went with it."""
    if name == sandbox.NAME:
        sandbox.sweep(workplace(folder.name))
        yield None
        return
    declared.check(found, name, name)
    with declared.target(found, name, Path.cwd(), folder) as target:
        yield target


def _foretold(one: Plan, options: Options) -> Iterator[str]:
    """What a drill would do, without doing any of it."""
    yield f"{one.workflow.name} would be rehearsed on {options.target}:"
    yield f"  {one.workflow.version}"
    for played in one.played:
        asked = ", ".join(f"{key} {value}" for key, value in played.parameters.items())
        yield f"  {played.scenario}  {asked}"
        yield f"    proves before: {', '.join(one.before)}"
        yield f"    tells {one.workflow.manifest['fallback']['tell']}; stops, and watches {one.silence:g} s of silence"
        yield f"    undoes: {', '.join((*played.undo, undo.CLEAR))}; proves after: {', '.join(one.after)}"
    yield "Nothing was touched."


def _home(said: dict[str, Json]) -> str:
    if said["outcome"] == Outcome.UNDO_FAILED:
        return "not everything could be undone; mend it, and run this again"
    return f"home again; the run counts as {said['outcome']}"
