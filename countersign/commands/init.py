"""`countersign init`: a fresh clone becomes a team's own, from an anchor commit on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import click
import yaml

from catalog import layout, schemas, snapshot, strict_yaml
from catalog.errors import UsageError
from catalog.git import Repository
from checks.history import ANCHOR, push
from checks.reports import save
from countersign.answers import Options, Person, complete, year

_HEADER = (
    "# Who owns, approves and is on call. `forge` is the number of an account: user names may change, numbers do not.\n"
)
_APPROVER = re.compile(r"^(approver: *)[a-z][a-z0-9-]*", re.MULTILINE)
_TASK = re.compile(r"^task: *([a-z][a-z0-9-]*)", re.MULTILINE)
_TASK_OWNER = re.compile(r"(^ +|[{,] *)(owner: *)[a-z][a-z0-9-]*", re.MULTILINE)
KINDS = ("change", "drill", "override", "result", "resume", "stop")


def init(start: Path, options: Options) -> int:
    """Write `team/`, remove or hand over the samples, commit the anchor and pin it; nothing before all is known."""
    with Repository.discover(start) as repository:
        _refuse_nobody(repository)
        _refuse_unfit(repository)
        owned = (repository.path / layout.CODEOWNERS).exists()
        options, people = complete(options)
        document = _document(options, people)
        for _, sentence in schemas.problems("people", document):
            raise UsageError(f"{sentence}.", solution="Correct the option and run this again.")
        with _all_or_nothing(repository):
            _write(repository, document, remove=bool(options.remove_samples))
            anchor = _commit(repository)
        branch = _branch(repository)
    click.echo(f"anchor {anchor}")
    click.echo("Judging starts after this commit. Pin it in the control project as well, and push it:")
    click.echo(f"    {push(branch)}")
    if owned:
        click.echo(
            f"{layout.CODEOWNERS} is removed: it named the people of the samples. For one of your own, add `username` "
            f"to the people in {layout.PEOPLE} and run: countersign codeowners"
        )
    return 0


def _refuse_nobody(repository: Repository) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        done = repository.attempt("var", f"GIT_{role}_IDENT")
        if done.returncode:
            raise UsageError(
                "Git does not know who commits the anchor.",
                why=f"It says: {done.stderr.decode('utf-8', 'replace').strip().splitlines()[-1]}",
                solution='Tell it: git config user.name "Ana Ruiz" && git config user.email ana@example.org',
            )


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


class _Dumper(yaml.SafeDumper):
    """Quotes what our own reader would refuse to guess at: of 200 keys in hexadecimal one begins like a number."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if strict_yaml.is_plain(text) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


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
        | ({"keys": [{"id": key, "ed25519": public, **year()} for key, public in person.keys]} if person.keys else {})
        for person in sorted(people.values(), key=lambda person: person.id)
    }
    document["rotas"] = {"support": lead}
    document["signers"] = {kind: [] for kind in KINDS}
    return document


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
        _remove_samples(repository)
    else:
        lead = sorted(filter(None, (document["owner"], document.get("deputy"))), key=str)
        document["rotas"] = {rota: list(lead) for rota in _rotas(folder)}  # one list each: YAML would write an alias
    for path in sorted((folder / layout.WORKFLOWS).glob(f"*/{layout.MANIFEST}")):
        save(path, _APPROVER.sub(rf"\g<1>{owner}", path.read_text(encoding="utf-8")))
    if (tasks := folder / layout.TASKS).exists():
        save(tasks, _TASK_OWNER.sub(rf"\g<1>\g<2>{owner}", tasks.read_text(encoding="utf-8")))
    dumped = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=120
    )
    save(folder / layout.PEOPLE, _HEADER + dumped)
    # It names people by user name, and of the new ones none is known yet.
    repository.run("rm", "-q", "--ignore-unmatch", "--", layout.CODEOWNERS)


def _remove_samples(repository: Repository) -> None:
    """The workflows, and the tasks that they are for."""
    gone: set[str] = set()
    for manifest in sorted((repository.path / layout.WORKFLOWS).glob(f"*/{layout.MANIFEST}")):
        gone |= set(_TASK.findall(manifest.read_text(encoding="utf-8")))
        repository.run("rm", "-r", "-q", "--", layout.folder(manifest.parent.name))
    path = repository.path / layout.TASKS
    if path.exists():
        text = path.read_text(encoding="utf-8")
        comment = "".join(takewhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))
        tasks = strict_yaml.parse(text.encode()).get("tasks") or {}
        kept = {"tasks": {name: about for name, about in tasks.items() if name not in gone}}
        save(path, comment + yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=120))


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


def _branch(repository: Repository) -> str:
    """The full name of the branch at origin that changes merge into; a clone that has none yet is to get `main`."""
    try:
        target = snapshot.default_target(repository)
    except UsageError:
        target = "refs/heads/main"
    return target.replace("refs/heads/", "refs/remotes/origin/")
