"""T02: nobody approves what they wrote, however they hid that they did."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.attack import Act, Attack, ask, attempt, drill, pass_through, scene, shorten, writing
from support.desk import MANIFEST, NAME, PROMPT, STATE, Desk
from support.forge import MergeRequest
from support.forge_desk import BOT, ForgeDesk

EDITS = "help-centre-edits"
WROTE = "by finn: nobody approves what they wrote"
PAUSE = "state: paused\nreason: Odd replies.\n"


def written(commit: Callable[[Desk], object], opener: str = "dana") -> Act:
    """Somebody shortens the replies and commits in their way; finn countersigns it."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        commit(there.desk)
        there.desk.who = "dana"
        request = ask(there, opener)
        drill(there, NAME)
        there.countersign(request, "finn")
        return request

    return act


def by(who: str, message: str = "Shorter") -> Callable[[Desk], object]:
    def commit(desk: Desk) -> None:
        desk.who = who
        desk.commit(message)

    return commit


def committed_by_finn(desk: Desk) -> None:
    desk.who = "finn"
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--author", "Dana <dana@example.org>", "-m", "Shorter")


def rebased(author: str, rebaser: str) -> Callable[[Desk], object]:
    def commit(desk: Desk) -> None:
        by(author)(desk)
        desk.who = rebaser
        desk.git("switch", "--quiet", "-c", "rebased", "main")
        desk.git("cherry-pick", "--no-ff", "change")

    return commit


def replaced_later(desk: Desk) -> None:
    desk.replace("workflows/billing-replies/reply.prompt", "Never promise", "Do not promise")
    by("finn")(desk)
    desk.who = "dana"
    desk.replace("workflows/billing-replies/reply.prompt", "Do not promise", "Never promise")
    desk.commit("The wording back")


def hidden_by_a_replacement(desk: Desk) -> None:
    by("finn")(desk)
    real = desk.git("rev-parse", "HEAD")
    desk.who = "dana"
    desk.git("commit", "--quiet", "--amend", "--reset-author", "-m", "Shorter")
    fake = desk.git("rev-parse", "HEAD")
    desk.git("reset", "--quiet", "--hard", real)
    desk.git("replace", real, fake)
    desk.git("push", "--quiet", "origin", f"refs/replace/{real}")
    assert "Dana" in desk.git("log", "-1", "--format=%an%cn")


def without_address(desk: Desk) -> None:
    desk.git("add", "--all")
    desk.git("-c", "user.email=", "commit", "--quiet", "--author", "Finn <>", "-m", "Shorter")


def merged_by_finn(desk: Desk) -> None:
    """Finn resolves the conflicts with main: what the merge holds is his work too."""
    by("dana")(desk)
    desk.git("switch", "--quiet", "-c", "other", "main")
    desk.write(
        "workflows/help-centre-edits/fallback.md",
        desk.path("workflows/help-centre-edits/fallback.md").read_text() + "\n",
    )
    desk.commit("Meanwhile")
    desk.git("switch", "--quiet", "change")
    desk.who = "finn"
    desk.git("merge", "--quiet", "--no-ff", "-m", "Merge", "other")


def pushed_over(there: ForgeDesk) -> MergeRequest:
    """Finn pushes to it under dana's address, and dana pushes once more."""
    request = pushed_by("finn")(there)
    there.desk.replace(PROMPT, "at most 80 plain words", "at most 70 plain words")
    there.desk.commit("Shorter still")
    there.push(request)
    drill(there, NAME)
    there.forge.unapprove(request, there.users["finn"])
    there.countersign(request, "finn")
    return request


def rebased_on_the_page(there: ForgeDesk) -> MergeRequest:
    """Finn presses Rebase on dana's merge request: GitLab makes him the committer, and the one who pushed."""
    scene(there, writing("notes.md", "A page.\n"))
    there.desk.git("switch", "--quiet", "-C", "change", "main~1")
    shorten(there.desk)
    request = ask(there)
    there.desk.git("rebase", "--quiet", "main")
    there.push(request, "finn")
    drill(there, NAME)
    there.countersign(request, "finn")
    return request


def pages_in_dana_s_name(there: ForgeDesk) -> MergeRequest:
    """The owner pushes control paths in dana's name, and approves them."""
    shorten(there.desk)
    request = ask(there)
    there.desk.write("notes.md", "A page.\n")
    there.desk.commit("A page")
    there.push(request, "ana")
    drill(there, NAME)
    there.countersign(request, "finn")
    there.approve(request, "ana")
    return request


def medium_in_dana_s_name(there: ForgeDesk) -> MergeRequest:
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", " {{")
    request = ask(there)
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", " {{")
    there.desk.commit("More")
    there.push(request, "hugo")
    there.approve(request, "hugo")
    return request


def stranger(there: ForgeDesk) -> MergeRequest:
    there.join("mallory", 666)
    return written(by("dana"), "mallory")(there)


def owner_by_another_address(there: ForgeDesk) -> MergeRequest:
    there.desk.who = "Ana.Ruiz"
    there.desk.write("notes.md", "A page.\n")
    request = ask(there)
    there.approve(request, "ana")
    return request


def at_medium(there: ForgeDesk) -> MergeRequest:
    there.desk.who = "hugo"
    there.desk.replace(f"workflows/{EDITS}/edit.prompt", "{{", "  {{")
    request = ask(there, "hugo")
    there.approve(request, "hugo")
    return request


def pause_in_dana_s_name(there: ForgeDesk) -> MergeRequest:
    """Gita commits under the address of dana, who is on call."""
    there.desk.write(STATE, PAUSE)
    return ask(there, "gita")


def pushed_by(who: str) -> Act:
    """Dana's merge request gets one more commit under her address, pushed by somebody else; finn countersigns it."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = ask(there)
        if who not in there.users:
            there.join(who, 666)
        shorten_again(there.desk)
        there.push(request, who)
        drill(there, NAME)
        there.countersign(request, "finn")
        return request

    return act


def shorten_again(desk: Desk) -> None:
    desk.replace(PROMPT, "at most 90 plain words", "at most 80 plain words")
    desk.commit("Shorter still")


ATTACKS = (
    Attack("The named approver writes the change and approves it.", written(by("finn"), "finn"),
           "waits", "approver.countersign", WROTE),
    Attack("The approver writes it, and a colleague opens the merge request.", written(by("finn")),
           "waits", "approver.countersign", WROTE),
    Attack("The approver commits under a colleague's address, and opens the merge request.",
           written(by("dana"), "finn"), "waits", "approver.countersign", WROTE),
    Attack("The approver pushes to a colleague's merge request, under the colleague's address.", pushed_by("finn"),
           "waits", "approver.countersign", WROTE),
    Attack("An account that is nobody's pushes to it, under the author's address.", pushed_by("mallory"),
           "refused", "people.identity", "forge user 666"),
    Attack("The approver commits what a colleague wrote.", written(committed_by_finn),
           "waits", "approver.countersign", WROTE),
    Attack("The author applies the approver's suggestion; GitLab adds the co-author.",
           written(by("dana", "Apply suggestion\n\nCo-authored-by: Finn Albrecht <finn@example.org>")),
           "waits", "approver.countersign", WROTE),
    Attack("The co-author line is written in odd letters and without a name.",
           written(by("dana", "Shorter\n\nco-AUTHORED-by:finn@example.org")), "waits", "approver.countersign", WROTE),
    Attack("The co-author line stands in the middle of a squashed message.",
           written(by("dana", "Squash\n\n* first\n\n  Co-authored-by: Finn <FINN@example.org>\n\n* second\n\nmore")),
           "waits", "approver.countersign", WROTE),
    Attack("A colleague rebases the approver's commit.", written(rebased("finn", "dana")),
           "waits", "approver.countersign", WROTE),
    Attack("The approver rebases the colleague's commit.", written(rebased("dana", "finn")),
           "waits", "approver.countersign", WROTE),
    Attack("The approver's commit is on the branch, and its content was replaced later.", written(replaced_later),
           "waits", "approver.countersign", WROTE),
    Attack("The approver merges the target into the branch, by hand.", written(merged_by_finn),
           "waits", "approver.countersign", WROTE),
    Attack("He does, and the author pushes another commit after it.", pushed_over,
           "waits", "approver.countersign", WROTE),
    Attack("The approver presses Rebase on the page, which keeps the author's name.", rebased_on_the_page,
           "waits", "approver.countersign", WROTE),
    Attack("At medium, somebody pushes in the author's name and approves it.", medium_in_dana_s_name,
           "waits", "approver.countersign", "by hugo: nobody approves what they wrote"),
    Attack("The owner pushes control paths in the author's name, and approves them.", pages_in_dana_s_name,
           "waits", "control.owner", "Must be approved by ben"),
    Attack("The judge's own account pushes in the author's name.", pushed_by(BOT),
           "refused", "people.identity", "forge user 900"),
    Attack("A replacement object shows another author to whoever asks git.", written(hidden_by_a_replacement),
           "waits", "approver.countersign", WROTE),
    Attack("The author leaves the address empty.", written(without_address),
           "refused", "people.identity", "no address in commit"),
    Attack("The author uses an address that is nobody's.", written(by("somebody")),
           "refused", "people.identity", "somebody@example.org"),
    Attack("An account that is nobody's opens the merge request.", stranger,
           "refused", "people.identity", "forge user 666"),
    Attack("The owner commits control paths from another address, and approves them.", owner_by_another_address,
           "waits", "control.owner", "Must be approved by ben"),
    Attack("Everybody who could sign is made a co-author, so that nobody is left.",
           written(by("dana", "Together\n\n" + "".join(f"Co-authored-by: X <{one}@example.org>\n"
                                                       for one in ("finn", "ben", "ana")))),
           "refused", "approver.author", "Must leave somebody to countersign at high"),
    Attack("At medium, where anybody eligible may, the author approves.", at_medium, "waits", "approver.countersign"),
    Attack("Somebody pauses a workflow in the name of a colleague who is on call.", pause_in_dana_s_name,
           "waits", "approver.countersign", "Must be written or approved by one of"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T02: everybody who had a hand in it is barred, and the report says why their click does not count."""
    attempt(attack, forge_desk)


def test_somebody_else_s_passes(forge_desk: ForgeDesk) -> None:
    """What dana wrote and opened, finn may countersign."""
    pass_through(forge_desk, written(by("dana")))


def test_a_colleague_who_helps_along_bars_only_themselves(forge_desk: ForgeDesk) -> None:
    """Hugo pushes to dana's merge request, and finn, who did not, may countersign it."""
    pass_through(forge_desk, pushed_by("hugo"))


def test_a_comment_in_gitlab_s_words_bars_nobody(forge_desk: ForgeDesk) -> None:
    """T02: that he had pushed can be said of the approver by GitLab alone, not by a comment of his or anybody's."""
    request = written(by("dana"))(forge_desk)
    forge_desk.say(request, "finn", "added 1 commit")
    pass_through(forge_desk, lambda _: request)


def test_the_deputy_signs_what_the_approver_wrote(forge_desk: ForgeDesk) -> None:
    """The report names who is asked instead, and with that person it passes."""
    request = written(by("finn"))(forge_desk)
    forge_desk.countersign(request, "ben")
    pass_through(forge_desk, lambda _: request)


def test_uncommitted_work_has_an_author(desk: Desk) -> None:
    """T02: at the desk, work that is in no commit yet counts as written by git's identity there."""
    desk.who = "finn"
    shorten(desk)
    judged = desk.waits(*desk.approve_all(("finn", desk.countersigned(), NAME)))
    assert judged.asks("approver.countersign", MANIFEST, "ben", severity="wait")["who"] == ["ben"]


def test_an_unknown_address_only_warns_at_the_desk(desk: Desk) -> None:
    """T02: who has not told git their address yet is told so at the desk, and refused in the pipeline."""
    shorten(desk)
    by("somebody")(desk)
    desk.who = "dana"
    desk.waits().asks("people.identity", "team/people.yaml", "somebody@example.org", severity="warn")
