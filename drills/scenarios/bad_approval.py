"""*Bad approval*: by the wrong person, by the author, for another action, used twice. All are refused.

The first three the enforcement point refuses; the last one only the worker can, which knows what it has done.
"""

from __future__ import annotations

from catalog.errors import UsageError
from drills.marks import Disproved, Mark
from drills.rehearsal import NAMED
from drills.scenarios.interface import Scenario

_OTHER = f"sha256:{'0' * 64}"
REFUSALS = {
    "stranger": "approval_not_named",
    "author": "approval_by_caller",
    "other": "approval_other_action",
    "twice": "approval_used",
}
"""Why each kind of bad approval is refused."""


class BadApproval(Scenario):
    """Somebody tries to get an action released that nobody may release so."""

    def check(self) -> None:
        """Its action must be one that needs a release, and there must be a job for each kind."""
        super().check()
        if self.rehearsal.actions[self.action] != NAMED or self.jobs < len(REFUSALS):
            raise UsageError(
                f"{self.rehearsal.plan.file}: bad-approval cannot be played so.",
                why=f"It takes an action whose release is named, and at least {len(REFUSALS)} jobs.",
                solution="Name such an action, and jobs: 4.",
            )

    needs = (*Scenario.needs, "void-approvals")

    def inject(self) -> Mark:
        """Jobs come in with approvals of each bad kind."""
        rehearsal, target = self.rehearsal, self.rehearsal.target
        rehearsal.before("void-approvals", prefix=f"{rehearsal.prefix}-bad")
        good = target.releaser.person
        begins = rehearsal.watch.now()
        self._tried = {
            "stranger": self._put("stranger", by="nobody-we-know"),
            "author": self._put("author", by=target.application),
            "other": self._put("other", by=good, digest=_OTHER),
            "twice": self._twice(),
        }
        return Mark(begins, rehearsal.watch.now())

    def noticed(self) -> bool:
        """Each is with people, for the reason that it should be."""
        return all(self._is_refused(name, REFUSALS[kind]) for kind, name in self._tried.items())

    def check_silence(self) -> None:
        """Nor did any of them act since."""
        super().check_silence()
        for name in self._tried.values():
            self._must_not_act(name)

    def _put(self, kind: str, *, by: str, digest: str = "") -> str:
        """A drafted job with an approval as a forger would write it."""
        rehearsal = self.rehearsal
        draft = rehearsal.drafted(f"bad-{kind}", self.action)
        job = rehearsal.job(draft)
        approval = rehearsal.target.releaser.approve(
            rehearsal.workflow, self.action, rehearsal.version, digest or job["digest"]
        )
        return rehearsal.put(f"bad-{kind}", self.action, draft=job["draft"], approval={**approval, "by": by})

    def _twice(self) -> str:
        """A good approval, on a job that it lets act, and on the same once more."""
        rehearsal = self.rehearsal
        draft = rehearsal.drafted("bad-twice", self.action)
        first = rehearsal.release(draft, "bad-first")
        rehearsal.until(lambda: rehearsal.acted(first), f"{first} acting on its own approval")
        return rehearsal.release(draft, "bad-twice")

    def _is_refused(self, name: str, code: str) -> bool:
        self._must_not_act(name)
        if self.rehearsal.place(name) != "people":
            return False
        why = self.rehearsal.job(name).get("why")
        if why != code:
            raise Disproved(f"{name} was refused by {why}, not by {code}")
        return True

    def _must_not_act(self, name: str) -> None:
        if self.rehearsal.acted(name):
            raise Disproved(f"{name} acted on a bad approval")
