"""`countersign drill show`: the runs that were kept, and how one went, on whatever screen it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import journals
from support.desk import NAME, Desk
from support.terminal import watch

Json = Any

HOSTILE = "\x1b[2J\u202egood\nfake line"


@pytest.fixture
def desk(on_main: Callable[[], Desk]) -> Desk:
    """A clone in which drills may be kept."""
    return on_main()


def keep(desk: Desk, *entries: Json, outcome: str | None = "passed", run: str = journals.RUN) -> Path:
    """A run with this journal, which came to that."""
    folder = desk.folder / "reports/drills" / run
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    if outcome:
        (folder / "result.json").write_text(json.dumps({"outcome": outcome, "seconds": 12.5}))
    return folder


def test_the_list_is_a_table(desk: Desk) -> None:
    """Its heads stand above their columns, however long a name is; the newest run is the last."""
    keep(desk, journals.begun(), run="20260901-120000-a1b2c3")
    keep(desk, journals.begun(workflow="x"), outcome=None, run="20260902-120000-a1b2c3")
    said = desk.run("drill", "show")
    assert (said.exit_code, said.output.splitlines()) == (0, [
        "Run                     Workflow         Target   Outcome    Took",
        "20260901-120000-a1b2c3  billing-replies  sandbox  passed     12.5 s",
        "20260902-120000-a1b2c3  x                sandbox  not ended",
    ])  # fmt: skip


def test_no_run_is_kept(desk: Desk) -> None:
    """A list of nothing says so."""
    said = desk.run("drill", "show")
    assert (said.exit_code, said.output) == (0, "No run is kept in reports/drills.\n")


@pytest.mark.parametrize(("outcome", "code", "last"), [
    ("passed", 0, f"{journals.RUN}: passed"), ("failed", 1, f"{journals.RUN}: failed"),
    (None, 1, f"{journals.RUN}: it has not ended: countersign drill recover"),
])  # fmt: skip
def test_one_run(outcome: str | None, code: int, last: str, desk: Desk) -> None:
    """Its story, then in the last line how it ended; only one that passed ends well."""
    keep(desk, *journals.passed(), outcome=outcome)
    said = desk.run("drill", "show", journals.RUN)
    assert (said.exit_code, said.output.splitlines()[-1]) == (code, last)
    assert "\nlate-fee-answer: passed\n" in said.output


def test_what_a_target_answered_stays_one_line(desk: Desk) -> None:
    """T15: in every field of a journal, it moves no cursor, turns no text around and forges no line."""
    hurt = [{key: HOSTILE if key in ("error", "why", "runner") else value for key, value in one.items()}
            for one in journals.failed()]  # fmt: skip
    keep(desk, *hurt, outcome="failed")
    output = desk.run("drill", "show", journals.RUN).output
    assert not set("\x1b\u202e") & set(output)
    assert "\nfake" not in output
    plain = [{key: "x" if key in ("error", "why", "runner") else value for key, value in one.items()}
             for one in journals.failed()]  # fmt: skip
    (desk.folder / "reports/drills" / journals.RUN / "journal.jsonl").write_text(
        "".join(f"{json.dumps(entry)}\n" for entry in plain)
    )
    assert len(desk.run("drill", "show", journals.RUN).output.splitlines()) == len(output.splitlines())


@pytest.mark.parametrize("words", [(), (journals.RUN,)])
def test_no_line_breaks_in_the_middle(words: tuple[str, ...], desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal of 80 columns each line fits, and what goes on below is indented."""
    monkeypatch.setenv("NO_COLOR", "1")
    keep(desk, *journals.failed(), outcome="failed")
    _, shown = watch(desk, "drill", "show", *words, columns=80)
    lines = shown.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    if words:
        assert any(line.startswith("           ") for line in lines)
    assert NAME in shown
