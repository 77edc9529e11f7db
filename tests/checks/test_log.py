"""A record in plain lines: what an auditor asks of it is there, and nothing in it is more than text."""

from __future__ import annotations

import pytest
from support.records import control, predicate, side, version

from catalog.records.envelope import Verified
from catalog.records.statement import Kind, make_statement
from checks import log


def told(kind: Kind, **fields: object) -> str:
    """The lines of one record."""
    statement = make_statement(kind, predicate(kind, **fields))
    return "\n".join(log.entry(Verified(statement=statement, key_id="pipeline-2026", path="x")))


def test_a_change_answers_what_merged_and_who_approved() -> None:
    """State, tier, version, model, merge commit, request, author, approver with time, rules and engines."""
    assert told(Kind.CHANGE).splitlines() == [
        f"2026-09-01 12:00 UTC  change    widening: live, high, version {version()[:11]}…, new",
        "    merged as aaaaaaaaaaaa onto bbbbbbbbbbbb of main, by !42 of project 7, trusted",
        "    by dana; approved by ana (approver, by note, 2026-09-01 12:00 UTC)",
        "    models: default provider/model-2026-03-01",
        f"    judged by opa 1.22.2 and regorus 0.13.0, policies {version('policies')[:11]}…",
    ]


def test_a_change_tells_what_was_before() -> None:
    """The state and version that it replaced, or the state in which it was deleted."""
    before = side("old", state="paused")
    assert f"(was paused, {version('old')[:11]}…)" in told(Kind.CHANGE, before=before)
    assert "deleted, was paused" in told(Kind.CHANGE, before=before, after=None)


def test_a_change_tells_what_it_leaned_on() -> None:
    """The drill record, and each waiver with its owner, end and reason."""
    waiver = {"rule": "rollback.stale", "owner": "ana", "until": "2026-10-01", "reason": "The rig is being moved."}
    drill = {"path": "billing-replies/drill/1.dsse.json", "sha256": "d" * 64}
    text = told(Kind.CHANGE, waivers=[waiver], drill=drill)
    assert "drill: billing-replies/drill/1.dsse.json" in text
    assert "waived: rollback.stale by ana until 2026-10-01: The rig is being moved." in text


def test_what_was_approved_by_its_author_says_so() -> None:
    """Self-approved is said wherever it is told; where nobody had to approve, that is said."""
    assert "self-approved: ana" in told(Kind.CHANGE, self_approved=True)
    assert "nobody had to approve it" in told(Kind.CHANGE, approvals=[])


def test_paths_outside_workflows_are_named() -> None:
    """The first five of them, each with what became of it, and how many more."""
    paths = [{"path": f"docs/{number}.md", "status": "added"} for number in range(7)]
    text = told(Kind.CHANGE, **control(paths=paths))
    assert "7 paths outside workflows" in text
    assert "docs/0.md added, docs/1.md added" in text
    assert "and 2 more" in text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.DRILL, ["passed on sandbox", "31.5 s", "run 20260901-1 on job 1234"]),
        (Kind.STOP, ["everything, version h1:", "stop stop-1, by eli", "reason: A customer was quoted"]),
        (Kind.RESUME, ["stop stop-1 lifted", "by dana", "The fee table was corrected."]),
        (Kind.RESULT, ["keep version h1:", "after 120 tasks, by ana", "from 2026-08-24 to 2026-08-30"]),
        (Kind.OVERRIDE, ["rules repaired in aaaaaaaaaaaa", "ana (owner,", "ben (deputy,", "did not parse"]),
    ],
)
def test_every_kind_of_record_is_told(kind: Kind, words: list[str]) -> None:
    """What happened, by whom and why."""
    assert not [word for word in words if word not in told(kind)], told(kind)


def test_a_record_is_only_text() -> None:
    """T15: a path with a line break, a colour or a mark that turns the text round is shown as plain text."""
    paths = [{"path": "docs/a\n    by nobody \x1b[31m\u202e", "status": "added"}]
    text = told(Kind.CHANGE, **control(paths=paths))
    assert not {"\x1b", "\u202e"} & set(text)
    assert "\n    by nobody" not in text
