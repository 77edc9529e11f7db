"""A run told from its journal, for whoever must know at a desk what happened, in which order, and what remains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drills import told, undo
from drills.outcomes import Outcome
from drills.progress import line
from drills.publish.runs import MEANINGS, PHASES, SANDBOX, Mark, Phase, Scenario
from drills.publish.silence import silence

Json = Any
Entries = Sequence[Mapping[str, Json]]

_HANG = 2 + len("silence  ")


def story(entries: Entries, said: Mapping[str, Json] | None) -> Iterator[tuple[str, int]]:
    """Its lines, each with the column at which it goes on when it is wrapped. `said`: what it came to, if it ended."""
    begun, scenarios = entries[0], told.scenarios(entries)
    ended = f"{said['outcome']} in {said['seconds']:.1f} s" if said else "it has not ended"
    yield f"{begun['workflow']} on {begun['target']}: {ended}", 2
    yield f"  began    {begun['started'][:19].replace('T', ' ')} UTC, run by {begun['runner']}", _HANG
    yield f"  version  {begun['version']}", _HANG
    yield f"  commit   {begun['commit'][:12]}{', on a candidate bundle' if begun['candidate'] else ''}", _HANG
    for number, name in enumerate(begun["scenarios"]):
        yield "", 0
        yield from _scenario(name, scenarios[number] if number < len(scenarios) else ())
    yield "", 0
    yield f"Remains: {_remains(entries, scenarios, said)}", _HANG


def _scenario(name: str, entries: Entries) -> Iterator[tuple[str, int]]:
    ends = _of(entries, "scenario_ended")
    outcome = ends[-1]["outcome"] if ends else "it did not end" if entries else Outcome.NOT_RUN
    yield f"{name}: {outcome}", 2
    if not entries:
        return
    for entry in _phases(entries):
        yield line(entry), 15
    yield "  in seconds since the run began:", 2
    for t, words in sorted(_happened(entries), key=lambda one: one[0]):
        yield f"{t:10.3f}  {words}", 12
    marks = _marks(entries)
    canary = "a canary" if "t1" in marks else "no canary"
    yield f"  silence  {_silence(name, entries)}; before the stop {canary} was seen to act", _HANG
    yield f"  undo     {_undo(entries, marks)}", _HANG


def _of(entries: Entries, event: str) -> list[Mapping[str, Json]]:
    return [entry for entry in entries if entry["event"] == event]


def _phases(entries: Entries) -> list[Mapping[str, Json]]:
    """How each phase ended, in the order of phases; one that was under way when the run was killed ended with it."""
    begun, ended = ({one["phase"]: one for one in _of(entries, f"phase_{event}")} for event in ("begins", "ended"))
    lost = {"event": "phase_ended", "outcome": Outcome.ABORTED, "seconds": None, "why": "the run was killed"}
    found = {**{name: {**one, **lost} for name, one in begun.items()}, **ended}
    return [found[phase] for phase in PHASES if phase in found]


def _happened(entries: Entries) -> Iterator[tuple[float, str]]:
    """What happened when: a mark at the moment that it is about, which may be told much later."""
    for entry in entries:
        match entry["event"]:
            case "scenario_begins":
                yield entry["t"], "begins"
            case "mark":
                yield entry["first_good"], f"{MEANINGS[entry['mark']]} ({entry['mark']})"
            case "order_at_point":
                lost = "" if entry["confirmed"] else f"did not: {entry['error']}"
                yield entry["t"], f"{entry['point']} {lost or 'confirmed the order'}"
            case "phase_begins" if entry["phase"] == "restore":
                yield entry["t"], "the way home begins"
            case "phase_ended" if entry["phase"] == "drain" and entry["outcome"] != Outcome.NOT_RUN:
                yield entry["t"], "the watch for silence ended"
            case "undone":
                yield entry["t"], f"taken back: {entry['undo']}"
            case "recovered":
                yield entry["t"], f"another process {_home(entry['failures'])}"


def _home(failures: Sequence[str]) -> str:
    return f"could not take back {'; '.join(failures)}" if failures else "brought it home"


def _marks(entries: Entries) -> dict[str, Mark]:
    return {
        one["mark"]: Mark(last_bad=one["last_bad"], first_good=one["first_good"]) for one in _of(entries, "mark")
    }  # fmt: skip


def _silence(name: str, entries: Entries) -> str:
    phases = {
        one["phase"]: Phase(
            phase=one["phase"], outcome=one["outcome"], seconds=None, resolution=None, budget=0.0, why=one["why"]
        )
        for one in _phases(entries)
    }  # fmt: skip
    # The last act is told when the watch for another one is over.
    window = next((one["t"] - one["first_good"] for one in _of(entries, "mark") if one["mark"] == "t7"), 0.0)
    return silence(Scenario(name=name, outcome="", phases=phases, marks=_marks(entries)), window).told()


def _undo(entries: Entries, marks: Mapping[str, Mark]) -> str:
    done, steps = _of(entries, "undone"), len(_of(entries, "undo_registered")) + 1  # its practice jobs go, too
    told = f"all {steps}" if len(done) >= steps else f"{len(done)} of {steps}"
    by = f" by {done[-1]['t']:.3f} s" if done else ""
    proved = [marks["t9"].first_good] if "t9" in marks else []
    proved += [one["t"] for one in _of(entries, "recovered") if one.get("steady")]
    steady = f"proved again at {proved[0]:.3f} s" if proved else "not proved again"
    return f"{told} steps were taken back{by}; the steady state was {steady}"


def _remains(entries: Entries, scenarios: Sequence[Entries], said: Mapping[str, Json] | None) -> str:
    if said and entries[0]["target"] == SANDBOX:
        return "nothing; the sandbox went with the run."
    done = [(one["undo"], one["given"]) for one in _of(entries, "undone")]
    lost = [one for one in _of(entries, "undo_registered") if (one["undo"], one["given"]) not in done]
    told = [f"{one['undo']} ({_given(one['given'])})" for one in lost]
    jobs = len(scenarios) - sum(name == undo.CLEAR for name, _ in done)
    told += [f"{undo.CLEAR} of {jobs} scenario{'' if jobs == 1 else 's'}"] if jobs > 0 else []
    if told:
        return f"{'; '.join(told)}. Take it back: countersign drill recover"
    return "nothing; all was taken back."


def _given(given: Mapping[str, Json]) -> str:
    return ", ".join(f"{key} {value}" for key, value in given.items())
