"""Judging merge requests on a GitLab of this machine: what it costs beside the gate and the bare calls, and a sweep.

The server and the sample company are those of the tests; each timed command is a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Command, Figure, medians

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from support.company import Company
from support.desk import FOLDER, NAME, PROMPT, Desk
from support.forge_desk import ForgeDesk, ready

from catalog import versions

_BARE = """
import sys, requests
session = requests.Session()
session.headers["Authorization"] = "Bearer " + sys.argv[2]
for path in sys.argv[3:]:
    session.get(sys.argv[1] + "/api/v4" + path).json()
"""


def figures(folder: Path, runs: int, open_requests: int) -> Iterator[Figure]:
    """One merge request, and then a sweep over many that are unchanged."""
    desk = _desk(folder)
    with ForgeDesk.begin(desk) as there:
        yield from _one(there, runs)
        yield from _sweep(there, open_requests)


def _desk(folder: Path) -> Desk:
    company = Company.begin(folder / "company")
    company.record_change(NAME, versions.h1({PROMPT: company.path(PROMPT).read_bytes()}), days_ago=3)
    company.record_drill(NAME, days_ago=3)
    desk = Desk.copy(company, folder / "desk")
    desk.branch("change")
    return desk


def _one(there: ForgeDesk, runs: int) -> Iterator[Figure]:
    request = ready(there)
    judging = [_countersign(), *there.words("judge", str(request.iid))]
    judge = Command(name="judge", folder=there.desk.folder, arguments=judging)
    there.forge.reset_calls()
    judge.seconds()
    first = len(there.forge.calls)
    there.forge.reset_calls()
    judge.seconds()
    asked = [call.path for call in there.forge.calls if call.method == "GET"]
    told = asked[: len(there.forge.calls) - len(asked)]  # as many calls, all of them reading
    gate = Command(
        name="gate", folder=there.desk.folder,
        arguments=[_countersign(), "gate", "--base", "origin/main", "--head", request.sha], exit_code=4,
    )  # fmt: skip
    bare = Command(
        name="bare calls", folder=there.desk.folder,
        arguments=[sys.executable, "-c", _BARE, there.url, os.environ["COUNTERSIGN_GITLAB_TOKEN"], *asked, *told],
    )  # fmt: skip
    taken = medians([judge, gate, bare], runs)
    ratio = taken["judge"] / (taken["gate"] + taken["bare calls"])
    yield Figure(what="judge a merge request / (gate + bare calls)", value=ratio, limit=1.3, seconds=taken)
    yield Figure(what="judge a merge request: calls", value=first, limit=6, seconds={})


def _sweep(there: ForgeDesk, count: int) -> Iterator[Figure]:
    desk = there.desk
    there.sweep()  # merges what was judged so far
    desk.git("fetch", "--quiet", "origin")
    for number in range(count):
        desk.git("switch", "--quiet", "--force-create", f"change-{number}", "origin/main")
        desk.replace(PROMPT, "at most 90", f"at most {200 + number}")
        desk.git("commit", "--quiet", "--all", "-m", f"At most {200 + number} words in {FOLDER}")
        there.open(f"change-{number}")
    there.sweep()
    there.forge.reset_calls()
    said = there.sweep()
    unchanged = said.output.count("as before: ")
    if unchanged < count:
        raise RuntimeError(f"{unchanged} of {count} merge requests were unchanged:\n{said.output[-2000:]}")
    calls = len(there.forge.calls) / unchanged
    yield Figure(what=f"sweep over {count}: calls for each unchanged one", value=calls, limit=3, seconds={})


def _countersign() -> str:
    return str(Path(sys.executable).with_name("countersign"))
