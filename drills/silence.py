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
        self.last_act = refused
        """When the old version last acted; as long as it has not since, when the last point began to refuse."""
        scenario.effects_before = rehearsal.target.office.count()
        self._acts = self._count()
        self.window = 0.0
        """For how many seconds nothing of it was seen."""
        self._looked = rehearsal.watch.now()
        self._pause = threading.Event()

    def prove(self, until: float) -> None:
        """Return when the window is over. Raises `Disproved` for a canary that acted, or when it never was silent.

        `until`: seconds since the start. Raises `Unseen` when it could not be watched, or a canary never came up.
        """
        watch = self._rehearsal.watch
        while self.window < self._rehearsal.plan.silence:
            if watch.now() > until:
                raise Disproved(f"it was silent for {self.window:.1f} s and then went on acting")
            self._look()
            self._pause.wait(PAUSE)
        self._check_canaries(until)

    def _look(self) -> None:
        asked = self._rehearsal.watch.now()
        self._scenario.check_silence()
        acts = self._count()
        answered = self._rehearsal.watch.now()
        if acts != self._acts:
            self._acts, self.last_act = acts, Mark(self._looked, answered)
        # From the latest moment at which it can have acted to the last at which it had not again.
        self.window = max(0.0, asked - self.last_act.first_good)
        self._looked = asked

    def _count(self) -> int:
        return sum(self._scenario.way.is_old(effect) for effect in self._rehearsal.effects())

    def _check_canaries(self, until: float) -> None:
        for canary in self._scenario.canaries:
            while not self._scenario.is_settled(canary):
                if self._rehearsal.watch.now() > until:
                    raise Unseen(f"the canary {canary} never came up: perhaps nobody works at all")
                self._pause.wait(PAUSE)
