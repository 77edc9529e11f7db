"""T11 and T12: nothing was judged; the rules break, hang or reach out."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable

import pytest
from support.desk import FOLDER, Desk

RULE = "policies/gate/note/one-page.rego"
VERDICT = "policies/verdict.rego"


def body(desk: Desk, path: str, text: str) -> None:
    """The rule keeps its metadata and gets another body."""
    source = desk.path(path).read_text()
    head = source[: re.search(r"^package .*\n", source, re.MULTILINE).end()]  # type: ignore[union-attr]
    desk.write(path, f"{head}\n{text}\n")


def test_no_workflow_left_is_an_error(desk: Desk) -> None:
    """T11: a change that leaves no workflow at all is not judged, whatever the rules would say."""
    shutil.rmtree(desk.path("workflows"))
    desk.cannot_judge("leaves no workflow", "workflows/")


def test_workflows_moved_away_are_an_error(desk: Desk) -> None:
    """T11: moving the folder so that no rule finds a workflow is an error."""
    desk.path("workflows").rename(desk.path("flows"))
    desk.cannot_judge("leaves no workflow")


def test_policies_removed_are_an_error(desk: Desk) -> None:
    """T11: a change without any policies cannot be judged by its own."""
    shutil.rmtree(desk.path("policies"))
    desk.cannot_judge("no rules to judge by", "policies/gate/")


def test_a_target_without_policies_is_an_error(on_main: Callable[[], Desk]) -> None:
    """T11: a target that has no policies judges nothing, and that is an error."""
    desk = on_main()
    shutil.rmtree(desk.path("policies"))
    desk.land()
    desk.branch("change")
    desk.replace(f"{FOLDER}/reply.prompt", "120", "90")
    desk.cannot_judge("no policies to judge by", "--target")
    desk.cannot_judge("no rules to judge by", args=("--all",))


@pytest.mark.parametrize("args", [(), ("--all",)])
def test_a_rule_without_findings_is_an_error(desk: Desk, args: tuple[str, ...]) -> None:
    """T11: a rule that defines no findings took no part, and is named."""
    body(desk, RULE, "")
    desk.cannot_judge("note.one-page", args=args)


@pytest.mark.parametrize("args", [(), ("--all",)])
@pytest.mark.parametrize("text", ["package countersign.verdict\n", "package countersign.verdict\n\nanswer := {}\n", ""])
def test_a_verdict_that_says_nothing_is_an_error(desk: Desk, args: tuple[str, ...], text: str) -> None:
    """T11: an emptied verdict.rego is undefined or incomplete, which is never a pass."""
    desk.write(VERDICT, text)
    desk.cannot_judge("verdict", args=args)


def test_a_verdict_on_the_target_that_says_nothing_is_an_error(on_main: Callable[[], Desk]) -> None:
    """T11: the same on the target, where no change brought it."""
    desk = on_main()
    desk.write(VERDICT, "package countersign.verdict\n")
    desk.land()
    desk.branch("change")
    desk.replace(f"{FOLDER}/reply.prompt", "120", "90")
    desk.cannot_judge("verdict")


def test_no_workflow_at_all_is_an_error_for_the_whole_repository(on_main: Callable[[], Desk]) -> None:
    """T11: `--all` in a repository without workflows judged nothing."""
    desk = on_main()
    shutil.rmtree(desk.path("workflows"))
    desk.cannot_judge("no workflow to judge", args=("--all",))


@pytest.mark.parametrize(
    "call",
    [
        'http.send({"method": "get", "url": "http://127.0.0.1:9"})',
        "opa.runtime()",
        "time.now_ns()",
        'net.lookup_ip_addr("localhost")',
        'rand.intn("x", 2)',
        'trace("x")',
        "rego.metadata.rule()",
        'io.jwt.decode("x")',
    ],
)
@pytest.mark.parametrize("engine", ["regorus", "both"])
def test_rego_that_reaches_out_is_an_error(desk: Desk, call: str, engine: str) -> None:
    """T12: rules compile without network, environment, clock or chance; the file and line are named."""
    body(
        desk,
        RULE,
        f'findings contains {{"workflow": null, "field": "people", "message": "x"}} if {{\n\t_ := {call}\n}}',
    )
    judged = desk.gate("--engine", engine)
    assert judged.exit_code == 3, judged.output
    assert RULE in judged.output
    assert re.search(re.escape(RULE) + r":\d+", judged.output), judged.output


def test_rego_that_calls_itself_is_an_error(desk: Desk) -> None:
    """T12: recursion does not compile, or crashes a process that is not the gate's."""
    body(
        desk,
        RULE,
        'f(x) := f(x + 1)\n\nfindings contains {"workflow": null, "field": "p", "message": "x"} if f(1) == 2',
    )
    desk.cannot_judge()


@pytest.mark.parametrize("engine", ["regorus", "opa"])
def test_rego_that_never_ends_is_stopped(desk: Desk, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: an evaluation past its deadline is an error, and its process is gone."""
    from catalog.engines.opa import OpaEngine
    from catalog.engines.regorus import RegorusEngine

    for engine_class in (OpaEngine, RegorusEngine):
        defaults = engine_class.__init__.__kwdefaults__
        monkeypatch.setattr(engine_class.__init__, "__kwdefaults__", {**(defaults or {}), "deadline": 2.0})
    many = "numbers.range(1, 4000)"
    body(
        desk, RULE,
        "findings contains {\"workflow\": null, \"field\": \"people\", \"message\": \"x\"} if {\n"
        f"\tcount([1 | some a in {many}; some b in {many}; some c in {many}; a + b == c * 7000]) == 1\n}}",
    )  # fmt: skip
    desk.cannot_judge("2 s", args=("--engine", engine))


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux bounds a process's memory.")
@pytest.mark.parametrize("most", ["4000000000", "40000000"])
def test_rego_that_takes_all_memory_is_stopped(desk: Desk, most: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: an evaluation that asks for more memory than the engine may have is an error; the machine goes on."""
    from catalog.engines import contained

    monkeypatch.setattr(contained, "MEMORY", 512 << 20)
    body(
        desk, RULE,
        "findings contains {\"workflow\": null, \"field\": \"people\", \"message\": \"x\"} if {\n"
        f"\tcount(numbers.range(1, {most})) == 3\n}}",
    )  # fmt: skip
    desk.cannot_judge("crashed", "memory")


@pytest.mark.parametrize("path", ["policies/gate/note/bad.rego", "policies/lib/bad.rego"])
@pytest.mark.parametrize("text", ["", "package x\n\ndeny {\n", "\xff", "package countersign.verdict\n\nanswer := 1\n"])
def test_a_module_that_cannot_be_used_is_an_error(desk: Desk, path: str, text: str) -> None:
    """T12: a module that does not parse, has no metadata, or redefines the verdict is an error or refused."""
    desk.write(path, text)
    judged = desk.gate()
    if path.startswith("policies/gate") or text:
        assert judged.exit_code in (1, 3), judged.output


def test_a_module_that_is_a_link_is_an_error(desk: Desk) -> None:
    """T12: a rule that is a link is not read through it."""
    desk.path(RULE).unlink()
    desk.path(RULE).symlink_to("/etc/passwd")
    judged = desk.gate()
    assert judged.exit_code in (1, 3), judged.output
    assert "root:" not in judged.output
