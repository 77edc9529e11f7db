"""Changes side by side: rebases, second pushes and parallel merges ask again only for what is new."""

from __future__ import annotations

import pytest
from support.attack import Edit, both, drill, editing, writing
from support.desk import FALLBACK, MANIFEST, NAME, PROMPT
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk, main, records
from support.honest import Before, Honest, Week, begin, follow, live

from checks.gitlab.merging import LABEL

EDITS = "workflows/help-centre-edits/edit.prompt"
PAGE = "docs/page.md"

shorter = editing(PROMPT, "at most 120", "at most 90")


def signed(*more: Before) -> Before:
    """Finn has countersigned already; then this happens."""

    def then(there: ForgeDesk, request: MergeRequest) -> None:
        drill(there, NAME)
        there.countersign(request, "finn")
        for one in more:
            one(there, request)

    return then


def clicked(*people: str) -> Before:
    """These have clicked already."""
    return lambda there, request: there.approve(request, *people)


def both_then(*more: Before) -> Before:
    """One after the other."""
    return lambda there, request: [one(there, request) for one in more]


def parallel(edit: Edit) -> Before:
    """Somebody else's change is merged meanwhile."""

    def then(there: ForgeDesk, request: MergeRequest) -> None:
        here = there.desk.git("rev-parse", "HEAD")
        other = begin(there, Honest("Meanwhile.", "hugo", edit), f"other-{len(there.project.merge_requests)}")
        follow(there, other, "Meanwhile.")
        there.desk.git("switch", "--quiet", "-C", request.source_branch, here)
        there.desk.who = "dana"

    return then


def git(*words: str) -> Before:
    """The author does this on the branch, and pushes."""

    def then(there: ForgeDesk, request: MergeRequest) -> None:
        there.desk.git("fetch", "--quiet", "origin")
        there.desk.git(*words)
        there.push(request)

    return then


def more(edit: Edit, *, redrill: bool = False) -> Before:
    """The author pushes one more commit."""

    def then(there: ForgeDesk, request: MergeRequest) -> None:
        edit(there.desk)
        there.desk.commit("One more thing")
        if redrill:
            drill(there, NAME)
        there.push(request)

    return then


def pushed_by(who: str, edit: Edit) -> Before:
    """A colleague pushes a commit of theirs to the branch."""

    def then(there: ForgeDesk, request: MergeRequest) -> None:
        there.desk.who = who
        edit(there.desk)
        there.desk.commit("A hand")
        there.push(request, who)

    return then


def rebased_by(who: str) -> Before:
    """Somebody presses Rebase on the page: GitLab makes them the committer, and the one who pushed."""

    def then(there: ForgeDesk, request: MergeRequest) -> None:
        there.desk.who = who
        there.desk.git("fetch", "--quiet", "origin")
        there.desk.git("rebase", "--quiet", "origin/main")
        there.push(request, who)

    return then


def as_a_draft(there: ForgeDesk, request: MergeRequest) -> None:
    there.forge.set_draft(request, True)
    there.forge.set_draft(request, False)


def talk(there: ForgeDesk, request: MergeRequest) -> None:
    for person in ("gita", "finn", "dana"):
        there.say(request, person, "Thanks! What about the older plans?\n\n> countersigned by whom?")


def closed_and_reopened(there: ForgeDesk, request: MergeRequest) -> None:
    there.forge.close(request)
    there.forge.reopen(request)


def by_mail(there: ForgeDesk, request: MergeRequest) -> None:
    """Finn clicks, and answers the notification."""
    drill(there, NAME)
    there.approve(request, "finn")
    there.say(request, "finn", f"Hello,\r\n\r\ncountersigned {NAME} {there.desk.countersigned()}\r\n\r\nFinn\r\n")


def in_a_sentence(there: ForgeDesk, request: MergeRequest) -> None:
    """Finn answers a question first, and does not leave a blank line."""
    drill(there, NAME)
    there.approve(request, "finn")
    line = f"countersigned {NAME} {there.desk.countersigned()}"
    there.say(request, "finn", f"> Is 62 enough?\n\nYes, `62` is.\n\nI have read it twice.\n{line}\nThank you!")


def pressed_again(there: ForgeDesk, request: MergeRequest) -> None:
    """Asked for the other workflow, finn has to revoke his approval before he can give it again; the line stands."""
    there.desk.replace(EDITS, "{{", " {{")
    there.desk.commit("Another workflow")
    there.push(request)
    there.forge.unapprove(request, there.users["finn"])
    there.approve(request, "finn")


def taken_back(there: ForgeDesk, request: MergeRequest) -> None:
    there.forge.unapprove(request, there.users["finn"])


WEEKS = (
    Week("Side by side", (
        Honest("A change merges beside another workflow's.", "dana", shorter, "",
               signed(parallel(editing(EDITS, "{{", " {{")))),
        Honest("A change that meets the same workflow's is signed again.", "dana",
               editing(PROMPT, "at most 90", "at most 80"), "finn",
               signed(parallel(editing(FALLBACK, "oldest first", "the oldest first")))),
        Honest("At medium, where nobody names anything, the author brings main into the branch first.", "dana",
               editing(EDITS, "{{", "  {{"), "ana", both_then(clicked("ana"),
               parallel(editing(EDITS.replace("edit.prompt", "fallback.md"), "1. ", "1. First: ")))),
        Honest("A clean rebase keeps what was signed.", "dana", editing(PROMPT, "at most 80", "at most 70"), "",
               signed(parallel(editing(EDITS, "{{", " {{")), git("rebase", "--quiet", "origin/main"))),
        Honest("So does a merge of main into the branch.", "dana", editing(PROMPT, "at most 70", "at most 60"), "",
               signed(parallel(editing(EDITS, "{{", " {{")),
               git("merge", "--quiet", "--no-ff", "-m", "Merge main", "origin/main"))),
        Honest("A page that is pushed later asks only the owner.", "dana", editing(PROMPT, "at most 60", "at most 50"),
               "ana",
               signed(more(writing(PAGE, "A page.\n")))),
        Honest("A better wording that is pushed later is signed again.", "dana",
               editing(PROMPT, "at most 50", "at most 45"), "finn",
               signed(more(editing(PROMPT, "at most 45", "at most 40"), redrill=True))),
    )),
    Week("Back and forth", (
        Honest("A message is corrected by force; the content stays.", "dana", shorter, "",
               signed(git("commit", "--quiet", "--amend", "-m", "A better message"))),
        Honest("It becomes a draft, and ready again.", "dana", editing(PROMPT, "at most 90", "at most 80"), "",
               signed(as_a_draft)),
        Honest("People talk about it.", "dana", editing(PROMPT, "at most 80", "at most 70"), "", signed(talk)),
        Honest("The line is sent by mail, with other line ends.", "dana", editing(PROMPT, "at most 70", "at most 65"),
               "", by_mail),
        Honest("The line stands among other words.", "dana", editing(PROMPT, "at most 65", "at most 62"), "",
               in_a_sentence),
        Honest("Another workflow is pushed to it; pressing Approve anew keeps the line.", "dana",
               editing(PROMPT, "at most 62", "at most 61"), "", signed(pressed_again)),
        Honest("It is closed and opened again.", "dana", editing(PROMPT, "at most 61", "at most 60"), "",
               signed(closed_and_reopened)),
        Honest("The approver takes it back, thinks, and signs.", "dana", editing(PROMPT, "at most 60", "at most 50"),
               "finn", signed(taken_back)),
        Honest("A commit is added and reverted.", "dana", editing(PROMPT, "at most 50", "at most 40"), "",
               signed(more(editing(MANIFEST, "20 real samples", "21 real samples")),
               git("revert", "--no-edit", "HEAD"))),
        Honest("A colleague's suggestion is applied.", "dana", editing(PROMPT, "at most 40", "at most 30"), "finn",
               git("commit", "--quiet", "--amend", "-m",
               "Apply suggestion\n\nCo-authored-by: Gita Raman <gita@example.org>")),
        Honest("A colleague pushes a commit of her own to it.", "dana", editing(PROMPT, "at most 30", "at most 28"),
               "finn", pushed_by("gita", editing(PROMPT, "at most 28", "at most 29"))),
        Honest("A colleague presses Rebase; what was signed stays signed.", "dana",
               editing(PROMPT, "Never promise", "Do not promise"), "",
               signed(parallel(editing(EDITS, "{{", " {{")), rebased_by("gita"))),
        Honest("The approver presses Rebase; his deputy signs.", "dana",
               editing(PROMPT, "Do not promise", "Promise no fees, and do not promise"), "ben",
               both_then(parallel(editing(EDITS, "{{", "  {{")), rebased_by("finn"))),
        Honest("A change of two files, one workflow.", "dana",
               both(editing(PROMPT, "at most 29", "at most 25"), editing(FALLBACK, "2. Discard", "2. Delete")), "finn"),
    )),
)  # fmt: skip


@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_every_change_merges(forge_desk: ForgeDesk, week: Week) -> None:
    """Each change merges, and what was signed before is asked for again only where it is another content."""
    live(forge_desk, week)


def test_two_open_changes_merge_one_after_the_other(forge_desk: ForgeDesk) -> None:
    """Both were signed before either merged; the later one is judged onto the other, and needs nothing more."""
    first = begin(forge_desk, Honest("First.", "dana", shorter), "first")
    signed()(forge_desk, first)
    second = begin(forge_desk, Honest("Second.", "hugo", writing(PAGE, "A page.\n")), "second")
    forge_desk.approve(second, "ana")
    assert LABEL in second.labels
    said = forge_desk.sweep()
    assert said.exit_code == 0, said.output
    assert (first.state, second.state) == ("merged", "merged")
    assert main(forge_desk) in {first.merge_commit_sha, second.merge_commit_sha}


@pytest.mark.parametrize(
    "settings", [{"squash_option": "always"}, {"merge_method": "ff"}, {"merge_method": "rebase_merge"}]
)
def test_every_way_of_merging_is_recorded(forge_desk: ForgeDesk, settings: dict[str, str]) -> None:
    """However the project merges, what merges is what was judged, is recorded, and leaves a sweep nothing to do."""
    forge_desk.project.settings.update(settings)
    request = begin(forge_desk, Honest("Shorter.", "dana", shorter), "shorter")
    assert follow(forge_desk, request, "Shorter.") == {"finn"}
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)
    assert forge_desk.sweep().output == ""
