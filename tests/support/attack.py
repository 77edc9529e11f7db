"""An attack as one row of a table: what somebody does to the company on its forge, how it ends, and what stops it.

Everything that an honest change would have is given to each (`ask`, `dress`), so that nothing but the attack itself is
left to stop it. The control project's own job judges, and would merge: every row asks for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from support.desk import NAME, PROMPT, Desk
from support.forge import MergeRequest
from support.forge_desk import BOT, ForgeDesk, Heard

from checks.gitlab.merging import LABEL

Edit = Callable[[Desk], object]
Act = Callable[[ForgeDesk], MergeRequest]
Ending = Literal["refused", "waits", "error"]

EXIT_CODES: dict[Ending, int] = {"refused": 1, "waits": 4, "error": 3}
SECRET = "glpat-" + "Zq7" * 8
"""A token that some attacks plant: it must never come out again."""

_ACTING = re.compile(r"\s*(::|##\[|section_(start|end))")
_QUICK_ACTION = re.compile(r"\s*/\w")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]")


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: `by` is the code of the rule that stops it, or for an error its words; `told` is said as well."""

    what: str
    act: Act
    ends: Ending
    by: str
    told: str = ""
    job: Literal["merge", "sweep"] = "merge"
    options: tuple[str, ...] = ()
    """With which the job is started, besides the usual ones."""

    def __str__(self) -> str:
        """How a test is called."""
        return self.what

    @property
    def stopped_by(self) -> str:
        """What stops it, for the page."""
        if self.ends == "error":
            return f"“{self.by}”"
        return f"`{self.by}`: {self.told}" if self.told else f"`{self.by}`"


def attempt(attack: Attack, there: ForgeDesk) -> None:
    """Carry the attack out, let the trusted job judge, and prove that it was stopped, by what, and without a trace."""
    request = attack.act(there)
    there.forge.reset_calls()
    recorded = _recorded(there)
    if attack.job == "sweep":
        swept = there.sweep()
        heard = Heard(swept.exit_code, swept.output, there.note(request), there.status(request))
    else:
        heard = there.merge(request, *attack.options)
        assert request.state != "merged", heard.output
    assert heard.exit_code == EXIT_CODES[attack.ends], f"{attack.ends}, not {heard.exit_code}:\n{heard.output}"
    said = " ".join(heard.output.split())  # lines are broken where the page ends
    assert attack.by in (said if attack.ends == "error" else _stopping(heard.output)), heard.output
    assert attack.told in said, f"not told: {attack.told}\n{heard.output}"
    assert "a defect in Countersign" not in heard.output
    assert not [one for one in there.project.merge_requests if one.merge_user is there.users[BOT]]
    assert _recorded(there) == recorded
    harmless(there, heard)


def pass_through(there: ForgeDesk, act: Act) -> Heard:
    """A positive control: the same without the malicious step is merged and recorded."""
    request = act(there)
    heard = there.merge(request)
    assert (heard.exit_code, request.state, heard.status) == (0, "merged", "success"), heard.output
    harmless(there, heard)
    return heard


def harmless(there: ForgeDesk, heard: Heard) -> None:
    """No secret came out, nothing that was said gives an order or moves a cursor, and no quick action was executed."""
    bot = there.users[BOT]
    said = [heard.output, heard.note, *(job.description or "" for job in _statuses(there))]
    secrets = [SECRET, *there.forge.tokens, "PRIVATE KEY"]
    assert not [text for text in said for secret in secrets if secret in text]
    for text in said:
        assert not _CONTROL.search(text), repr(text)
        assert not [line for line in text.splitlines() if _ACTING.match(line)], text
    assert not [line for line in heard.note.splitlines() if _QUICK_ACTION.match(line)], heard.note
    assert [one for one in there.forge.quick_actions if one.user is bot] == []
    assert bot.id not in {
        approval.user.id for request in there.project.merge_requests for approval in request.approvals
    }


def _recorded(there: ForgeDesk) -> str:
    ref = there.desk.folder.parent / "remote.git" / "refs" / "heads" / "records"
    return ref.read_text() if ref.exists() else ""


def _statuses(there: ForgeDesk) -> Iterator[Any]:
    return (job for pipeline in there.project.pipelines for job in pipeline.jobs)


def _stopping(output: str) -> set[str]:
    """The codes of the findings that refuse or wait, not of those that only warn or are waived."""
    return set(re.findall(r"^  (?:deny|wait) +(\S+)", output, re.MULTILINE))


# What people do. Each leaves the rest to the others.


def shorten(desk: Desk, words: int = 90) -> None:
    """Dana's honest change, on which attacks ride."""
    desk.replace(PROMPT, "at most 120 plain words", f"at most {words} plain words")


def scene(there: ForgeDesk, edit: Edit) -> None:
    """What was merged before the story begins; the branch starts anew from there."""
    there.desk.git("switch", "--quiet", "main")
    edit(there.desk)
    there.desk.land()
    there.desk.git("switch", "--quiet", "-C", "change", "main")


def drill(there: ForgeDesk, *workflows: str, **fields: Any) -> None:
    """The pipeline drills what is on the desk."""
    for workflow in workflows:
        there.desk.record_drill(workflow, **fields)
    there.desk.git("push", "--quiet", "origin", "records")


def ask(there: ForgeDesk, by: str = "dana", *, message: str = "Shorter replies", **options: Any) -> MergeRequest:
    """Commit what is on the desk, if anything is, and ask for its merge."""
    if there.desk.git("status", "--porcelain"):
        there.desk.commit(message)
    return there.open("change", by, labels=(LABEL,), **options)


def asked(there: ForgeDesk, by: str = "dana", *, message: str = "Shorter replies", **options: Any) -> MergeRequest:
    """The same for a change that was drilled, and that finn countersigned."""
    request = ask(there, by, message=message, **options)
    drill(there, NAME)
    there.countersign(request, "finn")
    return request


def clicked(edit: Edit, *clicks: str) -> Act:
    """Dana's change, which these people approve; nobody names its content, and nothing is drilled."""

    def act(there: ForgeDesk) -> MergeRequest:
        edit(there.desk)
        request = ask(there)
        there.approve(request, *clicks)
        return request

    return act


def riding(edit: Edit, *clicks: str, sound: bool = True, before: Edit | None = None) -> Act:
    """Something more rides on dana's change, which was drilled and countersigned; others click as well.

    Without `sound`, what rides on it makes it unreadable: there is nothing to drill and no digest to name. `before` is
    what was merged earlier.
    """

    def act(there: ForgeDesk) -> MergeRequest:
        if before:
            scene(there, before)
        shorten(there.desk)
        edit(there.desk)
        request = asked(there) if sound else ask(there)
        there.approve(request, *(clicks if sound else ("finn", *clicks)))
        return request

    return act


def editing(path: str, old: str, new: str) -> Edit:
    """Replace a text in a file."""
    return lambda desk: desk.replace(path, old, new)


def writing(path: str, text: str) -> Edit:
    """Write a file."""
    return lambda desk: desk.write(path, text)


def both(*edits: Edit) -> Edit:
    """One edit after the other."""
    return lambda desk: [edit(desk) for edit in edits]


def body(path: str, text: str) -> Edit:
    """A rule keeps its metadata, and gets another body."""

    def edit(desk: Desk) -> None:
        source = desk.path(path).read_text()
        package = re.search(r"^package .*\n", source, re.MULTILINE)
        assert package, f"{path} is no rule"
        desk.write(path, f"{source[: package.end()]}\n{text}")

    return edit


def silence(desk: Desk) -> None:
    """Every rule stays, and finds nothing."""
    for path in desk.path("policies/gate").rglob("*.rego"):
        body(path.relative_to(desk.folder).as_posix(), "findings := set()\n")(desk)
