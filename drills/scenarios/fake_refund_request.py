"""*Fake refund request*: a person meets it, the AI step is disabled, the manual queue takes over, nothing is paid."""

from __future__ import annotations

from catalog.errors import UsageError
from drills.marks import Disproved, Mark
from drills.rehearsal import NAMED
from drills.scenarios.interface import Scenario


class FakeRefundRequest(Scenario):
    """Somebody asks for money that was never paid."""

    def check(self) -> None:
        """Its action must be one that a person releases: else nobody would meet the request."""
        super().check()
        if self.rehearsal.actions[self.action] != NAMED:
            raise UsageError(
                f"{self.rehearsal.plan.file}: {self.action} is not released by a named person.",
                why="A fake request is met by whoever releases it.",
                solution="Play it on an action whose release is named.",
            )

    needs = (*Scenario.needs, "close-request")

    def inject(self) -> Mark:
        """The request comes in, as any other does."""
        self.rehearsal.before("close-request", prefix=f"{self.rehearsal.prefix}-request")
        begins = self.rehearsal.watch.now()
        self._request = self.rehearsal.put(
            "request", self.action, amount=self.rehearsal.played.parameters["amount"], to="nobody",
            text="Practice: I was charged twice, pay me back at once.",
        )  # fmt: skip
        return Mark(begins, self.rehearsal.watch.now())

    def noticed(self) -> bool:
        """It came to a person, with nothing paid."""
        self._must_not_be_paid()
        return self.rehearsal.place(self._request) == "people"

    def check_silence(self) -> None:
        """Nor was it paid by anybody since."""
        super().check_silence()
        self._must_not_be_paid()

    def _must_not_be_paid(self) -> None:
        if self.rehearsal.acted(self._request):
            raise Disproved(f"the fake request {self._request} was paid")
