"""One change after another at a small company: typed for real, on a real clone, and printed in docs/story.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.company import Company, Said
from support.pages import check, check_block, settled

REPLY = "workflows/billing-replies/reply.prompt"
MANIFEST = "workflows/billing-replies/workflow.yaml"
STATE = "workflows/billing-replies/state.yaml"
LAUNCHED = "workflows/refund-decisions/workflow.yaml"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what somebody does, what they type, what they are told."""

    title: str
    prose: str
    said: Said
    exit_code: int
    mentions: tuple[str, ...]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Step]:
    """The whole story, played once."""
    return {step.title: step for step in _play(Company.begin(tmp_path_factory.mktemp("company")))}


def _play(company: Company) -> Iterator[Step]:
    company.record_change("billing-replies", _prompt_digest(company), days_ago=3)
    company.record_drill("billing-replies", days_ago=3)
    yield _step(
        company, "Nothing changed", "On a fresh branch there is nothing to judge, and that is said.", 0, "othing"
    )
    for part in (_countersign_a_prompt, _ask_too_much, _remove_what_refuses, _go_back):
        yield from part(company)


def _countersign_a_prompt(company: Company) -> Iterator[Step]:
    company.branch("calmer-tone")
    company.replace(REPLY, "at most 120 plain words", "at most 90 plain words")
    yield _step(company, "Edit a prompt", "Dana shortens the replies of a live, high-tier workflow.",
                4, "approver.countersign", "finn", "rollback.untested")  # fmt: skip

    company.commit("Shorter replies")
    approvals = company.approve(finn=company.digests("billing-replies")["countersigned"])
    company.record_drill("billing-replies")
    yield _step(company, "Countersigned and drilled", "Finn approves just this version; the pipeline's drill passes.",
                0, "pass", approvals=approvals)  # fmt: skip
    company.merge("calmer-tone", "Merge branch 'calmer-tone'")
    company.record_change("billing-replies", _prompt_digest(company))


def _ask_too_much(company: Company) -> Iterator[Step]:
    company.branch("launch-refunds")
    company.write("workflows/refund-decisions/state.yaml", "state: live\n")
    company.replace(LAUNCHED, _line(company, LAUNCHED, "fallback:"), "")
    company.path("workflows/refund-decisions/fallback.md").unlink()
    yield _step(company, "Launch without a fallback", "Refund decisions go live with no way to work without them.",
                1, "fallback.usable")  # fmt: skip
    company.abandon()

    company.branch("less-paperwork")
    company.replace(MANIFEST, "tier: high", "tier: medium")
    yield _step(company, "Lower a tier", "Medium would need no named approver.", 1, "risk.floor")
    company.abandon()


def _remove_what_refuses(company: Company) -> Iterator[Step]:
    company.branch("tidy-up")
    company.path("workflows/billing-replies/fallback.md").unlink()
    yield _step(company, "Delete the fallback", "The file looks unused.", 1, "workflow.files")
    _empty_rule(company, "fallback/usable")
    _empty_rule(company, "workflow/files")
    yield _step(company, "Edit a policy to allow it", "The same change now also empties the two rules that refused it.",
                1, "workflow.files", "control.owner")  # fmt: skip
    company.write(
        "policies/gate/fallback/usable.rego",
        company.path("policies/gate/fallback/usable.rego").read_text() + "\ndeny {\n",
    )
    yield _step(company, "Break the Rego", "Then the rule no longer parses.", 3, "usable.rego")
    company.abandon()


def _go_back(company: Company) -> Iterator[Step]:
    company.branch("pause-replies", who="eli")
    company.write(STATE, "state: paused\nreason: A draft quoted the wrong late fee for an older plan.\n")
    yield _step(
        company, "Pause by on-call", "Eli is on call and sees a wrong fee. Pausing needs nobody else.", 0, "narrowing"
    )
    company.abandon()

    company.branch("calm-again", who="eli")
    company.replace(REPLY, "at most 90 plain words", "at most 120 plain words")
    yield _step(company, "Return to the last good prompt", "Short replies lose the policy line: Eli reverts.",
                0, "restoring")  # fmt: skip


def _step(
    company: Company, title: str, prose: str, exit_code: int, *mentions: str, approvals: Path | None = None
) -> Step:
    options = ["--approvals", f"../{approvals.name}"] if approvals else []
    return Step(title, prose, company.countersign("gate", *options), exit_code, mentions)


def _prompt_digest(company: Company) -> str:
    from catalog import versions

    return versions.h1({REPLY: company.path(REPLY).read_bytes()})


def _line(company: Company, name: str, start: str) -> str:
    return next(line for line in company.path(name).read_text().splitlines(keepends=True) if line.startswith(start))


def _empty_rule(company: Company, name: str) -> None:
    text = company.path(f"policies/gate/{name}.rego").read_text()
    package = next(line for line in text.splitlines() if line.startswith("package "))
    head = text.split(package)[0]
    company.write(f"policies/gate/{name}.rego", f"{head}{package}\n\nfindings := set()\n")


TITLES = (
    "Nothing changed", "Edit a prompt", "Countersigned and drilled", "Launch without a fallback", "Lower a tier",
    "Delete the fallback", "Edit a policy to allow it", "Break the Rego", "Pause by on-call",
    "Return to the last good prompt",
)  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_each_step_ends_as_told(story: dict[str, Step], title: str) -> None:
    """Every step of the story ends with the exit code and the words it should (T01, T05, T06, T11, T12)."""
    step = story[title]
    assert step.said.exit_code == step.exit_code, step.said.output
    assert [word for word in step.mentions if word not in step.said.output] == [], step.said.output


def test_the_story_page_prints_what_was_said(story: dict[str, Step], pytestconfig: pytest.Config) -> None:
    """docs/story.md shows exactly what the commands print."""
    assert tuple(story) == TITLES
    check(pytestconfig, "docs/story.md", settled(_page(story.values())))


def test_the_readme_shows_a_bad_merge_request(story: dict[str, Step], pytestconfig: pytest.Config) -> None:
    """The README opens with the real answer to a bad merge request."""
    check_block(pytestconfig, "README.md", "refused", settled(_console(story["Delete the fallback"].said)))


def _page(steps: Iterable[Step]) -> str:
    parts = [
        "<!-- Generated from tests/stories/test_merge_story.py by `python3 start.py pages`. -->\n",
        "# A story of ten changes\n\nWhat Countersign says to a small company's changes, one after another.\n"
        "Each block is what was really printed; commits and the digests of whole trees are made alike.\n",
    ]
    for step in steps:
        parts.append(f"## {step.title}\n\n{step.prose}\n\n{_console(step.said)}\nExit code {step.said.exit_code}.\n")
    return "\n".join(parts)


def _console(said: Said) -> str:
    # The clock is the one thing that differs between two runs.
    output = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-23T09:00:00Z", said.output.rstrip())
    return f"```console\n$ {said.command}\n{output}\n```\n"
