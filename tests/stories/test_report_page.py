"""One change with a finding of every kind, judged for real, whose report docs/report.md prints."""

from __future__ import annotations

import re

import pytest
from support.company import Company
from support.pages import check_block, settled

NOW = "2099-11-23T09:00:00Z"
WAIVER = """\
waivers:
  - rule: model.pinned
    workflow: refund-decisions
    owner: ana
    reason: The provider publishes the dated name next week.
    from: "2099-11-01"
    until: "2099-12-31"
"""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `--report text=PATH` writes of that change."""
    company = Company.begin(tmp_path_factory.mktemp("company"))
    company.write("team/waivers.yaml", WAIVER)
    company.commit("Excuse one alias")
    company.push()
    approvals = company.approve(finn=company.digests("billing-replies")["countersigned"])
    company.branch("shorter-and-newer")
    company.replace("workflows/billing-replies/reply.prompt", "at most 120 plain words", "at most 90 plain words")
    company.replace("workflows/refund-decisions/workflow.yaml", "careful-2026-02-11", "careful-latest")
    fallback = "workflows/refund-decisions/fallback.md"
    company.write(fallback, re.sub(r"^\d+\. .*\n", "", company.path(fallback).read_text(), flags=re.MULTILINE))
    company.write("docs/refunds.md", "Refunds are decided by finance.\n")
    said = company.countersign(
        "gate", "--now", NOW, "--approvals", f"../{approvals.name}", "--report", "text=../report.txt"
    )
    assert said.exit_code == 1, said.output
    # The clock is far ahead, so that it never is in the past; the page shows the year of the samples.
    return (company.folder.parent / "report.txt").read_text(encoding="utf-8").replace("2099-", "2026-")


def test_it_shows_a_finding_of_every_kind(text: str) -> None:
    """The report that the page shows has each weight of finding, a workflow, the repository, and the verdict."""
    labels = {line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2] != " "}
    assert {"deny", "wait", "warn", "waived"} <= labels
    assert "\nbilling-replies  widening: files[reply.prompt] changed (high, live, " in text
    assert text.startswith("the repository\n")
    assert text.splitlines()[-1].startswith("refuse: 2 workflows, ")


def test_the_page_shows_a_real_report(text: str, pytestconfig: pytest.Config) -> None:
    """docs/report.md prints what the gate wrote of a real change."""
    check_block(pytestconfig, "docs/report.md", "text", settled(f"```\n{text}```\n"))
