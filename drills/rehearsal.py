"""One scenario under way: what it plays with, and what every scenario does alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.errors import UsageError
from drills.journal import Journal
from drills.marks import Disproved, Mark, Poll, Stopwatch
from drills.plan import Plan, Played
from drills.targets.target import Target

Json = Any

NAMED = "named"
PATIENCE = 10.0
"""Seconds that what is no phase of its own may take: a practice job to be done, a bundle to be fetched."""
HELD_MS = 1500
"""Milliseconds for which the model's stand-in keeps a job in hand that must be in flight when the stop comes."""
SCHEDULED = HELD_MS / 1000 + 1.5
"""Seconds after which a job is due that was scheduled shortly before the stop."""


class Unseen(Exception):
    """What would prove something could not be seen: neither good nor bad."""


@dataclass(slots=True)
class Rehearsal:
    """The state of one scenario."""

    target: Target
    plan: Plan
    played: Played
    watch: Stopwatch
    journal: Journal
    prefix: str
    """What the names of all its jobs, orders and messages begin with."""
    effects_from: int = 0
    """The last effect before it."""
    calls_from: int = 0
    """The model's last call before it."""
    registered: list[tuple[str, dict[str, Json]]] = field(default_factory=list)
    """Undos that are on disk, in the order of their steps."""
    put_in: dict[str, dict[str, Json]] = field(default_factory=dict)
    """The practice jobs as they came in."""
    _number: int = 0

    @property
    def workflow(self) -> str:
        """The workflow's name."""
        return self.plan.workflow.name

    @property
    def version(self) -> str:
        """The version that is rehearsed."""
        return self.plan.workflow.version

    @property
    def actions(self) -> Mapping[str, str]:
        """The release of each action."""
        return {one["name"]: one["release"] for one in self.plan.workflow.manifest["actions"]}

    @property
    def models(self) -> set[str]:
        """The models that were approved."""
        return {str(one["id"]) for one in self.plan.workflow.manifest["models"]}

    @property
    def channel(self) -> str:
        """Where the team is told."""
        return str(self.plan.workflow.manifest["fallback"]["tell"])

    @property
    def easiest(self) -> str:
        """The action that takes no person's release where there is one, else the first."""
        return next((name for name, release in self.actions.items() if release != NAMED), next(iter(self.actions)))

    def before(self, undo: str, **given: Json) -> None:
        """Put on disk what takes the next step back. Raises `UsageError` for one that the drill file leaves out."""
        self.check_undo(undo)
        self.journal.write("undo_registered", undo=undo, given=given)
        self.registered.append((undo, given))

    def check_undo(self, undo: str) -> None:
        """Raise `UsageError` for one that the drill file leaves out."""
        if undo not in self.played.undo:
            raise UsageError(
                f"{self.plan.file}: {self.played.scenario} lists no {undo}.",
                why="Whatever a scenario does, its drill file must say how it is taken back, and in which order.",
                solution=f"Add {undo} to its undo list.",
            )

    def moment(self, action: Callable[[], object]) -> Mark:
        """Do something; when it was done, as an interval."""
        begins = self.watch.now()
        action()
        return Mark(begins, self.watch.now())

    def until(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> Mark:
        """Wait for what must come before the next step. Raises `Unseen` when it does not, `Disproved`."""
        poll = Poll(self.watch, holds)
        mark = poll.wait(self.watch.now() + seconds)
        if mark is None:
            raise Unseen(f"{what} was not seen within {seconds:g} s" + (f": {poll.trouble}" if poll.trouble else ""))
        return mark

    # Jobs.

    def put(self, kind: str, action: str, *, text: str = "Practice.", answer: str = "Practice.", **job: Json) -> str:
        """A practice job comes in; its name. `answer`: what the model's stand-in answers to it."""
        self._number += 1
        name = f"{self.prefix}-{kind}-{self._number}"
        # No two drafts are alike: whoever releases one must not have released another.
        directed = f'{text} [answer "{answer} ({name})"]'
        body = {"action": action, "text": directed, **job}
        self.target.office.put(name, body)
        self.put_in[name] = body
        return name

    def put_releasable(self, kind: str, action: str, **job: Json) -> str:
        """A job that may act: where a person must release its action, released by whoever may."""
        return self.ready(kind, action, **job)()

    def ready(self, kind: str, action: str, **job: Json) -> Callable[..., str]:
        """The same, not yet put in: what puts it in, with whatever is known only then."""
        if self.actions[action] != NAMED:
            return lambda **more: self.put(kind, action, **job, **more)
        draft = self.drafted(kind, action, **job)
        return lambda **more: self.release(draft, kind, **more)

    def drafted(self, kind: str, action: str, **job: Json) -> str:
        """A job whose draft waits for somebody's release; its name."""
        name = self.put(kind, action, **job)
        self.until(lambda: self.place(name) == "people", f"the draft of {name}")
        return name

    def release(self, draft: str, kind: str, **more: Json) -> str:
        """A drafted job comes in again, with the release of exactly that draft; its new name."""
        job = self.job(draft)
        approval = self.target.releaser.approve(self.workflow, job["action"], self._drafted_by(job), job["digest"])
        kept: dict[str, Json] = {
            key: job[key] for key in ("draft", "model", "version", "to", "amount", "use") if key in job
        }
        return self.put(f"{kind}-released", job["action"], **{**kept, **more, "approval": approval})

    def _drafted_by(self, job: Mapping[str, Json]) -> str:
        return str(job.get("version") or self.version)

    def job(self, name: str) -> dict[str, Json]:
        """A practice job as it is now. Raises `Unseen` when it is nowhere."""
        found = self._about(name)
        if found is None:
            raise Unseen(f"the job {name} is nowhere")
        body: dict[str, Json] = found["job"]
        return body

    def place(self, name: str) -> str:
        """Where a practice job is; empty when nowhere."""
        found = self._about(name)
        return str(found["place"]) if found else ""

    def _about(self, name: str) -> dict[str, Json] | None:
        return self.target.office.jobs(name).get(name)

    def effects(self) -> list[dict[str, Json]]:
        """All that left the house since the scenario began."""
        return self.target.office.effects(self.effects_from)

    def calls(self) -> list[dict[str, Json]]:
        """All that a model was asked for this scenario's jobs; others may ask it as well."""
        return [call for call in self.target.model.calls(self.calls_from) if self.prefix in str(call["text"])]

    def asked_model(self, name: str) -> bool:
        """Whether a model was asked for a job."""
        return any(f"({name})" in str(call["text"]) for call in self.calls())

    def acted(self, name: str) -> bool:
        """Whether a job left the house."""
        return any(effect["job"] == name for effect in self.effects())

    def by_hand(self, name: str) -> bool:
        """Whether a person finished a job on the fallback; when it has come to them, one does."""
        found = self._about(name)
        place = str(found["place"]) if found else ""
        if found and place == "people":
            job = found["job"]
            if lost := sorted(key for key, value in self.put_in[name].items() if job.get(key) != value):
                raise Disproved(f"{name} came to people without its {', '.join(lost)}: nobody can finish it")
            self.target.office.finish_by_hand(name, by=self.target.on_call.person)
        if place == "done":
            raise Disproved(f"{name} was done by the AI step, and should have come to people")
        return place == "by-hand"

    @property
    def steps(self) -> int:
        """The numbered steps of the fallback, which a person follows; 0: there is nothing to follow."""
        return int((self.plan.workflow.fallback or {}).get("steps", 0))

    def soon(self, seconds: float) -> float:
        """A moment so many seconds from now, by the clock of the queue: that is the one by which jobs are due."""
        return self.target.office.now() + seconds
