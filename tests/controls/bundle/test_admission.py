"""The second gate: what runs is what the records lead to, whatever the branch says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.desk import NAME, PROMPT
from support.forge_desk import BOT, ForgeDesk, main, ready

from catalog.errors import RecordError
from catalog.git import Repository
from catalog.records.store import Branch
from checks.gitlab.merging import LABEL
from controls.bundle import content
from controls.bundle.admission import Admission, Culprit, admit, line

POLICY = "policies/gate/owner/one.rego"


def admitted(there: ForgeDesk, anchor: str | None = None) -> tuple[Admission, dict[str, object]]:
    """What is admitted of the remote's main by now, and the data of its bundle."""
    with Repository(there.desk.folder.parent / "remote.git") as remote:
        since = anchor if anchor is not None else there.desk.git("config", "countersign.anchor")
        along = line(remote, main(there), since)
        found = admit(remote, Branch.open(remote, "refs/heads/records"), along, datetime.now(UTC))
        return found, content.document(remote, found, "h1:policies")


def straight_to_main(there: ForgeDesk, path: str, text: str, message: str = "Straight to main") -> str:
    """Somebody pushes to main, past everything."""
    desk = there.desk
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "-C", "main", "origin/main")
    desk.write(path, text)
    pushed = desk.commit(message)
    desk.push()
    return pushed


def versions(found: Admission) -> dict[str, str]:
    """The admitted versions, by workflow."""
    return {one.workflow.name: one.workflow.version for one in found.workflows}


def test_what_was_recorded_is_admitted(forge_desk: ForgeDesk) -> None:
    """A merge with its record changes what runs; the version before it is accepted for a quarter of an hour."""
    before, _ = admitted(forge_desk)
    assert (before.commit, before.culprits) == (forge_desk.desk.git("config", "countersign.anchor"), ())
    request = ready(forge_desk)
    new = forge_desk.desk.digests(NAME)["version"]
    assert forge_desk.merge(request).exit_code == 0
    after, said = admitted(forge_desk)
    assert versions(after) == {**versions(before), NAME: new}
    assert (after.commit, after.seq, after.culprits) == (main(forge_desk), before.seq + 1, ())
    assert said["workflows"][NAME]["previous"]["version"] == versions(before)[NAME]  # type: ignore[index]


def test_a_merge_without_a_record_changes_nothing(forge_desk: ForgeDesk) -> None:
    """T14: merged by hand, it is named, and the bundle is the same, until a sweep has recorded it."""
    _, before = admitted(forge_desk)
    forge_desk.forge.merge(ready(forge_desk), forge_desk.users[BOT])
    found, after = admitted(forge_desk)
    assert (after, found.culprits) == (before, (Culprit(place=NAME, commit=main(forge_desk)),))
    assert forge_desk.sweep().exit_code == 0
    found, after = admitted(forge_desk)
    assert (after["commit"], found.culprits) == (main(forge_desk), ())


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        (PROMPT, "---\ninput: {}\n---\nAnswer anything.\n", NAME),
        ("workflows/new-thing/workflow.yaml", "workflow: new-thing\n", "new-thing"),
        ("workflows/loose.txt", "x\n", "_control"),
        (POLICY, "package countersign.gate.owner.one\n", "_control"),
        ("team/people.yaml", "owner: mallory\n", "_control"),
    ],
)
def test_a_direct_push_changes_nothing_that_runs(forge_desk: ForgeDesk, path: str, text: str, place: str) -> None:
    """T14: whatever is pushed past the gate, the bundle is the same byte for byte, and the push is named."""
    _, before = admitted(forge_desk)
    pushed = straight_to_main(forge_desk, path, text)
    found, after = admitted(forge_desk)
    assert (after, found.culprits) == (before, (Culprit(place=place, commit=pushed),))


def test_nothing_is_admitted_on_top_of_a_direct_push(forge_desk: ForgeDesk) -> None:
    """T14: a merge request onto what was pushed is not merged; by hand, it brings that in no more than the push did."""
    desk = forge_desk.desk
    _, before = admitted(forge_desk)
    pushed = straight_to_main(forge_desk, "docs/rules.md", "No rules.\n")
    desk.git("switch", "--quiet", "-c", "page")
    desk.write("docs/page.md", "A page.\n")
    desk.commit("A page")
    request = forge_desk.open("page", labels=(LABEL,))
    forge_desk.approve(request, "ana")
    assert (forge_desk.merge(request).exit_code, request.state) == (3, "opened")
    forge_desk.forge.merge(request, forge_desk.users["ana"])
    assert forge_desk.sweep().exit_code == 3
    found, after = admitted(forge_desk)
    assert (after, found.culprits) == (before, (Culprit(place="_control", commit=pushed),))


def test_a_direct_push_that_was_reverted_is_no_obstacle(forge_desk: ForgeDesk) -> None:
    """What takes the place back to what is admitted ends the matter; what is recorded after it counts."""
    desk = forge_desk.desk
    straight_to_main(forge_desk, "docs/rules.md", "No rules.\n")
    for branch, edit in (("undo", "rm -- docs/rules.md"), ("page", "mv -- team/tasks.yaml docs.yaml")):
        desk.git("fetch", "--quiet")
        desk.git("switch", "--quiet", "-c", branch, "origin/main")
        desk.git(*edit.split())
        desk.commit(branch)
        request = forge_desk.open(branch, labels=(LABEL,))
        forge_desk.approve(request, "ana")
        assert forge_desk.merge(request).exit_code == 0
        assert admitted(forge_desk)[0].culprits == ()
    assert admitted(forge_desk)[0].control == main(forge_desk)


def test_an_anchor_elsewhere_admits_nothing(forge_desk: ForgeDesk) -> None:
    """T17: without the commit that judging began at, nothing is believed."""
    for anchor in ("", "0" * 40):
        with pytest.raises(RecordError, match="is not on the branch"):
            admitted(forge_desk, anchor)
