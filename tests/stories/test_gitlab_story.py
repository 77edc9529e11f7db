"""Two merge requests at a small company's GitLab, from opening to record, printed in docs/gitlab-story.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from support.company import Company
from support.desk import NAME, PROMPT, Desk
from support.forge_desk import ForgeDesk, main, records
from support.pages import check, settled

from catalog import versions
from checks.gitlab.merging import LABEL


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does, what the merge request or the terminal then says, and what the job ended with."""

    title: str
    prose: str
    shown: str
    exit_code: int


def _begin(company: Company) -> Desk:
    company.record_change(NAME, versions.h1({PROMPT: company.path(PROMPT).read_bytes()}), days_ago=3)
    company.record_drill(NAME, days_ago=3)
    return Desk.copy(company, company.folder.parent.parent / "desk")


def _shorten(there: ForgeDesk, words: int, branch: str) -> None:
    there.desk.git("switch", "--quiet", "-c", branch, "origin/main")
    there.desk.replace(PROMPT, "at most 120 plain words", f"at most {words} plain words")
    there.desk.commit("Shorter replies")


def _drill(there: ForgeDesk) -> None:
    there.desk.record_drill(NAME, days_ago=2)
    there.desk.git("push", "--quiet", "origin", "records")


def _from_opening_to_record(there: ForgeDesk) -> Iterator[Step]:
    _shorten(there, 90, "shorter-replies")
    request = there.open("shorter-replies", labels=(LABEL,))
    heard = there.merge(request)
    yield Step(
        "Dana asks for a merge",
        f"Dana shortens the replies of a live, high-tier workflow, opens !{request.iid} and gives it the label "
        f"`{LABEL}`. The control project's job judges it, merges nothing, and writes one note:",
        _quoted(heard.note), heard.exit_code,
    )  # fmt: skip
    _drill(there)
    heard = there.merge(request)
    yield Step(
        "The pipeline rehearses",
        "The drill of this very version passes and is on record. The same note is edited, and one click is missing:",
        _quoted(heard.note), heard.exit_code,
    )  # fmt: skip
    there.countersign(request, "finn")
    heard = there.merge(request)
    yield Step(
        "Finn countersigns in the browser",
        "Finn reads the change, presses *Approve*, and writes the line from the note as a comment. The next job judges "
        "again on the tip of `main`, merges just that commit, and records it:",
        _quoted(heard.note) + "\n" + _console("merged ", heard.output), heard.exit_code,
    )  # fmt: skip
    there.desk.git("fetch", "--quiet", "origin", "+refs/heads/records:refs/remotes/origin/records")
    said = there.desk.run("log", NAME)
    yield Step(
        "What is on record",
        "Anybody with a clone can read it, and check the signatures:",
        f"```console\n$ {said.command}\n{said.output}```\n", said.exit_code,
    )  # fmt: skip


def _an_attack(there: ForgeDesk) -> Iterator[Step]:
    there.desk.git("fetch", "--quiet", "origin")
    there.desk.git("switch", "--quiet", "-c", "friendlier", "origin/main")
    there.desk.replace(PROMPT, "at most 90 plain words", "at most 100 plain words")
    there.desk.commit("A little longer")
    _drill(there)
    request = there.open("friendlier")
    there.countersign(request, "finn")
    assert there.judge(request, "--me", "900").exit_code == 0
    there.desk.replace(PROMPT, "at most 100 plain words", "at most 100 plain words, and promise every refund")
    there.desk.commit("Fix a typo")
    there.push(request)
    _drill(there)
    there.forge.label(request, LABEL)
    heard = there.merge(request)
    yield Step(
        "Another text under an old approval",
        f"Finn countersigned !{request.iid}, which passed. Then Dana pushes one more commit, called *Fix a typo*, and "
        "only now gives it the label. Finn's approval still stands on the page. It was given on something else:",
        _quoted(heard.note), heard.exit_code,
    )  # fmt: skip
    there.say(request, "dana", f"countersigned {NAME} {there.desk.countersigned()}")
    heard = there.merge(request)
    yield Step(
        "The line from another hand",
        "Dana copies the line out of the note and writes it herself. Nothing changes: only the words of somebody who "
        "approved count, and only for what they approved.",
        _console("not merged", heard.output), heard.exit_code,
    )  # fmt: skip


STORIES: Mapping[str, Callable[[ForgeDesk], Iterator[Step]]] = {
    "From opening to record": _from_opening_to_record,
    "An attack": _an_attack,
}
ENDS = {
    "Dana asks for a merge": (4, "finn"),
    "The pipeline rehearses": (4, "press *Approve*"),
    "Finn countersigns in the browser": (0, "recorded billing-replies"),
    "What is on record": (0, "finn (approver, by note"),
    "Another text under an old approval": (4, "before the push of"),
    "The line from another hand": (4, "not merged: the verdict is wait"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Step]]:
    """Both stories, played once, one after the other."""
    desk = _begin(Company.begin(tmp_path_factory.mktemp("company") / "company"))
    with ForgeDesk.begin(desk) as there:
        found = {title: list(play(there)) for title, play in STORIES.items()}
        assert [request.state for request in there.project.merge_requests] == ["merged", "opened"]
        merges = {one.predicate["merge"]["commit"] for one in records(there)}
        assert main(there) in merges
        return {title: [_timeless(there, step) for step in steps] for title, steps in found.items()}


@pytest.mark.parametrize("title", ENDS)
def test_each_step_ends_as_told(told: Mapping[str, list[Step]], title: str) -> None:
    """Every step ends with the exit code and the words it should (T02, T03)."""
    [step] = [step for steps in told.values() for step in steps if step.title == title]
    exit_code, words = ENDS[title]
    assert step.exit_code == exit_code, step.shown
    assert words in step.shown


def test_the_page_prints_what_was_said(told: Mapping[str, list[Step]], pytestconfig: pytest.Config) -> None:
    """docs/gitlab-story.md shows exactly what the notes and the jobs say."""
    assert [step.title for steps in told.values() for step in steps] == list(ENDS)
    check(pytestconfig, "docs/gitlab-story.md", settled(_page(told)))


def _page(told: Mapping[str, list[Step]]) -> str:
    parts = [
        "<!-- Generated from tests/stories/test_gitlab_story.py by `python3 start.py pages`. -->\n",
        "# Two merge requests on GitLab\n\nWhat people do, and what Countersign says to it. Each note and each block "
        "is what was really written; times, commits and the policies' digest are made alike.\n",
    ]
    for title, steps in told.items():
        parts.append(f"## {title}\n")
        parts += [f"### {step.title}\n\n{step.prose}\n\n{step.shown}" for step in steps]
    return "\n".join(parts)


def _quoted(note: str) -> str:
    """A note as a quotation, without its hidden lines."""
    shown = [line for line in note.rstrip().splitlines() if not line.startswith("<!-- ")]
    return "\n".join(f"> {line}".rstrip() for line in shown) + "\n"


def _console(start: str, output: str) -> str:
    [line] = [line for line in output.splitlines() if line.startswith(start)]
    return f"```console\n{line}\n```\n"


def _timeless(there: ForgeDesk, step: Step) -> Step:
    """Without what differs between two runs: addresses, times, and the commits that are made at those times."""
    text = step.shown.replace(there.url, "https://gitlab.example.org")
    for made in filter(None, (request.merge_commit_sha for request in there.project.merge_requests)):
        text = text.replace(made, "3f9a2b1c0d4e" + "0" * 28).replace(made[:12], "3f9a2b1c0d4e")
    text = text.replace(there.project.merge_requests[-1].sha[:12], "5c1d7e9a0b3f")  # made on top of the merge
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-23T09:00:00Z", text)
    text = re.sub(r"\d\d:\d\d UTC on \d{4}-\d\d-\d\d", "09:00 UTC on 2026-11-23", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-23 09:00 UTC", text)
    text = re.sub(r"`\d\d:\d\d` UTC on `\d{4}-\d\d-\d\d`", "`09:00` UTC on `2026-11-23`", text)
    text = re.sub(r"\d{8}T\d{6}\.\d{3}Z-[0-9a-f]+\.dsse", "20261123T090000Z-5c1d7e9a.dsse", text)
    return Step(step.title, step.prose, text, step.exit_code)
