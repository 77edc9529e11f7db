"""The team to be: what options say of it, or answers at a terminal, each checked at once and asked for again."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from catalog import schemas
from catalog.errors import UsageError

Json = Any

_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_FORGE = re.compile(r"[0-9]{1,12}")
_PERSON_FORM = 'Write it as ID:FORGE:EMAIL:NAME, such as "ana:101:ana@example.org:Ana Ruiz".'
_ANYBODY: Mapping[str, Json] = {"name": "x", "forge": 1, "emails": [], "may": []}


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
    """Id and public half of each."""


def complete(options: Options) -> tuple[Options, dict[str, Person]]:
    """The options with nothing left open, and the people. Raises `UsageError` for what makes no sound team."""
    named = _distinct([_person(text) for text in options.people])
    if options.solo and options.deputy is not None:
        raise UsageError("--solo and --deputy cannot go together.", solution="Leave one of them out.")
    if not sys.stdin.isatty():
        _refuse_open(options)
    people = named or _ask_people(alone=options.solo or options.deputy is not None)
    owner = options.owner or _ask("Owner (id)", _one_of(people), next(iter(people)))
    others = [person for person in people if person != owner]
    deputy, solo = options.deputy, options.solo
    if deputy is None and not solo:
        solo = not others and (not named or _ask_alone(owner))
        deputy = _ask("Deputy (id)", _one_of(others), others[0]) if others else None
    remove = options.remove_samples
    if remove is None:
        remove = click.confirm("Remove the four sample workflows?", default=True)
    said = replace(options, owner=owner, deputy=deputy, solo=solo, remove_samples=remove)
    _check_leads(said, people)
    return said, _with_keys(people, options.keys)


def year() -> dict[str, str]:
    """A key is good for a year from today; a shorter or longer life is an edit away."""
    today = datetime.now(UTC).date()
    return {"from": today.isoformat(), "to": (today + timedelta(days=365)).isoformat()}


# What options say.


def _refuse_open(options: Options) -> None:
    given = {
        "--person ID:FORGE:EMAIL:NAME": bool(options.people),
        "--owner ID": options.owner is not None,
        "--deputy ID (or --solo)": options.deputy is not None or options.solo,
        "--remove-samples (or --keep-samples)": options.remove_samples is not None,
    }
    if missing := [flag for flag, said in given.items() if not said]:
        raise UsageError(
            "There is no terminal to ask at.",
            why="Standard input is no terminal, and not every option is given.",
            solution=f"Say it by options: {', '.join(missing)}.",
        )


def _check_leads(options: Options, people: Mapping[str, Person]) -> None:
    for named in filter(None, (options.owner, options.deputy)):
        if named not in people:
            raise UsageError(f"{named} is nobody.", solution=f"Describe them: --person {named}:FORGE:EMAIL:NAME")
    if options.deputy in (None, options.owner) and not options.solo:
        missing = "A deputy is missing." if options.deputy is None else f"{options.owner} cannot be owner and deputy."
        raise UsageError(missing, solution="Name another with --deputy, or say --solo.")


def _distinct(people: Sequence[Person]) -> dict[str, Person]:
    for what, values in (
        ("id", [person.id for person in people]),
        ("forge id", [str(person.forge) for person in people]),
        ("e-mail", [person.email.casefold() for person in people]),
    ):
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise UsageError(f"Two people have the {what} {twice[0]}.", solution="Give each person one of their own.")
    return {person.id: person for person in people}


def _person(text: str) -> Person:
    parts = text.split(":", 3)
    if len(parts) != 4 or not _ID.fullmatch(parts[0]) or not _FORGE.fullmatch(parts[1]):
        raise UsageError(f"Cannot read the person {text!r}.", solution=_PERSON_FORM)
    return Person(id=parts[0], forge=int(parts[1]), email=parts[2], name=parts[3])


def _with_keys(people: Mapping[str, Person], keys: Sequence[str]) -> dict[str, Person]:
    found = dict(people)
    for text in keys:
        owner, _, rest = text.partition(":")
        key, _, public = rest.partition(":")
        if owner not in found or not public:
            raise UsageError(
                f"Cannot read the key {text!r}.", solution="Write it as PERSON:KEY:HEX, of a person named before."
            )
        found[owner] = replace(found[owner], keys=(*found[owner].keys, (key, public)))
    return found


# What is asked for: the schema of people.yaml judges each answer, and its words say what is wrong.


def _ask_people(*, alone: bool) -> dict[str, Person]:
    """At least one, and two unless one is to be `alone`, or says so."""
    click.echo("Who is in the team? The owner first; an empty id ends the list.")
    people: dict[str, Person] = {}
    while True:
        name = _ask("Id", _fits(lambda said: {said: _ANYBODY} if said else {}, people), "" if people else None)
        if name:
            people[name] = _ask_person(name, list(people.values()))
        elif len(people) > 1 or alone or _ask_alone(next(iter(people))):
            return people


def _ask_person(name: str, others: Sequence[Person]) -> Person:
    def ask(question: str, part: Callable[[str], Json], taken: Collection[str] = (), default: str | None = None) -> str:
        return _ask(question, _fits(lambda said: {name: {**_ANYBODY, **part(said)}}, taken), default)

    forge = ask("Numeric forge id", lambda said: {"forge": _number(said)}, {str(one.forge) for one in others})
    email = ask("E-mail used in commits", lambda said: {"emails": [said]}, {one.email.casefold() for one in others})
    full = ask("Full name", lambda said: {"name": said})
    public = ask("Public key, Ed25519 in hexadecimal (empty: none)", lambda said: _keys("x", said), default="")
    keys = []
    if public:
        taken = {key for one in others for key, _ in one.keys}
        keys = [(ask("Name of that key", lambda said: _keys(said, public), taken, f"{name}-1"), public)]
    return Person(id=name, forge=int(forge), email=email, name=full, keys=tuple(keys))


def _number(said: str) -> Json:
    return int(said) if _FORGE.fullmatch(said) else said


def _keys(name: str, public: str) -> Json:
    return {"keys": [{"id": name, "ed25519": public, **year()}]} if public else {}


def _one_of(people: Collection[str]) -> Callable[[str], str]:
    def check(said: str) -> str:
        if said not in people:
            raise click.UsageError(f"Must be one of {', '.join(people)}.")
        return said

    return check


def _fits(people: Callable[[str], Json], taken: Collection[str] = ()) -> Callable[[str], str]:
    def check(said: str) -> str:
        if said.casefold() in taken:
            raise click.UsageError(f"Must be another than {said}, which is taken.")
        for _, sentence in schemas.problems("people", {"people": people(said)}):
            raise click.UsageError(f"{sentence}.")
        return said

    return check


def _ask_alone(owner: str) -> bool:
    return click.confirm(f"Is there nobody else, so that {owner} approves their own low and medium work?")


def _ask(question: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Ask until the check has nothing to say: click prints what it raises, and asks again."""
    return str(click.prompt(question, default=default, show_default=bool(default), value_proc=check))
