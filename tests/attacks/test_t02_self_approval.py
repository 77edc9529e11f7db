"""T02: nobody approves what they wrote, however they hid that they did."""

from __future__ import annotations

import pytest
from support.desk import MANIFEST, NAME, PROMPT, Desk


def edit(desk: Desk) -> None:
    desk.replace(PROMPT, "at most 120 plain words", "at most 90 plain words")


def refuses_finn(desk: Desk) -> None:
    """Finn's own click does not count, ben is asked instead, and the report says why."""
    judged = desk.waits(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    assert judged.asks("approver.countersign", MANIFEST, "ben", severity="wait")["who"] == ["ben"]
    judged.asks("approver.uncounted", MANIFEST, "by finn", "nobody approves what they wrote", severity="warn")


def test_the_author_cannot_approve(desk: Desk) -> None:
    """T02: the approver who wrote the change is barred; their deputy is asked."""
    desk.who = "finn"
    edit(desk)
    desk.commit("Shorter")
    refuses_finn(desk)


def test_uncommitted_work_has_an_author(desk: Desk) -> None:
    """T02: work that is in no commit yet counts as written by git's identity at the desk."""
    desk.who = "finn"
    edit(desk)
    refuses_finn(desk)


def test_the_committer_cannot_approve(desk: Desk) -> None:
    """T02: whoever committed somebody else's work is barred like its author."""
    edit(desk)
    desk.who = "finn"
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--author", "Dana <dana@example.org>", "-m", "Shorter")
    desk.who = "dana"
    refuses_finn(desk)


def test_a_rebase_does_not_launder_authorship(desk: Desk) -> None:
    """T02: a rebase by another person makes a new committer; the author stays barred."""
    desk.who = "finn"
    edit(desk)
    desk.commit("Shorter")
    desk.who = "dana"
    desk.git("switch", "--quiet", "-c", "rebased", "main")
    desk.git("cherry-pick", "change")
    refuses_finn(desk)


def test_rebasing_makes_one_an_author(desk: Desk) -> None:
    """T02: the approver who rebases somebody's commit has committed it, and is barred."""
    edit(desk)
    desk.commit("Shorter")
    desk.who = "finn"
    desk.git("switch", "--quiet", "-c", "rebased", "main")
    desk.git("cherry-pick", "--no-ff", "change")
    desk.who = "dana"
    refuses_finn(desk)


@pytest.mark.parametrize(
    "message",
    [
        "Shorter\n\nCo-authored-by: Finn <finn@example.org>",
        "Shorter\n\nco-AUTHORED-by:finn@example.org",
        "Squash\n\n* first\n\n  Co-authored-by: Finn <FINN@example.org>\n\n* second\n\nmore text",
        "Shorter\n\nCo-authored-by: Finn Albrecht\n  <finn@example.org>\n",
    ],
)
def test_a_co_author_cannot_approve(desk: Desk, message: str) -> None:
    """T02: a co-author line bars, wherever it stands in the message and however it is written."""
    edit(desk)
    desk.commit(message)
    refuses_finn(desk)


def test_an_earlier_commit_of_the_branch_bars(desk: Desk) -> None:
    """T02: one commit of the approver's anywhere on the branch bars, also when its content was replaced later."""
    desk.who = "finn"
    desk.replace(PROMPT, "Never promise", "Do not promise")
    desk.commit("Wording")
    desk.who = "dana"
    desk.replace(PROMPT, "Do not promise", "Never promise")
    edit(desk)
    desk.commit("Shorter, and the wording back")
    refuses_finn(desk)


def test_a_commit_hidden_by_a_replacement_counts(desk: Desk) -> None:
    """T02: `git replace` and grafts cannot show the gate another author."""
    desk.who = "finn"
    edit(desk)
    real = desk.commit("Shorter")
    desk.who = "dana"
    desk.git("commit", "--quiet", "--amend", "--reset-author", "-m", "Shorter")
    fake = desk.git("rev-parse", "HEAD")
    desk.git("reset", "--quiet", "--hard", real)
    desk.git("replace", real, fake)
    assert "Dana" in desk.git("log", "-1", "--format=%an%cn")
    refuses_finn(desk)


def test_a_mailmap_renames_nobody(desk: Desk) -> None:
    """T02: a .mailmap that the change brings does not turn the approver into somebody else."""
    desk.who = "finn"
    edit(desk)
    desk.write(".mailmap", "Dana <dana@example.org> Finn <finn@example.org>\n")
    desk.commit("Shorter")
    judged = desk.waits(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    assert judged.asks("approver.countersign", MANIFEST, "ben", severity="wait")["who"] == ["ben"]


def test_an_unknown_address_is_refused_in_the_pipeline(desk: Desk) -> None:
    """T02: a commit address that is nobody's only warns at the desk, and refuses elsewhere."""
    edit(desk)
    desk.who = "somebody"
    desk.commit("Shorter")
    desk.who = "dana"
    place = "team/people.yaml"
    desk.waits().asks("people.identity", place, "somebody@example.org", severity="warn")
    desk.refuses("--assurance", "cooperative").asks("people.identity", place, "somebody@example.org")


def test_a_commit_of_nobody_is_refused_in_the_pipeline(desk: Desk) -> None:
    """T02: a commit whose author left the address empty is nobody's, and does not pass with the author's approval."""
    edit(desk)
    desk.git("add", "--all")
    desk.git("-c", "user.email=", "commit", "--quiet", "--author", "Finn <>", "-m", "Shorter")
    desk.record_drill(NAME)
    approvals = desk.approve_all(("finn", desk.countersigned(), NAME))
    judged = desk.refuses("--assurance", "cooperative", *approvals)
    judged.asks("people.identity", "team/people.yaml", "no address in commit")


def test_a_second_address_is_the_same_person(desk: Desk) -> None:
    """T02: the owner's other address, in other capitals, still bars the owner."""
    desk.write("notes.md", "A page.\n")
    desk.who = "Ana.Ruiz"
    desk.commit("A page")
    judged = desk.waits(*desk.approve_all(("ana", desk.control_digest(), None)))
    assert judged.asks("control.owner", "notes.md", "ben", severity="wait")["who"] == ["ben"]


def test_nobody_left_to_sign_is_refused(desk: Desk) -> None:
    """T02: when approver, deputy and owner all wrote it, that nobody is left is said and refused."""
    edit(desk)
    people = "".join(f"Co-authored-by: X <{person}@example.org>\n" for person in ("finn", "ben", "ana"))
    desk.commit(f"Together\n\n{people}")
    desk.refuses().asks("approver.author", MANIFEST, "Must leave somebody", "ana, ben, dana, finn")


def test_at_medium_any_eligible_person_but_the_author(desk: Desk) -> None:
    """T02: at medium the author is not among those who are asked, and their own approval changes nothing."""
    name = "help-centre-edits"
    desk.who = "hugo"
    desk.replace(f"workflows/{name}/edit.prompt", "{{", "  {{")
    desk.commit("Indent")
    judged = desk.waits(*desk.approve_all(("hugo", desk.countersigned(name), name)))
    asked = judged.asks("approver.countersign", f"workflows/{name}/workflow.yaml", "one of", severity="wait")
    assert asked["who"] == ["ana", "ben", "dana", "finn"]
    assert desk.passes(*desk.approve_all(("dana", desk.countersigned(name), name))).codes == set()
