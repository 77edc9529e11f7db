"""docs/on-call.md is followed, command by command, by somebody with a key, at real enforcement points."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from support.company import ROOT
from support.desk import NAME, STATE
from support.desks import company
from support.fleets import there, three
from support.live import POINTS, Live, environ

__all__ = ["company", "there", "three"]

PAGE = ROOT / "docs/on-call.md"


def commands() -> list[list[str]]:
    """What the page says to type, in its order."""
    blocks = re.findall(r"^```sh\n(.+?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_the_page_is_one_page() -> None:
    """It is read at night: at most 70 lines."""
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) <= 70


def test_every_command_does_what_the_page_says(there: Live, tmp_path: Path) -> None:
    """T16: look, stop one action, stop the workflow, stop everything, try to go back, prepare the return."""
    typed = commands()
    assert [words[1] for words in typed] == ["key", "status", "stop", "stop", "stop", "rollback", "resume", "resume"]
    with environ(XDG_CONFIG_HOME=str(tmp_path)):
        made = there.desk.countersign(*typed[0][1:])
    assert (made.exit_code, "Add the public half to dana" in made.output) == (0, True), made.output
    [kept] = (tmp_path / "countersign/keys/dana").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    ended = {}
    for words in typed[1:]:
        assert words[0] == "countersign"
        said = there.type(*words[1:])
        ended[" ".join(words[1:3])] = said.exit_code
        if words[1] == "stop":
            assert "All 3 points confirmed" in said.output, said.output
            assert there.ask(action="late-fee-question")["code"] == "stopped"
        if words[1:3] == ["stop", f"{NAME}/late-fee-question"]:
            assert there.ask(action="invoice-copy")["code"] == "approval_needed"
    # This workflow never had another version, so there is no way back, and the command says so.
    assert ended[f"rollback {NAME}"] == 2
    assert [typed for typed, code in ended.items() if code] == [f"rollback {NAME}"]
    assert there.desk.path(STATE).read_text().count("- id: stop-") == 2
    assert there.desk.path(POINTS).read_text().count("- stop-") == 1
    there.desk.git("checkout", "--quiet", "--", STATE, POINTS)


def test_what_the_page_quotes_is_what_the_commands_print() -> None:
    """Each sentence of its table is one that the program has."""
    source = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("countersign/commands/live.py", "controls/live/order.py")
    )
    for words in (
        "not confirmed",
        "No point confirmed",
        "is old: the bundle also lists",
        "Every point refuses ",
    ):
        assert words in source
