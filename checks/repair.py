"""The one way out when the target's rules cannot judge: a change of policies alone, by owner and deputy together.

Its own rules judge it then. Because those could excuse anything, the two consents are checked here as well: the only
judgement outside Rego, for the one case in which there is no Rego to trust.
"""

from __future__ import annotations

from catalog import layout
from catalog.change import Change
from catalog.errors import PolicyError
from checks.facts import Context
from checks.finding import Verdict


def applies(changed: Change) -> bool:
    """Whether the change touches policies and nothing else."""
    paths = [path.path for path in changed.control]
    return not changed.workflows and bool(paths) and all(path.startswith(f"{layout.POLICIES}/") for path in paths)


def check_consent(context: Context, verdict: Verdict) -> None:
    """Raise `PolicyError` when a repair would pass without the owner and the deputy (`solo`: the owner)."""
    people = context.team.people
    needed = {people.get("owner")} if people.get("solo") else {people.get("owner"), people.get("deputy")}
    approved = {one["person"] for one in context.approvals_of(None) if one["digest"] == context.control_digest}
    # Addresses in commits are claims, and anybody can write two co-author lines: one of the two has to have clicked.
    opened = set() if context.pushed_by_others else {context.opened_by}
    wrote = set(context.authors) if context.opened_by is None else opened
    missing = needed - approved - wrote if approved & needed else needed
    if verdict is Verdict.PASS and missing:
        raise PolicyError(
            f"A repair of broken rules needs {' and '.join(sorted(map(str, missing)))}.",
            why="The target's rules cannot judge, so the owner and the deputy must both approve the repair.",
            solution=f"Have them approve {context.control_digest}.",
        )
