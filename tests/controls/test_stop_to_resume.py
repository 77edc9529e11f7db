"""From a stop at night to the reviewed return, end to end: points, keeper, GitLab, records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from support.desk import NAME, STATE, Desk
from support.forge_desk import ForgeDesk, main
from support.live import KEEPER, POINTS, Live, live

from catalog import points
from catalog.git import Repository
from catalog.records.statement import Kind
from catalog.records.store import Branch
from checks.gitlab.merging import LABEL
from controls.keeper.journal import Journal
from controls.keeper.keep import Keeper
from controls.keeper.records import standing
from controls.recorded import Recorded


def propose(there: ForgeDesk, branch: str, who: str, message: str) -> str:
    """Somebody commits what is in the working copy, and asks for its merge; how the trusted job ended."""
    desk = there.desk
    desk.who = who
    desk.git("switch", "--quiet", "-c", branch)
    desk.commit(message)
    request = there.open(branch, by=who, labels=(LABEL,))
    if who == "finn" or branch == "resume":
        there.countersign(request, "finn")
    merged = there.merge(request)
    desk.git("fetch", "--quiet", "origin")
    desk.git("switch", "--quiet", "--force-create", "main", "origin/main")
    return f"{merged.exit_code} {merged.output}"


def test_what_was_stopped_comes_back_by_review_and_only_that(desk: Desk, tmp_path: Path) -> None:
    """T16: the stop is put on file by on-call alone, taken out with the approver, and lifted when that is recorded."""
    with (
        live(desk, tmp_path / "live", 2) as running,
        ForgeDesk.begin(desk) as there,
        _keeping(desk, tmp_path) as keeper,
    ):
        assert running.type("stop", NAME, "--reason", "Wrong fees", "--id", "stop-tonight").exit_code == 0
        keeper.round()
        _put_on_file(running, there)
        assert keeper.round().lifted == 0
        assert running.ask()["code"] == "stopped"
        there.forge.now = datetime.now(UTC)
        _take_out(running, there)
        with Repository(desk.folder.parent / "remote.git") as remote:
            kept = Branch.open(remote, "refs/heads/records").entries(NAME)
        assert [entry.kind for entry in kept].count(Kind.RESUME) == 1
        found = keeper.round()
        assert (found.records, found.lifted) == ("", 1)
        assert running.ask()["code"] == "approval_needed"


def test_thirty_points_stop_and_come_back(desk: Desk, tmp_path: Path) -> None:
    """T16: one of thirty is away when the others stop; the keeper brings it there, and lifts it at all of them."""
    with (
        live(desk, tmp_path / "live", 30, lease="90s") as running,
        ForgeDesk.begin(desk) as there,
        _keeping(desk, tmp_path) as keeper,
    ):
        desk.git("push", "--quiet", "origin", "records")
        names = {server.name for server in running.servers}
        running.servers[29].kill()
        said = running.type("stop", NAME, "--reason", "Wrong fees", "--id", "stop-tonight")
        assert (said.exit_code, "29 of 30 points confirmed; not: point-30." in said.output) == (1, True), said.output
        running.servers[29].start()
        # It is closed, having forgotten everything: only the records let it go on.
        assert running.ask(29)["code"] == "lease_ended"
        assert set(keeper.round().renewed) == names
        assert [running.ask(number)["code"] for number in range(30)] == ["stopped"] * 30
        assert len({tuple(running.held(number)) for number in range(30)}) == 1
        said = running.type("status", NAME)
        assert (said.exit_code, said.output.count("  open    number "), "lacking" in said.output) == (0, 30, False)
        _put_on_file(running, there)
        there.forge.now = datetime.now(UTC)
        _take_out(running, there)
        found = keeper.round()
        assert (found.records, found.lifted, set(found.renewed)) == ("", 1, names)
        assert [running.ask(number)["code"] for number in range(30)] == ["approval_needed"] * 30
        assert [running.held(number) for number in range(30)] == [[]] * 30


@contextmanager
def _keeping(desk: Desk, folder: Path) -> Iterator[Keeper]:
    """A keeper of the declared points, whose rounds the test makes."""
    journal = Journal(folder / "journal")
    records = Recorded(desk.folder, desk.git("config", "countersign.anchor"), "main", standing)
    yield Keeper(points.read(desk.folder), "production", desk.folder, KEEPER, journal, records.read)
    journal.close()


def _put_on_file(running: Live, there: ForgeDesk) -> None:
    said = running.type("resume", NAME)
    assert "which only the points knew" in said.output
    ended = propose(there, "stopped", "dana", "Put the stop on file")
    assert ended.startswith("0 "), ended
    assert "stop-tonight-" in there.desk.path(STATE).read_text()


def _take_out(running: Live, there: ForgeDesk) -> None:
    said = running.type("resume", NAME)
    assert "took out stop-tonight-" in said.output, said.output
    before = main(there)
    ended = propose(there, "resume", "dana", "Let it run again")
    assert ended.startswith("0 "), ended
    assert main(there) != before


def test_what_stopped_everything_ends_by_the_owners_word(desk: Desk, tmp_path: Path) -> None:
    """T16: no workflow's file tells of it: it is named as resumed, approved, recorded and lifted, and only that."""
    with (
        live(desk, tmp_path / "live", 1) as running,
        ForgeDesk.begin(desk) as there,
        _keeping(desk, tmp_path) as keeper,
    ):
        desk.git("push", "--quiet", "origin", "records")
        for name in ("stop-one", "stop-two"):
            assert (
                running.type("stop", "--all", "--reason", "The provider mixes up customers", "--id", name).exit_code
                == 0
            )
        keeper.round()
        said = running.type("resume", NAME)
        assert "Everything is stopped: countersign resume --all" in said.output, said.output
        before = desk.path(POINTS).read_text()
        said = running.type("resume", "--all")
        assert (said.exit_code, "named stop-one-" in said.output) == (0, True), said.output
        text = desk.path(POINTS).read_text()
        assert text.startswith(before.rstrip())
        desk.write(POINTS, text.replace("  - stop-two-", "#  - stop-two-"))  # one of them stays
        desk.git("switch", "--quiet", "-c", "again")
        desk.commit("Let everything run again")
        request = there.open("again", labels=(LABEL,))
        assert there.merge(request).exit_code == 4
        assert keeper.round().lifted == 0
        there.forge.now = datetime.now(UTC)
        there.approve(request, "ana")
        heard = there.merge(request)
        assert heard.exit_code == 0, heard.output
        found = keeper.round()
        assert (found.records, found.lifted) == ("", 1)
        [left] = running.held()
        assert left.startswith("stops/_control/all/stop-two-")
