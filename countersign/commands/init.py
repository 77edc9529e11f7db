"""`countersign init`: a fresh clone becomes a team's own, from an anchor commit on."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import yaml

from catalog import layout, schemas, strict_yaml
from catalog.errors import UsageError
from catalog.git import Repository
from checks.history import ANCHOR
from checks.reports import save

_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PERSON_FORM = 'Write it as ID:FORGE:EMAIL:NAME, such as "ana:101:ana@example.org:Ana Ruiz".'
_HEADER = (
    "# Who owns, approves and is on call. `forge` is the number of an account: user names may change, numbers do not.\n"
)
_APPROVER = re.compile(r"^(approver: *)[a-z][a-z0-9-]*", re.MULTILINE)
_TASK_OWNER = re.compile(r"(^ +|[{,] *)(owner: *)[a-z][a-z0-9-]*", re.MULTILINE)
KINDS = ("change", "drill", "override", "result", "resume", "stop")


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The command's options, as typed; None and empty are asked for."""

    people: tuple[str, ...]
    owner: str | None
    deputy: str | None
    solo: bool
    keys: tuple[str, ...]
    remove_samples: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One person of the team to be."""

    id: str
    forge: int
    email: str
    name: str
    keys: tuple[tuple[str, str], ...] = field(default=())


def init(start: Path, options: Options) -> int:
    """Write `team/`, remove or hand over the samples, commit the anchor and pin it; nothing before all is known."""
    with Repository.discover(start) as repository:
        _refuse_unfit(repository)
        options, people = _complete(options)
        document = _document(options, people)
        for place, message in schemas.problems("people", document):
            raise UsageError(f"{place}: {message}", solution="Correct the option and run this again.")
        with _all_or_nothing(repository):
            _write(repository, document, remove=bool(options.remove_samples))
            anchor = _commit(repository)
    click.echo(f"anchor {anchor}")
    click.echo("Judging starts after this commit. Pin it in the control project as well, and push it.")
    return 0


def _refuse_unfit(repository: Repository) -> None:
    if repository.attempt("config", "--local", "--get", ANCHOR).returncode == 0:
        raise UsageError(
            "This clone has its anchor already.",
            why="From the anchor on, people change by merge request.",
            solution=f"Edit {layout.PEOPLE} on a branch and run `countersign gate`.",
        )
    if repository.resolve("HEAD^{commit}") is None:
        raise UsageError("There is no commit yet.", solution="Run it in a clone of Countersign.")
    if repository.run("status", "--porcelain"):
        raise UsageError(
            "There is uncommitted work.", why="The anchor commit must hold nothing but the team.",
            solution="Commit or stash it, and run this again.",
        )  # fmt: skip


def _complete(options: Options) -> tuple[Options, dict[str, Person]]:
    people = _distinct([*map(_person, options.people)] or [*_ask_people()])
    if options.solo and options.deputy is not None:
        raise UsageError("--solo and --deputy cannot go together.", solution="Leave one of them out.")
    owner = options.owner or _ask("Owner (id)", next(iter(people)))
    deputy = options.deputy
    if deputy is None and not options.solo:
        others = [person for person in people if person != owner]
        deputy = _ask("Deputy (id)", others[0]) if others else None
    remove = options.remove_samples
    if remove is None:
        remove = click.confirm("Remove the four sample workflows?", default=True) if sys.stdin.isatty() else True
    for named in filter(None, (owner, deputy)):
        if named not in people:
            raise UsageError(f"{named} is nobody.", solution=f"Describe them: --person {named}:FORGE:EMAIL:NAME")
    if deputy in (None, owner) and not options.solo:
        missing = "A deputy is missing." if deputy is None else f"{owner} cannot be owner and deputy."
        raise UsageError(missing, solution="Name another with --deputy, or say --solo.")
    return replace(options, owner=owner, deputy=deputy, remove_samples=remove), _with_keys(people, options.keys)


def _distinct(people: Sequence[Person]) -> dict[str, Person]:
    for what, values in (
        ("id", [person.id for person in people]),
        ("forge id", [str(person.forge) for person in people]),
        ("e-mail", [person.email.casefold() for person in people]),
    ):
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise UsageError(f"Two people have the {what} {twice[0]}.", solution="Give each person one of their own.")
    if not people:
        raise UsageError("Nobody is named.", solution=_PERSON_FORM)
    return {person.id: person for person in people}


def _ask_people() -> Iterator[Person]:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is named.", solution=_PERSON_FORM)
    click.echo("Who is in the team? The owner first; an empty id ends the list.")
    while answer := _ask("Id", ""):
        forge, email, name = _ask("Numeric forge id"), _ask("E-mail used in commits"), _ask("Full name")
        yield _person(f"{answer}:{forge}:{email}:{name}")


def _ask(question: str, default: str | None = None) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{question}: not said.", solution="Say it by an option; see countersign init --help.")
    return str(click.prompt(question, default=default, show_default=bool(default)))


def _person(text: str) -> Person:
    parts = text.split(":", 3)
    if len(parts) != 4 or not _ID.fullmatch(parts[0]) or not parts[1].isdecimal():
        raise UsageError(f"Cannot read the person {text!r}.", solution=_PERSON_FORM)
    return Person(id=parts[0], forge=int(parts[1]), email=parts[2], name=parts[3])


def _with_keys(people: dict[str, Person], keys: Sequence[str]) -> dict[str, Person]:
    for text in keys:
        owner, _, rest = text.partition(":")
        key, _, public = rest.partition(":")
        if owner not in people or not public:
            raise UsageError(
                f"Cannot read the key {text!r}.", solution="Write it as PERSON:KEY:HEX, of a person named before."
            )
        people[owner] = replace(people[owner], keys=(*people[owner].keys, (key, public)))
    return people


def _document(options: Options, people: dict[str, Person]) -> dict[str, object]:
    trusted = {options.owner, options.deputy}
    lead = sorted(filter(None, trusted))
    document: dict[str, object] = {"owner": options.owner}
    document |= {"solo": True} if options.solo else {"deputy": options.deputy}
    document["people"] = {
        person.id: {
            "name": person.name,
            "forge": person.forge,
            "emails": [person.email],
            "may": ["low", "medium", "high"] if person.id in trusted else ["low"],
        }
        | ({"keys": [{"id": key, "ed25519": public, **_year()} for key, public in person.keys]} if person.keys else {})
        for person in sorted(people.values(), key=lambda person: person.id)
    }
    document["rotas"] = {"support": lead}
    document["signers"] = {kind: [] for kind in KINDS}
    return document


def _year() -> dict[str, str]:
    """A key is good for a year from today; a shorter or longer life is an edit away."""
    today = datetime.now(UTC).date()
    return {"from": today.isoformat(), "to": (today + timedelta(days=365)).isoformat()}


@contextmanager
def _all_or_nothing(repository: Repository) -> Iterator[None]:
    """Put everything back when a step fails: nothing was uncommitted before, so the last commit is what was there."""
    new = not (repository.path / layout.PEOPLE).exists()
    try:
        yield
    except BaseException:
        repository.run("reset", "--quiet", "--hard", "HEAD")
        if new:
            (repository.path / layout.PEOPLE).unlink(missing_ok=True)
        raise


def _write(repository: Repository, document: dict[str, object], *, remove: bool) -> None:
    folder = repository.path
    owner = str(document["owner"])
    if remove:
        for manifest in sorted((folder / layout.WORKFLOWS).glob(f"*/{layout.MANIFEST}")):
            repository.run("rm", "-r", "-q", "--", layout.folder(manifest.parent.name))
    else:
        lead = sorted(filter(None, (document["owner"], document.get("deputy"))), key=str)
        document["rotas"] = {rota: list(lead) for rota in _rotas(folder)}  # one list each: YAML would write an alias
    for path in sorted((folder / layout.WORKFLOWS).glob(f"*/{layout.MANIFEST}")):
        save(path, _APPROVER.sub(rf"\g<1>{owner}", path.read_text(encoding="utf-8")))
    if (tasks := folder / layout.TASKS).exists():
        save(tasks, _TASK_OWNER.sub(rf"\g<1>\g<2>{owner}", tasks.read_text(encoding="utf-8")))
    dumped = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=False, width=120)
    save(folder / layout.PEOPLE, _HEADER + dumped)


def _rotas(folder: Path) -> list[str]:
    path = folder / layout.PEOPLE
    people = strict_yaml.parse(path.read_bytes()) if path.exists() else {}
    return sorted(people.get("rotas") or {"support": []})


def _commit(repository: Repository) -> str:
    there = [name for name in (layout.TEAM, layout.WORKFLOWS) if (repository.path / name).is_dir()]
    repository.run("add", "--all", "--", *there)
    repository.run("commit", "--quiet", "--no-verify", "-m", "Begin judging: owner, people and keys of this team")
    anchor = repository.run("rev-parse", "HEAD").decode().strip()
    repository.run("config", "--local", ANCHOR, anchor)
    return anchor
