"""Approvals on GitLab, as the rules see approvals: each click bound to the content that it was given on.

A click names no content, so it is taken for what the newest push before it holds: that push's files are read from git
and digested just like those of the merge result. Whether that is the content to be merged, the rules compare. Beside a
click that stands, a note that names the content counts for just that: at high a click alone is not enough, and what
merging makes of two sound branches no push holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog import change
from catalog.change import Change, WorkflowChange
from catalog.errors import SourceError
from catalog.git import Repository
from catalog.workflow import Workflow
from checks.gitlab.facts import Click, Note, Push
from checks.sources.interface import Approval, How

APPROVED = "approved this merge request"
_PUSHED = re.compile(r"added [0-9]+ commits?\b")
_RETARGETED = re.compile(
    r"changed (automatically )?target branch (from|to) |deleted the .* branch\. This merge request now targets the "
)
_UNKNOWN_TIME = "GitLab does not say when it was given"
_GONE = "what it was given on cannot be read any more"
_NOT_SHOWN = "what it was given on changed something else"
_MERGED_SINCE = "the target branch has changed this content since, and is to be brought into the branch first"
_LINE = re.compile(r" {0,3}(?:[*-] )?countersigned[ \t]+([a-z][a-z0-9-]{0,62})[ \t]+(h1:[A-Za-z0-9+/]{43}=)[ \t]*")
_ENDS = re.compile(r"\r\n|\r|\n")
_HIDES = re.compile(r"```|~~~|>>>|\$\$|<[A-Za-z!?/]|^[\s\ufeff]*(?:---|\+\+\+|;;;)")
"""What may make all that follows in a comment code, a quotation, its front matter, or nothing that a reader sees."""
_SPANS = re.compile(r"[`~<>\[$]")
"""What may do so for the rest of a paragraph."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Countersignatures:
    """A source of approvals: what GitLab says of one merge request."""

    pushes: Sequence[Push]
    """Newest first."""
    clicks: Sequence[Click]
    notes: Sequence[Note]
    base: str
    """What the change is judged onto: a commit, or the name of a ref."""

    def read(self, repository: Repository, changed: Change) -> Sequence[Approval]:
        """One approval a click for each changed workflow, and one for the paths outside workflows."""
        if self.clicks and not self.pushes:
            raise SourceError(
                "GitLab lists approvals of the merge request, and no push.",
                why="What was approved cannot be told; just after it was opened, GitLab may not have listed it yet.",
                solution="Run it again.",
            )
        return [approval for click in self.clicks for approval in self._approvals(click, repository, changed)]

    def _approvals(self, click: Click, repository: Repository, changed: Change) -> Iterator[Approval]:
        at = click.at or told(self.notes, click.user)
        push = next((push for push in self.pushes if at and push.at <= at), None)
        void = self._unbound(at, push)
        tree = repository.resolve(f"{push.head}^{{tree}}") if push and not void else None
        if push and not void and tree is None:
            void = _GONE
        when = at or self.pushes[-1].at
        began = self._began(repository, push) if push and tree else None
        for one in changed.workflows:
            digest = _countersigned(repository, tree, one) if tree else None
            reason = self._overtaken(when) if digest != one.countersigned else None
            how: How = "button"
            if self._named(click.user, one, at, clicked=digest == one.countersigned):
                # Who names what would merge means that, whatever the page showed when they pressed the button.
                digest, reason, how = (digest if void else one.countersigned), None, "note"
            elif reason is None and not _same_start(repository, began, one):
                digest, reason = None, _NOT_SHOWN
            yield Approval(forge=click.user, workflow=one.name, digest=digest, at=when, how=how, void=void or reason)
        digest = change.control_digest(repository, tree) if tree and changed.control else None
        if digest and not self._same_control(repository, began):
            digest = None
        reason = void or self._overtaken(when)
        yield Approval(forge=click.user, workflow=None, digest=digest, at=when, how="button", void=reason)

    def _began(self, repository: Repository, push: Push) -> str | None:
        """The tree that a push was a change of; None where the histories have nothing in common."""
        found = repository.run("merge-base", push.head, self.base, check=False).decode().strip()
        return repository.resolve(f"{found}^{{tree}}") if found else None

    def _same_control(self, repository: Repository, began: str | None) -> bool:
        """Whether the paths outside workflows were then as they are now, before the change."""
        now = repository.resolve(f"{self.base}^{{tree}}")
        if began is None or now is None:
            return False
        return change.control_digest(repository, began) == change.control_digest(repository, now)

    def _unbound(self, at: datetime | None, push: Push | None) -> str | None:
        """Why it cannot be told, or does not matter, what somebody saw."""
        if at is None:
            return _UNKNOWN_TIME
        moved = max((note.at for note in self.notes if note.system and _RETARGETED.match(note.body)), default=None)
        if moved and at <= moved:
            return f"it was given before the target branch was changed, at {_clock(moved)}"
        return None if push else "it was given before the first push that GitLab knows"

    def _overtaken(self, at: datetime) -> str:
        later = [push.at for push in self.pushes if push.at > at]
        return f"it was given before the push of {_clock(min(later))}" if later else _MERGED_SINCE

    def _named(self, user: int, one: WorkflowChange, at: datetime | None, *, clicked: bool) -> bool:
        """Whether this person named this very content in a note, and left the note as it was.

        What was written before their click counts only where the click was given on the same content (`clicked`): an
        approval may have been taken away in between, which GitLab does not always log.
        """
        written = (note for note in self.notes if note.user == user and not note.system and not note.edited)
        standing = (note for note in written if clicked or (at is not None and note.at >= at))
        return any((one.name, one.countersigned) in named(note.body) for note in standing)


def told(notes: Iterable[Note], user: int) -> datetime | None:
    """When somebody last approved, by GitLab's own log: for a GitLab that does not say it of the approval."""
    said = [note.at for note in notes if note.system and note.user == user and note.body.strip() == APPROVED]
    return max(said, default=None)


def pushed_by_others(notes: Sequence[Note], pushes: Sequence[Push], author: int) -> bool:
    """Whether somebody else than who opened it may have pushed: a push that GitLab's log does not tell of counts."""
    logged = [note for note in notes if note.system and _PUSHED.match(note.body)]
    return bool(pushers(notes) - {author}) or len(pushes) - 1 > len(logged)


def pushers(notes: Iterable[Note]) -> frozenset[int]:
    """Whose accounts pushed commits to the merge request after it was opened, by GitLab's own log.

    Addresses in commits are whatever their author wrote; this is who was logged in. Rebasing on the page is a push.
    """
    return frozenset(note.user for note in notes if note.system and _PUSHED.match(note.body))


def named(body: str) -> set[tuple[str, str]]:
    """The workflows and contents that a comment names, each in a line of its own that a reader sees as plain text.

    Not in a quotation, in code or where it is hidden: who asks what the line means does not say it. No renderer is at
    hand, so whatever could make it one of these ends the reading: of the paragraph, or of the comment.
    """
    found, plain = set(), True
    for text in _ENDS.split(body):
        if _HIDES.search(text):
            break
        if not text.strip(" \t"):
            plain = True
        elif _SPANS.search(text):
            plain = False
        elif plain and (match := _LINE.fullmatch(text)):
            found.add((match[1], match[2]))
    return found


def line(workflow: str, digest: str) -> str:
    """What a person writes to name what they countersign."""
    return f"countersigned {workflow} {digest}"


def lines(wanted: Iterable[tuple[str, str]]) -> list[str]:
    """The lines for some workflows and contents, but for those that would not be read as just that.

    A folder may be called anything, also another line; whoever copies its line would countersign that.
    """
    return [text for name, digest in wanted if named(text := line(name, digest)) == {(name, digest)}]


def _at(repository: Repository, tree: str, name: str) -> Workflow | None:
    return next(iter(change.read_workflows(repository, tree, [name])), None)


def _countersigned(repository: Repository, tree: str, one: WorkflowChange) -> str | None:
    """What approving this workflow meant at some tree: its content there, or its deletion."""
    there = _at(repository, tree, one.name)
    if there is None:
        return one.before.deletion if one.before else None
    return there.countersigned or None


def _same_start(repository: Repository, began: str | None, one: WorkflowChange) -> bool:
    """Whether the workflow was at the start of what somebody saw as it is now, before the change."""
    if began is None:
        return False
    there = _at(repository, began, one.name)
    return (there and there.deletion) == (one.before and one.before.deletion)


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC on {moment:%Y-%m-%d}"
