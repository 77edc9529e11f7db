"""A job that is killed anywhere loses nothing: the next sweep finishes what it began, and does nothing twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.desk import NAME
from support.forge_desk import ForgeDesk, main, ready, records

from catalog.git import Repository
from checks.gitlab import lock
from checks.gitlab.merging import LABEL

KILLER = """\
#!/bin/sh
while read -r old new name; do
    case "$name $(git log -1 --format=%s "$new")" in {pattern}) kill -9 "$(cat {pid})";; esac
done
"""
CALLS = {
    "before it told the status": ("POST", "/statuses/"),
    "between status and note": ("POST", "/notes$"),
    "before it merged": ("PUT", "/merge$"),
}
PUSHES = {
    "before it had the lock": ("pre-receive", '"refs/heads/countersign/merging Held"*'),
    "right after it had the lock": ("post-receive", '"refs/heads/countersign/merging Held"*'),
    "before its records arrived": ("pre-receive", '"refs/heads/records "*'),
    "right after its records arrived": ("post-receive", '"refs/heads/records "*'),
    "before it gave the lock back": ("pre-receive", '"refs/heads/countersign/merging Free"*'),
}


@pytest.fixture(autouse=True)
def expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever held the lock has held it for longer than it is believed."""
    monkeypatch.setattr(lock, "LEASE", timedelta(0))


def killed(there: ForgeDesk, number: int, arm: Callable[[Callable[[], int]], None]) -> None:
    """Run the merging job, and see that it was killed."""
    pid: list[int] = []
    arm(lambda: pid[0])
    process = there.start("merge", str(number))
    pid.append(process.pid)
    there.desk.folder.parent.joinpath("job.pid").write_text(str(process.pid))
    assert process.wait(60) == -signal.SIGKILL


def comes_right(there: ForgeDesk, known: int) -> None:
    """Two sweeps later it is merged and recorded once, a third finds nothing to do, and others can merge."""
    there.sweep()
    said = there.sweep()
    assert said.exit_code == 0, said.output
    found = records(there)
    assert len(found) == known + 1
    assert found[0].predicate["merge"]["commit"] == main(there)
    assert there.sweep().output == ""
    with Repository.discover(there.desk.folder) as clone, lock.held(clone, "origin", ""):
        pass


@pytest.mark.parametrize("when", CALLS)
def test_killed_at_a_call(forge_desk: ForgeDesk, when: str) -> None:
    """A job that is killed as GitLab is told something."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    method, path = CALLS[when]
    killed(
        forge_desk, request.iid,
        lambda pid: forge_desk.forge.before(method, path, lambda: os.kill(pid(), signal.SIGKILL)),
    )  # fmt: skip
    comes_right(forge_desk, known)


def test_killed_after_it_merged(forge_desk: ForgeDesk) -> None:
    """A job that is killed when GitLab has merged, and before anything is recorded."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    forge = forge_desk.forge

    def arm(pid: Callable[[], int]) -> None:
        then = lambda: forge.before("GET", f"/{request.iid}$", lambda: os.kill(pid(), signal.SIGKILL))  # noqa: E731
        forge.before("PUT", "/merge$", then)

    killed(forge_desk, request.iid, arm)
    assert request.state == "merged"
    comes_right(forge_desk, known)


@pytest.mark.parametrize("when", PUSHES)
def test_killed_at_a_push(forge_desk: ForgeDesk, when: str) -> None:
    """A job that is killed as it pushes, before the remote takes it or right after."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    name, pattern = PUSHES[when]
    folder = forge_desk.desk.folder.parent
    hook = folder / "remote.git" / "hooks" / name
    _install(hook, KILLER.format(pattern=pattern, pid=folder / "job.pid"))
    killed(forge_desk, request.iid, lambda _: None)
    hook.unlink()
    comes_right(forge_desk, known)


def test_a_refused_push_of_the_records_is_made_good(forge_desk: ForgeDesk) -> None:
    """While the branch takes nothing, the merge stands without a record and the job is red; then one sweep records."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    hook = forge_desk.desk.folder.parent / "remote.git" / "hooks" / "update"
    _install(hook, '#!/bin/sh\ncase "$1" in refs/heads/records) echo "read-only now" >&2; exit 1;; esac\n')
    heard = forge_desk.merge(request)
    assert (heard.exit_code, request.state) == (3, "merged")
    assert "The records were not taken" in heard.output
    assert len(records(forge_desk)) == known
    assert forge_desk.sweep().exit_code == 3
    hook.unlink()
    assert forge_desk.sweep().exit_code == 0
    assert [one.predicate["workflow"] for one in records(forge_desk)[:-known]] == [NAME]
    assert forge_desk.sweep().output == ""


def _install(hook: Path, text: str) -> None:
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(0o755)


def test_two_jobs_race_for_one_request(forge_desk: ForgeDesk) -> None:
    """An event that came twice merges and records once."""
    request = ready(forge_desk)
    known = len(records(forge_desk))
    jobs = [forge_desk.start("merge", str(request.iid)) for _ in range(2)]
    ended = sorted(job.wait(60) for job in jobs)
    assert ended[0] == 0
    assert ended[1] in (0, 3)
    assert request.state == "merged"
    assert len(records(forge_desk)) == known + 1
    comes_right(forge_desk, known)


def test_two_requests_race_for_main(forge_desk: ForgeDesk) -> None:
    """Of two that pass at once, each is merged onto a tip that it was judged on, and recorded with it."""
    first = ready(forge_desk)
    desk = forge_desk.desk
    desk.git("switch", "--quiet", "-c", "page", "origin/main")
    desk.write("docs/replies.md", "Why they are shorter.\n")
    desk.commit("Say why")
    second = forge_desk.open("page", labels=(LABEL,))
    forge_desk.approve(second, "ana")
    before = main(forge_desk)
    for job in [forge_desk.start("merge", str(one.iid)) for one in (first, second)]:
        assert job.wait(60) in (0, 3)
    forge_desk.sweep()
    assert (first.state, second.state) == ("merged", "merged")
    made = [records(forge_desk, name)[0].predicate["merge"] for name in (NAME, "_control")]
    parents = {one["commit"]: one["first_parent"] for one in made}
    assert parents[main(forge_desk)] in parents
    assert parents[parents[main(forge_desk)]] == before
