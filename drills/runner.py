"""Plays one scenario: its phases in order, each timed and held against its budget; whatever happens, it is undone.

Of a phase that did not pass, all later ones are `not_run`; only `restore` always runs. What passes was seen to be so.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from catalog.errors import CountersignError, SourceError
from drills import undo
from drills.marks import Disproved, Mark
from drills.outcomes import Outcome, Phase
from drills.phases import Phases
from drills.rehearsal import Rehearsal, Unseen
from drills.result import PhaseResult, Result, Span
from drills.scenarios.interface import Scenario

_INTERRUPTED = "somebody ended the run"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Runner:
    """One scenario on its way."""

    def __init__(self, rehearsal: Rehearsal, scenario: Scenario) -> None:
        self._rehearsal, self._scenario = rehearsal, scenario
        self._watch, self._journal, self._target = rehearsal.watch, rehearsal.journal, rehearsal.target
        budgets = rehearsal.plan.budgets
        phases = {phase: PhaseResult(budgets[phase]) for phase in Phase}
        self.result = Result(rehearsal.played.scenario, phases)
        self._phases = Phases(rehearsal, scenario, self.result)

    def run(self) -> Result:
        """Play it. Raises nothing that is expected to happen, but `KeyboardInterrupt` once everything is undone."""
        undo_order = list(self._rehearsal.played.undo)
        self._journal.write("scenario_begins", scenario=self.result.scenario, undo=undo_order)
        phases = self._phases
        works: dict[Phase, Callable[[], Span]] = {
            Phase.DETECT: phases.detect, Phase.ACKNOWLEDGE: phases.acknowledge, Phase.STOP: phases.stop,
            Phase.MITIGATE: phases.mitigate, Phase.DRAIN: phases.drain, Phase.NOTIFY: phases.notify,
        }  # fmt: skip
        with _Shield() as shield:
            try:
                all(self._phase(phase, work) for phase, work in works.items())
                shield.hold()
            except KeyboardInterrupt:
                shield.came = True
                self._note_interruption()
            finally:
                shield.hold()
                self._journal.lenient = True  # a full disk must not keep anything from being undone
                self._phase(Phase.RESTORE, self._restore)
                self._journal.lenient = False
                self._tell_left_out()
                self._journal.write("scenario_ended", scenario=self.result.scenario, **self.result.proof())
        if shield.came:
            raise KeyboardInterrupt
        return self.result

    def _note_interruption(self) -> None:
        """Between two phases it is the next one that somebody ended."""
        phases = self.result.phases.items()
        phase, found = next((phase, found) for phase, found in phases if found.outcome is not Outcome.PASSED)
        if found.outcome is Outcome.NOT_RUN and phase is not Phase.RESTORE:
            found.outcome, found.why = Outcome.ABORTED, _INTERRUPTED
            self._tell_begun(phase)
            self._tell_ended(phase)

    def _phase(self, phase: Phase, work: Callable[[], Span]) -> bool:
        """Run one phase; whether it passed."""
        found = self.result.phases[phase]
        self._tell_begun(phase)
        try:
            span = work()
        except Disproved as error:
            found.outcome, found.why = Outcome.FAILED, str(error)
        except (Unseen, SourceError) as error:
            found.outcome, found.why = Outcome.INCONCLUSIVE, str(error)
        except KeyboardInterrupt:
            found.outcome, found.why = Outcome.ABORTED, _INTERRUPTED
            raise
        except CountersignError as error:
            found.outcome, found.why = Outcome.ABORTED, f"{error.message} {error.why}".strip()
        except BaseException as error:
            found.outcome, found.why = Outcome.ABORTED, f"a defect: {type(error).__name__}"
            raise
        else:
            found.seconds = span.until.first_good - span.since.earliest
            found.resolution = span.until.resolution(span.since)
            found.outcome = Outcome.PASSED if found.seconds <= found.budget else Outcome.LATE
        finally:
            if phase is Phase.RESTORE and found.outcome is not Outcome.PASSED and not self._is_home:
                found.outcome = Outcome.UNDO_FAILED
            self._tell_ended(phase)
        return found.outcome is Outcome.PASSED

    def _tell_left_out(self) -> None:
        """What did not run is told as such: a phase that nobody hears of could be taken for a good one."""
        for phase, found in self.result.phases.items():
            if found.outcome is Outcome.NOT_RUN and phase is not Phase.RESTORE:
                self._tell_ended(phase)

    def _tell_begun(self, phase: Phase) -> None:
        self._journal.write("phase_begins", phase=phase, budget=self.result.phases[phase].budget)

    def _tell_ended(self, phase: Phase) -> None:
        found = self.result.phases[phase]
        self._journal.write(
            "phase_ended", phase=phase, outcome=found.outcome, seconds=found.seconds, resolution=found.resolution,
            why=found.why,
        )  # fmt: skip

    def _restore(self) -> Span:
        """Every step is taken back, and the steady state is proved again."""
        begins = Mark(None, self._watch.now())
        lost = self._undo()
        try:
            home = begins if lost else self._phases.home()
        finally:
            # What was put in for this goes away whatever came of it: nobody is to find it later.
            lost += self._perform(undo.CLEAR, {"prefix": self._rehearsal.prefix})
            self.result.undone = not lost
        if lost:
            raise SourceError("; ".join(lost))
        self._phases.say_all_clear()
        if (wrong := self.result.marks.get("t0")) and home.first_good - wrong.earliest > self._rehearsal.plan.within:
            raise Disproved(f"the whole way back took longer than {self._rehearsal.plan.within:g} s")
        return Span(begins, home)

    @property
    def _is_home(self) -> bool:
        return self.result.undone and self.result.steady

    def _undo(self) -> list[str]:
        """Take every step back, in the file's order; what could not be, one does not keep the next from it."""
        registered = self._rehearsal.registered
        ordered = [one for name in self._rehearsal.played.undo for one in registered if one[0] == name]
        return [lost for name, given in ordered for lost in self._perform(name, given)]

    def _perform(self, name: str, given: dict[str, object]) -> list[str]:
        """Take one step back, again until the budget is used up; why it could not be, or nothing."""
        return undo.until_done(self._target, self._journal, name, given, self._rehearsal.plan.budgets[Phase.RESTORE])


class _Shield:
    """What ends from outside ends what goes on once; from then on, and on the way home, it is only noted."""

    def __init__(self) -> None:
        self.came = False
        self._held = threading.current_thread() is not threading.main_thread()  # signals reach the main thread only
        self._before: dict[int, Any] = {}

    def hold(self) -> None:
        """Interrupt no more."""
        self._held = True

    def __enter__(self) -> _Shield:
        if not self._held:
            wanted = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._note) for number in wanted}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _: int, __: FrameType | None) -> None:
        self.came = True
        if not self._held:
            self._held = True
            raise KeyboardInterrupt
