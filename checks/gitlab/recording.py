"""After a merge: the change records, appended to the protected branch `records` and pushed there.

Safe to repeat and to be killed anywhere: what is on record for a merge commit is looked up first, and the branch moves
only from where it was last seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records import refs
from catalog.records.append import append
from catalog.records.envelope import sign
from catalog.records.keys import Keyring, SigningKey
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch, locate
from checks.change_record import Merge, statements
from checks.gate import Judged
from checks.gitlab.facts import MergeRequest
from checks.gitlab.fetching import fetch_records, push_records, target
from checks.gitlab.judge import Court
from checks.history import anchor_of
from controls.bundle.admission import line, recorded_team

_ATTEMPTS = 5


class Remote(Protocol):
    """Where the records are."""

    @property
    def remote(self) -> str:
        """An address, or the name of a remote."""

    @property
    def token(self) -> str:
        """What lets in there; empty where nothing is asked."""


def entered(court: Court, request: MergeRequest, commit: str, first_parent: str) -> Merge:
    """Where a merge request entered the target: as a commit, onto what was the tip before."""
    return Merge(
        target=request.target, commit=commit, first_parent=first_parent, at=request.merged_at or court.now,
        project=request.project, number=request.number,
    )  # fmt: skip


def record(court: Court, repository: Repository, judged: Judged, merge: Merge, key: SigningKey) -> list[str]:
    """Write what is missing of a merge's records; returns the workflows (`_control`) that were recorded by this call.

    Raises `RecordError` when the merge is nothing that may be recorded, or when the branch cannot be moved.
    """
    keyring = Keyring.from_people(judged.context.team.people)
    every = statements(repository, judged, merge)
    changes = [one for one in every if one.kind is not Kind.RESUME]
    recorded = append_missing(court, repository, changes, key, keyring, _same_merge, _message(merge, changes))
    if len(changes) == len(every):
        return recorded
    resumed = [one for one in every if one.kind is Kind.RESUME]
    # By whoever may sign now: a key that is listed only later makes good for what none could sign (resuming.py).
    keyring = recorded_keyring(repository, court.branch)
    if not keyring.signer(Kind.RESUME, key.id):
        return [*recorded, *(no_resumption(one.workflow, key) for one in resumed if recorded)]
    lifted = append_missing(court, repository, resumed, key, keyring, _same_merge, _message(merge, resumed))
    return sorted({*recorded, *lifted})


def recorded_keyring(repository: Repository, branch: str) -> Keyring:
    """Whose keys count by the records, as every reader of them will find. Raises `RecordError` when none can tell."""
    tip = repository.resolve(f"{target(branch)}^{{commit}}") or ""
    along = line(repository, tip, anchor_of(repository))
    return Keyring.from_people(recorded_team(repository, locate(repository), along).people)


def no_resumption(workflow: str, key: SigningKey) -> str:
    """What is said where a team lists no key of ours for resume records; one without live control needs none."""
    return f"no resumption of {workflow} (`signers` lists {key.id} for no resume records)"


def append_missing(
    remote: Remote, repository: Repository, made: Sequence[Statement], key: SigningKey, keyring: Keyring,
    same: Callable[[Statement, Statement], bool], message: str,
) -> list[str]:  # fmt: skip
    """Append and push those statements of which the records hold no `same` one; the workflows that were recorded.

    Raises `RecordError` when the branch cannot be moved.
    """
    now = datetime.now(UTC)
    fetch_records(repository, remote.remote, remote.token)
    for _ in range(_ATTEMPTS):
        missing = [one for one in made if not _on_record(repository, one, same, keyring, now)]
        if not missing:
            return []
        append(repository, refs.BRANCH, [sign(one, key) for one in missing], message, keyring, now=now)
        if push_records(repository, remote.remote, remote.token):
            return sorted({one.workflow for one in missing})
        # Somebody else was faster: theirs stand, and ours are made anew on top of them.
        fetch_records(repository, remote.remote, remote.token)
    raise RecordError(
        f"The records could not be pushed ({message.splitlines()[0]}).",
        why=f"The branch moved, or refused, {_ATTEMPTS} times.",
        solution="See who may push to `records`, and run it again: nothing is recorded twice.",
    )


def _on_record(
    repository: Repository,
    made: Statement,
    same: Callable[[Statement, Statement], bool],
    keyring: Keyring,
    now: datetime,
) -> bool:
    branch = Branch.open(repository, refs.BRANCH)
    return any(same(made, one.statement) for one in branch.read(made.workflow, (made.kind,), keyring, now=now))


def _same_merge(made: Statement, known: Statement) -> bool:
    return _commit(made) == _commit(known)


def _commit(said: Statement) -> str:
    """The merge that a record is of."""
    return str(said.predicate["merge"]["commit"] if said.kind is Kind.CHANGE else said.predicate["commit"])


def _message(merge: Merge, made: Iterable[Statement]) -> str:
    names = ", ".join(one.workflow for one in made)
    return f"Record {merge.commit[:12]}: {names}\n\nMerge request !{merge.number} into {merge.target}."
