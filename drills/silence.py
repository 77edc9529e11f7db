"""Proof that the old version fell silent: nothing of it for a whole window, and canaries that would have shown it."""

from __future__ import annotations

import threading

from drills.marks import PAUSE, Disproved, Mark
from drills.rehearsal import Rehearsal, Unseen
from drills.scenarios.interface import Scenario


class Silence:
    """What is seen of the old version from the moment on when the last point refused it."""

    def __init__(self, rehearsal: Rehearsal, scenario: Scenario, refused: Mark) -> None:
        self._rehearsal, self._scenario = rehearsal, scenario
        self._looked = rehearsal.watch.now()
        scenario.effects_before = rehearsal.target.office.count()
        self._acts = self._count()
        self.last_act = Mark(refused.earliest, rehearsal.watch.now())
        """When the old version last acted: since the last point began to refuse, until it was last seen to."""
        self.window = 0.0
        """For how many seconds nothing of it was seen."""
        self._pause = threading.Event()

    def prove(self, until: float) -> None:
        """Return when the window is over. Raises `Disproved` for a canary that acted, or when it never was silent.

        `until`: seconds since the start. Raises `Unseen` when it could not be watched, or a canary never came up.
        """
        while True:
            missing = self._missing()
            # Afterwards: what has come to its end may have acted on the way there.
            self._scenario.check_silence()
            self.look()
            lasts = self.window < self._rehearsal.plan.silence
            if not lasts and not missing:
                return
            if self._rehearsal.watch.now() > until:
                if lasts:
                    wanted = self._rehearsal.plan.silence
                    raise Disproved(f"it was silent for {self.window:.1f} s only, and {wanted:g} s must be seen")
                raise Unseen(missing)
            self._pause.wait(PAUSE)

    def look(self) -> None:
        """Time the last act by when it is seen: also before silence is to be proved, while others are waited for."""
        asked = self._rehearsal.watch.now()
        acts = self._count()
        answered = self._rehearsal.watch.now()
        if acts != self._acts:
            self._acts, self.last_act = acts, Mark(self._looked, answered)
        # From the latest moment at which it can have acted to the last at which it had not again.
        self.window = max(0.0, asked - self.last_act.first_good)
        self._looked = asked

    def _count(self) -> int:
        return sum(self._scenario.way.is_old(effect) for effect in self._rehearsal.effects())

    def _missing(self) -> str:
        """What has not come to where it should, in words; empty when all has."""
        for canary in self._scenario.canaries:
            if not self._scenario.is_settled(canary):
                return f"the canary {canary} never came up: perhaps nobody works at all"
        for job in self._scenario.crossing:
            if not self._scenario.is_over(job):
                return f"{job} was taken up before the stop, and is still in somebody's hands"
        return ""
