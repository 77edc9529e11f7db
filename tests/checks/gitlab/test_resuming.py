"""T16: what a review let go is lifted, also where no key could sign that when it merged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from support import yaml_text
from support.company import signing_key
from support.desk import NAME, Desk
from support.forge_desk import ForgeDesk, main, opened
from support.live import POINTS, declare
from support.orders import ordered, passed_on

from catalog import states
from catalog.git import Repository
from catalog.records.keys import Keyring
from catalog.records.statement import Kind, Statement
from catalog.records.store import Branch
from catalog.records.subjects import CONTROL
from checks.gitlab.merging import LABEL
from controls.live.order import Order

STATE = f"workflows/{NAME}/state.yaml"


@pytest.fixture
def there(desk: Desk) -> Iterator[ForgeDesk]:
    """A project whose job may sign stops, and no resumption yet."""
    declare(desk, [], "20s")
    _may_resume(desk, [])
    desk.commit("Nobody signs a resumption")
    desk.push()
    desk.git("switch", "--quiet", "-C", "change", "main")
    with ForgeDesk.begin(desk) as found:
        yield found


def _may_resume(desk: Desk, keys: list[str]) -> None:
    people = desk.people()
    people["signers"]["resume"] = keys
    desk.write("team/people.yaml", yaml_text.dump(people))


def begin(there: ForgeDesk, branch: str) -> None:
    """Dana works on what is on main now."""
    there.desk.git("fetch", "--quiet", "origin", "+refs/heads/records:refs/heads/records", "main")
    there.desk.git("switch", "--quiet", "-C", branch, "origin/main")


def stopped(there: ForgeDesk, workflow: str = NAME) -> Order:
    """On-call stopped it, which is on record; a stop of a workflow is on file, too."""
    given = ordered(version=there.desk.digests(NAME)["version"] if workflow == NAME else "*", workflow=workflow, ago=5)
    assert there.handle("order", "--order", passed_on(given)).exit_code == 0
    if workflow == NAME:
        assert there.merge(opened(there)[-1]).exit_code == 0
    return given


def let_go(there: ForgeDesk) -> str:
    """A review takes out of `state.yaml` what it lists; what the job said of the merge."""
    begin(there, "resume")
    there.desk.write(STATE, states.text({"state": "live"}).decode())
    there.desk.commit("Let it run again")
    there.forge.now = datetime.now(UTC)
    request = there.open("resume", labels=(LABEL,))
    there.countersign(request, "finn")
    heard = there.merge(request)
    assert heard.exit_code == 0, heard.output
    return heard.output


def list_the_key(there: ForgeDesk) -> None:
    """The owner has the job's key sign resumptions from now on."""
    begin(there, "signers")
    _may_resume(there.desk, [signing_key(Kind.CHANGE).id])
    there.desk.commit("The job signs resumptions")
    request = there.open("signers", labels=(LABEL,))
    there.approve(request, "ana")
    heard = there.merge(request)
    assert heard.exit_code == 0, heard.output


def resumptions(there: ForgeDesk, workflow: str = NAME) -> list[Statement]:
    """The resume records on the remote."""
    keyring = Keyring.from_people(there.desk.people())
    with Repository(there.desk.folder.parent / "remote.git") as remote:
        branch = Branch.open(remote, "refs/heads/records")
        return [one.statement for one in branch.read(workflow, (Kind.RESUME,), keyring, now=datetime.now(UTC))]


def test_what_no_key_could_sign_is_recorded_by_the_sweep_after_one_may(there: ForgeDesk) -> None:
    """It is said at the merge and by every sweep, nobody puts the stop on file again, and no word is lost."""
    given = stopped(there)
    assert f"no resumption of {NAME}" in let_go(there)
    merged = main(there)
    for _ in range(2):
        said = there.sweep()
        assert (said.exit_code, f"{merged[:12]}" in said.output) == (3, True), said.output
        assert f"no resumption of {given.id} (`signers` lists" in said.output
    assert ([one.state for one in opened(there)], resumptions(there)) == (["merged"], [])
    list_the_key(there)
    said = there.sweep()
    assert said.exit_code == 0, said.output
    [made] = resumptions(there)
    assert (made.predicate["stops"], made.predicate["commit"]) == ([given.id], merged)
    assert [one["person"] for one in made.predicate["approvals"]] == ["finn"]
    said = there.sweep()
    assert (said.exit_code, merged[:12] in said.output, len(resumptions(there))) == (0, False, 1), said.output


def test_the_same_of_a_stop_of_everything(there: ForgeDesk) -> None:
    """It is named as resumed in the points file, and in no workflow's."""
    given = stopped(there, CONTROL)
    begin(there, "again")
    there.desk.write(POINTS, f"{there.desk.path(POINTS).read_text()}resumed:\n  - {given.id}\n")
    there.desk.commit("Let everything run again")
    there.forge.now = datetime.now(UTC)
    request = there.open("again", labels=(LABEL,))
    there.approve(request, "ana")
    heard = there.merge(request)
    assert (heard.exit_code, "no resumption of _control" in heard.output) == (0, True), heard.output
    list_the_key(there)
    assert there.sweep().exit_code == 0
    assert [one.predicate["stops"] for one in resumptions(there, CONTROL)] == [[given.id]]


def test_a_stop_that_was_given_again_is_not_let_go_by_what_was_before(there: ForgeDesk) -> None:
    """On-call stopped it once more, under another id: only the first is lifted, and the second is put on file."""
    first = stopped(there)
    let_go(there)
    second = ordered(version=first.version, name="stop-2")
    assert there.handle("order", "--order", passed_on(second)).exit_code == 0
    assert there.merge(opened(there)[-1]).exit_code == 0
    list_the_key(there)
    assert there.sweep().exit_code == 0
    assert [one.predicate["stops"] for one in resumptions(there)] == [[first.id]]
    begin(there, "look")
    text = there.desk.path(STATE).read_text()
    assert (first.id in text, second.id in text) == (False, True)


def test_what_a_direct_push_takes_out_is_put_on_file_again(there: ForgeDesk) -> None:
    """T14: nobody reviewed it, so it lets nothing run, and the file says again what holds at the points."""
    given = stopped(there)
    begin(there, "main")
    before = there.desk.path(STATE).read_text()
    there.desk.write(STATE, states.text({"state": "live"}).decode())
    there.desk.commit("Straight to main")
    there.desk.push()
    assert there.sweep().exit_code == 3
    assert resumptions(there) == []
    assert (given.id in before, len(opened(there))) == (True, 2)
