"""People, rules and paths that no record admits let nothing be built on them, until they are taken back."""

from __future__ import annotations

from support.desk import NAME, PEOPLE, PROMPT
from support.forge_desk import ForgeDesk, records

from checks.gitlab.merging import LABEL


def test_people_that_nobody_approved_let_nothing_pass(forge_desk: ForgeDesk) -> None:
    """T01, T14: with two accounts swapped by a merge by hand, the wrong one's approval is worth nothing."""
    desk = forge_desk.desk
    text = desk.path(PEOPLE).read_text()
    swapped = (
        text.replace("forge: 103", "forge: 0").replace("forge: 106", "forge: 103").replace("forge: 0", "forge: 106")
    )
    desk.write(PEOPLE, swapped)
    desk.commit("Swap")
    swap = forge_desk.open("swap")
    forge_desk.forge.merge(swap, forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "again", "origin/main")
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    desk.record_drill(NAME)
    desk.git("push", "--quiet", "origin", "records")
    request = forge_desk.open("shorter", labels=(LABEL,))
    forge_desk.countersign(request, "gita")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (3, "opened"), heard.output
    assert "are not those on record" in heard.output
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    known = len(records(forge_desk))
    assert forge_desk.sweep().exit_code == 3
    assert len(records(forge_desk)) == known


def test_what_nobody_approved_can_be_taken_back(forge_desk: ForgeDesk) -> None:
    """T14: the way out is a merge request that brings back what is on record, approved by the owner."""
    desk = forge_desk.desk
    text = desk.path(PEOPLE).read_text()
    desk.write(PEOPLE, text.replace("Finn", "Fin"))
    desk.commit("Misspell")
    forge_desk.forge.merge(forge_desk.open("misspelt"), forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--force-create", "back", "origin/main")
    desk.write(PEOPLE, text)
    desk.commit("Take it back")
    request = forge_desk.open("back", labels=(LABEL,))
    forge_desk.approve(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output


def test_what_would_be_built_on_a_direct_push_waits_until_that_is_taken_back(forge_desk: ForgeDesk) -> None:
    """T14: a step outside workflows that no record could follow is not made; taken back first, it is."""
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "main")
    desk.write("docs/quick.md", "x\n")
    desk.commit("Straight to main")
    desk.push()
    desk.git("switch", "--quiet", "-C", "change", "main")
    desk.replace(PEOPLE, "name: Finn Albrecht", "name: Finn F. Albrecht")
    desk.commit("A name")
    request = forge_desk.open("name", labels=(LABEL,))
    forge_desk.approve(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (3, "opened"), heard.output
    assert "First bring those paths back to what they are at" in " ".join(heard.output.split())
    desk.git("switch", "--quiet", "-C", "back", "main")
    desk.path("docs/quick.md").unlink()
    desk.commit("Take it back")
    back = forge_desk.open("back", labels=(LABEL,))
    forge_desk.approve(back, "ana")
    assert forge_desk.merge(back).exit_code == 0
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (4, "opened"), heard.output  # approved beside a page that is gone
    forge_desk.forge.unapprove(request, forge_desk.users["ana"])
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "-C", "change", "origin/main")
    desk.replace(PEOPLE, "name: Finn Albrecht", "name: Finn F. Albrecht")
    desk.commit("A name")
    forge_desk.push(request)
    forge_desk.approve(request, "ana")
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (0, "merged"), heard.output
