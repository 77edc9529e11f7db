"""*Provider down*: the provider fails or is slow on the busiest day. The fallback stays open, nobody skips a check."""

from __future__ import annotations

from drills.marks import Disproved, Mark
from drills.rehearsal import NAMED, SCHEDULED
from drills.scenarios.interface import Scenario

_BEHAVIOUR = ("failing_percent", "virtual_latency_ms")


class ProviderDown(Scenario):
    """Jobs pile up at a provider that does not answer; people take over, and the queue drains afterwards."""

    needs = (*Scenario.needs, "restore-provider", "return-work")

    def inject(self) -> Mark:
        """The provider goes down, and the day's jobs come in."""
        rehearsal, model = self.rehearsal, self.rehearsal.target.model
        asked, now = rehearsal.played.parameters, model.control()
        rehearsal.before("restore-provider", control={key: now[key] for key in _BEHAVIOUR})
        worse = {"failing_percent": asked["failing_percent"], "virtual_latency_ms": asked["latency_ms"]}
        down = rehearsal.moment(lambda: model.change(**worse))
        rehearsal.before("return-work", prefix=f"{rehearsal.prefix}-busy")
        self._busy = [rehearsal.put("busy", self.action) for _ in range(self.jobs)]
        return down

    def noticed(self) -> bool:
        """Jobs come to people because the model failed; none of them skipped a check."""
        if self.rehearsal.actions[self.action] == NAMED and any(self.rehearsal.acted(name) for name in self._busy):
            raise Disproved("a job that nobody released was carried out")
        jobs = self.rehearsal.target.office.jobs(f"{self.rehearsal.prefix}-busy")
        return any(about["job"].get("why") == "model_failed" for about in jobs.values())

    def arm(self) -> None:
        """One canary that is scheduled: at a provider that fails, no job stays in flight."""
        due = self.rehearsal.soon(SCHEDULED + self.slowness())
        self.canaries.append(self.rehearsal.put("canary-scheduled", self.action, not_before=due))
