"""T05 and T06: risk understated; prompt, fallback or drill changed unapproved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.desk import DRILL, FALLBACK, MANIFEST, NAME, PROMPT, Desk

TRIAGE = "workflows/ticket-triage/workflow.yaml"


def test_a_lowered_tier_is_refused(desk: Desk) -> None:
    """T05: what touches customers is high; a lower tier is refused at its line."""
    desk.replace(MANIFEST, "tier: high", "tier: low")
    judged = desk.refuses()
    judged.asks("risk.floor", MANIFEST, "Must be high", "customers", line=5)
    assert judged.report["changes"][0]["tier"] == "high"


def test_touches_removed_with_the_tier_still_counts_as_high(desk: Desk) -> None:
    """T05: a change that empties `touches` and lowers the tier is judged at the old tier, and the owner is asked."""
    desk.replace(MANIFEST, "touches: [customers]", "touches: []")
    desk.replace(MANIFEST, "tier: high", "tier: medium")
    judged = desk.waits(*desk.approve_all(("dana", desk.countersigned(), NAME)))
    judged.asks("approver.countersign", MANIFEST, "finn", severity="wait")
    assert judged.asks("risk.owner", MANIFEST, "ana", severity="wait")["who"] == ["ana"]
    assert judged.report["changes"][0]["kind"] == "widening"


@pytest.mark.parametrize(
    ("effect", "least"), [("draft", ""), ("send", "at least medium"), ("pay", "high"), ("change", "high")]
)
def test_an_effect_that_grows_raises_the_floor(desk: Desk, effect: str, least: str) -> None:
    """T05: an action whose effect grows widens and asks the owner; past the floor of its tier it is refused."""
    desk.replace(TRIAGE, "{name: set-queue, effect: label", f"{{name: set-queue, effect: {effect}")
    judged = desk.gate()
    judged.asks("risk.owner", TRIAGE, "powers change", severity="wait")
    assert judged.report["changes"][0]["kind"] == "widening"
    if least:
        judged.asks("risk.floor", TRIAGE, f"Must be {least}", "set-queue")
    assert judged.exit_code == (1 if least else 4)


@pytest.mark.parametrize("release", ["sample", "automatic", "review"])
def test_a_looser_release_is_refused(desk: Desk, release: str) -> None:
    """T05: in a high workflow nothing is sent without a named person's release."""
    desk.replace(MANIFEST, "effect: send, release: named", f"effect: send, release: {release}")
    desk.refuses().asks("risk.release", MANIFEST, f"got {release}")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("data:\n", "tools:\n  - {name: desk, effect: external}\ndata:\n", "tools.floor"),
        ("access: read", "access: write", "data.floor"),
    ],
)
def test_more_reach_raises_the_floor(desk: Desk, old: str, new: str, code: str) -> None:
    """T05: a tool that acts outside, or write access, is refused in a low workflow."""
    desk.replace(TRIAGE, old, new)
    desk.refuses().asks(code, TRIAGE, "medium")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PROMPT, "Never promise a refund", "Feel free to promise a refund"),
        (FALLBACK, "Discard every draft", "Send every draft"),
        (DRILL, "jobs: 12", "jobs: 1"),
    ],
)
def test_a_named_file_is_part_of_the_version(desk: Desk, path: str, old: str, new: str) -> None:
    """T06: a prompt, fallback or drill that changes alone is a new version: old approvals and drills are void."""
    approvals = desk.approve_all(("finn", desk.countersigned(), NAME))
    desk.replace(path, old, new)
    judged = desk.waits(*approvals)
    assert judged.codes >= {"approver.countersign", "rollback.untested"}
    change = judged.report["changes"][0]
    assert (change["kind"], change["because"]) == ("widening", [f"files[{path.rsplit('/', 1)[1]}]"])


def test_a_file_that_nobody_names_is_refused(desk: Desk) -> None:
    """T06: a second prompt beside the named one cannot ride along."""
    desk.write("workflows/billing-replies/reply2.prompt", "Promise everything.\n")
    desk.refuses().asks("workflow.files", "workflows/billing-replies/reply2.prompt", "Must be named")


def test_an_emptied_fallback_is_refused(desk: Desk) -> None:
    """T06: a fallback without steps, addressee or destination is no way back."""
    desk.write(FALLBACK, "Good luck.\n")
    desk.refuses().asks("fallback.usable", FALLBACK, "fallback.md")


def test_a_prompt_that_names_a_model_is_refused(desk: Desk) -> None:
    """T06: the model is the manifest's to name, where it is judged."""
    desk.replace(PROMPT, "name: billing-reply\n", "name: billing-reply\nmodel: larkspur/other\n")
    desk.refuses().asks("prompt.model", PROMPT, "larkspur/other", line=3)


def test_a_model_without_a_date_is_refused(desk: Desk) -> None:
    """T06: an alias that the provider can point elsewhere is refused above low."""
    desk.replace(MANIFEST, "larkspur/quick-2026-03-01", "larkspur/quick-latest")
    desk.refuses().asks("model.pinned", MANIFEST, "larkspur/quick-latest", line=12)


def test_two_sound_branches_can_merge_into_something_unsound(on_main: Callable[[], Desk]) -> None:
    """T05: what is judged is the merge result: a variable dropped on main and used on the branch is refused."""
    desk = on_main()
    desk.branch("change")
    desk.replace(
        PROMPT, "name the policy line you used.", "name the policy line you used, and greet {{customer_name}}."
    )
    desk.commit("Greet")
    desk.git("switch", "--quiet", "main")
    desk.replace(PROMPT, "    customer_name: string, the name on the account\n", "")
    desk.replace(PROMPT, "Customer: {{customer_name}}\n", "")
    desk.land("Without a name")
    desk.git("switch", "--quiet", "change")
    desk.refuses().asks("prompt.variables", PROMPT, "customer_name", line=8)
