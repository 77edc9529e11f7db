"""The one document that rules judge, put together from the catalogue and the sources (docs/facts.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog import clock, delta, layout, states, team
from catalog.change import Change, WorkflowChange
from catalog.policies import RuleSet
from catalog.team import Team
from checks.sources.interface import Approval

Json = Any

_PLAIN_PEOPLE = (layout.PEOPLE, "100644", "100644")
NO_HISTORY: Mapping[str, Json] = {"was_live": False, "removed_before": False, "look_alike": None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What records say of one workflow, as rules see it."""

    drills: Sequence[Mapping[str, Json]] = ()
    recorded: Sequence[Mapping[str, Json]] = ()
    stops: Sequence[Mapping[str, Json]] = ()
    drilled: str = ""
    """What the newest drill came to, in words: for people, and no rule sees it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """Everything about a run that is the same for each workflow."""

    mode: str
    assurance: str
    now: datetime
    team: Team
    team_after: Team
    team_changed: bool = False
    repair: bool = False
    authors: Sequence[str] = ()
    opened_by: str | None = None
    """Who opened the change, where a forge says so; then only they are taken to have consented by writing it."""
    pushed_by_others: bool = False
    """Whether somebody else has pushed to it, or may have: then opening it is no consent any more."""
    unknown_emails: Sequence[str] = ()
    control: Change = field(default_factory=lambda: Change(workflows=(), control=()))
    control_digest: str = ""
    hiding: Set[str] = frozenset()
    """Changed paths outside workflows that hold text nobody sees."""
    rules_before: RuleSet | None = None
    rules_after: RuleSet | None = None
    approvals: Sequence[Approval] = ()
    records: str = "none"
    records_lost: Sequence[Mapping[str, str]] = ()
    """Records that the team to come could not read any more."""
    fleet: Mapping[str, Json] | None = None

    def facts(self, workflows: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
        """The whole document for some workflows."""
        rules_before = self.rules_before.rules if self.rules_before else ()
        return {
            "mode": self.mode,
            "assurance": self.assurance,
            "repair": self.repair,
            "change": {
                "authors": list(self.authors),
                "opened_by": self.opened_by,
                "pushed_by_others": self.pushed_by_others,
                "unknown_emails": list(self.unknown_emails),
                "control": {
                    "digest": self.control_digest,
                    "approvals": self.approvals_of(None),
                    "paths": [
                        {"path": path.path, "status": path.status, "kind": path.kind, "hides": path.path in self.hiding}
                        for path in self.control.control
                    ],
                    "absences": self.absences,
                },
            },
            "team": self.team.facts(self.now),
            "team_after": self.team_after.facts(self.now),
            "team_changed": self.team_changed,
            "rules": None if self.rules_after is None else self.rules_after.facts,
            "rules_before": [rule.code for rule in rules_before],
            "records": self.records,
            "records_lost": list(self.records_lost),
            "fleet": self.fleet,
            "workflows": list(workflows),
        }

    @property
    def absences(self) -> list[str]:
        """Whose absences change, when the paths outside workflows say nothing else; else nobody."""
        if [(path.path, path.before_mode, path.after_mode) for path in self.control.control] != [_PLAIN_PEOPLE]:
            return []
        return team.absences(self.team, self.team_after)

    def approvals_of(self, workflow: str | None) -> list[dict[str, Json]]:
        """Approvals that name this workflow (None: the paths outside workflows), oldest first."""
        people = self.team.by_forge
        return [
            {
                "person": people.get(approval.forge),
                "forge": approval.forge,
                "digest": approval.digest,
                "age_days": clock.age_days(approval.at, self.now),
                "how": approval.how,
                "void": approval.void,
            }
            for approval in self.given(workflow)
        ]

    def given(self, workflow: str | None) -> list[Approval]:
        """The same as the sources gave them."""
        named = (approval for approval in self.approvals if approval.workflow == workflow)
        return sorted(named, key=lambda approval: (approval.at, approval.forge, approval.digest or ""))

    def workflow(
        self, change: WorkflowChange, evidence: Evidence, history: Mapping[str, Json] = NO_HISTORY
    ) -> dict[str, Json]:
        """One workflow as rules see it."""
        broken = change.after.problems if change.after else []
        if broken:
            return {"name": change.name, "status": change.status, "problems": [problem.fact() for problem in broken]}
        same = change.before is change.after  # then one side says it all
        before = change.before if not same and change.before and not change.before.problems else None
        return {
            "name": change.name,
            "status": change.status,
            "problems": [],
            "changed_paths": list(change.paths),
            "before": before.facts() if before else None,
            "after": change.after.facts() if change.after else None,
            "countersigned": change.countersigned,
            "delta": [] if same else delta.delta(before, change.after),
            "history": dict(history),
            "approvals": self.approvals_of(change.name),
            "drills": list(evidence.drills),
            "recorded": list(evidence.recorded),
            "stops": list(evidence.stops),
            # Told only where there is a stop to put on file: writing each file anew takes its time.
            "state_plain": bool(evidence.stops and change.after and states.is_plain(change.after)),
        }
