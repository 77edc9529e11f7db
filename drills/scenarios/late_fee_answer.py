"""*Late-fee answer*: one kind of answer is wrong. Only that question type stops; the others go on."""

from __future__ import annotations

from drills.marks import Mark
from drills.scenarios.interface import Scenario

_WRONG = "The late fee is 99.00."


class LateFeeAnswer(Scenario):
    """A reviewer reads a draft that quotes the wrong fee."""

    def inject(self) -> Mark:
        """A draft comes out wrong."""
        text = "Practice: why was a late fee added?"
        begins = self.rehearsal.watch.now()
        self._wrong = self.rehearsal.put_releasable("canary-late-fee", self.action, text=text, answer=_WRONG)
        return Mark(begins, self.rehearsal.watch.now())

    def noticed(self) -> bool:
        """The reviewer sees it in what left the AI step."""
        return any(
            effect["job"] == self._wrong and _WRONG in str(effect["draft"]) for effect in self.rehearsal.effects()
        )
